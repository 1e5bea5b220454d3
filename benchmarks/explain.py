"""How well and how fast `bringup explain` names causes, on labelled logs.

Usage: python benchmarks/explain.py FILE.jsonl... [--errors] [--cause LABEL] [--speed]

A row is ``{"id", "cause", "accept", "context", "log"}``; top-1 and top-3 count the cause or one of
``accept``. ``benign`` rows must not be called a failure.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from bringup.explain import Verdict, explain

BENIGN = "benign"


def judge(row: dict[str, Any]) -> dict[str, Any]:
    found = explain(row["log"], row.get("context") or {})
    labels = [cause.label for cause in found.causes]
    good = {row["cause"], *row.get("accept", ())}
    failed = found.verdict is Verdict.FAILURE
    if row["cause"] == BENIGN:
        right = not failed
        return {"top1": right, "top3": right, "labels": labels, "found": found}
    is_benign = BENIGN in good and not failed
    return {
        "top1": is_benign or bool(good & set(labels[:1])),
        "top3": is_benign or bool(good & set(labels[:3])),
        "labels": labels,
        "found": found,
    }


def report(path: Path, *, errors: bool, cause: str | None) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    rows = [row for row in rows if cause is None or row["cause"] == cause]
    results = [(row, judge(row)) for row in rows]
    benign = [result for row, result in results if row["cause"] == BENIGN]
    failures = [(row, result) for row, result in results if row["cause"] != BENIGN]
    count = len(failures) or 1
    quiet = sum(result["found"].verdict is not Verdict.FAILURE for _, result in failures)
    print(
        f"{path.name}: {len(failures)} failures, top-1 {sum(r['top1'] for _, r in failures)/count:.1%},"
        f" top-3 {sum(r['top3'] for _, r in failures)/count:.1%}, not called a failure {quiet};"
        f" {len(benign)} benign, called a failure {sum(not r['top1'] for r in benign)}"
    )
    for row, result in results if errors else ():
        if not result["top1"]:
            top = [
                f"{one.label} {one.confidence:.2f}" for one in result["found"].causes[:3]
            ] or ["-"]
            mark = "3" if result["top3"] else " "
            print(f"  {row['id']} {mark} {row['cause']} {row.get('accept') or ''} <- {', '.join(top)}")


def speed() -> None:
    """Time a long healthy log and a long failing one, in MB/s."""
    line = "2026-11-24 10:00:00,123 INFO trainer.py:88] step {n} loss 0.1234 lr 1.0e-4 tok/s 12345\n"
    bad = "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.65 GiB total)\n"
    for name, text in (
        ("healthy", "".join(line.format(n=n) for n in range(240_000))),
        ("repeated failure", (line.format(n=1) * 20 + bad) * 11_000),
    ):
        explain(text[:1000])
        began = time.perf_counter()
        explain(text)
        seconds = time.perf_counter() - began
        print(f"{name}: {len(text) / 1e6:.0f} MB in {seconds:.2f} s, {len(text) / 1e6 / seconds:.1f} MB/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--cause")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    for path in options.files:
        report(path, errors=options.errors, cause=options.cause)
    if options.speed:
        speed()


if __name__ == "__main__":
    main()
