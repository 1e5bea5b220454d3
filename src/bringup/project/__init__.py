"""What is wanted: ``bringup.toml``, its schema, its loader, and errors with the line and a caret.

The names are loaded when they are first used: pydantic takes longer than ``bringup --help`` may.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bringup.project.loader import load_project as load_project
    from bringup.project.model import LoadedProject as LoadedProject
    from bringup.project.model import Project as Project

__all__ = ["LoadedProject", "Project", "load_project"]

_HOMES: Final = {
    "LoadedProject": "bringup.project.model",
    "Project": "bringup.project.model",
    "load_project": "bringup.project.loader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
