"""Recorded machines: files, environment, commands and the kernel's answers, as TOML.

``[files]`` path -> text; ``[programs]`` path -> first bytes of a program; ``[links]`` path ->
target; ``[commands]`` words -> standard output; ``[failures]`` words -> standard error;
``[host]`` call of ``bringup.machine.world.Host`` -> answer; ``cores`` repeats the processor of
``/proc/cpuinfo``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bringup.base.errors import BringupError
from bringup.base.processes import Completed
from bringup.machine import Machine
from bringup.machine.probe import probe
from bringup.machine.world import NoAnswer, World

HERE = Path(__file__).parent


class RecordedHost:
    """Gives recorded answers; a call that was not recorded has none."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def _answer(self, name: str) -> Any:
        if name not in self._answers:
            raise NoAnswer("not recorded")
        return self._answers[name]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def answer(*words: str) -> Any:
            key = " ".join([name, *words])
            value = self._answer(key if key in self._answers else name)
            return None if value == "unlimited" else value

        return answer


class RecordedCommands:
    """Gives recorded outputs and remembers what was asked."""

    def __init__(self, outputs: Mapping[str, str], failures: Mapping[str, str]) -> None:
        self.outputs = outputs
        self.failures = failures
        self.asked: list[str] = []

    def __call__(self, argv: tuple[str, ...], timeout_s: float) -> Completed:
        line = " ".join(argv)
        self.asked.append(line)
        if line in self.outputs:
            return Completed(argv, 0, self.outputs[line], "")
        if line in self.failures:
            return Completed(argv, 1, "", self.failures[line])
        raise BringupError("PRC001", program=argv[0])


def plant(recording: Mapping[str, Any], root: Path) -> None:
    """Lay the recording's files below ``root``."""
    files: dict[str, Any] = dict(recording.get("files", {}))
    if cores := recording.get("cores"):
        one = files["/proc/cpuinfo"]
        files["/proc/cpuinfo"] = "\n".join(f"processor\t: {n}\n{one}" for n in range(cores))
    for path, text in files.items():
        place = _below(root, path)
        place.write_bytes(text.encode() if isinstance(text, str) else bytes(text))
    for path, text in recording.get("programs", {}).items():
        place = _below(root, path)
        place.write_bytes(text.encode() or b"\x7fELF")
        place.chmod(0o755)
    for path, target in recording.get("links", {}).items():
        _below(root, path).symlink_to(target)


def _below(root: Path, path: str) -> Path:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def world_of(recording: Mapping[str, Any], root: Path) -> World:
    """Return the recorded machine as probes see it."""
    plant(recording, root)
    return World(
        root=root,
        env=recording.get("env", {}),
        platform=recording.get("platform", "linux"),
        host=RecordedHost(recording.get("host", {})),
        runner=RecordedCommands(recording.get("commands", {}), recording.get("failures", {})),
        folder=Path(recording.get("folder", "/home/user/project")),
    )


@pytest.fixture
def make_world(tmp_path: Path) -> Callable[..., World]:
    """Return a maker of worlds: ``make_world(files={...}, env={...}, platform="macos")``."""
    return lambda **recording: world_of(recording, tmp_path / "root")


@pytest.fixture
def probe_recording(tmp_path: Path) -> Callable[[str], Machine]:
    """Return a function that probes a recording by name."""

    def ask(name: str) -> Machine:
        text = (HERE / "recordings" / f"{name}.toml").read_text(encoding="utf-8")
        recording = tomllib.loads(text)
        root = tmp_path / name
        root.mkdir()
        plant(recording, root)
        return probe(
            env=recording.get("env", {}),
            root=root,
            platform=recording.get("platform", "linux"),
            host=RecordedHost(recording.get("host", {})),
            runner=RecordedCommands(recording.get("commands", {}), recording.get("failures", {})),
            folder=Path(recording.get("folder", "/home/user/project")),
        )

    return ask
