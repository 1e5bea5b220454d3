"""lock: choose the builds that go together on this machine, and lock every file's hash."""

from __future__ import annotations

from typing import Any, Final

from bringup.base.files import digest_file, digest_value
from bringup.stack.requirements import tables_digest
from bringup.workflow.context import Context, Outcome, StageFolder, section_parts

NAME: Final = "lock"
_DECIDING: Final = (
    "os.family",
    "os.arch",
    "libc.family",
    "libc.version",
    "gpu.devices",
    "gpu.nvidia_driver",
    "python.interpreters",
)
"""Facts that the choice looks at."""


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on [environment], the deciding facts, the index settings, our tables."""
    environment = context.config.environment
    facts = {f"fact {key}": context.machine.value(key) for key in _DECIDING}
    found = {
        **section_parts("environment", environment.model_dump(mode="json"), leave_out=set()),
        **facts,
        # Only a digest: addresses may hold credentials.
        "index settings": f"sha256:{digest_value(context.machine.value('index.settings'))}",
        "tables": f"sha256:{tables_digest()}",
        "own script": context.runs_script,
    }
    if environment.requirements_file is not None:
        path = context.folder / environment.requirements_file
        found[environment.requirements_file] = f"sha256:{digest_file(path)}"
    return found


def run(context: Context, folder: StageFolder) -> Outcome:
    """Choose, then let uv resolve the rest."""
    from bringup.stack.choose import choose_stack
    from bringup.stack.lock import lock_environment

    stack = choose_stack(context.machine, context.project, notify=folder.notify)
    lock = lock_environment(
        stack,
        machine=context.machine,
        folder=context.folder,
        state_folder=context.state_folder,
        notify=folder.notify,
    )
    outputs = {"train": lock.train, "bringup.lock": lock.rest}
    if lock.serve is not None:
        outputs["serve"] = lock.serve
    packages = {name: {"value": len(rows)} for name, rows in _by_use(lock.packages).items()}
    details = {
        "stack": stack.to_json(),
        "packages": lock.packages,
        "notes": [note.to_json() for note in lock.notes],
    }
    return Outcome(metrics=packages, outputs=outputs, details=details)


def _by_use(packages: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {
        "serve_packages" if name == "pylock.serve.toml" else "packages": rows
        for name, rows in packages.items()
    }
