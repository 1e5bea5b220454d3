"""Killed at any instant, ``bringup up`` completes, with the weights of an undisturbed run."""

import json
import random
import time

import pytest

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(1200)]

LATER = ("prepare", "train", "evaluate", "export", "serve", "report")


def weights_of(document):
    return document["stages"]["train"]["outputs"]["weights"]


def broken_files(folder):
    """JSON files that are not whole; the reader of a project must never meet one."""
    broken = []
    for path in folder.rglob("*.json"):
        if "envs" in path.parts:
            continue
        try:
            json.loads(path.read_text())
        except ValueError:
            broken.append(path)
    return broken


def kill_after(folder, delay_s, *arguments):
    process = folder.start("up", *arguments)
    time.sleep(delay_s)
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("until", "kills"), [("train", 8), ("report", 4)])
def test_killed_at_random_instants(small_project, until, kills):
    undisturbed = weights_of(small_project.up())
    small_project.forget(*LATER)
    start_s = time.monotonic()
    assert weights_of(small_project.up("--until", until)) == undisturbed
    duration_s = time.monotonic() - start_s
    instants = random.Random(2026)
    for _ in range(kills):
        small_project.forget(*LATER)
        delay_s = instants.uniform(0.05, duration_s)
        kill_after(small_project, delay_s, "--until", until)
        assert broken_files(small_project.path) == [], f"killed after {delay_s} s"
        document = small_project.up("--until", until)
        assert document["status"] == "done"
        assert weights_of(document) == undisturbed, f"killed after {delay_s} s"


def test_killed_while_environments_are_built(small_project):
    weights = weights_of(small_project.up())
    instants = random.Random(7)
    for _ in range(4):
        small_project.forget("sync", "verify")
        for environment in (small_project.path / ".bringup" / "envs").iterdir():
            (environment / ".bringup-complete.json").unlink(missing_ok=True)
        kill_after(small_project, instants.uniform(0.2, 2.5), "--until", "sync")
        assert broken_files(small_project.path) == []
    assert weights_of(small_project.up()) == weights


def test_a_killed_pass_leaves_no_process_behind(small_project):
    small_project.forget("train")
    process = small_project.start("up", "--until", "train")
    time.sleep(2.0)
    process.kill()
    process.communicate()
    # At once: the lock is free, and nobody else writes.
    assert small_project.up("--until", "train")["status"] == "done"
