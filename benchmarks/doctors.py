"""`bringup doctor` beside env-doctor and cuda-doctor, on machines that all three can be fed.

Usage: python benchmarks/doctors.py [--work FOLDER]

A case is a folder: an environment with the files that tools read of packages, and stand-ins of
nvidia-smi, nvcc and g++ that print what the real ones print. Each tool runs by its real command in
it. The same pattern decides for all three whether the fault was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = ("env-doctor==0.3.5", "cuda-doctor==0.2.0")
HERE = Path(__file__).parents[1]
SMI = """#!{python}
import sys
card = {card!r}
if card is None:
    print("Failed to initialize NVML: Driver/library version mismatch")
    print("NVML library version: 550.144")
    sys.exit(18)
name, memory, driver, capability, cuda = card
values = dict(name=name, index="0", count="1", driver_version=driver, uuid="GPU-1")
values["compute_cap"] = capability
values["memory.total"] = memory
for word in sys.argv[1:]:
    if word.startswith("--query-gpu="):
        fields = word.partition("=")[2].split(",")
        unit = "" if any("nounits" in part for part in sys.argv) else " MiB"
        row = [values.get(f, "[N/A]") + (unit if f == "memory.total" else "") for f in fields]
        if not any("noheader" in part for part in sys.argv):
            print(", ".join(fields))
        print(", ".join(row))
        sys.exit()
    if word.startswith("--query-compute-apps"):
        sys.exit()
    if word == "-L":
        print(f"GPU 0: {{name}} (UUID: GPU-1)")
        sys.exit()
print(f"| NVIDIA-SMI {{driver}}    Driver Version: {{driver}}    CUDA Version: {{cuda}} |")
print(f"|   0  {{name}}    Off | 00000000:01:00.0 Off | N/A |")
"""
TORCH = """__version__ = {version!r}
class version:
    cuda = {cuda!r}
    hip = None
class _cuda:
    @staticmethod
    def is_available(): return {available}
    @staticmethod
    def device_count(): return {count}
    @staticmethod
    def get_device_name(i=0): return {name!r}
    @staticmethod
    def get_device_capability(i=0): return {capability!r}
    @staticmethod
    def get_arch_list(): return {archs!r}
