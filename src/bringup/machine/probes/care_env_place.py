"""Where the environment lies that the doctor judges, read from its files where they tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from packaging.utils import canonicalize_name

from bringup.machine.world import NoAnswer, World, join

_DIST: Final = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)\.(?:dist-info|egg-info)$")
_PYTHON: Final = re.compile(r"python3\.(\d+)t?$")
_ASK: Final = (
    "-I",
    "-S",
    "-c",
    "import sys, platform, struct; print(*sys.version_info[:3], struct.calcsize('P') * 8,"
    " platform.machine(), sys.prefix, sep='|')",
)


@dataclass(frozen=True, slots=True)
class Env:
    """Where an environment's parts lie, as on the machine looked at."""

    python: str
    prefix: str
    base: str
    """The prefix of the Python that it was made from; the same where it is none."""
    version: str
    site: tuple[str, ...]
    kind: str

    @property
    def minor(self) -> str:
        """For example "3.11"."""
        return ".".join(self.version.split(".")[:2])


def environment(world: World) -> Env:
    """Return the environment to judge: the project's, the active one, or python3 on PATH.

    Raises:
        NoAnswer: there is no Python.
    """
    found: Env = world.once("care.env", lambda: _found(world))
    return found


def _found(world: World) -> Env:
    python, kind = _python(world)
    prefix = python.replace("\\", "/").rpartition("/")[0].rpartition("/")[0]
    if world.platform == "windows" and not python.replace("\\", "/").lower().endswith(
        "scripts/python.exe"
    ):
        prefix = python.replace("\\", "/").rpartition("/")[0]
    said = settings(world, join(prefix, "pyvenv.cfg"))
    real = world.real(python).replace("\\", "/")
    base = real.rpartition("/")[0].rpartition("/")[0]
    if said:
        base = said.get("home", base).replace("\\", "/").removesuffix("/bin")
        kind = "venv" if kind == "active" else kind
    elif world.names(join(prefix, "conda-meta")):
        base, kind = prefix, "conda"
    else:
        prefix = base = prefix if world.names(f"{prefix}/lib") else base
        kind = "system" if kind == "active" else kind
    version = _version(world, said, prefix, base, python)
    return Env(python, prefix, base, version, tuple(_site(world, prefix, version)), kind)


def _python(world: World) -> tuple[str, str]:
    if world.python:
        return world.python, "project"
    name = "Scripts/python.exe" if world.platform == "windows" else "bin/python"
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if folder := world.env.get(variable):
            windows_conda = world.platform == "windows" and variable == "CONDA_PREFIX"
            path = join(folder.replace("\\", "/"), "python.exe" if windows_conda else name)
            if world.is_program(path):
                return path, "active"
    for program in ("python3", "python"):
        found = world.which(program)
        if found is not None:
            return _behind(world, found), "active"
    raise NoAnswer("there is no python3 on PATH")


def _behind(world: World, path: str) -> str:
    """Return the Python that a script on PATH starts (a shim of pyenv or asdf), else ``path``."""
    if world.text_or(path)[:2] != "#!":
        return path
    said = world.command(path, "-I", "-S", "-c", "import sys; print(sys.executable)").strip()
    return said or path


def settings(world: World, path: str) -> dict[str, str]:
    """Return the settings of a pyvenv.cfg by lower-case name, none when there is none."""
    rows = (line.partition("=") for line in world.text_or(path).splitlines())
    return {name.strip().lower(): value.strip() for name, equals, value in rows if equals}


def _version(world: World, said: dict[str, str], prefix: str, base: str, python: str) -> str:
    for name in ("version_info", "version"):
        if match := re.match(r"3\.\d+\.\d+", said.get(name, "")):
            return match[0]
    for folder in (prefix, base):
        for name in world.names(f"{folder}/include"):
            header = world.text_or(f"{folder}/include/{name}/patchlevel.h")
            minor = _PYTHON.search(world.real(python).replace("\\", "/"))
            if minor is not None and not name.startswith(f"python3.{minor[1]}"):
                continue
            if match := re.search(r'#define PY_VERSION\s+"(3\.\d+\.\d+)', header):
                return match[1]
        if match := re.search(r"(?<![\d.])(3\.\d+\.\d+)(?![\d.])", folder):
            return match[1]
    return asked(world, python)[0]


def asked(world: World, python: str) -> tuple[str, int, str]:
    """Start the Python once, where its files do not tell: version, bits, processor."""

    def ask() -> tuple[str, int, str]:
        parts = world.command(python, *_ASK).strip().split("|")
        if len(parts) != 6:
            raise NoAnswer("it does not tell its version")
        return ".".join(parts[:3]), int(parts[3]), parts[4]

    answer: tuple[str, int, str] = world.once(f"care.ask {python}", ask)
    return answer


def _site(world: World, prefix: str, version: str) -> Iterator[str]:
    minor = ".".join(version.split(".")[:2])
    places = (
        [f"{prefix}/Lib/site-packages"]
        if world.platform == "windows"
        else [
            f"{prefix}/lib/python{minor}/site-packages",
            f"{prefix}/lib64/python{minor}/site-packages",
            f"{prefix}/local/lib/python{minor}/dist-packages",
            f"{prefix}/lib/python3/dist-packages",
        ]
    )
    seen = set()
    for place in places:
        real = world.real(place)
        if real not in seen and world.names(place):
            seen.add(real)
            yield place


@dataclass(frozen=True, slots=True)
class Dist:
    """An installed distribution: the folder of its metadata."""

    name: str
    version: str
    site: str
    folder: str

    @property
    def path(self) -> str:
        """Its metadata folder."""
        return join(self.site, self.folder)


def distributions(world: World) -> list[Dist]:
    """Return what is installed in the environment, in the order of its site folders."""
    found: list[Dist] = world.once(
        "care.dists",
        lambda: [row for site in environment(world).site for row in dists_in(world, site)],
    )
    return found


def dists_in(world: World, site: str) -> list[Dist]:
    """Return the distributions whose metadata lies in a site folder."""
    rows = []
    for name in world.names(site):
        if (match := _DIST.match(name)) is not None:
            dist = canonicalize_name(match["name"])
            rows.append(Dist(dist, match["version"].partition("-py3")[0], site, name))
    return rows
