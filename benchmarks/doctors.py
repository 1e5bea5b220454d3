"""`bringup doctor` beside env-doctor and cuda-doctor: `python benchmarks/doctors.py`.

Each case is a small environment with stand-ins of nvidia-smi, nvcc and g++ on PATH, and installed
distributions. All doctors run in it, each by its own command. Where only the kernel's files show
the fault, bringup reads a machine file; the others have no such thing. One pattern a fault decides
for all. Other warnings and errors are counted as extra.

Needs Linux, and a package index for the other two doctors, which get an environment of their own
below `--work`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from doctor_cases import CASES, Broken, smi_script, write_packages, write_program, write_toolkit

OTHERS: Final = ("env-doctor==0.3.5", "cuda-doctor==0.2.0")
NAMES: Final = ("bringup", "env-doctor", "cuda-doctor")
_REPLACED: Final = re.compile(
    r"nvidia-smi|nvcc|ptxas|(?:.*-)?(?:gcc|g\+\+|c\+\+|clang).*|pip.*|bringup"
)
_SUM: Final = re.compile(
    r"^\W*(?:ERRORS|WARNINGS|INFO) \(|(?:Errors|Warnings|Info): +\d|Validation"
)
_ITEM: Final = re.compile(r"^\s*Issue:")
_THIS_BOX: Final = ("is NOT installed", "nvidia-container-toolkit may not")
_MARK: Final = re.compile(r"^\W*(?:❌|⚠|⛔|🔴|🟡)|^\s*(?:ERROR|WARNING)\b")


@dataclass(frozen=True, slots=True)
class Said:
    """What a doctor said about a case."""

    findings: tuple[str, ...]
    """Warnings and errors, one text each."""
    notes: tuple[str, ...]
    """What it only mentions; a fault that is named there counts as found."""
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder for everything; a temporary one")
    parser.add_argument("--case", default="", help="only cases whose name holds this")
    parser.add_argument("--show", action="store_true", help="show every finding")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        run(work, options.case, show=options.show)


def run(work: Path, only: str, *, show: bool) -> None:
    """Run all doctors on all cases and print the table."""
    tools = others(work / "tools")
    system_programs(work / "system")
    seconds: dict[str, list[float]] = {name: [] for name in NAMES}
    totals: dict[str, list[int]] = {name: [0, 0, 0, 0] for name in NAMES}
    print(f"| Case | {' | '.join(NAMES)} |\n|---|{'---|' * len(NAMES)}")
    for number, case in enumerate(CASES):
        if only not in case.name:
            continue
        folder = work / f"case-{number:02}"
        shutil.rmtree(folder, ignore_errors=True)
        env = make(folder, case, work / "system")
        cells = []
        for name in NAMES:
            said = ask(name, case, folder, env, tools)
            cells.append(told(case, said, totals[name]))
            if said is not None:
                seconds[name].append(said.seconds)
            if show and said is not None:
                lines = [f"! {row}" for row in said.findings] + [f"- {row}" for row in said.notes]
                print(
                    f"  {name}:", *(line[:260].replace("\n", " ") for line in lines), sep="\n    "
                )
        print(f"| {case.name} | {' | '.join(cells)} |", flush=True)
    medians = [f"{statistics.median(seconds[name]):.2f} s" for name in NAMES]
    sums = [
        f"{found} of {faults}; {extra} extra; {alarms} false alarms"
        for found, faults, alarms, extra in totals.values()
    ]
    print(f"| **all faults** | {' | '.join(sums)} |\n| median of a run | {' | '.join(medians)} |")


def told(case: Broken, said: Said | None, total: list[int]) -> str:
    """Return a cell of the table; add to found, faults, false alarms, extra."""
    total[1] += len(case.patterns)
    if said is None:
        return "cannot be fed"
    patterns = [re.compile(row, re.IGNORECASE | re.DOTALL) for row in case.patterns]
    found = sum(any(map(one.search, said.findings + said.notes)) for one in patterns)
    # One finding a fault; a repetition, too, is one too many.
    loud = sum(any(map(one.search, said.findings)) for one in patterns)
    extra = max(0, len(said.findings) - loud)
    total[0] += found
    total[3 if patterns else 2] += extra
    if not patterns:
        return f"{extra} false alarms" if extra else "quiet"
    word = "found" if found else "not found"
    if len(patterns) > 1:
        word = f"{found} of {len(patterns)}"
    return f"{word}, {extra} extra" if extra else word


def others(folder: Path) -> Path:
    """Install the other doctors into an environment of their own; return its site-packages."""
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(folder / "bin/python"), "-m", "pip", "install", "-q", *OTHERS], check=True
        )
        (folder / "done").touch()
    return next(folder.glob("lib/python3*/site-packages"))


def system_programs(folder: Path) -> None:
    """Link the system's programs, less those that the cases bring, and pip of another Python."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for place in (Path("/usr/bin"), Path("/bin")):
        for program in place.iterdir():
            link = folder / program.name
            if not _REPLACED.fullmatch(program.name) and not link.is_symlink():
                link.symlink_to(program)


