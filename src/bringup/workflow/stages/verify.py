"""verify: real work in every environment, compared with references."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.base.files import write_text
from bringup.environment import verify as work
from bringup.environment.expected import Expected, expected_serving, expected_training
from bringup.environment.observations import keep_observations, observe
from bringup.environment.table_faults import TableFault, table_faults
from bringup.environment.venv import Environment
from bringup.knowledge.frameworks import framework_table
from bringup.workflow.context import Context, Outcome, StageFolder
from bringup.workflow.stages import sync

NAME: Final = "verify"
_REPORT: Final = "table-faults.txt"


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on the environments, what was asked for, the accelerators and the checks."""
    return {
        **context.digests("sync"),
        "build": sync.picked_target(context)["build"],
        "[environment].accelerator": context.config.environment.accelerator,
        "fact gpu.devices": context.machine.value("gpu.devices"),
        "fact gpu.nvidia_driver": context.machine.value("gpu.nvidia_driver"),
        "code": f"sha256:{work.checks_digest()}",
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Run the checks in all environments; all run even when one fails."""
    rows: list[dict[str, Any]] = []
    faults: list[work.ChecksFailed] = []
    wrong: tuple[TableFault, ...] = ()
    environments = context.evidence("sync")["environments"]
    expected = {use: _expected(context, use) for use in environments}
    total = sum(len(group.names) for one in expected.values() for group in one.groups())
    for use, row in environments.items():

        def tell(check: work.Check, use: str = use) -> None:
            rows.append({**check.to_json(), "name": f"{use}/{check.name}"})
            folder.emit("check", **rows[-1], done=len(rows), total=total, unit="checks")

        done = work.verify_environment(_environment(use, row), expected[use], on_check=tell)
        if fault := work.failure_of(done):
            faults.append(fault)
        if not expected[use].serving:
            wrong = _observed(context, expected[use], done, folder)
    if contradiction := _contradiction(wrong, folder):
        faults.insert(0, contradiction)
    if faults:
        faults[0].checks = rows
    return Outcome(
        metrics=_counts(rows),
        details={"checks": rows, "table_faults": [fault.to_json() for fault in wrong]},
        fault=faults[0] if faults else None,
    )


def _expected(context: Context, use: str) -> Expected:
    target = sync.picked_target(context)
    packages = context.evidence("lock")["packages"][target["locks"][use]["file"]]
    if use == "serve":
        return expected_serving(packages)
    return expected_training(
        context.machine, packages, build=target["build"], requested=target["requested"]
    )


def _environment(use: str, row: dict[str, Any]) -> Environment:
    folder, python = Path(row["folder"]), Path(row["python"])
    return Environment(use, folder, python, digest="", built=False, seconds=0.0)


def _counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {
        "checks": len(rows),
        "passed": sum(1 for row in rows if row["status"] == "ok"),
        "skipped": sum(1 for row in rows if row["status"] == "skipped"),
    }
    return {name: {"value": count} for name, count in counts.items()}


def _observed(
    context: Context, expected: Expected, checks: list[work.Check], folder: StageFolder
) -> tuple[TableFault, ...]:
    """Keep what the checks showed, and return and report where the tables say other."""
    table, machine = framework_table(), context.machine
    seen = observe(machine, expected, checks)
    keep_observations(context.state_folder, seen)
    wrong = table_faults(machine, seen, table)
    if wrong:
        texts = [fault.report(machine, table) for fault in wrong]
        write_text(folder.path / _REPORT, "\n".join(texts))
    for fault in wrong:
        if fault.works:
            folder.notify("VER021", _params(fault, folder))
    return wrong


def _contradiction(wrong: tuple[TableFault, ...], folder: StageFolder) -> work.ChecksFailed | None:
    """Return the error for a build that failed where the tables say that it works."""
    failed = next((fault for fault in wrong if not fault.works), None)
    return None if failed is None else work.ChecksFailed("VER020", **_params(failed, folder))


def _params(fault: TableFault, folder: StageFolder) -> dict[str, Any]:
    shown = {**fault.to_json(), "capability": fault.capability or "?"}
    return {**shown, "report": str(folder.path / _REPORT)}
