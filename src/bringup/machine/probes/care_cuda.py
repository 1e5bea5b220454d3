"""What the doctor asks about CUDA outside the environment: variables, tools, libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bringup.machine.probes.cuda import header_version, library_folders, toolkit_version
from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World, join

_STEMS: Final = ("cudart", "cublas", "cudnn", "nvrtc", "cusparse", "cusolver", "nvJitLink", "nccl")
_CUDA_LIBRARY: Final = re.compile(
    rf"lib(?P<stem>{'|'.join(_STEMS)}|cuda|nvidia-ml)\.so(?:\.(?P<version>[\d.]+))?$"
)


def _home(world: World) -> Answer:
    for name in ("CUDA_HOME", "CUDA_PATH"):
        if value := world.env.get(name):
            return Answer(value, name)
    return Answer(None, "CUDA_HOME, CUDA_PATH")


def _tool_version(world: World, name: str) -> Answer:
    """Return the version of nvcc or ptxas on PATH, from its toolkit's files where they tell."""
    path = world.which(name)
    if path is None:
        return Answer(None, "PATH")
    root = "/".join(world.real(path).replace("\\", "/").split("/")[:-2])
    if (version := toolkit_version(world, root)) is not None:
        return Answer(version, root)
    match = re.search(r"release (\d+\.\d+)", world.command(path, "--version"))
    if match is None:
        raise NoAnswer(f"{path} does not tell its version")
    return Answer(match[1], f"{path} --version")


def _host_compiler(world: World) -> Answer:
    name = next((name for name in ("g++", "c++", "clang++") if world.which(name)), None)
    if name is None:
        return Answer(None, "PATH")
    said = world.command(str(world.which(name)), "--version").splitlines()
    match = re.search(r"(\d+\.\d+\.\d+)", said[0] if said else "")
    if match is None:
        raise NoAnswer(f"{name} does not tell its version")
    kind = "clang" if "clang" in said[0].lower() else "gcc"
    return Answer(f"{kind} {match[1]}", f"{name} --version")


def _library_path(world: World) -> Answer:
    rows = []
    for path in dict.fromkeys(world.env.get("LD_LIBRARY_PATH", "").split(":")):
        if path:
            names = [name for name in world.names(path) if _CUDA_LIBRARY.match(name)]
            rows.append({"path": path, "exists": world.exists(path), "libraries": names})
    return Answer(rows, "LD_LIBRARY_PATH")


def _libraries(world: World) -> Answer:
    """Return each library once per file, in the loader's order."""
    rows: dict[str, dict[str, Any]] = {}
    for via, path in _candidates(world):
        name = path.rpartition("/")[2]
        match = _CUDA_LIBRARY.match(name)
        if match is None or match["stem"] not in _STEMS:
            continue
        real = world.real(path)
        version = _version(world, match["stem"], real, path)
        if version is None:
            continue
        row = {"name": match["stem"].lower(), "version": version, "path": path, "via": via}
        rows.setdefault(real, row)
    return Answer(list(rows.values()), "LD_LIBRARY_PATH, /etc/ld.so.cache, the usual folders")


def _candidates(world: World) -> Iterator[tuple[str, str]]:
    for row in _library_path(world).value:
        yield from (("LD_LIBRARY_PATH", join(row["path"], name)) for name in row["libraries"])
    cache = world.raw("/etc/ld.so.cache") if world.exists("/etc/ld.so.cache") else b""
    for found in re.findall(rb"/[^\0]+\.so[^\0]*", cache):
        path = found.decode("utf-8", "replace")
        if _CUDA_LIBRARY.match(path.rpartition("/")[2]) and world.exists(path):
            yield "/etc/ld.so.cache", path
    for folder in library_folders():
        for name in world.names(folder):
            if _CUDA_LIBRARY.match(name):
                yield folder, join(folder, name)


def _version(world: World, stem: str, real: str, path: str) -> str | None:
    for name in (real, path):
        if match := re.search(r"\.so\.(\d+\.\d+(?:\.\d+)*)$", name):
            return match[1]
    header = header_version(world, stem, path)
    if header is not None:
        return header[0]
    match = re.search(r"\.so\.(\d+)$", real) or re.search(r"\.so\.(\d+)$", path)
    return match[1] if match else None


def _elsewhere(name: str, ask: Any) -> tuple[Source, ...]:
    return (absent_on("macos"), Source(name, ask))


SOURCES: Sources = {
    "cuda.home": (Source("CUDA_HOME", _home),),
    "cuda.nvcc_path": _elsewhere("PATH", lambda world: world.which("nvcc")),
    "cuda.nvcc_version": _elsewhere("nvcc", lambda world: _tool_version(world, "nvcc")),
    "cuda.ptxas_path": _elsewhere("PATH", lambda world: world.which("ptxas")),
    "cuda.ptxas_version": _elsewhere("ptxas", lambda world: _tool_version(world, "ptxas")),
    "cuda.host_compiler": (
        absent_on("macos", "windows"),
        Source("PATH", _host_compiler, LINUX),
    ),
    "cuda.library_path": (
        absent_on("macos", "windows"),
        Source("LD_LIBRARY_PATH", _library_path, LINUX),
    ),
    "cuda.libraries": (
        absent_on("macos", "windows"),
        Source("the loader's path", _libraries, LINUX),
    ),
}
