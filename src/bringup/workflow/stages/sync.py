"""sync: the locks made real as virtual environments, one to train in and one to serve from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.environment.venv import MARKER, Environment, sync_environment
from bringup.machine import Interpreter
from bringup.workflow.context import Context, Outcome, StageFolder

NAME: Final = "sync"
_USES: Final = ("train", "serve")


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on the locks and on the interpreter."""
    outputs = context.state("lock").outputs
    locks = {f"{use} lock": outputs[use].sha256 for use in _USES if use in outputs}
    python = _interpreter(context)
    return {**locks, "python": f"{python.version} {python.path}"}


def run(context: Context, folder: StageFolder) -> Outcome:
    """Build what is not there yet."""
    from bringup.environment.refuse import check_machine

    outputs = context.state("lock").outputs
    check_machine(Path(outputs["bringup.lock"].path), context.machine)
    built = {
        use: sync_environment(
            Path(outputs[use].path),
            python=_interpreter(context),
            envs_folder=context.state_folder / "envs",
            name=use,
            machine=context.machine,
            framework_index=_framework_index(context) if use == "train" else None,
            notify=folder.notify,
        )
        for use in _USES
        if use in outputs
    }
    return Outcome(
        metrics={f"{use}_build_s": {"value": env.seconds} for use, env in built.items()},
        outputs={use: env.folder / MARKER for use, env in built.items()},
        details={"environments": {use: _shown(env) for use, env in built.items()}},
    )


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


def _python(context: Context, use: str) -> Path:
    return Path(context.evidence(NAME)["environments"][use]["python"])


def _shown(environment: Environment) -> dict[str, Any]:
    return {
        "folder": str(environment.folder),
        "python": str(environment.python),
        "built": environment.built,
        "seconds": round(environment.seconds, 3),
    }


def _interpreter(context: Context) -> Interpreter:
    python = context.evidence("lock")["stack"]["python"]
    return Interpreter(path=python["path"], version=python["version"])


def _framework_index(context: Context) -> str | None:
    source = context.evidence("lock")["stack"]["source"]
    if source is None or source["kind"] != "framework_index":
        return None
    place: str = source["place"]
    return place
