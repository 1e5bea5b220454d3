"""bringup itself, by its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from stack_tools.question import Question, Said

PROGRAM = str(Path(sys.executable).with_name("bringup"))


def ask(question: Question) -> Said:
    """Ask in a process of its own and time it from start to end."""
    argv = [PROGRAM, "stack", *question.requirements, "--json"]
    argv += ["--build", question.build] if question.build else []
    argv += ["--index", "default"] if question.default_index else []
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
        answer["packages"],
        tuple(answer["alternatives"]),
        answer["reason"],
        spent,
        cpu,
    )


def checked(question: Question, said: Said) -> Said:
    """Let other versions than the expected ones count where they work, by bringup's tables.

    A question without versions wants the newest that works; a tool that takes an older set which
    works as well is not wrong for that.
    """
    if not said.differs(question):
        return said
    asked = tuple(f"{name}=={said.packages[name]}" for name in question.packages)
    same = replace(question, requirements=asked, build=said.build or question.build)
    return replace(said, holds=bool(ask(same).works))
