"""Prove an environment by real work in it: import, arithmetic, gradients, a worker, ONNX.

The checks are plain files under ``checks/`` that the environment's own Python runs; they may
import frameworks, this module may not.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from bringup.base.errors import BringupError
from bringup.base.processes import limited, signal_name, start
from bringup.environment.venv import Environment
from bringup.machine.model import Machine

CHECKS_FOLDER: Final = Path(__file__).parent / "checks"
_RUNNER: Final = CHECKS_FOLDER / "run.py"
_MARK: Final = b"\x1ebringup "
_TIMEOUT_S: Final = 300.0
_STDERR_SHOWN_BYTES: Final = 2000
_ONNX_PACKAGES: Final = frozenset({"torch", "onnx", "onnxscript", "onnxruntime", "numpy"})


@dataclass(frozen=True, slots=True)
class Check:
    """One piece of work and how it went. ``name`` may name a device: ``matmul:cuda:0``."""

    name: str
    ok: bool
    seconds: float
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Return ``{"name", "ok", "seconds", "detail"}``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Expected:
    """What an environment must be."""

    packages: Mapping[str, str]
    """Package -> version, as locked."""
    build: str = "cpu"
    gpus: tuple[str, ...] = ()
    """Names of the GPUs that the build must see."""
    devices: tuple[str, ...] = ("cpu",)
    serving: bool = False

    def groups(self) -> list[list[str]]:
        """Return the names of the checks; groups run side by side, each in one process."""
        if self.serving:
            return [["import", "serving"]]
        if "torch" not in self.packages:
            return [["import"]]
        work = [f"{kind}:{device}" for device in self.devices for kind in _ON_DEVICE]
        groups = [["import", "build", *work, "worker"]]
        if self.packages.keys() >= _ONNX_PACKAGES:
            groups.append(["onnx"])
        return groups


_ON_DEVICE: Final = ("matmul", "convolution", "backward")


def expected_training(
    machine: Machine, packages: Mapping[str, str], *, build: str, requested: str = "auto"
) -> Expected:
    """Return what the training environment of a lock must be on a machine.

    Args:
        machine: the facts.
        packages: package -> version, as locked.
        build: the build that was locked.
        requested: ``[environment].accelerator``: who asked for ``cpu`` gets no GPU counted.
    """
    gpus: list[str] = []
    if requested != "cpu" and machine.nvidia_driver is not None:
        gpus = [gpu.name for gpu in machine.gpus if gpu.vendor == "nvidia"]
    if build.startswith("rocm"):
        gpus = [gpu.name for gpu in machine.gpus if gpu.vendor == "amd"]
    devices = ["cpu"]
    if build.startswith(("cu", "rocm")):
        devices += [f"cuda:{number}" for number in range(len(gpus))]
    elif build == "mps":
        devices.append("mps")
    return Expected(packages, build, tuple(gpus), tuple(devices))


def expected_serving(packages: Mapping[str, str]) -> Expected:
    """Return what the serving environment of a lock must be."""
    return Expected(packages, serving=True)


def verify_environment(
    environment: Environment,
    expected: Expected,
    *,
    on_check: Callable[[Check], None] = lambda check: None,
) -> list[Check]:
    """Run the checks in an environment and return how each went, failed ones included.

    ``on_check`` is called as each ends, one at a time.
    """
    spec = {
        "packages": dict(expected.packages),
        "build": expected.build,
        "gpus": list(expected.gpus),
    }
    guard = threading.Lock()

    def tell(check: Check) -> None:
        with guard:
            on_check(check)

    def run_group(names: list[str]) -> list[Check]:
        return _Group(environment.python, names, spec, tell).run()

    groups = expected.groups()
    with ThreadPoolExecutor(len(groups)) as pool:
        return [check for checks in pool.map(run_group, groups) for check in checks]


def failure_of(checks: Sequence[Check]) -> BringupError | None:
    """Return the error that failed checks mean, None when all went well."""
    failed = [check for check in checks if not check.ok]
    if not failed:
        return None
    first = failed[0]
    code = _CODES.get(first.name.partition(":")[0], "VER001")
    names = ", ".join(check.name for check in failed)
    return BringupError(code, names=names, name=first.name, detail=first.detail)


_CODES: Final = {
    "import": "VER002",
    "build": "VER003",
    "worker": "VER004",
    "onnx": "VER005",
    "serving": "VER006",
}


@dataclass
class _Group:
    """Checks that run one after the other in one process."""

    python: Path
    names: list[str]
    spec: dict[str, Any]
    tell: Callable[[Check], None]
    done: list[Check] = field(default_factory=list)
    began: float = 0.0

    def run(self) -> list[Check]:
        spec = json.dumps({**self.spec, "checks": self.names})
        with tempfile.TemporaryFile() as err:
            process = start(
                # -s: packages of the user's home are no part of the environment.
                [self.python, "-s", _RUNNER, spec],
                stdout=subprocess.PIPE,
                stderr=err,
                env=_clean_environ(),
            )
            with limited(process, _TIMEOUT_S) as late:
                self.began = time.monotonic()
                assert process.stdout is not None
                with process.stdout:
                    self._follow(process.stdout)
                returncode = process.wait()
            if len(self.done) < len(self.names):
                limit = f"no end within {_TIMEOUT_S:.0f} s"
                reason = limit if late.is_set() else _ending(returncode)
                self._torn(f"{reason}{_tail(err)}")
        return self.done

    def _follow(self, stdout: IO[bytes]) -> None:
        for line in stdout:
            # A process that dies can tear its last line.
            if not (line.startswith(_MARK) and line.endswith(b"\n")):
                continue
            row = json.loads(line.removeprefix(_MARK))
            if "ok" in row:
                self._end(Check(row["name"], row["ok"], row["seconds"], row["detail"]))

    def _torn(self, reason: str) -> None:
        """Record the check that the process died in; those after it were not run."""
        name, *rest = self.names[len(self.done) :]
        self._end(Check(name, False, round(time.monotonic() - self.began, 3), reason))
        for other in rest:
            self._end(Check(other, False, 0.0, f"not run: {name} ended the process"))

    def _end(self, check: Check) -> None:
        self.done.append(check)
        self.tell(check)


def _clean_environ() -> dict[str, str]:
    # What stands in these would be imported instead of what the environment holds.
    # Without bytecode every process of the environment would compile the frameworks again.
    left_out = {
        "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV",
    }  # fmt: skip
    return {key: value for key, value in os.environ.items() if key not in left_out}


def _ending(returncode: int) -> str:
    if returncode < 0:
        return f"the process was ended by {signal_name(-returncode)}"
    return f"the process ended with {returncode}"


def _tail(err: IO[bytes]) -> str:
    size = err.seek(0, os.SEEK_END)
    err.seek(max(0, size - _STDERR_SHOWN_BYTES))
    text = err.read().decode("utf-8", "replace").strip()
    return f": {text.splitlines()[-1]}" if text else ""
