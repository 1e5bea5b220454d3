"""Each stage as its own verb: ``bringup train`` is ``bringup up --until train``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from bringup.cli.options import (
    AgainOption,
    FactOption,
    JsonOption,
    MachineOption,
    ProjectArgument,
    QuietOption,
)
from bringup.cli.passes import Wish, run_pass

_HELP: Final = {
    "sync": "Make the lock real: the project's virtual environments.",
    "verify": "Prove the environments with real work.",
    "prepare": "Fetch, clean and split the data; fit the preprocessing on the training split.",
    "train": "Train the model, or run the project's own script. Resumes after a kill.",
    "evaluate": "Measure the model on the test split and hold it against the gates.",
    "export": "Export to ONNX with the preprocessing inside, and prove parity.",
}


def _verb(stage: str, text: str) -> Callable[..., int]:
    def command(
        project: ProjectArgument = Path(),
        again: AgainOption = False,
        machine: MachineOption = None,
        fact: FactOption = None,
        json: JsonOption = False,
        quiet: QuietOption = False,
    ) -> int:
        return run_pass(
            Wish(
                project,
                until=stage,
                again=(stage,) if again else (),
                machine_file=machine,
                facts=tuple(fact or ()),
                as_json=json,
                quiet=quiet,
            )
        )

    command.__name__ = f"{stage}_command"
    command.__doc__ = text
    return command


STAGE_VERBS: Final = {stage: _verb(stage, text) for stage, text in _HELP.items()}