cuda = _cuda
"""
TUTORIAL = """\
FROM tensorflow/tensorflow:latest
RUN pip install tensorflow-gpu keras-tensorflow
CMD jupyter lab --allow-root --ip=0.0.0.0 --NotebookApp.token=''
"""
RTX4090 = ("NVIDIA GeForce RTX 4090", "24564", "570.133.20", "8.9", "12.8")


@dataclass(frozen=True)
class Case:
    name: str
    expected: str | None
    """A pattern over what a tool tells as a problem; None: nothing is wrong."""
    card: tuple[str, ...] | None = RTX4090
    smi: bool = True
    packages: dict[str, str] = field(default_factory=dict)
    archs: tuple[str, ...] = ()
    nvcc: str | None = None
    gcc: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    file: tuple[str, str] | None = None


T28 = {"torch": "2.8.0+cu128"}
ARCHS28 = ("sm_70", "sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")
CASES = (
    Case("healthy: RTX 4090, driver 570, torch cu128", None, packages=T28, archs=ARCHS28),
    Case("healthy: no GPU, CPU torch", None, smi=False, packages={"torch": "2.8.0+cpu"}),
    Case(
        "driver 470 with torch cu128",
        r"driver.{0,80}(?:too old|older|require|at least|insufficient|upgrade)|DRV006",
        card=("Tesla T4", "15360", "470.256.02", "7.5", "11.4"),
        packages=T28,
        archs=ARCHS28,
    ),
    Case(
        "CPU torch on a GPU machine",
        r"cpu.only|cpu build|without cuda|FRM001|\+cpu",
        packages={"torch": "2.8.0+cpu"},
    ),
    Case(
        "RTX 5090 with torch 2.5.1+cu124",
        r"sm_120|12\.0|newer than|compute capab|architecture|GPU001",
        card=("NVIDIA GeForce RTX 5090", "32607", "575.57.08", "12.0", "12.9"),
        packages={"torch": "2.5.1+cu124"},
        archs=("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"),
    ),
    Case(
        "GTX 1080 with torch 2.8.0+cu129",
        r"sm_61|6\.1|older than|compute capab|architecture|GPU002",
        card=("NVIDIA GeForce GTX 1080", "8192", "570.133.20", "6.1", "12.8"),
        packages={"torch": "2.8.0+cu129"},
        archs=("sm_70", "sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
    ),
    Case("driver's library and module differ", r"version mismatch|DRV003", card=None, packages=T28),
    Case(
        "CUDA_HOME points nowhere",
        r"CUDA_HOME.{0,80}(?:not|does|missing|invalid|nowhere|exist)|CUDA002",
        packages=T28,
        archs=ARCHS28,
        env={"CUDA_HOME": "/opt/cuda-gone"},
    ),
    Case(
        "nvcc 11.8 beside torch cu128",
        r"11\.8.{0,160}12\.8|12\.8.{0,160}11\.8|CUDA001",
        packages=T28,
        archs=ARCHS28,
        nvcc="11.8",
    ),
    Case(
        "gcc 14 with nvcc 12.1",
        r"gcc.{0,80}(?:new|support|max|later)|CUDA009|host compiler",
        packages={"torch": "2.5.1+cu121"},
        archs=("sm_80", "sm_89", "sm_90"),
        nvcc="12.1",
        gcc="14.2.0",
    ),
    Case(
        "torch 2.5.1 with torchvision 0.19.0",
        r"torchvision.{0,120}(?:2\.4|mismatch|need|belong|require|incompat)|FRM002",
        packages={"torch": "2.5.1+cu124", "torchvision": "0.19.0+cu124"},
        archs=("sm_80", "sm_89", "sm_90"),
    ),
    Case(
        "torch 2.1 with NumPy 2",
        r"numpy.{0,80}(?:2|1\.x|<2|ABI|built)|FRM004",
        packages={"torch": "2.1.2+cu121", "numpy": "2.1.0"},
        archs=("sm_80", "sm_86", "sm_90"),
    ),
    Case(
        "onnxruntime beside onnxruntime-gpu",
        r"onnxruntime.{0,80}(?:both|twice|same|conflict)|FRM008",
        packages={**T28, "onnxruntime": "1.20.0", "onnxruntime-gpu": "1.20.0"},
        archs=ARCHS28,
    ),
    Case(
        "a tutorial's Dockerfile: a package that does not exist",
        r"keras-tensorflow.{0,40}(?:exist|no package|not)|REQ002",
        file=(
            "Dockerfile",
            TUTORIAL,
        ),
    ),
    Case(
        "the same: withdrawn tensorflow-gpu",
        r"tensorflow-gpu.{0,60}(?:deprecat|withdrawn|removed)|REQ001",
        file=(
            "Dockerfile",
            TUTORIAL,
        ),
    ),
    Case(
        "the same: an open notebook without a token",
        r"token|IMG007",
        file=(
            "Dockerfile",
            TUTORIAL,
        ),
    ),
)


def script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def build(case: Case, folder: Path, tools: Path) -> dict[str, str]:
    """Make a case's folder and return the environment that the tools run in."""
    venv, binaries = folder / "venv", folder / "bin"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    binaries.mkdir()
    (site,) = (venv / "lib").glob("python*/site-packages")
    (tools_site,) = (tools / "lib").glob("python*/site-packages")
    (site / "tools.pth").write_text(f"{tools_site}\n", encoding="utf-8")
    for name, version in case.packages.items():
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n"
        (info / "METADATA").write_text(text, encoding="utf-8")
        (info / "INSTALLER").write_text("pip\n", encoding="utf-8")
    # As `python -m venv` makes it with pip, which takes longer.
    script(venv / "bin" / "pip", f"#!{venv / 'bin' / 'python'}\n")
    if "torch" in case.packages:
        torch_files(case, site / "torch")
    if case.smi:
        script(binaries / "nvidia-smi", SMI.format(python=sys.executable, card=case.card))
    if case.nvcc:
        said = f"Cuda compilation tools, release {case.nvcc}, V{case.nvcc}.89"
        script(binaries / "nvcc", f"#!/bin/sh\necho '{said}'\n")
    if case.gcc:
        for name in ("g++", "gcc", "c++", "cc"):
            script(binaries / name, f"#!/bin/sh\necho '{name} (GCC) {case.gcc}'\n")
    path = os.pathsep.join([str(binaries), str(venv / "bin"), "/usr/bin", "/bin"])
    return {
        "PATH": path,
        "VIRTUAL_ENV": str(venv),
        "HOME": str(folder),
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "LANG": "C.UTF-8",
        **case.env,
    }


