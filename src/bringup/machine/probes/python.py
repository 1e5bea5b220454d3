"""Pythons on this machine: our own first, then what PATH, pyenv, uv and the system have.

Versions come from files and names where they can; a Python is started only when none tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_PROGRAM: Final = re.compile(r"(python|pypy)3(\.\d+)?t?")
_FULL_VERSION: Final = re.compile(r"(?<![\d.])(3\.\d+\.\d+)(?![\d.])")
_FOLDERS: Final = {
    "linux": ("/usr/bin", "/usr/local/bin"),
    "macos": (
        "/opt/homebrew/bin",
        "/usr/local/bin",
        "/Library/Developer/CommandLineTools/usr/bin",
    ),
    "windows": (),
}
_ASK: Final = (
    "-I",
    "-S",
    "-c",
    "import sys; print(sys.implementation.name, *sys.version_info[:3])",
)


def _interpreters(world: World) -> Answer:
    found: dict[str, dict[str, Any]] = {}
    tried: list[str] = []
    own = _own(world)
    if own is not None:
        found[world.real(own["path"])] = own
    for path in _candidates(world):
        real = world.real(path)
        if real in found or not world.is_program(path):
            continue
        try:
            found[real] = _describe(world, path, real)
        except NoAnswer as reason:
            tried.append(f"{path}: {reason}")
    return Answer(list(found.values()), "PATH, pyenv, uv and the usual folders", tuple(tried))


def _own(world: World) -> dict[str, Any] | None:
    try:
        own = world.host.interpreter()
    except NoAnswer:
        return None
    real = world.real(own["path"])
    return {
        "path": own["path"],
        "version": own["version"],
        "implementation": own["implementation"],
        "has_venv": _has_venv(world, real, own["version"], own["implementation"]),
    }


def _candidates(world: World) -> Iterator[str]:
    if world.platform == "windows":
        yield from _windows_candidates(world)
        return
    home = world.home
    pyenv = world.env.get("PYENV_ROOT") or join(home, ".pyenv")
    data = world.env.get("XDG_DATA_HOME") or join(home, ".local/share")
    managed = world.env.get("UV_PYTHON_INSTALL_DIR") or join(data, "uv/python")
    folders = [*world.search_path, *_FOLDERS.get(world.platform, ())]
    for place in (join(pyenv, "versions"), managed):
        folders += [f"{place}/{name}/bin" for name in _newest_first(world.names(place))]
    if world.platform == "macos":
        place = "/Library/Frameworks/Python.framework/Versions"
        folders += [f"{place}/{name}/bin" for name in world.names(place)]
    for folder in dict.fromkeys(folders):
        yield from (join(folder, name) for name in _programs(world, folder))


def _newest_first(names: list[str]) -> list[str]:
    return sorted(
        names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)], reverse=True
    )


def _programs(world: World, folder: str) -> list[str]:
    # macOS's own /usr/bin/python3 asks the user to install the developer tools when started.
    if world.platform == "macos" and folder == "/usr/bin":
        return []
    return [name for name in world.names(folder) if _PROGRAM.fullmatch(name)]


def _windows_candidates(world: World) -> Iterator[str]:
    local = world.env.get("LOCALAPPDATA", "").replace("\\", "/")
    place = f"{local}/Programs/Python"
    folders = [path.replace("\\", "/") for path in world.search_path]
    folders += [f"{place}/{name}" for name in _newest_first(world.names(place))]
    for folder in dict.fromkeys(folders):
        # Files in WindowsApps only open the store.
        if "WindowsApps" not in folder:
            yield join(folder, "python.exe")


def _describe(world: World, path: str, real: str) -> dict[str, Any]:
    if _is_script(world, path):
        raise NoAnswer("it is a script")
    implementation = "pypy" if "pypy" in real.rpartition("/")[2] else "cpython"
    version = _version_by_files(world, path, real)
    if version is None:
        answer = world.command(path, *_ASK).split()
        if len(answer) != 4:
            raise NoAnswer("it does not tell its version")
        implementation, version = answer[0], ".".join(answer[1:])
    return {
        "path": path,
        "version": version,
        "implementation": implementation,
        "has_venv": _has_venv(world, real, version, implementation),
    }


def _is_script(world: World, path: str) -> bool:
    try:
        with world.at(path).open("rb") as file:
            return file.read(2) == b"#!"
    except OSError as error:
        raise NoAnswer(error.strerror or str(error)) from error


def _version_by_files(world: World, path: str, real: str) -> str | None:
    """Return the version that the files beside a Python tell; None when they do not."""
    prefix = path.rpartition("/")[0].rpartition("/")[0]
    settings = world.text_or(join(prefix, "pyvenv.cfg"))
    if match := re.search(r"^version(?:_info)?\s*=\s*(3\.\d+\.\d+)", settings, re.MULTILINE):
        return match[1]
    prefix = real.rpartition("/")[0].rpartition("/")[0]
    # pyenv: .../versions/3.11.7; uv: .../cpython-3.12.1-linux-x86_64-gnu
    name = prefix.rpartition("/")[2]
    if not name.startswith("pypy") and (match := _FULL_VERSION.search(name.replace("-", " "))):
        return match[1]
    for include in world.names(join(prefix, "include")):
        header = world.text_or(f"{prefix}/include/{include}/patchlevel.h")
        wanted = real.rpartition("/")[2].removesuffix("t")
        if include.removesuffix("t") == wanted and (
            match := re.search(r'#define PY_VERSION\s+"(3\.\d+\.\d+)"', header)
        ):
            return match[1]
    return None


def _has_venv(world: World, real: str, version: str, implementation: str) -> bool | None:
    """Say whether venv can make environments with pip; None when the library is not found."""
    prefix = real.rpartition("/")[0].rpartition("/")[0]
    minor = ".".join(version.split(".")[:2])
    kind = "pypy" if implementation == "pypy" else "python"
    folders = [f"{prefix}/lib/{kind}{minor}", f"{real.rpartition('/')[0]}/Lib"]
    for folder in folders:
        if world.exists(f"{folder}/os.py"):
            # Debian keeps ensurepip in a package of its own.
            return all(world.exists(f"{folder}/{name}") for name in ("venv", "ensurepip"))
    return None


SOURCES: Sources = {"python.interpreters": (Source("PATH and the usual folders", _interpreters),)}
