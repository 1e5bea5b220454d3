"""``python -m bringup.pipeline STAGE --request FILE``: run one stage, answer through files.

Exit code 0 with ``result.json``; the error's exit code with ``error.json``; 3 with a traceback
on stderr when the fault is ours; 130 when interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bringup.base.errors import BringupError, ExitCode
from bringup.base.events import EventWriter
from bringup.base.files import faults_of, refusal_of, write_json
from bringup.base.messages import choose_language
from bringup.base.processes import die_with_parent
from bringup.pipeline.request import ERROR_FILE, EVENTS_FILE, RESULT_FILE, Request, Result
from bringup.pipeline.threads import spin_briefly

Stage = Callable[[Request, EventWriter], Result]

STAGES: Final = {
    "prepare": "bringup.pipeline.prepare:run",
    "train": "bringup.pipeline.train:run",
    "script": "bringup.pipeline.script:run",
    "evaluate": "bringup.pipeline.evaluate:run",
    "export": "bringup.pipeline.export:run",
}
"""Stage -> the function that runs it, imported only when asked for."""

# What the frameworks say instead of MemoryError and OSError; they are not imported here.
_MEMORY_TEXTS: Final = ("can't allocate memory", "not enough memory", "out of memory")
_DISK_TEXTS: Final = ("No space left on device", "PytorchStreamWriter failed writing")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stage named on the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bringup.pipeline")
    parser.add_argument("stage", choices=sorted(STAGES))
    parser.add_argument("--request", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    die_with_parent()
    spin_briefly()
    folder: Path = options.request.parent
    try:
        request = Request.read(options.request)
        folder = request.folder
        choose_language(request.language)
        _perform(options.stage, request)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BringupError as error:
        return _fail(error, folder)
    except Exception as error:
        if (fault := _fault_behind(error, folder)) is not None:
            return _fail(fault, folder)
        traceback.print_exc()
        return ExitCode.BUG
    return ExitCode.DONE


def _perform(stage: str, request: Request) -> None:
    with faults_of(request.folder):
        request.folder.mkdir(parents=True, exist_ok=True)
        _sweep(request.folder)
    module, _, function = STAGES[stage].partition(":")
    run: Stage = getattr(importlib.import_module(module), function)
    events = EventWriter(request.folder / EVENTS_FILE, stage)
    try:
        run(request, events).write(request.folder)
    finally:
        events.close()


def _sweep(folder: Path) -> None:
    """Remove what an earlier try left: its answer, and parts of files torn by a kill."""
    for name in (RESULT_FILE, ERROR_FILE):
        (folder / name).unlink(missing_ok=True)
    for part in folder.rglob(".*.part"):
        part.unlink(missing_ok=True)


def _fail(error: BringupError, folder: Path) -> int:
    try:
        write_json(folder / ERROR_FILE, error.to_json())
    except BringupError:
        # A full disk takes no error file either: stderr is what is left.
        print(f"error: {error}", file=sys.stderr)
    return error.exit_code


def _fault_behind(error: BaseException, folder: Path) -> BringupError | None:
    """Return the fault of the machine or the user that ``error`` stands for, None for a bug."""
    text = str(error)
    if isinstance(error, OSError) and (refusal := refusal_of(error, folder)) is not None:
        return refusal
    if any(words in text for words in _DISK_TEXTS):
        return BringupError("FIL001", path=folder)
    if type(error).__name__ == "OutOfMemoryError":
        return BringupError("PRE004", reason=text.partition("\n")[0])
    if isinstance(error, MemoryError) or any(words in text for words in _MEMORY_TEXTS):
        return BringupError("PRE003", reason=text.partition("\n")[0] or "MemoryError")
    return None


if __name__ == "__main__":
    sys.exit(main())
