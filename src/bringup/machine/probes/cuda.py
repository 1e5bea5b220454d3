"""CUDA toolkits, cuDNN and NCCL on the loader's path, ROCm, CANN."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import World, join

_LIBRARY_FOLDERS: Final = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/cuda/lib64",
)


def _toolkits(world: World) -> Answer:
    found: dict[str, dict[str, Any]] = {}
    sources = []
    for source, path in _toolkit_folders(world):
        real = world.real(path)
        if real in found:
            continue
        version = toolkit_version(world, real)
        if version is not None:
            found[real] = {"path": path, "version": version}
            sources.append(source)
    where = ", ".join(dict.fromkeys(sources)) or "CUDA_HOME, /usr/local/cuda*, nvcc"
    return Answer(list(found.values()), where)


def _toolkit_folders(world: World) -> Iterator[tuple[str, str]]:
    for variable in ("CUDA_HOME", "CUDA_PATH"):
        if path := world.env.get(variable):
            yield variable, path.replace("\\", "/").rstrip("/")
    if nvcc := world.which("nvcc"):
        # .../cuda/bin/nvcc
        yield "nvcc on PATH", "/".join(world.real(nvcc).replace("\\", "/").split("/")[:-2])
    for name in world.names("/usr/local"):
        if re.fullmatch(r"cuda(-[\d.]+)?", name):
            yield "/usr/local", f"/usr/local/{name}"
    program_files = world.env.get("PROGRAMFILES", "").replace("\\", "/")
    place = f"{program_files}/NVIDIA GPU Computing Toolkit/CUDA"
    for name in world.names(place) if program_files else ():
        yield "Program Files", f"{place}/{name}"


def toolkit_version(world: World, folder: str) -> str | None:
    """Return the version of the toolkit in ``folder``, None when there is no toolkit."""
    if text := world.text_or(f"{folder}/version.json"):
        document = json.loads(text)
        for part in ("cuda", "cuda_nvcc", "nvcc"):
            if version := document.get(part, {}).get("version"):
                return str(version)
    text = world.text_or(f"{folder}/version.txt")
    if match := re.search(r"CUDA Version (\d+(?:\.\d+)+)", text):
        return match[1]
    header = world.text_or(f"{folder}/include/cuda.h")
    if match := re.search(r"#define CUDA_VERSION (\d+)", header):
        # 12020 is 12.2
        return f"{int(match[1]) // 1000}.{int(match[1]) % 1000 // 10}"
    has_compiler = any(world.exists(f"{folder}/bin/{name}") for name in ("nvcc", "nvcc.exe"))
    if has_compiler and (match := re.search(r"cuda[-/]v?(\d+\.\d+)$", folder, re.IGNORECASE)):
        return match[1]
    return None


def _library(world: World, stem: str) -> Answer:
    """Find the newest lib<stem>.so on the loader's path and read its version off its name."""
    for path in _library_paths(world, stem):
        real = world.real(path)
        for name in (real, path):
            if match := re.search(r"\.so\.(\d+\.\d+(?:\.\d+)*)$", name):
                return Answer(match[1], name)
        if (version := header_version(world, stem, path)) is not None:
            return Answer(*version)
        if match := re.search(r"\.so\.(\d+)$", path):
            return Answer(match[1], path)
    return Answer(None, "LD_LIBRARY_PATH, /etc/ld.so.cache and the usual folders")


def _library_paths(world: World, stem: str) -> Iterator[str]:
    wanted = re.compile(rf"lib{stem}\.so\.[\d.]+")
    searched = [part for part in world.env.get("LD_LIBRARY_PATH", "").split(":") if part]
    for folder in searched:
        yield from _matches(world, folder, wanted)
    # The cache holds the paths as plain strings.
    cache = world.once("ld.so.cache", lambda: _loader_cache(world))
    for path in cache:
        if wanted.fullmatch(path.rpartition("/")[2]) and world.exists(path):
            yield path
    for folder in _LIBRARY_FOLDERS:
        yield from _matches(world, folder, wanted)


def _matches(world: World, folder: str, wanted: re.Pattern[str]) -> Iterator[str]:
    for name in sorted(filter(wanted.fullmatch, world.names(folder)), key=len, reverse=True):
        yield join(folder, name)


def _loader_cache(world: World) -> list[str]:
    if not world.exists("/etc/ld.so.cache"):
        return []
    strings = re.findall(rb"/[^\0]+\.so[^\0]*", world.raw("/etc/ld.so.cache"))
    return [string.decode("utf-8", "replace") for string in strings]


def library_folders() -> tuple[str, ...]:
    """Return the folders that the loader knows by itself, and the toolkit's usual one."""
    return _LIBRARY_FOLDERS


def header_version(world: World, stem: str, library: str) -> tuple[str, str] | None:
    """Return cuDNN's version and the header that says so, None for others or without a header."""
    if stem != "cudnn":
        return None
    root = library.rpartition("/")[0].rpartition("/")[0]
    for header in (f"{root}/include/cudnn_version.h", "/usr/include/cudnn_version.h"):
        text = world.text_or(header)
        parts = re.findall(r"#define CUDNN_(?:MAJOR|MINOR|PATCHLEVEL) (\d+)", text)
        if len(parts) == 3:
            return ".".join(parts), header
    return None


def _rocm(world: World) -> Answer:
    home = world.env.get("ROCM_PATH") or "/opt/rocm"
    for name in ("version", "version-dev"):
        path = f"{home}/.info/{name}"
        if match := re.match(r"\d+(?:\.\d+)+", world.text_or(path).strip()):
            return Answer(match[0], path)
    return Answer(None, home)


def _cann(world: World) -> Answer:
    home = world.env.get("ASCEND_TOOLKIT_HOME") or "/usr/local/Ascend/ascend-toolkit/latest"
    places = [f"{home}/version.cfg", f"{home}/compiler/version.info"]
    places += [
        f"{home}/{name}/ascend_toolkit_install.info"
        for name in world.names(home)
        if name.endswith("-linux")
    ]
    for path in places:
        form = r"^(?:version|Version|runtime_running_version)=\[?(\d[\w.]*)"
        if match := re.search(form, world.text_or(path), re.MULTILINE):
            return Answer(match[1], path)
    return Answer(None, home)


SOURCES: Sources = {
    "cuda.toolkits": (absent_on("macos"), Source("toolkit folders", _toolkits)),
    "cudnn.version": (
        absent_on("macos"),
        Source("the loader's path", lambda world: _library(world, "cudnn"), LINUX),
    ),
    "nccl.version": (
        absent_on("macos", "windows"),
        Source("the loader's path", lambda world: _library(world, "nccl"), LINUX),
    ),
    "rocm.version": (
        absent_on("macos", "windows"),
        Source("/opt/rocm", _rocm, LINUX),
    ),
    "cann.version": (
        absent_on("macos", "windows"),
        Source("/usr/local/Ascend", _cann, LINUX),
    ),
}
