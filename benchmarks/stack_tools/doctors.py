"""env-doctor and cuda-doctor: what they say on a replayed machine.

Both judge the machine they run on and what is installed there, so a question is put to them as a
machine where the wish has just been installed. Neither chooses a build for a version, and what no
index has cannot be installed: such questions cannot be asked.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from packaging.version import Version

from bringup.knowledge.builds import Build, builds_of
from bringup.stack.uv import find_uv
from stack_tools.question import AREAS, Question, Said
from stack_tools.replayed import Replayed

VERSIONS = {"env-doctor": "0.3.5", "cuda-doctor": "0.2.0"}
"""The newest on the index when this was written; behaviour below was read off these."""
NOT_INSTALLABLE = (
    "no_such_build",
    "extra_not_available",
    "no_wheel_for_platform",
    "no_wheel_for_python",
    "glibc_too_old",
)
_PIN = re.compile(r"torch==(\d[\d.]*).*/whl/(\w+)")
_FAULT = re.compile(r"CRITICAL CONFLICT.*|ARCHITECTURE MISMATCH.*|.*compatibility issue\(s\).*")


def install(name: str, folder: Path) -> Path:
    """Install a doctor from the index into an environment of its own; return its program."""
    where = folder / name
    if not where.exists():
        subprocess.run([find_uv(), "venv", "-q", "-p", sys.executable, str(where)], check=True)
        argv = [find_uv(), "pip", "install", "-q", "-p", str(where / "bin" / "python")]
        subprocess.run([*argv, f"{name}=={VERSIONS[name]}"], check=True)
    return where / "bin" / name


def ask_env_doctor(question: Question, program: Path, folder: Path) -> Said:
    """Ask ``env-doctor check``, or ``install torch`` where no build is named."""
    if why := _beyond_both(question) or _beyond_env_doctor(question):
        return Said(None, text=why)
    machine = Replayed.of(question, folder)
    if "vllm" in question.packages:
        return _vllm(question, program, machine)
    if question.framework == "torch":
        build = _installed(question)
        if build is None:
            return _prescription(question, program, machine)
        machine.add_torch(build, question.arch)
    elif version := question.packages.get("tensorflow"):
        rows = [row for row in builds_of("tensorflow", Version(version)) if row.is_cuda]
        machine.add_tensorflow(version, rows[0] if rows and question.driver else None)
    elif version := question.packages.get("jax"):
        machine.add_jax(version, next(iter(question.extras), None))
    else:
        return Said(None, text="no version is named that could be installed")
    said, spent = _run([program, "check"], machine)
    faults = [match[0].strip() for match in _FAULT.finditer(said)]
    return Said(not faults, text="; ".join(faults) or "no fault found", seconds=spent)


def _beyond_env_doctor(question: Question) -> str | None:
    if question.area == "toolkit":
        return "cuda-install VERSION looks at neither the driver nor the GPU"
    if question.area == "onnxruntime":
        return "it does not look at ONNX Runtime's CUDA"
    if question.area == AREAS[-1]:
        known = set(question.packages) == {"torch", "vllm"}
        return None if known else "it knows no pairs of packages but vllm and torch"
    if question.provided and not question.brings_its_own:
        return "it does not compare a framework with the CUDA or cuDNN of the machine"
    return None


def _prescription(question: Question, program: Path, machine: Replayed) -> Said:
    said, spent = _run([program, "install", "torch"], machine)
    match = _PIN.search(said)
    wanted = question.packages["torch"]
    if question.build or match is None or wanted not in {None, match[1]}:
        other = f"torch {match[1]}" if match else "no version"
        return Said(None, text=f"install takes no version; it prescribes {other}", seconds=spent)
    return Said(True, match[2], match[0], {"torch": match[1]}, seconds=spent)


def _vllm(question: Question, program: Path, machine: Replayed) -> Said:
    engine = f"vllm@{question.packages['vllm']}"
    said, spent = _run([program, "check", "--json", "--engine", engine], machine)
    found = json.loads(said[said.index("{") :])["checks"]["engines"]["vllm"]["metadata"]
    if not found["torch_pin"]:
        return Said(None, text="it does not know this release of vllm", seconds=spent)
    pin = f"vllm pins torch {found['torch_pin']}"
    works = found["torch_pin"] == question.packages["torch"] and found["status"] != "error"
    return Said(works, text=pin, seconds=spent)


def ask_cuda_doctor(question: Question, program: Path, folder: Path) -> Said:
    """Ask ``cuda-doctor diagnose``."""
    if why := _beyond_both(question):
        return Said(None, text=why)
    if question.area != "toolkit" and (question.framework != "torch" or question.area == AREAS[-1]):
        return Said(None, text="it knows the driver, the toolkit, the compiler and torch alone")
    if "cudnn" in question.toolkits:
        return Said(None, text="it does not compare cuDNN with the toolkit")
    machine = Replayed.of(question, folder)
    codes = {"DRV002", "CMP002"} if "gcc" in question.provided else {"DRV002"}
    if question.packages:
        build = _installed(question)
        if build is None:
            return Said(None, text="it judges an installed build and chooses none")
        machine.add_torch(build, question.arch)
        codes = {"TORCH002", "TORCH005", "TORCH006"}
    said, spent = _run([program, "diagnose", "--format", "json"], machine)
    issues = json.loads(said)["issues"]
    faults = [row for row in issues if row["code"] in codes and row["severity"] != "INFO"]
    titles = "; ".join(row["title"] for row in faults)
    return Said(not faults, text=titles or "no fault found", seconds=spent)


def _beyond_both(question: Question) -> str | None:
    if question.os != "linux":
        return "it takes the system it runs on, Linux, for the machine's"
    if question.expect.get("reason") in NOT_INSTALLABLE:
        return "it judges what is installed, and this cannot be"
    return None


def _installed(question: Question) -> Build | None:
    """Return the build of torch that the question leads to by itself, None when one must choose."""
    version = question.packages["torch"]
    if version is None:
        return None
    rows = builds_of("torch", Version(version))
    named = question.build
    if question.default_index:
        platform = f"linux_{question.arch}"
        return next((row for row in rows if platform in row.default_on), None)
    if named is None and question.machine["gpu"] == "none":
        named = "cpu"
    return next((row for row in rows if row.build == named), None)


def _run(argv: list[str | Path], machine: Replayed) -> tuple[str, float]:
    env = {**machine.environ, "HOME": str(machine.folder.parent), "PYTHONIOENCODING": "utf-8"}
    start = time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - start
    if "Traceback" in done.stderr or not done.stdout:
        # A crash is no answer; the caller shows which question it was.
        last = done.stderr.strip().splitlines()[-1:] or ["no output"]
        raise CrashError(last[0])
    return done.stdout, spent


class CrashError(Exception):
    """A doctor ended with a traceback."""
