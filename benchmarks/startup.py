"""Time how long the program takes to start: ``python benchmarks/startup.py [--json]``.

``--project FOLDER`` adds ``bringup sync`` with nothing to do in a project that has been synced.
Each command runs in a process of its own, in turns, so that a busy moment hits all of them.
The budgets are those of the design; this script reports and judges nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("bringup"))
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "bringup --help": ([PROGRAM, "--help"], 0.15),
    "bringup probe": ([PROGRAM, "probe"], 0.30),
    "bringup probe --json": ([PROGRAM, "probe", "--json"], 0.30),
}
"""Shown name -> argument list and budget, s."""


def with_project(folder: Path) -> None:
    """Add the commands that need a project, once nothing is left to do in it."""
    argv = [PROGRAM, "sync", str(folder)]
    for _ in range(3):
        subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    COMMANDS["bringup sync, current"] = (argv, 0.15)


def time_once(argv: list[str]) -> tuple[float, float]:
    """Return the seconds from start to end of a command, and its processor seconds."""
    start, before = time.perf_counter(), os.times()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    spent, after = time.perf_counter() - start, os.times()
    user = after.children_user - before.children_user
    return spent, user + after.children_system - before.children_system


def measure(rounds: int) -> list[dict[str, Any]]:
    """Time all commands in turns; the first round only warms the caches."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, (argv, _) in COMMANDS.items():
            spent = time_once(argv)
            if turn:
                seconds[name].append(spent)
    return [
        {
            "command": name,
            "best_s": round(min(wall for wall, _ in values), 4),
            "median_s": round(statistics.median(wall for wall, _ in values), 4),
            "worst_s": round(max(wall for wall, _ in values), 4),
            # On a busy machine only this one is to be trusted.
            "cpu_s": round(statistics.median(cpu for _, cpu in values), 4),
            "budget_s": COMMANDS[name][1],
        }
        for name, values in seconds.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--project", type=Path, help="a project to time `bringup sync` in")
    options = parser.parse_args()
    if options.project is not None:
        with_project(options.project)
    rows = measure(options.rounds)
    if options.json:
        about = {"python": platform.python_version(), "rounds": options.rounds}
        print(json.dumps({"schema_version": 1, **about, "rows": rows}, indent=2))
        return
    print(f"Python {platform.python_version()}, {options.rounds} rounds, seconds")
    print(f"{'command':<22}{'best':>8}{'median':>8}{'worst':>8}{'cpu':>8}{'budget':>8}")
    for row in rows:
        budget = "-" if row["budget_s"] is None else f"{row['budget_s']:.2f}"
        numbers = "".join(
            f"{row[name]:>8.3f}" for name in ("best_s", "median_s", "worst_s", "cpu_s")
        )
        print(f"{row['command']:<22}{numbers}{budget:>8}")


if __name__ == "__main__":
    main()
