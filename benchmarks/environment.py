"""Build the environment of a project by bringup, by the same uv commands by hand, and by pip.

    python benchmarks/environment.py [--project examples/mnist] [--rounds 3] [--cold] [--no-pip]

Ways take turns, so that a slow minute of the machine hits all of them. Warm: the cache of each
tool holds all packages already. Cold: each build begins with an empty cache. Prints a table with
the median and the fastest build, and how much longer than uv by hand each takes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bringup.environment.venv import python_of, sync_environment
from bringup.machine import Machine
from bringup.machine.probe import probe
from bringup.project.loader import load_project
from bringup.stack.choose import choose_stack
from bringup.stack.lock import lock_environment
from bringup.stack.model import Lock, Stack
from bringup.stack.settings import uv_settings
from bringup.stack.uv import find_uv


@dataclass
class Bench:
    """What is built, and where."""

    stack: Stack
    lock: Lock
    machine: Machine
    work: Path
    cold: bool
    uv_env: dict[str, str] = field(default_factory=dict)

    def clear(self, way: str) -> None:
        """Remove what the last build of a way left; this is no part of a build."""
        shutil.rmtree(self.work / way, ignore_errors=True)
        if self.cold:
            shutil.rmtree(self.work / f"cache-{way}", ignore_errors=True)

    def environ(self, way: str) -> dict[str, str]:
        """Return the environment of one build: a cache of its own when it must be cold."""
        if not self.cold:
            return {}
        cache = str(self.work / f"cache-{way}")
        return {"UV_CACHE_DIR": cache, "PIP_CACHE_DIR": cache}


def by_bringup(bench: Bench) -> None:
    folder = bench.work / "bringup"
    before = dict(os.environ)
    os.environ.update(bench.environ("bringup"))
    try:
        sync_environment(
            bench.lock.train,
            python=bench.stack.python,
            envs_folder=folder,
            name="train",
            machine=bench.machine,
            framework_index=bench.stack.framework_index,
        )
    finally:
        os.environ.clear()
        os.environ.update(before)


def by_uv(bench: Bench) -> None:
    folder = bench.work / "uv"
    env = {**bench.uv_env, **bench.environ("uv")}
    uv = find_uv()
    run([uv, "venv", "--quiet", "--python", bench.stack.python.path, str(folder)], env)
    python = str(python_of(folder))
    run([uv, "pip", "sync", "--quiet", "--python", python, str(bench.lock.train)], env)


def by_pip(bench: Bench) -> None:
    folder = bench.work / "pip"
    env = {**os.environ, **bench.environ("pip")}
    pins = bench.work / "pins.txt"
    packages = bench.lock.packages[bench.lock.train.name]
    pins.write_text("".join(f"{name}=={version}\n" for name, version in packages.items()))
    run([bench.stack.python.path, "-m", "venv", str(folder)], env)
    # The pins are a whole resolution: pip need not resolve anything either.
    install = ["-m", "pip", "-qqq", "install", "--no-deps", "-r", str(pins)]
    run([str(python_of(folder)), *install], env)


def run(argv: list[str], env: dict[str, str]) -> None:
    subprocess.run(argv, env=env, check=True, stdout=subprocess.DEVNULL)


WAYS: dict[str, Callable[[Bench], None]] = {"bringup": by_bringup, "uv": by_uv, "pip": by_pip}


def measure(bench: Bench, ways: list[str], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    if not bench.cold:
        for way in ways:
            WAYS[way](bench)
    for number in range(rounds):
        # Each way goes first in turn.
        for way in ways[number % len(ways) :] + ways[: number % len(ways)]:
            bench.clear(way)
            began = time.perf_counter()
            WAYS[way](bench)
            seconds[way].append(time.perf_counter() - began)
            print(f"round {number + 1}: {way} {seconds[way][-1]:.2f} s", file=sys.stderr)
    return seconds


def prepared(project_folder: Path, work: Path, cold: bool) -> Bench:
    machine = probe()
    project = load_project(project_folder)
    stack = choose_stack(machine, project)
    lock = lock_environment(stack, machine=machine, folder=work, state_folder=work / "state")
    settings = uv_settings(machine, framework_index=stack.framework_index)
    return Bench(stack, lock, machine, work, cold, settings.env)


def table(seconds: dict[str, list[float]]) -> str:
    uv = statistics.median(seconds["uv"])
    lines = ["| way | median s | fastest s | times uv by hand |", "| --- | --- | --- | --- |"]
    for way, values in seconds.items():
        median = statistics.median(values)
        lines.append(f"| {way} | {median:.2f} | {min(values):.2f} | {median / uv:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--project", type=Path, default=Path("examples/mnist"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="begin each build with an empty cache")
    parser.add_argument("--no-pip", action="store_true", help="leave pip out")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    ways = [way for way in WAYS if way != "pip" or not options.no_pip]
    with tempfile.TemporaryDirectory(prefix="bringup-bench-") as work:
        bench = prepared(options.project, Path(work), options.cold)
        seconds = measure(bench, ways, options.rounds)
        count = len(bench.lock.packages[bench.lock.train.name])
    if options.json:
        document = {"cold": options.cold, "packages": count, "seconds": seconds}
        print(json.dumps({"schema_version": 1, **document}))
    else:
        print(f"{count} packages, {'cold' if options.cold else 'warm'} cache")
        print(table(seconds))


if __name__ == "__main__":
    main()
