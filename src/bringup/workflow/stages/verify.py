"""verify: real work in every environment, compared with references."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.base.files import digest_tree
from bringup.environment import verify as work
from bringup.environment.venv import Environment
from bringup.workflow.context import Context, Outcome, StageFolder
from bringup.workflow.stages import sync

NAME: Final = "verify"


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on the environments, what was asked for, the accelerators and the checks."""
    checks = work.CHECKS_FOLDER
    return {
        **context.digests("sync"),
        "build": sync.picked_target(context)["build"],
        "[environment].accelerator": context.config.environment.accelerator,
        "fact gpu.devices": context.machine.value("gpu.devices"),
        "fact gpu.nvidia_driver": context.machine.value("gpu.nvidia_driver"),
        "code": f"sha256:{digest_tree(checks.glob('*.py'), checks)}",
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Run the checks in both environments; all run even when one fails."""
    target, locked = sync.picked_target(context), context.evidence("lock")["packages"]
    checks: list[dict[str, Any]] = []
    faults = []
    for use, row in context.evidence("sync")["environments"].items():
        packages = locked[target["locks"][use]["file"]]
        expected = (
            work.expected_serving(packages)
            if use == "serve"
            else work.expected_training(
                context.machine, packages, build=target["build"], requested=target["requested"]
            )
        )

        def tell(check: work.Check, use: str = use) -> None:
            folder.emit("check", **{**check.to_json(), "name": f"{use}/{check.name}"})

        environment = Environment(
            use, Path(row["folder"]), Path(row["python"]), digest="", built=False, seconds=0.0
        )
        done = work.verify_environment(environment, expected, on_check=tell)
        checks += [{**check.to_json(), "name": f"{use}/{check.name}"} for check in done]
        if fault := work.failure_of(done):
            faults.append(fault)
    passed = sum(1 for check in checks if check["ok"])
    return Outcome(
        metrics={"checks": {"value": len(checks)}, "passed": {"value": passed}},
        details={"checks": checks},
        fault=faults[0] if faults else None,
    )
