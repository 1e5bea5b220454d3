"""Prove an environment by real work in it: arithmetic, gradients, compilers, processes, ONNX.

The checks are plain files under ``checks/`` that the environment's own Python runs; they may
import frameworks, this module may not. Which of them run: ``bringup.environment.expected``.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal, Self

from bringup.base.errors import BringupError
from bringup.base.files import digest_tree
from bringup.base.messages import text_of
from bringup.base.processes import limited, signal_name, start
from bringup.environment.expected import Expected, Group
from bringup.environment.venv import Environment

CHECKS_FOLDER: Final = Path(__file__).parent / "checks"
_RUNNER: Final = CHECKS_FOLDER / "run.py"
_MARK: Final = b"\x1ebringup "
_TIMEOUT_S: Final = 300.0
_STDERR_SHOWN_BYTES: Final = 2000


@dataclass(frozen=True, slots=True)
class Check:
    """One piece of work and how it went. ``name`` may name a device: ``torch.matmul:cuda:0``."""

    name: str
    status: Literal["ok", "failed", "skipped"]
    seconds: float
    detail: str
    """What was done, why it failed, or why it was skipped."""
    difference: float | None = None
    """The largest one from the reference; None where nothing was compared."""
    tolerance: float | None = None
    code: str | None = None
    """The text that says more of a failure than that of its kind of check."""

    @property
    def ok(self) -> bool:
        """Whether it passed. What was skipped did not."""
        return self.status == "ok"

    def to_json(self) -> dict[str, Any]:
        """Return the fields and ``ok``, without a difference where nothing was compared."""
        row = {name: value for name, value in asdict(self).items() if value is not None}
        return {"name": row.pop("name"), "ok": self.ok, **row}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read what the process of the checks said of one."""
        more = {name: row.get(name) for name in ("difference", "tolerance", "code")}
        detail = row.get("detail", "")
        if skipped := row.get("skipped"):
            detail = text_of(skipped["code"], **skipped["params"])
        return cls(row["name"], row["status"], row["seconds"], detail, **more)


class ChecksFailed(BringupError):  # noqa: N818 - it is what people are told
    """Checks failed. Its JSON holds all of them, those that passed included."""

    checks: Sequence[Mapping[str, Any]] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the error's JSON with ``checks``."""
        return {**super().to_json(), "checks": [dict(row) for row in self.checks]}


def checks_digest() -> str:
    """Return the digest of all that decides what is checked and how."""
    files = [*CHECKS_FOLDER.glob("*.py"), CHECKS_FOLDER.parent / "expected.py"]
    return digest_tree(files, CHECKS_FOLDER.parent)


def verify_environment(
    environment: Environment,
    expected: Expected,
    *,
    on_check: Callable[[Check], None] = lambda check: None,
) -> list[Check]:
    """Run the checks in an environment and return how each went, failed ones included.

    ``on_check`` is called as each ends, one at a time.
    """
    guard = threading.Lock()

    def tell(check: Check) -> None:
        with guard:
            on_check(check)

    def run_group(group: Group) -> list[Check]:
        spec = expected.spec(group)
        return _Process(environment.python, group, spec, tell).run()

    groups = expected.groups()
    with ThreadPoolExecutor(max(1, min(len(groups), expected.at_once))) as pool:
        return [check for checks in pool.map(run_group, groups) for check in checks]


def failure_of(checks: Sequence[Check]) -> ChecksFailed | None:
    """Return the error that failed checks mean, None when none failed."""
    failed = [check for check in checks if check.status == "failed"]
    if not failed:
        return None
    # What ended a process stands before the checks that could not run because of it.
    first = failed[0]
    names = ", ".join(check.name for check in failed)
    error = ChecksFailed(_code_of(first), names=names, name=first.name, detail=first.detail)
    error.checks = [check.to_json() for check in checks]
    return error


_CODES: Final = {
    "import": "VER002",
    "build": "VER003",
    "workers": "VER004",
    "export": "VER005",
    "serving": "VER006",
    "collective": "VER011",
    "compile": "VER012",
    "together": "VER013",
}


def _code_of(check: Check) -> str:
    kind = check.name.partition(":")[0].rpartition(".")[2]
    return check.code or _CODES.get(kind, "VER001")


@dataclass
class _Process:
    """A group of checks in its process."""

    python: Path
    group: Group
    spec: dict[str, Any]
    tell: Callable[[Check], None]
    done: list[Check] = field(default_factory=list)
    began: float = 0.0

    def run(self) -> list[Check]:
        with tempfile.TemporaryFile() as err:
            process = start(
                # -s: packages of the user's home are no part of the environment.
                [self.python, "-s", _RUNNER, json.dumps(self.spec)],
                stdout=subprocess.PIPE,
                stderr=err,
                env=_environ(self.group.environ),
            )
            with limited(process, _TIMEOUT_S) as late:
                self.began = time.monotonic()
                assert process.stdout is not None
                with process.stdout:
                    self._follow(process.stdout)
                returncode = process.wait()
            if len(self.done) < len(self.group.names):
                limit = f"no end within {_TIMEOUT_S:.0f} s"
                reason = limit if late.is_set() else _ending(returncode)
                self._torn(f"{reason}{_tail(err)}")
        return self.done

    def _follow(self, stdout: Iterable[bytes]) -> None:
        for line in stdout:
            # A process that dies can tear its last line.
            if not (line.startswith(_MARK) and line.endswith(b"\n")):
                continue
            row = json.loads(line.removeprefix(_MARK))
            if "status" in row:
                self._end(Check.from_row(row))

    def _torn(self, reason: str) -> None:
        """Record the check that the process died in; those after it were not run."""
        name, *rest = self.group.names[len(self.done) :]
        seconds = round(time.monotonic() - self.began, 3)
        self._end(Check(name, "failed", seconds, reason))
        for other in rest:
            self._end(Check(other, "failed", 0.0, f"not run: {name} ended the process"))

    def _end(self, check: Check) -> None:
        self.done.append(check)
        self.tell(check)


def _environ(more: Mapping[str, str]) -> dict[str, str]:
    # What stands in these would be imported instead of what the environment holds.
    # Without bytecode every process of the environment would compile the frameworks again.
    left_out = {
        "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV",
        "KERAS_BACKEND",
    }  # fmt: skip
    env = {key: value for key, value in os.environ.items() if key not in left_out}
    # The driver's order of GPUs, which the facts follow; CUDA's own puts the fastest first.
    env.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    env.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return env | dict(more)


def _ending(returncode: int) -> str:
    if returncode < 0:
        return f"the process was ended by {signal_name(-returncode)}"
    return f"the process ended with {returncode}"


def _tail(err: IO[bytes]) -> str:
    size = err.seek(0, os.SEEK_END)
    err.seek(max(0, size - _STDERR_SHOWN_BYTES))
    text = err.read().decode("utf-8", "replace").strip()
    return f": {text.splitlines()[-1]}" if text else ""
