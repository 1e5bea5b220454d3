"""The one way from a command line to a machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from bringup.machine.model import Machine
from bringup.machine.overrides import apply_overrides, read_overrides
from bringup.machine.watch import Watch


def machine_of(
    *,
    machine_file: Path | None = None,
    facts: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    watch: Watch | None = None,
    for_answers: bool = False,
    for_doctor: bool = False,
    python: str | None = None,
) -> Machine:
    """Return the machine to work for: a replayed one or this one, with the facts people set.

    Args:
        machine_file: a saved machine; this machine is probed when absent.
        facts: ``KEY=VALUE`` each, stronger than the variables ``BRINGUP_*``.
        env: the environment; ``os.environ`` when absent.
        folder: where environments go; the current folder when absent.
        watch: takes the signatures of what a probe of this machine looks at.
        for_answers: whether only the facts that say which versions work are needed.
        for_doctor: whether the facts that only the doctor judges are wanted as well.
        python: the Python whose environment the doctor judges; the active one when absent.

    Raises:
        BringupError: a fact or the file is wrong (MCH001 to MCH005, FIL004, FIL005).
    """
    environment = os.environ if env is None else env
    overrides = read_overrides(facts, environment)
    if machine_file is not None:
        from bringup.machine.replay import load_machine

        return apply_overrides(load_machine(machine_file), overrides)
    from bringup.machine.probe import ANSWERING, CARE, TOPICS, probe

    topics = ANSWERING if for_answers else TOPICS

    machine = probe(
        env=environment,
        overrides=overrides.facts,
        folder=folder,
        watch=watch,
        topics=(*topics, *CARE) if for_doctor else topics,
        python=python,
    )
    return apply_overrides(machine, overrides)