def torch_files(case: Case, folder: Path) -> None:
    folder.mkdir()
    version = case.packages["torch"]
    build_name = version.partition("+")[2]
    cuda = f"{build_name[2:4]}.{build_name[4:]}" if build_name.startswith("cu") else None
    cuda = None if build_name == "cpu" else cuda
    available = cuda is not None and case.card is not None and case.expected is None
    name, capability = "", (0, 0)
    if case.card:
        name = case.card[0]
        major, minor = case.card[3].split(".")
        capability = (int(major), int(minor))
    values = {"version": version, "cuda": cuda, "available": available, "count": int(available)}
    text = TORCH.format(**values, name=name, capability=capability, archs=list(case.archs))
    (folder / "__init__.py").write_text(text, encoding="utf-8")
    lines = [f"__version__ = '{version}'", f"cuda: str | None = {cuda!r}", "hip: str | None = None"]
    (folder / "version.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


def commands(case: Case, folder: Path) -> dict[str, list[str] | None]:
    python = str(folder / "venv" / "bin" / "python")
    bringup = [sys.executable, "-m", "bringup", "doctor", "--json", "--offline"]
    if case.file is None:
        return {
            "bringup": [*bringup, "--ignore", "SEC,SYS"],
            "env-doctor": [python, "-m", "env_doctor.cli", "check", "--json"],
            "cuda-doctor": [python, "-m", "cuda_doctor", "diagnose", "--format", "json"],
        }
    path = folder / case.file[0]
    path.write_text(case.file[1], encoding="utf-8")
    return {
        "bringup": [*bringup, str(path)],
        "env-doctor": [python, "-m", "env_doctor.cli", "dockerfile", str(path)],
        "cuda-doctor": None,
    }


def problems(tool: str, text: str) -> list[str]:
    """Return the problems that a tool tells, each as one text."""
    start = text.find("{")
    try:
        document = json.loads(text[start:] if start >= 0 else "no document")
    except ValueError:
        return [line for line in text.splitlines() if re.search(r"Issue:|Fix:", line)]
    if tool == "bringup":
        return [f"{row['code']} {row['title']} {row['message']}" for row in document["findings"]]
    if tool == "cuda-doctor":
        rows = [*document.get("issues", []), *document.get("diagnoses", [])]
        return [json.dumps(row) for row in rows if row.get("severity") not in {"info", None}]
    return [*walk(document)]


def walk(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [str(row) for row in value.get("issues") or []] if "issues" in value else []
        if value.get("status") == "incompatible" or value.get("conflicts"):
            own.append(json.dumps(value))
        return own + [row for part in value.values() for row in walk(part)]
    if isinstance(value, list):
        return [row for part in value for row in walk(part)]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--show", action="store_true", help="print every problem told")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="doctors-"))
    tools = work / "tools"
    if not tools.exists():
        subprocess.run([sys.executable, "-m", "venv", tools], check=True)
        subprocess.run([tools / "bin" / "pip", "install", "-q", *TOOLS], check=True)
    times: dict[str, list[float]] = {}
    counts: dict[str, list[int]] = {}
    print("| case | bringup | env-doctor | cuda-doctor |\n| --- | --- | --- | --- |")
    for number, case in enumerate(CASES):
        folder = Path(tempfile.mkdtemp(prefix=f"case{number}-", dir=work))
        env = build(case, folder, tools)
        cells = []
        for tool, command in commands(case, folder).items():
            if command is None:
                cells.append("not judged")
                continue
            began = time.perf_counter()
            extra = {"PYTHONPATH": str(HERE / "src")} if tool == "bringup" else {}
            done = subprocess.run(
                command,
                env={**env, **extra},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                cwd=folder,
            )
            times.setdefault(tool, []).append(time.perf_counter() - began)
            told = problems(tool, done.stdout)
            if options.show:
                print(tool, done.returncode, told, done.stderr[-300:])
            right = (
                (not told)
                if case.expected is None
                else any(re.search(case.expected, row, re.IGNORECASE | re.DOTALL) for row in told)
            )
            others = len(told) - (1 if right and case.expected else 0)
            word = (
                ("quiet" if right else f"{len(told)} false")
                if case.expected is None
                else ("found" if right else "missed")
            )
            counts.setdefault(tool, [0, 0])
            counts[tool][0] += right
            counts[tool][1] += max(0, others)
            cells.append(word + (f" (+{others})" if case.expected and others > 0 else ""))
        print(f"| {case.name} | {' | '.join(cells)} |")
    for tool, (right, others) in counts.items():
        middle = statistics.median(times[tool])
        runs = len(times[tool])
        print(f"{tool}: {right} of {runs} right, {others} others told, median {middle:.2f} s")


if __name__ == "__main__":
    main()
