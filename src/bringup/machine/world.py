"""What the probes may look at: a file tree, an environment, commands, and the host's answers.

All of it is handed in, so that a probe can be tested over a recorded machine.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from bringup.base.errors import BringupError
from bringup.base.processes import Completed, run

COMMAND_LIMIT_S: Final = 1.0
FILE_LIMIT_BYTES: Final = 8 << 20
_READ_BYTES: Final = 1 << 16
PLATFORMS: Final = {"linux": "linux", "darwin": "macos", "win32": "windows"}


class NoAnswer(Exception):  # noqa: N818 - it is no error when a source does not answer
    """A source does not know; the text says why."""


class Runner(Protocol):
    """Runs a command to its end."""

    def __call__(self, argv: tuple[str, ...], timeout_s: float) -> Completed:
        """Raise BringupError when the command cannot be run or takes too long."""
        ...


class Host(Protocol):
    """What only the running kernel and interpreter can tell. Any answer may be an exception."""

    def affinity(self) -> int:
        """Return the number of cores that this process may run on."""
        ...

    def logical_cores(self) -> int:
        """Return the number of logical cores of the machine."""
        ...

    def glibc_version(self) -> str:
        """Return the version of the glibc that this process runs on."""
        ...

    def uname(self) -> tuple[str, str]:
        """Return the kernel's release and the machine's architecture."""
        ...

    def windows_version(self) -> tuple[int, int, int]:
        """Return major, minor and build of Windows."""
        ...

    def windows_processor(self) -> str:
        """Return the processor's name in the registry of Windows."""
        ...

    def memory(self) -> tuple[int, int, int]:
        """Return memory in total, memory available and swap in total, in bytes."""
        ...

    def disk(self, path: str) -> tuple[int, int]:
        """Return the size and the free space of the file system that holds path, in bytes."""
        ...

    def free_inodes(self, path: str) -> int | None:
        """Return how many files can still be made at path, None when there is no such limit."""
        ...

    def limit(self, name: str) -> int | None:
        """Return the soft limit RLIMIT_<name>, None when it is unlimited."""
        ...

    def interpreter(self) -> dict[str, str]:
        """Return path, version, implementation and prefix of the Python that runs us."""
        ...

    def ask_socket(self, path: str, request: str) -> str:
        """Send an HTTP GET over a Unix socket and return the body."""
        ...


