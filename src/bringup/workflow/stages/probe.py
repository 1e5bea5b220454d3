"""probe: the machine as a value, kept as the first evidence."""

from __future__ import annotations

from typing import Any, Final

from bringup.base.files import write_json
from bringup.machine import redacted_machine
from bringup.workflow.context import Context, Outcome, StageFolder

NAME: Final = "probe"
VOLATILE: Final = frozenset({"memory.available_bytes", "disk.free_bytes"})
"""Facts that move from minute to minute: they are recorded, and no stage depends on them."""


def applies(context: Context) -> bool:
    """Every project starts from a machine."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on each fact that stays. The key stands in the evidence: it holds no credentials."""
    facts = redacted_machine(context.machine).facts
    return {key: fact.value for key, fact in facts.items() if key not in VOLATILE}


def run(context: Context, folder: StageFolder) -> Outcome:
    """Write the machine down."""
    path = folder.path / "machine.json"
    # The evidence is sent around, so it holds no credentials.
    machine = redacted_machine(context.machine).to_json()
    write_json(path, machine)
    facts = context.machine.facts
    unknown = sum(1 for fact in facts.values() if fact.unknown is not None)
    metrics = {"facts": {"value": len(facts)}, "unknown": {"value": unknown}}
    return Outcome(metrics=metrics, outputs={"machine.json": path}, details={"machine": machine})
