"""The sections of the page: one module per stage, evidence in, plain values and charts out.

A view is a mapping that the section's template shows. A key without a value is None or empty,
and the template then shows nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bringup.report.sections import (
    evaluate,
    export,
    lock,
    prepare,
    probe,
    serve,
    train,
    verify,
)

View = dict[str, Any]
SECTIONS: Final[dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], View]]] = {
    "probe": probe.view,
    "lock": lock.view,
    "verify": verify.view,
    "prepare": prepare.view,
    "train": train.view,
    "evaluate": evaluate.view,
    "export": export.view,
    "serve": serve.view,
}
"""Stage -> function of its evidence and the whole document. Stages not named here have no section
of their own; one that failed gets an empty one."""
