"""``[train]``: a model that exists and fits, or a script that exists."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bringup.project.checks.datasets import KnownDataset, dataset_of
from bringup.project.checks.files import check_file, missing_file
from bringup.project.document import Document
from bringup.project.faults import ProjectError, Text, did_you_mean, listed
from bringup.project.positions import Span
from bringup.project.source import Source

LOSSES: Final = {"classification": "cross_entropy", "regression": "mse"}
_MODEL: Final = ("train", "model")


def check(
    document: Document, datasets: Mapping[str, KnownDataset | None]
) -> Iterator[ProjectError]:
    """Yield what is wrong with ``[train]``."""
    has_model, has_script = document.has(*_MODEL), document.has("train", "script")
    table = document.table_name("train")
    if has_script:
        if has_model:
            yield document.fault("PRJ037", ("train", "script"), on="key", table=table)
        yield from check_file(document, ("train", "script"))
    else:
        for key in ("args", "outputs"):
            if document.has("train", key):
                yield document.fault("PRJ034", ("train", key), on="key", key=key, other="script")
        # Without [data] there is a fault already, which names both ways.
        if not has_model and document.has("data"):
            advice = Text("PRJ120", line='model = "mlp"')
            yield document.fault("PRJ039", _MODEL, on="key", advice=advice, table=table)
    if (model := document.text(*_MODEL)) is not None:
        yield from _check_model(document, model)
    if model == "cnn":
        yield from _check_image(document, datasets)
    yield from _check_loss(document)
    yield from _check_task(document, datasets)


def task_of(document: Document) -> str | None:
    """Return the task, by default classification; None if what is written is no task."""
    task = document.get("train", "task") if document.has("train", "task") else "classification"
    return task if task in LOSSES else None


def _check_loss(document: Document) -> Iterator[ProjectError]:
    task, loss = task_of(document), document.text("train", "loss")
    if task is not None and loss in LOSSES.values() and loss != LOSSES[task]:
        advice = Text("PRJ121", loss=LOSSES[task])
        yield document.fault("PRJ035", ("train", "loss"), advice=advice, loss=loss, task=task)


def _check_model(document: Document, model: str) -> Iterator[ProjectError]:
    file, colon, name = model.partition(":")
    if colon and file.endswith(".py") and name:
        missing = list(missing_file(document, _MODEL, file))
        yield from missing or _check_class(document, file, name)


def _check_image(
    document: Document, datasets: Mapping[str, KnownDataset | None]
) -> Iterator[ProjectError]:
    known = dataset_of(document, datasets)
    name = document.text("data", "path") or document.text("data", "dataset")
    if document.has("data", "path") or (known is not None and known.input_kind == "table"):
        yield document.fault("PRJ036", _MODEL, advice=Text("PRJ122"), data=name)


def _check_task(
    document: Document, datasets: Mapping[str, KnownDataset | None]
) -> Iterator[ProjectError]:
    known, task = dataset_of(document, datasets), task_of(document)
    if known is None or task is None or task == known.task or document.has("train", "script"):
        return
    advice = Text("PRJ123", line=f'task = "{known.task}"', table=document.table_name("train"))
    name = document.text("data", "dataset")
    path = ("train", "task") if document.has("train", "task") else ("data", "dataset")
    params: dict[str, Any] = {"name": name, "wanted": known.task, "task": task}
    yield document.fault("PRJ043", path, advice=advice, **params)


def _check_class(document: Document, file: str, name: str) -> Iterator[ProjectError]:
    path = document.folder / file
    text = path.read_bytes()
    try:
        tree = ast.parse(text, filename=file)
    except (SyntaxError, ValueError) as error:  # ValueError: a zero byte, until Python 3.11.3
        known = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        yield _syntax_fault(path, text, known)
        return
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    if name not in _top_names(tree):
        advice = did_you_mean(name, classes)
        if advice is None and classes:
            advice = Text("PRJ119", known=listed(classes))
        yield document.fault("PRJ022", _MODEL, advice=advice, file=file, name=name)


def _syntax_fault(path: Path, text: bytes, error: SyntaxError) -> ProjectError:
    source = Source.of(path, text.decode("utf-8", "replace"))
    start = source.offset(error.lineno or 1, max(1, error.offset or 1))
    mark = source.mark(Span(start, start + 1))
    return ProjectError("PRJ023", mark, file=path.name, reason=error.msg)


def _top_names(tree: ast.Module) -> set[str]:
    """Return the names that a module binds outside of its functions and classes."""
    names: set[str] = set()
    open_nodes: list[ast.AST] = list(tree.body)
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
            continue
        if isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        open_nodes.extend(ast.iter_child_nodes(node))
    return names
