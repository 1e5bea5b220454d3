"""bringup itself, by its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from stack_tools.question import Question, Said

PROGRAM = str(Path(sys.executable).with_name("bringup"))


def ask(question: Question) -> Said:
    """Ask in a process of its own and time it from start to end."""
    argv = [PROGRAM, "stack", *question.requirements, "--json"]
    if "build" in question.want:
        argv += ["--build", question.want["build"]]
    if "index" in question.want:
        argv += ["--index", "default"]
    for name, version in question.provided.items():
        argv += ["--system", f"{name}={version}"]
    for key, value in question.machine.items():
        argv += ["--fact", f"{key}={'' if value is None else value}"]
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    spent, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"{question.name}: no answer\n{done.stdout}{done.stderr}") from None
    return Said(
        answer["ok"],
        answer["build"],
        answer["explanation"],
        answer["reason"],
        tuple(answer["reasons"]),
        spent,
        cpu,
    )