def make(folder: Path, case: Broken, system: Path) -> dict[str, str]:
    """Make a case's files; return its variables."""
    programs, home = folder / "bin", folder / "home"
    for path in (programs, home):
        path.mkdir(parents=True)
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    write_packages(next(venv.glob("lib/python3*/site-packages")), case)
    for name in ("gcc", "g++"):
        said = f"{name} (GCC) {case.gcc}"
        write_program(programs / name, f"#!/bin/sh\necho '{said}'\n")
    if case.gpu:
        write_program(programs / "nvidia-smi", smi_script(case.gpu))
    env = {
        "PATH": f"{venv}/bin:{programs}:{system}",
        "HOME": str(home),
        "VIRTUAL_ENV": str(venv),
        "LANG": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "BRINGUP_LANG": "en",
    }
    if case.nvcc:
        toolkit = folder / f"cuda-{case.nvcc}"
        write_toolkit(toolkit, case.nvcc)
        env |= {"CUDA_HOME": str(toolkit), "LD_LIBRARY_PATH": f"{toolkit}/lib64"}
        env["PATH"] = f"{toolkit}/bin:{env['PATH']}"
    (folder / "project").mkdir()
    if case.file:
        (folder / "project" / case.file[0]).write_text(case.file[1], encoding="utf-8")
    if case.facts:
        (folder / "machine.json").write_text(json.dumps(case.facts), encoding="utf-8")
    return env | case.env


def ask(name: str, case: Broken, folder: Path, env: dict[str, str], tools: Path) -> Said | None:
    """Let one doctor judge a case; None where it cannot be fed."""
    project = folder / "project"
    if name == "bringup":
        return _bringup(case, folder, env)
    python = str(folder / "venv/bin/python")
    env = env | {"PYTHONPATH": str(tools), "PYTHONDONTWRITEBYTECODE": "1"}
    if not case.others_see or (case.file and name == "cuda-doctor"):
        return None
    if name == "cuda-doctor":
        return _cuda_doctor([python, "-m", "cuda_doctor", "diagnose", "-f", "json"], project, env)
    # It keeps what it downloads for a day: no network is asked.
    for cache, data in (("", "compatibility"), ("_engines", "inference_engines")):
        copy = Path(env["HOME"]) / f".env_doctor{cache}_cache.json"
        shutil.copyfile(tools / f"env_doctor/data/{data}.json", copy)
    start = [python, "-m", "env_doctor.cli"]
    if case.file:
        kind = "dockerfile" if case.file[0] == "Dockerfile" else "docker-compose"
        return _env_doctor([[*start, kind, case.file[0]]], project, env)
    return _env_doctor([[*start, "check"], [*start, "cuda-info"]], project, env)


def _run(argv: list[str], folder: Path, env: dict[str, str]) -> tuple[str, float]:
    hidden = [*_hiding(), *argv]
    began = time.perf_counter()
    done = subprocess.run(
        hidden, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    seconds = time.perf_counter() - began
    if "Traceback" in done.stderr:
        return f"{done.stdout}\n❌ it crashed: {done.stderr.splitlines()[-1]}", seconds
    return done.stdout, seconds


def _hiding() -> list[str]:
    """Return what hides this machine's own toolkits below /usr/local, where that can be done."""
    if not any(Path("/usr/local").glob("cuda*")) or sys.base_prefix.startswith("/usr/local"):
        return []
    script = 'mount -t tmpfs none /usr/local && exec "$@"'
    return ["/usr/bin/unshare", "-Urm", "/bin/sh", "-c", script, "sh"]


def _bringup(case: Broken, folder: Path, env: dict[str, str]) -> Said:
    argv = [str(Path(sys.executable).parent / "bringup"), "doctor", "--json", "--offline"]
    # Who runs the benchmark, and in which container, is no part of a case.
    argv += ["--ignore", "SEC"]
    if case.facts:
        argv += ["--machine", str(folder / "machine.json")]
    if case.file:
        argv.append(case.file[0])
    text, seconds = _run(argv, folder / "project", env)
    document = json.loads(text)
    rows = [row for root in document["findings"] for row in (root, *root["follows"])]
    texts = tuple(f"{row['code']} {row['title']} {row['message']} {row['fix']}" for row in rows)
    return Said(texts, (), seconds)


def _cuda_doctor(argv: list[str], folder: Path, env: dict[str, str]) -> Said:
    text, seconds = _run(argv, folder, env)
    document: dict[str, Any] = json.loads(text)
    loud, quiet = [], []
    for row in document["issues"]:
        line = " ".join([row["code"], row["title"], row["description"], *row["evidence"]])
        (quiet if row["severity"].lower() == "info" else loud).append(line)
    # A diagnosis joins issues; it is told beside them and is not counted again.
    quiet += [json.dumps(row) for row in document["diagnoses"]]
    return Said(tuple(loud), tuple(quiet), seconds)


def _env_doctor(commands: list[list[str]], folder: Path, env: dict[str, str]) -> Said:
    """Read the lines with a mark, each with what is indented below it.

    What the second command (`cuda-info`) says counts where it names the fault, never as extra, and
    not as time. Frameworks that are not installed and an engine that is not on this machine are
    no findings, though it marks them so.
    """
    told, seconds = _run(commands[0], folder, env)
    # A suggested fix repeats lines of the file, faults and all.
    told = re.sub(r"^ +Suggested fix:.*?^(?=\S)", "", told, flags=re.DOTALL | re.MULTILINE)
    loud, _, quiet = told.partition("  INFO (")
    more = [row for argv in commands[1:] for row in _marked(_run(argv, folder, env)[0])]
    rows = [row for row in _marked(loud) if not any(text in row for text in _THIS_BOX)]
    return Said(tuple(dict.fromkeys(rows)), (*_marked(quiet), *more), seconds)


def _marked(text: str) -> Iterator[str]:
    """Return marked lines with what follows, up to the next mark of any kind.

    Over files each finding begins with "Issue:"; the headings and sums of its list are none.
    """
    block: list[str] = []
    lines = [line for line in text.splitlines() if not _SUM.search(line)]
    start = _ITEM if any(map(_ITEM.match, lines)) else _MARK
    for line in [*lines, "✅"]:
        if start.match(line) or (line and not line.startswith((" ", "\t"))):
            if block:
                yield "\n".join(block)
            block = []
        if start.match(line) or block:
            block.append(line.strip())


if __name__ == "__main__":
    os.umask(0o022)
    main()
