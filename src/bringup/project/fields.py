"""The tables and keys that ``bringup.toml`` knows, read from the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from bringup.project.model import Section

ALIASES: Final = {
    "batch": "batch_size",
    "column": "target",
    "csv": "path",
    "dependencies": "requirements",
    "file": "path",
    "label": "target",
    "layers": "hidden",
    "lr": "learning_rate",
    "optim": "optimizer",
    "scheduler": "schedule",
    "test_size": "test",
    "wd": "weight_decay",
}
"""What other tools call a key -> our name for it."""

VALUE_ALIASES: Final = {
    ("environment", "accelerator"): {"cuda": "auto", "gpu": "auto"},
    ("train", "device"): {"gpu": "cuda"},
}
"""What other tools call a value, where the nearest of our values means another thing."""


def sections() -> Mapping[str, type[Section]]:
    """Return the model of each table by its name, in the order of the file."""
    from bringup.project.model import Project, Section

    found: dict[str, type[Section]] = {}
    for name, field in Project.model_fields.items():
        annotation: Any = field.annotation
        # [data] may be absent: its annotation is DataSection | None.
        candidates = get_args(annotation) or (annotation,)
        found[name] = next(item for item in candidates if issubclass(item, Section))
    return found


def keys_of(table: str) -> Mapping[str, FieldInfo]:
    """Return the keys of a table by name; none for an unknown table."""
    section = sections().get(table)
    return {} if section is None else section.model_fields


def home_of(key: str) -> str | None:
    """Return the only table that knows this key, or None."""
    homes = [name for name, section in sections().items() if key in section.model_fields]
    return homes[0] if len(homes) == 1 else None
