"""uv: what ``--torch-backend=auto`` and its resolver make of a question."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from bringup.knowledge.gpus import gpu_called
from bringup.stack.uv import clean, find_uv
from stack_tools.question import Question, Said

_MANYLINUX = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
"""Minor versions of glibc that ``--python-platform`` knows."""
_ACCELERATOR = {"cuda": "UV_CUDA_DRIVER_VERSION", "rocm": "UV_AMD_GPU_ARCHITECTURE"}
_PIN = re.compile(r"^([\w.-]+)==([^\s+;]+)(?:\+([\w.]+))?", re.MULTILINE)


def version() -> str:
    done = subprocess.run([find_uv(), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def ask(question: Question, environ: dict[str, str], folder: Path) -> Said:
    """Resolve the wish for the machine's platform, Python and driver; nothing is installed."""
    if not question.packages:
        return Said(None, text="a toolkit is not a package")
    if question.provided and not question.brings_its_own:
        return Said(None, text="it cannot be told the CUDA that the machine provides")
    wishes = folder / "wishes.txt"
    wishes.write_text("\n".join(_requirements(question)) + "\n", "utf-8")
    argv = [find_uv(), "pip", "compile", str(wishes), "--only-binary", ":all:", "--no-config"]
    argv += ["--python-version", question.python, "--python-platform", platform_of(question)]
    # Any interpreter will do to resolve for another one; none shall be downloaded for it.
    argv += ["--python", sys.executable, "--no-python-downloads", "--no-header", "--no-annotate"]
    told = machine_of(question)
    env = {**os.environ, **environ, **told}
    if not question.default_index:
        argv += ["--torch-backend", _backend(question, told)]
    start = time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - start
    said = clean(done.stderr)
    if done.returncode and "No solution found" not in said:
        # Neither yes nor no: a broken download must not count as an answer.
        raise SystemExit(f"{question.name}: uv gave no answer\n{said}")
    words = " ".join(said.split())
    if done.returncode:
        return Said(False, text=words.partition("cause: ")[2] or words, seconds=spent)
    if "does not have an extra named" in said:
        return Said(False, text=words, seconds=spent)
    pins = {match[1]: (match[2], match[3]) for match in _PIN.finditer(done.stdout)}
    build = pins["torch"][1] if "torch" in pins else None
    if "torch" in pins and question.os == "macos":
        build = "cpu"
    packages = {name: pin for name, (pin, _) in pins.items() if name in question.packages}
    shown = " ".join(f"{name} {pin}" for name, pin in packages.items())
    return Said(True, build, f"{shown} {build or ''}".strip(), packages, seconds=spent)


def _requirements(question: Question) -> list[str]:
    """Return the wishes; a named build is a local version, which binds uv to that build."""
    bound = _bound(question)
    return [
        f"{text}+{question.build}" if bound and Requirement(text).name == "torch" else text
        for text in question.requirements
    ]


def _bound(question: Question) -> bool:
    """Whether a named build is asked for as a version. On macOS files carry no build's name."""
    return bool(question.build and question.packages.get("torch") and question.os != "macos")


def _backend(question: Question, told: dict[str, str]) -> str:
    """Return auto; the build by name where auto has no GPU to find for it or cannot be bound."""
    needed = _ACCELERATOR["rocm" if (question.build or "").startswith("rocm") else "cuda"]
    if question.build and not (needed in told and _bound(question)):
        return question.build
    # Without a GPU auto would look at this machine's.
    return "auto" if set(told) & set(_ACCELERATOR.values()) else "cpu"


def machine_of(question: Question) -> dict[str, str]:
    """Return what uv can be told of another machine: the driver, AMD's target, the macOS."""
    told = {}
    known = gpu_called(str(question.machine["gpu"]))
    if question.driver:
        told[_ACCELERATOR["cuda"]] = question.driver
    elif known is not None and known.gfx:
        told[_ACCELERATOR["rocm"]] = known.gfx
    if match := re.search(r"macos (\d+)(\.\d+)?", str(question.machine["os"]).lower()):
        told["MACOSX_DEPLOYMENT_TARGET"] = f"{match[1]}{match[2] or '.0'}"
    return told


def platform_of(question: Question) -> str:
    """Return the ``--python-platform`` that comes nearest to the machine, never a newer glibc."""
    if question.os == "windows":
        return f"{question.arch}-pc-windows-msvc"
    if question.os == "macos":
        return f"{question.arch}-apple-darwin"
    glibc = question.machine.get("glibc")
    if not glibc:
        return f"{question.arch}-unknown-linux-musl"
    known = [minor for minor in _MANYLINUX if minor <= Version(str(glibc)).minor]
    return f"{question.arch}-manylinux_2_{known[-1] if known else _MANYLINUX[0]}"
