"""Compare the answers of bringup with those of other tools over files of questions.

    python benchmarks/stack_answers.py QUESTIONS.jsonl... [--tools NAME...] [--json FILE]

A question is one JSON object a line: ``machine`` (the facts of ``bringup stack --fact``), ``ask``
(requirements; with ``build``, ``index``, ``system``) or ``want`` (exact versions, ``build``,
``index``, ``extra``, and ``cuda``, ``cudnn``, ``gcc`` of the machine), and ``expect`` (``ok``; then
``build``, ``alternatives``, ``packages``, or ``reason``). Right is the right yes or no and, for
torch, a build that works. What a tool has no way to hear is "not asked" and counted apart.

How each is asked, so that it has its best chance:

* bringup: ``bringup stack REQUIREMENT... --json --fact KEY=VALUE...``, one process a question,
  timed. It alone names builds of other frameworks, and reasons: "exact" counts the answers with
  the expected versions, preferred build and alternatives, or with an expected reason first.
* uv (the one beside bringup): ``uv pip compile --torch-backend=auto --only-binary :all:`` with
  ``--python-version``, ``--python-platform`` (the nearest glibc), ``UV_CUDA_DRIVER_VERSION`` (or
  ``UV_AMD_GPU_ARCHITECTURE``, ``MACOSX_DEPLOYMENT_TARGET``). A named build is asked for as a local
  version (``torch==2.7.1+cu118``), so that auto still looks at the driver; without a driver by
  ``--torch-backend=BUILD``; the default index without the option. PyTorch's own index is replayed
  (``stack_tools/torch_index.py``), everything else is the real index. A warning that an extra does
  not exist counts as a no. Not asked: toolkits, and the CUDA and cuDNN that a machine provides.
* env-doctor 0.3.5: ``env-doctor check`` on a replayed machine (``stack_tools/replayed.py``) where
  the wish is installed: torch in a named or default build, TensorFlow, JAX. ``env-doctor install
  torch`` where it has to choose, as far as it prescribes that very version; ``check --engine
  vllm@VERSION`` for vllm with torch. It takes the Python it runs on for the machine's.
* cuda-doctor 0.2.0: ``cuda-doctor diagnose --format json`` on the same replayed machine: torch in a
  named or default build, toolkits with or without a gcc.
* Of both doctors silence counts as a yes, a crash as wrong. Neither is asked about Windows or macOS
  (they look at the system they run on), nor about what no index has (they judge what is installed).

Needs the package index, ``openssl``, and a machine without an NVIDIA driver. Prints tables.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stack_tools import doctors, ours, uv_auto
from stack_tools.question import AREAS, Question, Said, read_questions
from stack_tools.torch_index import TorchIndex

BUDGET_S = 0.5
Asker = Callable[[Question], Said]
Answers = dict[str, dict[str, Said]]
"""Tool -> name of the question -> what it said."""
TOOLS = ("bringup", "uv", "env-doctor", "cuda-doctor")


def ask_all(questions: list[Question], tools: list[str], folder: Path) -> Answers:
    """Ask one tool after the other, so that bringup is timed alone."""
    found: Answers = {}
    with TorchIndex(folder) as index:
        for tool in tools:
            asker = _asker(tool, index, folder)
            found[tool] = {}
            for number, question in enumerate(questions, 1):
                if sys.stderr.isatty():
                    print(f"\r{tool} {number}/{len(questions)} ", end="", file=sys.stderr)
                found[tool][question.name] = ours.checked(question, asker(question))
    return found


def _asker(tool: str, index: TorchIndex, folder: Path) -> Asker:
    if tool == "bringup":
        return ours.ask
    if tool == "uv":
        return lambda question: uv_auto.ask(question, index.environ, folder)
    program = doctors.install(tool, folder)
    ask = doctors.ask_env_doctor if tool == "env-doctor" else doctors.ask_cuda_doctor

    def on_replayed_machine(question: Question) -> Said:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            try:
                return ask(question, program, Path(place) / "machine")
            except doctors.CrashError as problem:
                # It could be asked and gave no answer.
                return Said(not question.expect["ok"], text=f"crashed: {problem}")

    return on_replayed_machine


def counts_table(questions: list[Question], answers: Answers) -> str:
    """Return right / wrong / not asked by area and tool as a Markdown table."""
    tools = list(answers)
    lines = [f"| area | questions | {' | '.join(tools)} |", "| --- " * (len(tools) + 2) + "|"]
    for area in [*AREAS, "all"]:
        rows = [row for row in questions if area in {row.area, "all"}]
        if not rows:
            continue
        cells = [_counts(rows, answers[tool]) for tool in tools]
        lines.append(f"| {area} | {len(rows)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _counts(questions: list[Question], said: dict[str, Said]) -> str:
    marks = Counter(said[row.name].mark(row) for row in questions)
    return " / ".join(str(marks[mark]) for mark in ("right", "wrong", "not asked"))


def times_table(answers: Answers) -> str:
    """Return the seconds per question of the tools that ran."""
    lines = ["| tool | asked | min | median | max |", "| --- | --- | --- | --- | --- |"]
    for tool, said in answers.items():
        times = [row.seconds for row in said.values() if row.seconds is not None]
        if times:
            cells = (min(times), statistics.median(times), max(times))
            shown = " | ".join(f"{value:.2f}" for value in cells)
            lines.append(f"| {tool} | {len(times)} | {shown} |")
    return "\n".join(lines)


def budget_lines(answers: Answers) -> list[str]:
    """Return what bringup's times say about the budget."""
    if "bringup" not in answers:
        return []
    rows = answers["bringup"].values()
    wall = sum((row.seconds or 0) > BUDGET_S for row in rows)
    # On a busy machine only processor time is to be trusted.
    cpu = [row.cpu_seconds or 0 for row in rows]
    shown = f"{min(cpu):.2f} / {statistics.median(cpu):.2f} / {max(cpu):.2f} s"
    late = sum(value > BUDGET_S for value in cpu)
    return [
        f"bringup, processor time min / median / max: {shown}",
        f"bringup, over the budget of {BUDGET_S} s: {late} of {len(cpu)} by processor time, "
        f"{wall} from start to end",
    ]


