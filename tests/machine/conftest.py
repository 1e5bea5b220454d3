"""Recorded machines: files, environment, commands and the kernel's answers, as TOML.

``[files]`` path -> text or bytes; ``[programs]`` path -> first bytes of a program (empty: those of
the system's programs for the machine's processor); ``[links]`` path -> target; ``[commands]``
words -> standard output; ``[failures]`` words -> standard error; ``[host]`` call of
``bringup.machine.world.Host`` -> answer; ``[permissions]`` path -> what differs from a file that
everybody may read and write; ``[network]`` fact key -> what the network answered; ``cores``
repeats the processor of ``/proc/cpuinfo``.
"""

from __future__ import annotations

import errno
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from bringup.base.errors import BringupError
from bringup.base.processes import Completed
from bringup.machine import Fact, Machine
from bringup.machine.probe import CARE, TOPICS, probe_world
from bringup.machine.world import NoAnswer, World

HERE = Path(__file__).parent
OVER_THE_NETWORK = ("network.places", "network.offline", "system.clock_offset_s")


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
            if value == "permission denied":
                raise PermissionError(errno.EACCES, "Permission denied")
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


class RecordedWorld(World):
    """A world whose permissions are recorded: those of our own files depend on who runs tests."""

    given: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

    def permissions(self, path: str) -> dict[str, Any]:
        """Return what was recorded; a file that was not is one of root's for everybody."""
        open_to_all = {"group": "root", "mode": "666", "readable": True, "writable": True}
        return open_to_all | dict(self.given.get(path, {}))


def head_of_a_program(platform: str, arch: str) -> bytes:
    """The first bytes of a program: of Mach-O, of Windows, or of ELF (64 bits, little-endian)."""
    if platform != "linux":
        return b"\xcf\xfa\xed\xfe" if platform == "macos" else b"MZ"
    machine = 0xB7 if arch == "aarch64" else 0x3E
    return b"\x7fELF\x02\x01\x01" + bytes(9) + bytes([3, 0, machine, 0])


def plant(recording: Mapping[str, Any], root: Path) -> None:
    """Lay the recording's files below ``root``."""
    files: dict[str, Any] = dict(recording.get("files", {}))
    if cores := recording.get("cores"):
        one = files["/proc/cpuinfo"]
        files["/proc/cpuinfo"] = "\n".join(f"processor\t: {n}\n{one}" for n in range(cores))
    for path, text in files.items():
        place = _below(root, path)
        place.write_bytes(text.encode() if isinstance(text, str) else bytes(text))
    arch = recording.get("host", {}).get("uname", ["", "x86_64"])[1]
    head = head_of_a_program(recording.get("platform", "linux"), arch)
    for path, text in recording.get("programs", {}).items():
        place = _below(root, path)
        place.write_bytes(text.encode() or head)
        place.chmod(0o755)
    for path, target in recording.get("links", {}).items():
        # An absolute target means the recorded machine's file, where there is one.
        inside = root / target.lstrip("/")
        _below(root, path).symlink_to(inside if target[0] == "/" and inside.exists() else target)


def _below(root: Path, path: str) -> Path:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def world_of(recording: Mapping[str, Any], root: Path) -> World:
    """Return the recorded machine as probes see it."""
    plant(recording, root)
    world = RecordedWorld(
        root=root,
        env=recording.get("env", {}),
        platform=recording.get("platform", "linux"),
        host=RecordedHost(recording.get("host", {})),
        runner=RecordedCommands(recording.get("commands", {}), recording.get("failures", {})),
        folder=Path(recording.get("folder", "/home/user/project")),
    )
    world.given = recording.get("permissions", {})
    return world


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
        root.mkdir(parents=True)
        asked = recording.get("network", {})
        facts = {key: Fact(None, "none", unknown="no place answered") for key in OVER_THE_NETWORK}
        facts |= {key: Fact(value, "asked over the network") for key, value in asked.items()}
        return probe_world(world_of(recording, root), facts, topics=(*TOPICS, *CARE))

    return ask
