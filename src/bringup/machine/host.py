"""The running kernel and interpreter, asked through Python's own calls."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from bringup.machine.world import NoAnswer


class RunningHost:
    """The machine that runs us. Imports what only some systems have where it is used."""

    def affinity(self) -> int:
        """Return the number of cores that this process may run on."""
        if sys.platform == "linux":
            return len(os.sched_getaffinity(0))
        return self.logical_cores()

    def logical_cores(self) -> int:
        """Return the number of logical cores of the machine."""
        cores = os.cpu_count()
        if cores is None:
            raise NoAnswer("the system does not say")
        return cores

    def glibc_version(self) -> str:
        """Return the version of the glibc that this process runs on."""
        try:
            answer = os.confstr("CS_GNU_LIBC_VERSION") or ""
        except (AttributeError, ValueError, OSError):
            raise NoAnswer("this Python does not run on glibc") from None
        return answer.removeprefix("glibc").strip()

    def uname(self) -> tuple[str, str]:
        """Return the kernel's release and the machine's architecture."""
        if sys.platform == "win32":
            raise NoAnswer("not on Windows")
        answer = os.uname()
        return answer.release, answer.machine

    def windows_version(self) -> tuple[int, int, int]:
        """Return major, minor and build of Windows."""
        ask: Any = getattr(sys, "getwindowsversion", None)
        if ask is None:
            raise NoAnswer("this is not Windows")
        answer = ask()
        return answer.major, answer.minor, answer.build

    def windows_processor(self) -> str:
        """Return the processor's name in the registry of Windows."""
        try:
            import winreg as registry
        except ImportError:
            raise NoAnswer("this is not Windows") from None
        place: Any = registry
        path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with place.OpenKey(place.HKEY_LOCAL_MACHINE, path) as key:
            return str(place.QueryValueEx(key, "ProcessorNameString")[0]).strip()

    def memory(self) -> tuple[int, int, int]:
        """Return memory in total, memory available and swap in total, in bytes."""
        from importlib import import_module

        # Not on Linux, where /proc answers: psutil is slow to import.
        psutil: Any = import_module("psutil")
        memory = psutil.virtual_memory()
        return memory.total, memory.available, psutil.swap_memory().total

    def disk(self, path: str) -> tuple[int, int]:
        """Return the size and the free space of the file system that holds path, in bytes."""
        place = Path(path).absolute()
        while not place.exists() and place != place.parent:
            place = place.parent
        usage = shutil.disk_usage(place)
        return usage.total, usage.free

    def free_inodes(self, path: str) -> int | None:
        """Return how many files can still be made at path, None when there is no such limit."""
        if sys.platform == "win32":
            raise NoAnswer("Windows does not count them")
        place = Path(path).absolute()
        while not place.exists() and place != place.parent:
            place = place.parent
        status = os.statvfs(place)
        # btrfs and others make them as they are needed, and say 0.
        return status.f_favail if status.f_files else None

    def limit(self, name: str) -> int | None:
        """Return the soft limit RLIMIT_<name>, None when it is unlimited."""
        try:
            import resource
        except ImportError:
            raise NoAnswer("this system has no such limits") from None
        soft, _ = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
        return None if soft == resource.RLIM_INFINITY else soft

    def interpreter(self) -> dict[str, str]:
        """Return path, version, implementation and prefix of the Python that runs us."""
        return {
            "path": sys.executable,
            "version": ".".join(str(part) for part in sys.version_info[:3]),
            "implementation": sys.implementation.name,
            "prefix": sys.prefix,
        }

    def ask_socket(self, path: str, request: str) -> str:
        """Send an HTTP GET over a Unix socket and return the body."""
        import socket

        family = getattr(socket, "AF_UNIX", None)
        if family is None:
            raise NoAnswer("this system has no Unix sockets")
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(0.5)
            connection.connect(path)
            # HTTP/1.0, so that the daemon closes when it has said everything.
            connection.sendall(f"GET {request} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
        return answer.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")


class AbsentHost:
    """The host of a file tree: nobody is there to answer."""

    def __getattr__(self, name: str) -> Any:
        def no_answer(*_: Any) -> Any:
            raise NoAnswer("asked only of the machine that runs us")

        return no_answer
