"""Probe this machine: ask every topic's sources once and give one value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bringup.machine.host import AbsentHost, RunningHost
from bringup.machine.index_settings import merged_settings
from bringup.machine.keys import KEYS
from bringup.machine.model import Fact, Machine
from bringup.machine.probes import (
    care_containers,
    care_cuda,
    care_driver,
    care_env,
    care_gpu,
    care_jupyter,
    care_network,
    care_project,
    care_security,
    care_system,
    care_variables,
    containers,
    cpu,
    cuda,
    gpu,
    index_conda,
    index_network,
    index_pip,
    index_uv,
    limits,
    memory,
    python,
    surroundings,
    system,
)
from bringup.machine.sources import Sources, first_answer
from bringup.machine.watch import Watch, WatchedWorld
from bringup.machine.world import Host, Runner, World, run_command, this_platform

TOPICS: Final[tuple[Sources, ...]] = (
    system.SOURCES,
    cpu.SOURCES,
    memory.SOURCES,
    limits.SOURCES,
    python.SOURCES,
    gpu.SOURCES,
    cuda.SOURCES,
    containers.SOURCES,
    surroundings.SOURCES,
    index_pip.SOURCES,
    index_uv.SOURCES,
    index_conda.SOURCES,
    index_network.SOURCES,
)
DECIDING: Final = (
    system.SOURCES,
    python.SOURCES,
    gpu.SOURCES,
    index_pip.SOURCES,
    index_uv.SOURCES,
    index_conda.SOURCES,
    index_network.SOURCES,
)
"""Topics that decide which lock is made and which environment is built."""
ANSWERING: Final = (*DECIDING, cpu.SOURCES)
"""Topics that say which versions work here: containers and their like cost half of a probe."""
CARE: Final[tuple[Sources, ...]] = (
    care_system.SOURCES,
    care_driver.SOURCES,
    care_gpu.SOURCES,
    care_cuda.SOURCES,
    care_env.SOURCES,
    care_variables.SOURCES,
    care_network.SOURCES,
    care_containers.SOURCES,
    care_jupyter.SOURCES,
    care_security.SOURCES,
    care_project.SOURCES,
)
"""Topics that only the doctor asks about: what goes wrong with machines."""
ROOT: Final = Path("/")


def probe(  # noqa: PLR0913 - all that a test may replace, by name
    *,
    env: Mapping[str, str] = os.environ,
    root: Path = ROOT,
    overrides: Mapping[str, Fact] | None = None,
    folder: Path | None = None,
    platform: str | None = None,
    runner: Runner = run_command,
    host: Host | None = None,
    watch: Watch | None = None,
    topics: tuple[Sources, ...] = TOPICS,
    python: str | None = None,
) -> Machine:
    """Return what is here. A source that fails gives an unknown fact, never an exception.

    Args:
        env: the environment to read.
        root: the file tree to read; another one than ``/`` is a recorded machine.
        overrides: facts that are set already; their sources are not asked.
        folder: where environments go, for the free space there and uv's project settings.
        platform: linux, macos or windows; this system when absent.
        runner: starts commands.
        host: answers for the running kernel; nobody does for another root when absent.
        watch: takes the signatures of what is looked at, of this machine alone.
        topics: what to ask about; the facts of others are left out.
        python: the Python whose environment the doctor judges; the active one when absent.
    """
    given: dict[str, Any] = {
        "root": root,
        "env": env,
        "platform": platform or this_platform(),
        "host": host or (RunningHost() if root == ROOT else AbsentHost()),
        "runner": runner,
        "folder": (folder or Path.cwd()).absolute() if root == ROOT else folder or ROOT,
        "python": python,
    }
    world = World(**given) if watch is None else WatchedWorld(watch, **given)
    return probe_world(world, overrides or {}, watch, topics)


def probe_world(
    world: World,
    overrides: Mapping[str, Fact],
    watch: Watch | None = None,
    topics: tuple[Sources, ...] = TOPICS,
) -> Machine:
    """Probe what ``world`` shows; ``watch`` is over the topics that decide about environments."""
    facts: dict[str, Fact] = dict(overrides)
    for topic in topics:
        if watch is not None:
            watch.active = topic in DECIDING
        for key, sources in topic.items():
            facts[key] = overrides.get(key) or first_answer(world, sources)
    if watch is not None:
        watch.active = True
        watch.look_at_answers()
    facts["index.settings"] = overrides.get("index.settings") or merged_settings(facts)
    return Machine({key: facts[key] for key in KEYS if key in facts})
