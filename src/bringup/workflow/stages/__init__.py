"""The stages of the pipeline: one module each, all of the form of ``context.Stage``."""

from __future__ import annotations

from typing import Final

from bringup.workflow.context import Stage
from bringup.workflow.stages import (
    evaluate,
    export,
    lock,
    prepare,
    probe,
    report,
    serve,
    sync,
    train,
    verify,
)

ALL_STAGES: Final[dict[str, Stage]] = {
    "probe": probe,
    "lock": lock,
    "sync": sync,
    "verify": verify,
    "prepare": prepare,
    "train": train,
    "evaluate": evaluate,
    "export": export,
    "serve": serve,
    "report": report,
}
"""Stage name -> module, in the order of ``bringup.base.evidence.STAGES``."""
