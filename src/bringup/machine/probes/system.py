"""The operating system and its C library."""

from __future__ import annotations

import re
from typing import Final

from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World, join

LINUX: Final = ("linux",)
MACOS: Final = ("macos",)
WINDOWS: Final = ("windows",)
_ARCHES: Final = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
_WINDOWS_11_BUILD: Final = 22000


def _os_release(world: World) -> dict[str, str]:
    # freedesktop.org's os-release: shell-like assignments.
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        if text := world.text_or(path):
            pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
            return {name.strip(): value.strip().strip("\"'") for name, value in pairs}
    raise NoAnswer("no such file")


def _release_field(world: World, name: str) -> str:
    value = _os_release(world).get(name)
    if not value:
        raise NoAnswer(f"it has no {name}")
    return value


def _rolling_version(world: World) -> str | None:
    release = _os_release(world)
    # Arch, Debian unstable and other rolling distributions have no version.
    return release.get("VERSION_ID") or release.get("BUILD_ID")


def _macos_version(world: World) -> str:
    text = world.text("/System/Library/CoreServices/SystemVersion.plist")
    match = re.search(r"<key>ProductVersion</key>\s*<string>([^<]+)</string>", text)
    if match is None:
        raise NoAnswer("it has no ProductVersion")
    return match[1]


def _windows_name(world: World) -> str:
    _, _, build = world.host.windows_version()
    return "11" if build >= _WINDOWS_11_BUILD else "10"


def _windows_kernel(world: World) -> str:
    return ".".join(str(part) for part in world.host.windows_version())


def normal_arch(name: str) -> str:
    """Return x86_64 or aarch64 for any of their names."""
    return _ARCHES.get(name.lower(), name.lower())


def _windows_arch(world: World) -> str:
    # A 32-bit Python under 64-bit Windows finds the real one in PROCESSOR_ARCHITEW6432.
    name = world.env.get("PROCESSOR_ARCHITEW6432") or world.env.get("PROCESSOR_ARCHITECTURE")
    if not name:
        raise NoAnswer("not set")
    return normal_arch(name)


def _musl_loader(world: World) -> str:
    for folder in ("/lib", "/usr/lib"):
        for name in world.names(folder):
            if re.fullmatch(r"ld-musl-[\w.]+\.so\.1", name):
                return join(folder, name)
    raise NoAnswer("there is no ld-musl-*.so.1")


def _musl_family(world: World) -> Answer:
    return Answer("musl", _musl_loader(world))


def _musl_package(world: World) -> str:
    match = re.search(
        r"^P:musl\nV:(\d+(?:\.\d+)*)", world.text("/lib/apk/db/installed"), re.MULTILINE
    )
    if match is None:
        raise NoAnswer("it does not list musl")
    return match[1]


def _musl_version(world: World) -> Answer:
    # Started without arguments, musl's loader prints its version and fails.
    loader = _musl_loader(world)
    match = re.search(r"Version (\d+(?:\.\d+)*)", world.command(loader, stderr=True))
    if match is None:
        raise NoAnswer("it does not print its version")
    return Answer(match[1], loader)


def _getconf(world: World) -> str:
    match = re.search(r"glibc (\d+\.\d+)", world.command("getconf", "GNU_LIBC_VERSION"))
    if match is None:
        raise NoAnswer("it does not name glibc")
    return match[1]


def _glibc_file(world: World) -> Answer:
    for folder in ("/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64"):
        for name in world.names(folder):
            if match := re.fullmatch(r"libc-(\d+\.\d+)\.so", name):
                return Answer(match[1], join(folder, name))
    raise NoAnswer("no libc-*.so names its version")


SOURCES: Sources = {
    "os.family": (Source("the running Python", lambda world: world.platform),),
    "os.name": (
        Source("/etc/os-release", lambda world: _release_field(world, "NAME"), LINUX),
        Source("the running Python", lambda _: "macOS", MACOS),
        Source("the running Python", lambda _: "Windows", WINDOWS),
    ),
    "os.version": (
        Source("/etc/os-release", _rolling_version, LINUX),
        Source("SystemVersion.plist", _macos_version, MACOS),
        Source("the kernel", _windows_name, WINDOWS),
    ),
    "os.kernel": (
        Source(
            "/proc/sys/kernel/osrelease",
            lambda world: world.text("/proc/sys/kernel/osrelease").strip(),
            LINUX,
        ),
        Source("uname", lambda world: world.host.uname()[0], ("linux", "macos")),
        Source("the kernel", _windows_kernel, WINDOWS),
    ),
    "os.arch": (
        Source("PROCESSOR_ARCHITECTURE", _windows_arch, WINDOWS),
        Source("uname", lambda world: normal_arch(world.host.uname()[1]), ("linux", "macos")),
        Source(
            "uname -m",
            lambda world: normal_arch(world.command("uname", "-m").strip()),
            ("linux", "macos"),
        ),
    ),
    "libc.family": (
        absent_on("macos", "windows"),
        Source("confstr", lambda world: world.host.glibc_version() and "glibc", LINUX),
        Source("musl's loader", _musl_family, LINUX),
        Source("the file of glibc", lambda world: _glibc_file(world) and "glibc", LINUX),
        Source("getconf", lambda world: _getconf(world) and "glibc", LINUX),
    ),
    "libc.version": (
        absent_on("macos", "windows"),
        Source("confstr", lambda world: world.host.glibc_version(), LINUX),
        Source("/lib/apk/db/installed", _musl_package, LINUX),
        Source("musl's loader", _musl_version, LINUX),
        Source("the file of glibc", _glibc_file, LINUX),
        Source("getconf", _getconf, LINUX),
    ),
}
