"""sync: the target that fits this machine made real, one environment to train and one to serve."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.messages import text_of
from bringup.environment.pick import Picked, pick_target
from bringup.environment.venv import MARKER, Environment, is_exact, sync_environment
from bringup.machine import Interpreter
from bringup.stack.lock_file import REST, TargetLock, read_lock
from bringup.stack.model import Notify
from bringup.workflow.context import Context, Outcome, StageFolder

NAME: Final = "sync"


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on the target that fits this machine, its locks and the interpreter.

    Where none fits, on why: the work then tells it.
    """
    try:
        picked = _pick(context)
    except BringupError as refusal:
        return {"refused": str(refusal)}
    target = picked.target
    locks = {f"{use} lock": f"sha256:{file.sha256}" for use, file in target.files.items()}
    return {
        "target": target.name,
        **locks,
        "python": f"{picked.python.version} {picked.python.path}",
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Pick the target, and build what is not there yet."""
    picked = _pick(context)
    target = picked.target
    if len(read_lock(_rest(context)).targets) > 1:
        folder.notify("ENV031", {"target": target.name})
    for note in picked.notes:
        folder.notify(note.code, note.params)
    notify = _once(folder.notify)
    built = {
        use: _build(context, notify, picked, use, context.folder / file.name)
        for use, file in target.files.items()
    }
    return Outcome(
        metrics={f"{use}_build_s": {"value": env.seconds} for use, env in built.items()},
        outputs={use: env.folder / MARKER for use, env in built.items()},
        details={
            "target": _shown_target(target, picked.python),
            "environments": {use: _shown(env) for use, env in built.items()},
        },
    )


def damage(context: Context) -> list[str]:
    """Say in words which environments no longer hold what they were built with."""
    rows = context.evidence(NAME)["environments"]
    changed = [use for use, row in rows.items() if not is_exact(Path(row["folder"]))]
    return [text_of("ENV034", name=use) for use in changed]


def picked_target(context: Context) -> dict[str, Any]:
    """Return what was made real: ``name``, ``build``, ``requested``, ``python``, ``locks``.

    ``locks`` is use -> ``file`` (a name in the project's folder) and ``sha256`` ("sha256:...").
    """
    found: dict[str, Any] = context.evidence(NAME)["target"]
    return found


def lock_digest(context: Context, use: str) -> str:
    """Return the digest of the lock that an environment was built from."""
    digest: str = picked_target(context)["locks"][use]["sha256"]
    return digest


def lock_path(context: Context, use: str) -> Path:
    """Return the lock that an environment was built from."""
    return context.folder / str(picked_target(context)["locks"][use]["file"])


def train_python(context: Context) -> Path:
    """Return the Python of the training environment."""
    return _python(context, "train")


def serve_python(context: Context) -> Path:
    """Return the Python of the serving environment."""
    return _python(context, "serve")


def site_packages(context: Context) -> Path | None:
    """Return where the training environment's packages lie."""
    folder = Path(context.state(NAME).outputs["train"].path).parent
    found = [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")]
    return found[0] if found else None


def _pick(context: Context) -> Picked:
    lock = read_lock(_rest(context))
    return pick_target(lock, context.machine, accelerator=context.config.environment.accelerator)


def _rest(context: Context) -> Path:
    return Path(context.state("lock").outputs[REST].path)


def _once(notify: Notify) -> Notify:
    """Return a way to tell that copies are made, once for all environments."""
    told: set[str] = set()

    def tell(code: str, params: dict[str, Any]) -> None:
        if code not in told:
            notify(code, params)
        if code == "ENV032":
            told.add(code)

    return tell


def _build(context: Context, notify: Notify, picked: Picked, use: str, pylock: Path) -> Environment:
    return sync_environment(
        pylock,
        python=picked.python,
        envs_folder=context.state_folder / "envs",
        name=use,
        machine=context.machine,
        framework_index=picked.target.framework_index if use == "train" else None,
        notify=notify,
    )


def _python(context: Context, use: str) -> Path:
    return Path(context.evidence(NAME)["environments"][use]["python"])


def _shown_target(target: TargetLock, python: Interpreter) -> dict[str, Any]:
    return {
        "name": target.name,
        "build": target.build,
        "requested": target.requested,
        "python": {"version": python.version, "path": python.path},
        "locks": {
            use: {"file": file.name, "sha256": f"sha256:{file.sha256}"}
            for use, file in target.files.items()
        },
    }


def _shown(environment: Environment) -> dict[str, Any]:
    return {
        "folder": str(environment.folder),
        "python": str(environment.python),
        "built": environment.built,
        "seconds": round(environment.seconds, 3),
    }
