"""lock: choose the builds that go together on this machine, and lock every file's hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.base.files import digest_value
from bringup.environment.table_faults import known_faults, observed_table
from bringup.machine import redacted_value
from bringup.stack.requirements import tables_digest, with_included
from bringup.workflow.context import Context, Outcome, StageFolder, file_parts, section_parts

NAME: Final = "lock"
_DECIDING: Final = (
    "os.family",
    "os.arch",
    "libc.family",
    "libc.version",
    "gpu.devices",
    "gpu.nvidia_driver",
    "python.interpreters",
    "index.uv.offline",
)
"""Facts that the choice looks at."""
_DECIDING_SETTINGS: Final = ("index", "extra_indexes", "find_links", "constraints", "no_index")
"""The other settings say how to get there: proxy, certificates, time limits."""


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on [environment], the deciding facts, the index settings, our tables.

    New credentials for the same index change nothing, and the key may be shown: they are no part.
    """
    environment = context.config.environment
    # Wheels for macOS are made for a version of it; a distribution's own does not count.
    more = ("os.version",) if context.machine.os == "macos" else ()
    facts = {f"fact {key}": context.machine.value(key) for key in (*_DECIDING, *more)}
    found = {
        **section_parts("environment", environment.model_dump(mode="json"), leave_out=set()),
        **facts,
        **_index_parts(context),
        "tables": f"sha256:{tables_digest()}",
        "own script": context.runs_script,
        **_observed_part(context),
    }
    if environment.requirements_file is not None:
        path = context.folder / environment.requirements_file
        found |= file_parts(with_included(path), context.folder)
    return found


def _observed_part(context: Context) -> dict[str, Any]:
    """Return where this machine has shown the tables to be wrong; nothing where they are right."""
    faults = known_faults(context.machine, context.state_folder)
    return {"observed": f"sha256:{digest_value(faults)}"} if faults else {}


def _index_parts(context: Context) -> dict[str, Any]:
    """Return the settings that decide which packages are found, and what constraint files say."""
    settings = redacted_value(context.machine.value("index.settings")) or {}
    found = {f"index {name}": settings.get(name) for name in _DECIDING_SETTINGS}
    for place in context.machine.index_settings.constraints:
        found |= file_parts(with_included(Path(place)), context.folder)
    return found


def run(context: Context, folder: StageFolder) -> Outcome:
    """Choose, then let uv resolve the rest."""
    from bringup.stack.choose import choose_stack
    from bringup.stack.lock import lock_environment

    # What was observed here overrides what the tables say.
    table = observed_table(context.machine, context.state_folder)
    stack = choose_stack(context.machine, context.project, notify=folder.notify, table=table)
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
