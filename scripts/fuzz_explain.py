"""Feed `explain` what a fuzzer makes up: `python scripts/fuzz_explain.py [CORPUS] [-runs=100000]`.

Needs atheris, which is no dependency of ours: `pip install atheris` beside bringup. Anything that
is raised, and any answer that depends on the pieces in which a log arrives, is a mistake. Options
that begin with one dash are libFuzzer's; `-max_total_time=60` ends after a minute, `-timeout=5`
calls five seconds for one log a hang.
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["bringup.explain"]):
    from bringup.explain import explain
    from bringup.explain.library import library


def one(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    size = provider.ConsumeIntInRange(1, 4096)
    facts = {name: provider.ConsumeUnicode(12) for name in ("os", "gpu", "driver", "cuda")}
    log = provider.ConsumeBytes(1 << 20)
    answer = explain(log, facts).to_json()
    pieces = (log[start : start + size] for start in range(0, len(log), size))
    if explain(pieces, facts).to_json() != answer:
        raise AssertionError("the answer depends on the pieces")


def words(data: bytes, limit: int, seed: int) -> bytes:
    """Add the words of our own patterns now and then: the fuzzer cannot guess them."""
    if seed % 3 == 0:
        needs = list(library().needs.values())
        clauses = needs[seed % len(needs)].clauses
        data += b" ".join(clause[seed % len(clause)] for clause in clauses) + b"\n"
    return bytes(atheris.Mutate(data[:limit], limit))


def main() -> None:
    library()
    atheris.Setup(sys.argv, one, custom_mutator=words)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
