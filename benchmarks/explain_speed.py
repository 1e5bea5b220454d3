"""How fast `bringup explain` reads, in processor time, and the memory it takes.

`python benchmarks/explain_speed.py [--mb 40] [LOG ...]`

Ordinary logs and hostile ones, made on the fly, each in a process of its own. `--mb` sets their
size; the budget of the design is 10 MB/s and memory that does not grow with the log.
"""

from __future__ import annotations

import argparse
import base64
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bringup.explain import explain
from bringup.explain.library import library, read_library

PIECE = 1 << 16
OOM = (
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate {n} MiB. GPU 0 has a "
    "total capacity of 15.77 GiB of which {n} MiB is free.\n"
)


def training() -> Iterator[str]:
    for step in range(10**9):
        yield (
            f"2026-11-24 10:{step // 60 % 60:02d}:{step % 60:02d},{step % 1000:03d} - trainer - "
            f"INFO - epoch {step // 1000} step {step} loss {random.random():.4f} lr 0.0003 "
            f"{random.random() * 100:.1f} samples/s, validation error rate {random.random():.3f}\n"
        )


def installing() -> Iterator[str]:
    for number in range(10**9):
        name = f"package-{number % 977}"
        yield (
            f"#9 {number / 10:.1f} Collecting {name}>={number % 7}.0\n"
            f"#9 {number / 10:.1f}   Downloading {name}-{number % 9}.{number % 5}.0-py3-none-any."
            f"whl ({number % 900} kB)\n#9 {number / 10:.1f} Requirement already satisfied: numpy "
            "in /usr/lib/python3.11/site-packages (from torch->-r requirements.txt) (1.26.4)\n"
        )


def same_failure() -> Iterator[str]:
    while True:
        yield OOM.format(n=20)


def counted_failure() -> Iterator[str]:
    for number in range(10**9):
        yield OOM.format(n=number)


def many_failures() -> Iterator[str]:
    lines = [
        "Traceback (most recent call last):\n",
        '  File "/srv/app/train.py", line {n}, in main\n',
        "ModuleNotFoundError: No module named 'module_{n}'\n",
        "ERROR: Could not find a version that satisfies the requirement thing=={n} (from: none)\n",
        "OSError: [Errno 28] No space left on device: '/data/{n}'\n",
        "connect to 10.0.0.{n} failed: Connection refused, retrying in {n} s\n",
        "ImportError: libcudart.so.{n}: cannot open shared object file: No such file\n",
        "Permission denied: '/var/run/docker.sock.{n}'\n",
    ]
    for number in range(10**9):
        yield lines[number % len(lines)].format(n=number)


def near_misses() -> Iterator[str]:
    """Lines with the words of many patterns that match none."""
    words = sorted({w for need in library().needs.values() for c in need.words for w in c})
    chooser = random.Random(1)
    while True:
        yield " ".join(chooser.choice(words).decode("utf-8", "replace") for _ in range(12)) + "\n"


def one_line() -> Iterator[str]:
    for number in range(10**9):
        yield f"token{number} error failed cuda "


def bars() -> Iterator[str]:
    for number in range(10**9):
        yield f"\r 37%|{'█' * 20}{' ' * 30}| {number}/99999 [00:{number % 60:02d}<01:00, 3.2it/s]"


def binary() -> Iterator[bytes]:
    chooser = random.Random(2)
    while True:
        yield chooser.randbytes(PIECE)


def coded() -> Iterator[bytes]:
    chooser = random.Random(3)
    while True:
        yield base64.encodebytes(chooser.randbytes(PIECE))


def nested() -> Iterator[str]:
    while True:
        yield "[{(" * 5000 + "\n"


LOGS: dict[str, Callable[[], Iterator[str] | Iterator[bytes]]] = {
    "training": training,
    "installing": installing,
    "the same failure": same_failure,
    "a failure with a counter": counted_failure,
    "eight failures with counters": many_failures,
    "words of all patterns": near_misses,
    "one endless line": one_line,
    "progress bars": bars,
    "binary": binary,
    "base64": coded,
    "nested brackets": nested,
}


def pieces(make: Callable[[], Iterator[str] | Iterator[bytes]], size: int) -> Iterator[bytes]:
    """Give one piece of a log over and over, so that making it is not what is timed."""
    made: list[bytes] = []
    total = 0
    for part in make():
        made.append(part.encode() if isinstance(part, str) else part)
        total += len(made[-1])
        if total > min(size, 4 << 20):
            break
    whole = b"".join(made)
    sent = 0
    while sent < size:
        for start in range(0, len(whole), PIECE):
            piece = whole[start : start + PIECE]
            yield piece
            sent += len(piece)
            if sent >= size:
                return


def measure(name: str, megabytes: int) -> None:
    parts = list(pieces(LOGS[name], min(megabytes, 4) << 20))
    turns = max(1, megabytes // 4)
    explain("warm\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    answer = explain(part for _ in range(turns) for part in parts)
    spent = time.process_time() - began
    size = turns * sum(map(len, parts)) / 1e6
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    top = answer.causes[0].label if answer.causes else "-"
    print(
        f"{name:30} {size:7.0f} MB {spent:7.2f} s {size / spent:7.1f} MB/s, "
        f"{grown / 1024:5.0f} MiB more; {answer.verdict} {top}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=40)
    parser.add_argument("--causes", type=Path, help="another folder of causes")
    parser.add_argument("logs", nargs="*", default=list(LOGS), help=", ".join(LOGS))
    options = parser.parse_args()
    if options.causes:
        chosen = read_library(options.causes)
        sys.modules["bringup.explain.explain"].library = lambda: chosen  # type: ignore[attr-defined]
        globals()["library"] = lambda: chosen
    for name in options.logs:
        process = multiprocessing.get_context("fork").Process(
            target=measure, args=(name, options.mb)
        )
        process.start()
        process.join()


if __name__ == "__main__":
    main()
