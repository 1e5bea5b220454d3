"""Machines in files: saved by ``bringup probe --json``, replayed by ``--machine``.

A file may also be written by hand: one object of fact keys and short names, for example
``{"gpu": "L4", "compute_capability": "8.9", "os": "Ubuntu 22.04", "cpu.cores_usable": 8}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bringup.base.errors import BringupError
from bringup.base.files import read_json, write_json
from bringup.machine.keys import SHORT_NAMES, key_of
from bringup.machine.model import SCHEMA_VERSION, Fact, Machine
from bringup.machine.overrides import Overrides, apply_overrides
from bringup.machine.values import check


def save(machine: Machine, path: Path) -> None:
    """Write the machine to ``path``, addresses as they are (see ``redacted_machine``)."""
    write_json(path, machine.to_json())


def load_machine(path: Path) -> Machine:
    """Read a machine from a file.

    Raises:
        BringupError: FIL004, there is no such file; FIL005, it is not JSON; MCH004, it is no
            machine; MCH005, a newer bringup wrote it; MCH001 and MCH002, a fact is wrong.
    """
    if path.is_dir():
        raise BringupError("MCH004", path=path, reason="it is a folder")
    document = read_json(path)
    if not isinstance(document, dict):
        raise BringupError("MCH004", path=path, reason="expected a JSON object")
    if "facts" not in document:
        return machine_by_hand(document, str(path))
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise BringupError("MCH005", path=path, found=version, known=SCHEMA_VERSION)
    if not isinstance(document["facts"], dict):
        raise BringupError("MCH004", path=path, reason="facts: expected an object")
    return Machine({key: _fact(key, row, path) for key, row in document["facts"].items()})


def _fact(name: str, row: Any, path: Path) -> Fact:
    key = key_of(name)
    if not isinstance(row, dict) or "value" not in row:
        raise BringupError("MCH004", path=path, reason=f"{name}: expected an object with a value")
    return Fact(
        value=check(key, row["value"]),
        source=str(row.get("source", path)),
        unknown=None if row.get("unknown") is None else str(row["unknown"]),
        tried=tuple(str(line) for line in row.get("tried") or ()),
    )


def machine_by_hand(document: Mapping[str, Any], source: str) -> Machine:
    """Return the machine of a mapping of fact keys and short names; None means absent.

    Raises:
        BringupError: MCH001 and MCH002, a fact is wrong.
    """
    facts: dict[str, Fact] = {}
    short: dict[str, str] = {}
    for name, value in document.items():
        if name in SHORT_NAMES:
            short[name] = "" if value is None else str(value)
        else:
            facts[name] = Fact(check(key_of(name), value), source)
    return apply_overrides(Machine({}), Overrides(facts, short), source=source)
