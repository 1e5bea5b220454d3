"""Cases of tests, read from JSON: facts, and what the project's lock asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bringup.doctor.case import Case
from bringup.doctor.wants import Wants
from bringup.machine.replay import load_machine, machine_by_hand

RULES = Path(__file__).parent / "rules"


def case_of(document: dict[str, Any], source: str = "test") -> Case:
    """Return the case of ``{"facts", "wants", "peers"}``; only facts are needed."""
    wants = document.get("wants")
    return Case(
        machine_by_hand(document["facts"], source),
        None if wants is None else Wants.from_json(wants),
        peers=tuple(machine_by_hand(facts, source) for facts in document.get("peers", ())),
    )


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def healthy_machine(path: Path) -> Case:
    return Case(load_machine(path))
