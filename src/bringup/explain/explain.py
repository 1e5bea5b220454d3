"""Explain a log: the one entry, for the command line and for Python."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from bringup.base.messages import current_language
from bringup.explain.causes import Fix, Knowledge, KnownCause, Pattern, knowledge
from bringup.explain.conditions import Scene, Unknown, driver_needed
from bringup.explain.match import Log, Matches, match_log
from bringup.explain.model import Cause, Explanation, FixStep, Verdict
from bringup.explain.rank import THRESHOLD, Candidate, harmless_hits, ranked
from bringup.explain.surroundings import MARKS, TROUBLE, surroundings_of
from bringup.machine.model import Machine

_KEPT: Final = 8
"""Causes that an explanation lists at most."""
_SHOWN_LINES: Final = 6
_WEAKEST: Final = 0.1


def explain(log: Log, facts: Mapping[str, Any] | Machine | None = None) -> Explanation:
    """Say what a log shows: a failure and its causes, nothing wrong, or something unknown.

    Args:
        log: the output of a command: text, bytes, an open file, or its pieces. A file is read
            once, in blocks; memory does not grow with it.
        facts: what is known of the machine: a ``Machine``, or free names such as ``os``,
            ``gpu``, ``driver``, ``cuda``, ``torch``, ``python``, ``docker``.
    """
    known = knowledge()
    matches = match_log(log, _patterns())
    values = facts_of(facts)
    scene = Scene(values, surroundings_of(matches, values))
    harmless = tuple(harmless_hits(known.harmless, matches, scene))
    quiet = frozenset(hit.line.number for _, hit in harmless)
    found = [
        row for row in ranked(known.causes, matches, scene, quiet) if row.confidence >= _WEAKEST
    ]
    failed = bool(found) and found[0].confidence >= THRESHOLD
    language = current_language()
    return Explanation(
        _verdict(failed, matches, quiet),
        tuple(_told(row, scene, language) for row in found[:_KEPT]),
        tuple((hit.line, row.why.get(language, "")) for row, hit in harmless),
        matches.lines_read,
    )


@cache
def _patterns() -> frozenset[Pattern]:
    return knowledge().patterns | MARKS | TROUBLE


def _verdict(failed: bool, matches: Matches, quiet: frozenset[int]) -> Verdict:
    if failed:
        return Verdict.FAILURE
    troubled = any(
        hit.line.number not in quiet for pattern in TROUBLE for hit in matches.of(pattern)
    )
    return Verdict.UNKNOWN if troubled else Verdict.BENIGN


def facts_of(facts: Mapping[str, Any] | Machine | None) -> dict[str, str]:
    """Return facts under the names that conditions and fixes use."""
    if facts is None:
        return {}
    if isinstance(facts, Machine):
        return _of_machine(facts)
    return {str(name): str(value) for name, value in facts.items() if value is not None}


def _of_machine(machine: Machine) -> dict[str, str]:
    gpus = machine.gpus
    rows = {
        "os": " ".join(
            str(part)
            for part in (machine.value("os.name"), machine.value("os.version"))
            if part is not None
        ),
        "arch": machine.arch,
        "glibc": machine.libc_version if machine.libc == "glibc" else None,
        "driver": machine.nvidia_driver,
        "gpu": gpus[0].name if gpus else None,
        "python": machine.interpreters[0].version if machine.interpreters else None,
        "kernel": machine.value("os.kernel"),
    }
    if machine.value("surroundings.wsl") is not None:
        rows["os"] = f"WSL{machine.value('surroundings.wsl')} {rows['os']}"
    return {name: str(value) for name, value in rows.items() if value}


def _told(found: Candidate, scene: Scene, language: str) -> Cause:
    values = {**scene.values, **found.values}
    cause: KnownCause = found.cause
    inner = Scene(_with_derived(values), scene.surroundings)
    return Cause(
        cause.label,
        found.confidence,
        found.lines[:_SHOWN_LINES],
        cause.title[language],
        cause.why[language],
        tuple(step for fix in cause.fixes if (step := _step(fix, inner, language)) is not None),
        cause.doctor,
        found.values,
        found.follows,
    )


def _with_derived(values: Mapping[str, str]) -> dict[str, str]:
    """Add what follows from the values: the driver that a CUDA version needs."""
    rows = dict(values)
    for name in ("cuda_needed", "cuda"):
        if name in rows and "driver_needed" not in rows:
            try:
                rows["driver_needed"] = driver_needed(rows[name])
            except Unknown:
                continue
    return rows


def _step(fix: Fix, scene: Scene, language: str) -> FixStep | None:
    if not all(condition.holds(scene) for condition in fix.when):
        return None
    template, command = fix.texts[language], fix.command
    if not _names(template) <= set(scene.values):
        if language not in fix.otherwise:
            return None
        template = fix.otherwise[language]
    if command is not None and not _names(command) <= set(scene.values):
        command = None
    return FixStep(
        template.format(**scene.values),
        None if command is None else command.format(**scene.values),
    )


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


__all__ = ["Explanation", "Knowledge", "explain", "facts_of"]
