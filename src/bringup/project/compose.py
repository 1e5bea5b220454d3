"""The text of a first ``bringup.toml``: short, with comments that say what may be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import Array, Table

from bringup.project.adopt import Found, Script

_HEAD: Final = "What is wanted. `bringup up` brings it up, stage by stage."
# Table data has few rows as a rule: small steps, and many of them.
_TABLE_TRAINING: Final = {
    "model": "mlp", "hidden": [32], "epochs": 100, "batch_size": 32, "optimizer": "adam",
    "learning_rate": 0.003,
}  # fmt: skip
_IMAGE_TRAINING: Final = {
    "model": "cnn", "epochs": 3, "batch_size": 128, "learning_rate": 0.1, "schedule": "onecycle",
}  # fmt: skip
_EXAMPLE_GATES: Final = {"classification": "accuracy", "regression": "r2"}

Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True)
class FromDataset:
    """Learn from a named data set."""

    name: str
    task: str
    input_kind: str


@dataclass(frozen=True, slots=True)
class FromCsv:
    """Learn from a CSV file of the project."""

    path: str
    target: str
    task: Task
    features: tuple[str, ...] = ()
    """What to learn from, when not all other columns can be."""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FromScript:
    """Run a training script of the user's own."""

    path: str
    script: Script


Origin = FromDataset | FromCsv | FromScript


def compose(name: str, origin: Origin, found: Found) -> str:
    """Return the text of ``bringup.toml`` for a project called ``name``."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    document.add(tomlkit.nl())
    _add(document, "project", _table({"name": name}))
    _add(document, "environment", _environment(origin, found))
    if isinstance(origin, FromScript):
        _add(document, "train", _script_training(origin))
    else:
        _add(document, "data", _data(origin))
        _add(document, "train", _training(origin))
        _add(document, "evaluate", _evaluation(origin.task))
    return tomlkit.dumps(document).rstrip("\n") + "\n"


def _add(document: TOMLDocument, name: str, table: Table) -> None:
    if table.value or table.as_string().strip():
        document.add(name, table)
        table.add(tomlkit.nl())


def _environment(origin: Origin, found: Found) -> Table:
    table = tomlkit.table()
    if found.python is not None:
        table.add("python", found.python)
        _note(table, "python", "from pyproject.toml")
    if found.requirements_file is not None:
        table.add("requirements_file", found.requirements_file)
    if found.dependencies:
        table.add(tomlkit.comment("Copied from pyproject.toml: keep them equal."))
        table.add("requirements", _lines(found.dependencies))
    nothing = found.requirements_file is None and not found.dependencies
    if nothing and isinstance(origin, FromScript):
        _add_imports(table, origin)
    return table


def _add_imports(table: Table, origin: FromScript) -> None:
    script = origin.script
    if script.unknown_imports:
        names = ", ".join(script.unknown_imports)
        table.add(tomlkit.comment(f"Add the packages of what {origin.path} imports too: {names}"))
    table.add("requirements", _array(script.requirements))
    _note(table, "requirements", f"what {origin.path} imports")


def _data(origin: FromDataset | FromCsv) -> Table:
    if isinstance(origin, FromDataset):
        return _table({"dataset": origin.name})
    table = _table({"path": origin.path, "target": origin.target})
    if origin.features:
        left_out = ", ".join(origin.left_out).replace("\n", " ")
        table.add(
            tomlkit.comment(f"Columns of text cannot be learnt from yet, left out: {left_out}")
        )
        table.add("features", _lines(origin.features))
    else:
        table.add(tomlkit.comment('features = ["..."]  # all other columns when absent'))
    return table


def _training(origin: FromDataset | FromCsv) -> Table:
    table = _table({"task": origin.task})
    if isinstance(origin, FromCsv):
        _note(table, "task", f'guessed from the values of "{origin.target}"'.replace("\n", " "))
    is_image = isinstance(origin, FromDataset) and origin.input_kind == "image"
    for key, value in (_IMAGE_TRAINING if is_image else _TABLE_TRAINING).items():
        table.add(key, value)
    _note(table, "model", 'or a class of your own: "model.py:Net"')
    return table


def _script_training(origin: FromScript) -> Table:
    table = _table({"script": origin.path})
    example = tomlkit.item([origin.script.output or "model.pt"]).as_string()
    table.add(tomlkit.comment(f"outputs = {example}  # files that it leaves, kept as evidence"))
    table.add(tomlkit.comment('args = ["--epochs", "5"]'))
    return table


def _evaluation(task: str) -> Table:
    table = tomlkit.table()
    line = f'gates = {{ {_EXAMPLE_GATES[task]} = ">= 0.9" }}'
    table.add(tomlkit.comment(f"{line}  # below it `bringup up` fails"))
    return table


def _note(table: Table, key: str, text: str) -> None:
    item = table[key]
    item.comment(text)
    item.trivia.comment_ws = "  "


def _table(values: dict[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    return table


def _array(items: tuple[str, ...]) -> Array:
    array = tomlkit.array()
    array.extend(items)
    return array


def _lines(items: tuple[str, ...]) -> Array:
    return _array(items).multiline(True) if len(items) > 1 else _array(items)
