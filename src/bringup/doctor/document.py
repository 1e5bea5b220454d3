"""An examination as one plain JSON document, which the other forms are made of."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Final

from bringup.base.messages import text_of
from bringup.doctor.case import Case
from bringup.doctor.evidence import evidence_of, main_facts
from bringup.doctor.examine import Examination, Result, Status, counts
from bringup.doctor.names import without_names
from bringup.doctor.plan import Plan
from bringup.doctor.steps import Command, MoveAway, SetMode, SetVariable, Step
from bringup.machine.redact import redacted_value

SCHEMA_VERSION: Final = 1
_VALUE_CHARS: Final = 300


def document_of(examination: Examination, *, redact: bool = False) -> dict[str, Any]:
    """Return findings, what follows from them, what was skipped and why, what is well.

    Args:
        examination: the results.
        redact: whether names of people, hosts and folders are left out as well; credentials in
            addresses always are.
    """
    rows = examination.results
    document = {
        "schema_version": SCHEMA_VERSION,
        "summary": counts(rows),
        "findings": [
            {
                **finding_of(row, examination.case),
                "follows": [
                    finding_of(other, examination.case)
                    for other in examination.following(row.rule.code)
                ],
            }
            for row in examination.roots
        ],
        "ignored": [
            {**finding_of(row, examination.case), "reason": row.ignored}
            for row in rows
            if row.found is not None and row.ignored is not None
        ],
        "skipped": [
            {
                "code": row.rule.code,
                "name": row.rule.name,
                "reason": row.reason,
                "crashed": row.crashed,
            }
            for row in rows
            if row.status is Status.SKIPPED
        ],
        "ok": list(dict.fromkeys(row.rule.code for row in rows if row.status is Status.OK)),
        "machine": main_facts(examination.case),
    }
    plain: dict[str, Any] = redacted_value(document)
    return without_names(plain, examination.case) if redact else plain


def plan_document(plan: Plan, case: Case, *, redact: bool = False) -> dict[str, Any]:
    """Return a plan as plain JSON: its steps, and the fixes that are words alone."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "steps": [
            {**step_of(row.step), "codes": list(row.codes), "safe": row.safe} for row in plan.steps
        ],
        "words": [{"code": row.rule.code, "fix": row.fix} for row in plan.words],
    }
    plain: dict[str, Any] = redacted_value(document)
    return without_names(plain, case) if redact else plain


def finding_of(row: Result, case: Case) -> dict[str, Any]:
    """Return one finding as plain JSON."""
    found = row.found
    if found is None:
        raise AssertionError("only a finding can be told")
    text = row.rule.text.here
    return {
        "code": row.rule.code,
        "name": row.rule.name,
        "status": row.status.value,
        "title": text.title,
        "message": row.message,
        "why": text.why,
        "evidence": evidence_of(row, case),
        "fix": row.fix,
        "steps": [step_of(step) for step in found.steps],
        "false_alarms": text.false_alarms,
        "references": list(row.rule.text.references),
        **({} if row.file is None else {"file": row.file, "line": found.line}),
    }


def shown_value(value: Any) -> str:
    """Return a fact's value on one line, cut where it is long."""
    text = _plain(value)
    return text if len(text) <= _VALUE_CHARS else f"{text[: _VALUE_CHARS - 3]}..."


def shown_evidence(item: Mapping[str, Any]) -> str:
    """Return a row of ``evidence`` on one line: the fact, its value, how much was left out."""
    line = f"{item['fact']} = {shown_value(item['value'])}"
    return f"{line} {text_of('DOC143', count=item['left_out'])}" if item["left_out"] else line


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "; ".join(_plain(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_plain(item)}" for name, item in value.items())
    return str(value)


def step_of(step: Step) -> dict[str, Any]:
    """Return a step of a fix as plain JSON: what would be done, with which privilege."""
    if isinstance(step, Command):
        row: dict[str, Any] = {"do": "run", "command": shlex.join(step.argv)}
        row |= {"undo": None if step.undo is None else shlex.join(step.undo)}
        row |= {"reboot": True} if step.reboot else {}
    elif isinstance(step, MoveAway):
        row = {"do": "move_away", "path": str(step.path)}
    elif isinstance(step, SetMode):
        row = {"do": "set_mode", "path": str(step.path), "mode": f"{step.mode:o}"}
    elif isinstance(step, SetVariable):
        return {"do": "set_variable", "name": step.name, "value": step.value, "privilege": "user"}
    else:
        row = {"do": "write", "path": str(step.path), "text": step.text}
    return {**row, "privilege": step.privilege.value}