def exact_line(questions: list[Question], answers: Answers) -> list[str]:
    """Return how many of bringup's answers are right in build and reason as well."""
    if "bringup" not in answers:
        return []
    said = answers["bringup"]
    inexact = [row.name for row in questions if not said[row.name].exact(row)]
    line = f"bringup: {len(questions) - len(inexact)} of {len(questions)} exact"
    return [f"{line}; not exact: {' '.join(inexact)}" if inexact else line]


def details(questions: list[Question], answers: Answers) -> list[dict[str, Any]]:
    """Return every answer, for reading and for the JSON file."""
    return [
        {
            "id": row.name,
            "area": row.area,
            "question": str(row),
            "expect": row.expect,
            "answers": {
                tool: {
                    "mark": said[row.name].mark(row),
                    "works": said[row.name].works,
                    "build": said[row.name].build,
                    "reason": said[row.name].reason,
                    "text": said[row.name].text,
                    "seconds": said[row.name].seconds,
                }
                for tool, said in answers.items()
            },
        }
        for row in questions
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("questions", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every answer here")
    options = parser.parse_args()
    if shutil.which("nvidia-smi"):
        raise SystemExit("this machine has an NVIDIA driver: the doctors would see it")
    questions = read_questions(options.questions)
    if len({row.name for row in questions}) != len(questions):
        raise SystemExit("two questions have the same id")
    with tempfile.TemporaryDirectory(prefix="bringup-bench-") as folder:
        answers = ask_all(questions, options.tools, Path(folder))
    if options.json:
        document = {"schema_version": 1, "rows": details(questions, answers)}
        options.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"uv {uv_auto.version()}, {doctors.VERSIONS}\n\nright / wrong / not asked\n")
    print(counts_table(questions, answers))
    print(f"\nseconds per question\n\n{times_table(answers)}\n")
    print("\n".join([*budget_lines(answers), *exact_line(questions, answers)]))


if __name__ == "__main__":
    main()