class World:
    """One machine as the probes see it. Paths are absolute, as on that machine."""

    def __init__(
        self,
        *,
        root: Path,
        env: Mapping[str, str],
        platform: str,
        host: Host,
        runner: Runner,
        folder: Path,
        python: str | None = None,
    ) -> None:
        self.root = root
        self.env = env
        self.platform = platform
        self.host = host
        self.folder = folder
        self.python = python
        """The Python whose environment the doctor judges, when somebody says which."""
        self._runner = runner
        self._memo: dict[str, Any] = {}

    @property
    def home(self) -> str:
        """The user's home folder, empty when nobody says."""
        names = ("USERPROFILE", "HOME") if self.platform == "windows" else ("HOME",)
        return next((self.env[name] for name in names if self.env.get(name)), "")

    @property
    def search_path(self) -> list[str]:
        """The folders of PATH."""
        separator = ";" if self.platform == "windows" else ":"
        return [part for part in self.env.get("PATH", "").split(separator) if part]

    def at(self, path: str) -> Path:
        """Return where ``path`` of that machine lies on ours."""
        if self.root == Path("/"):
            return Path(path)
        return self.root / path.replace("\\", "/").lstrip("/")

    def text(self, path: str) -> str:
        """Return the text of a file.

        Raises:
            NoAnswer: it is missing or cannot be read.
        """
        return self.raw(path).decode("utf-8", "replace")

    def raw(self, path: str) -> bytes:
        """Return the bytes of a file, at most FILE_LIMIT_BYTES.

        Raises:
            NoAnswer: it is missing or cannot be read.
        """
        try:
            with self.at(path).open("rb", buffering=0) as file:
                parts, size = [], 0
                # Small reads: the kernel refuses one of megabytes from some files of /proc.
                while size < FILE_LIMIT_BYTES and (part := file.read(_READ_BYTES)):
                    parts.append(part)
                    size += len(part)
                return b"".join(parts)
        except (FileNotFoundError, NotADirectoryError):
            raise NoAnswer("no such file") from None
        except OSError as error:
            raise NoAnswer(error.strerror or str(error)) from error

    def text_or(self, path: str, default: str = "") -> str:
        """Return the text of a file, ``default`` when it cannot be read."""
        try:
            return self.text(path)
        except NoAnswer:
            return default

    def exists(self, path: str) -> bool:
        """Say whether there is something at ``path``."""
        try:
            return self.at(path).exists()
        except OSError:
            return False

    def names(self, path: str) -> list[str]:
        """Return the sorted names in a folder; none when it cannot be read."""
        try:
            return sorted(os.listdir(self.at(path)))  # noqa: PTH208 - names, not paths
        except OSError:
            return []

    def real(self, path: str) -> str:
        """Return ``path`` with its links followed, as on that machine."""
        real = os.path.realpath(self.at(path))
        if self.root == Path("/"):
            return real
        root = os.path.realpath(self.root)
        return real[len(root) :] if real.startswith(root) else path

    def is_program(self, path: str) -> bool:
        """Say whether ``path`` is a file that can be started."""
        try:
            mode = self.at(path).stat().st_mode
        except OSError:
            return False
        return stat.S_ISREG(mode) and (self.platform == "windows" or bool(mode & 0o111))

    def permissions(self, path: str) -> dict[str, Any]:
        """Return group and mode (octal text) of what is at ``path``, and what we may do there.

        Keys: group, mode (None where they cannot be read), readable, writable.
        """
        place = self.at(path)
        row: dict[str, Any] = {"group": None, "mode": None}
        try:
            status = place.stat()
            row = {"group": _group(status.st_gid), "mode": f"{stat.S_IMODE(status.st_mode):o}"}
        except OSError:
            pass
        readable, writable = os.access(place, os.R_OK), os.access(place, os.W_OK)
        return row | {"readable": readable, "writable": writable}

    def which(self, name: str) -> str | None:
        """Return the first program called ``name`` on PATH."""
        file_name = f"{name}.exe" if self.platform == "windows" else name
        for folder in self.search_path:
            if self.is_program(path := join(folder, file_name)):
                return path
        return None

    def command(self, *argv: str, timeout_s: float = COMMAND_LIMIT_S, stderr: bool = False) -> str:
        """Run a command and return its standard output, or its standard error.

        Raises:
            NoAnswer: it cannot be run, takes too long, or fails without a word there.
        """
        try:
            done = self._runner(argv, timeout_s)
        except BringupError as error:
            raise NoAnswer(str(error)) from error
        said = done.stderr if stderr else done.stdout
        if not done.ok and not said.strip():
            complaint = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise NoAnswer(complaint[-1])
        return said

    def once(self, name: str, ask: Callable[[], Any]) -> Any:
        """Return what ``ask`` gives (or raise what it raised), asking only the first time."""
        if name not in self._memo:
            try:
                self._memo[name] = (True, ask())
            except Exception as error:
                self._memo[name] = (False, error)
        ok, result = self._memo[name]
        if ok:
            return result
        raise result


def _group(number: int) -> str:
    try:
        import grp

        return grp.getgrgid(number).gr_name
    except (ImportError, KeyError):
        return str(number)


def join(folder: str, name: str) -> str:
    """Join a folder and a name, both as on the machine looked at."""
    return f"{folder.rstrip('/')}/{name}"


def run_command(argv: tuple[str, ...], timeout_s: float) -> Completed:
    """Run a command on this machine: the Runner of a real probe."""
    return run(argv, timeout_s=timeout_s, output_limit_bytes=1 << 20)


def this_platform() -> str:
    """Return linux, macos or windows; another system's own name."""
    return PLATFORMS.get(sys.platform, sys.platform)
