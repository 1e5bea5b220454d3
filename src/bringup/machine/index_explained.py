"""All settings of package indexes in one place: who said what where, what counts, and why.

The facts hold what counts; this adds what does not, from the same files and variables.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bringup.machine.host import RunningHost
from bringup.machine.model import Machine
from bringup.machine.probes import index_conda, index_network, index_pip, index_uv
from bringup.machine.redact import redacted_value
from bringup.machine.said import Said, Secret
from bringup.machine.world import NoAnswer, World, run_command, this_platform

_MERGED: Final[dict[str, tuple[str, ...]]] = {
    "index": ("uv.default_index", "pip.index_url"),
    "extra_indexes": ("uv.index", "pip.extra_index_url"),
    "find_links": ("uv.find_links", "pip.find_links"),
    "constraints": ("uv.constraint", "pip.constraint"),
    "trusted_hosts": ("uv.insecure_host", "pip.trusted_host"),
    "ca_bundle": ("pip.cert", "network.ca_bundle", "conda.ssl_verify"),
    "proxy": ("pip.proxy", "network.https_proxy", "network.http_proxy", "conda.proxy"),
    "no_index": ("uv.no_index", "pip.no_index"),
    "timeout_s": ("uv.timeout", "pip.timeout"),
}
"""Merged setting -> the facts that it is made of, the strongest first."""
_LISTS: Final = frozenset({"extra_indexes", "find_links", "constraints", "trusted_hosts"})
_SIDE_BY_SIDE: Final = frozenset({"network.https_proxy", "network.http_proxy"})
"""These two are for one kind of address each: none overrules the other."""
_CONDA_NAMES: Final = {"proxy_servers": "proxy"}


@dataclass(frozen=True, slots=True)
class Merged:
    """One setting as bringup follows it. ``value`` may hold credentials."""

    name: str
    value: Any
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """The settings of one machine: each as it was said, and all of them merged."""

    said: tuple[Said, ...]
    merged: tuple[Merged, ...]
    unreadable: tuple[str, ...]
    """Why a tool's settings could not be read; its rows are missing then."""

    def redacted(self) -> Explained:
        """Return it without credentials."""
        return Explained(
            tuple(_redacted(row) for row in self.said),
            tuple(Merged(row.name, redacted_value(row.value), row.sources) for row in self.merged),
            tuple(redacted_value(line) for line in self.unreadable),
        )


def explain_here(machine: Machine, *, env: Mapping[str, str] | None = None) -> Explained:
    """Explain the settings of this machine; the facts of ``machine`` say what counts.

    Args:
        machine: this machine, probed.
        env: the environment; ``os.environ`` when absent.
    """
    world = World(
        root=Path("/"),
        env=os.environ if env is None else env,
        platform=this_platform(),
        host=RunningHost(),
        runner=run_command,
        folder=Path.cwd(),
    )
    return explain(machine, world)


def explain(machine: Machine, world: World) -> Explained:
    """Explain the settings that ``world`` shows."""
    said: list[Said] = []
    unreadable: list[str] = []
    tools: tuple[Callable[[World], list[Said]], ...] = (
        index_uv.said,
        index_pip.said,
        index_network.said,
        index_conda.said,
    )
    for tool in tools:
        try:
            said += tool(world)
        except (NoAnswer, ValueError, KeyError, TypeError, AttributeError) as reason:
            # A file that its own tool cannot read either.
            unreadable.append(str(reason))

    def exists(place: str) -> bool:
        return world.exists(str(Path(world.folder) / Path(place).expanduser()))

    return _explained(machine, said, unreadable, exists)


def explain_saved(machine: Machine) -> Explained:
    """Explain the settings of a saved machine: its facts, without what lost before they were."""
    said = [
        Said(key.split(".")[1], key.split(".")[2].replace("_", "-"), fact.value, fact.source)
        for key, fact in machine.facts.items()
        if key.startswith("index.") and key != "index.settings" and fact.value not in (None, [])
    ]
    unreadable = [
        fact.unknown
        for key, fact in machine.facts.items()
        if key.startswith("index.") and fact.unknown is not None
    ]
    return _explained(machine, said, unreadable, lambda place: True)


def _explained(
    machine: Machine, said: Sequence[Said], unreadable: Sequence[str], exists: Callable[[str], bool]
) -> Explained:
    rows = [_judged(row, machine, exists) if row.status == "used" else row for row in said]
    values = machine.value("index.settings") or {}
    merged = tuple(
        Merged(name, values.get(name), _sources(name, machine))
        for name in _MERGED
        if values.get(name) not in (None, [], False)
    )
    return Explained(tuple(rows), merged, tuple(dict.fromkeys(unreadable)))


def _sources(name: str, machine: Machine) -> tuple[str, ...]:
    whole = machine.facts["index.settings"]
    if whole.source.startswith("override"):
        return (whole.source,)
    answering = [
        fact for key in _MERGED[name] if (fact := machine.facts.get(f"index.{key}")) and fact.value
    ]
    found = answering if name in _LISTS else answering[:1]
    return tuple(dict.fromkeys(fact.source for fact in found)) or (whole.source,)


def _judged(row: Said, machine: Machine, exists: Callable[[str], bool]) -> Said:
    """Say what became of a tool's own winner when all tools' settings were put together."""
    if row.code is not None:
        return row
    name = _CONDA_NAMES.get(row.name, row.name.replace("-", "_"))
    key = f"{row.tool}.{name}"
    field = next((field for field, keys in _MERGED.items() if key in keys), None)
    if field is None:
        return row
    if field in {"index", "extra_indexes"} and _no_index(machine):
        return row.ignored("IDX068", source=_no_index(machine))
    if field in _LISTS:
        return _judged_list(row, key, field, machine, exists)
    return _judged_single(row, key, field, machine)


def _judged_list(
    row: Said, key: str, field: str, machine: Machine, exists: Callable[[str], bool]
) -> Said:
    if field in {"find_links", "constraints"} and row.tool == "pip":
        gone = [place for place in row.value if "://" not in place and not exists(place)]
        if gone:
            told = row.ignored if gone == list(row.value) else row.used
            return told("IDX069", places=", ".join(gone))
    for other in _MERGED[field]:
        if other != key and set(row.value) & set(machine.value(f"index.{other}") or ()):
            return row.used("IDX070", source=machine.facts[f"index.{other}"].source)
    return row


def _judged_single(row: Said, key: str, field: str, machine: Machine) -> Said:
    for other in _MERGED[field]:
        if other == key:
            return row
        value = machine.value(f"index.{other}")
        if not value or {other, key} == _SIDE_BY_SIDE:
            continue
        source = machine.facts[f"index.{other}"].source
        if value == row.value:
            return row.used("IDX070", source=source)
        return row.lost(source)
    return row


def _no_index(machine: Machine) -> str | None:
    for key in _MERGED["no_index"]:
        if machine.value(f"index.{key}"):
            return machine.facts[f"index.{key}"].source
    return None


def _redacted(row: Said) -> Said:
    value = "****" if isinstance(row.value, Secret) else redacted_value(row.value)
    params = {name: redacted_value(value) for name, value in row.params.items()}
    return Said(row.tool, row.name, value, row.source, row.status, row.code, params)
