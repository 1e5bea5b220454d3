"""The questions of ``bringup init``, and the answers that options give instead."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from bringup.base.errors import BringupError
from bringup.base.messages import text_of
from bringup.knowledge.datasets import DataSet, dataset_names
from bringup.knowledge.datasets import dataset as known_dataset
from bringup.project.adopt import Found, look_at, project_name, read_script
from bringup.project.checks.data import read_header
from bringup.project.columns import guess_task, text_columns
from bringup.project.compose import FromCsv, FromDataset, FromScript, Origin, compose
from bringup.project.faults import listed, nearest
from bringup.project.source import shown


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options say."""

    dataset: str | None = None
    csv: Path | None = None
    target: str | None = None
    script: Path | None = None
    name: str | None = None
    yes: bool = False

    @property
    def names_origin(self) -> bool:
        """Whether the options say what to learn from."""
        return any(wish is not None for wish in (self.dataset, self.csv, self.script))


def choose(folder: Path, wishes: Wishes) -> str:
    """Return the text of ``bringup.toml`` by the options, else by questions.

    Raises:
        BringupError: PRJ302, there is no terminal to ask at; PRJ303, a CSV file needs a target;
            PRJ304, PRJ306 to PRJ308, a wish that cannot be.
    """
    found = look_at(folder)
    asks = not wishes.yes and not wishes.names_origin
    if asks and not sys.stdin.isatty():
        raise BringupError("PRJ302", folder=shown(folder))
    name = wishes.name
    if name is None:
        name = _ask("PRJ402", found.name) if asks else found.name
    origin = _wished(folder, wishes) if wishes.names_origin else _offered(folder, found, asks)
    return compose(_checked_name(name), origin, found)


def _checked_name(name: str) -> str:
    if name != project_name(name):
        raise BringupError("PRJ308", name=name, meant=project_name(name))
    return name


def _wished(folder: Path, wishes: Wishes) -> Origin:
    if wishes.dataset is not None:
        return _from_dataset(wishes.dataset)
    if wishes.script is not None:
        return _from_script(folder, _inside(folder, wishes.script))
    assert wishes.csv is not None
    return _from_csv(folder, _inside(folder, wishes.csv), wishes.target, asks=not wishes.yes)


def _offered(folder: Path, found: Found, asks: bool) -> Origin:
    """Return what the user picks, or without questions the first that the folder offers."""
    offers: list[tuple[str, Callable[[], Origin]]] = []
    if found.script is not None:
        script = found.script
        offers.append((text_of("PRJ405", script=script), lambda: _from_script(folder, script)))
    for file in found.csv_files:
        # The default binds the file of this round.
        offers.append((text_of("PRJ404", file=file), _csv_offer(folder, file, asks)))
    for name in dataset_names():
        title = known_dataset(name).title
        offers.append((text_of("PRJ403", name=name, title=title), _dataset_offer(name)))
    index = _ask_number(text_of("PRJ406"), [text for text, _ in offers]) if asks else 0
    return offers[index][1]()


def _csv_offer(folder: Path, file: str, asks: bool) -> Callable[[], Origin]:
    return lambda: _from_csv(folder, file, None, asks=asks)


def _dataset_offer(name: str) -> Callable[[], Origin]:
    return lambda: _from_dataset(name)


def _from_dataset(name: str) -> FromDataset:
    row: DataSet = known_dataset(name)
    return FromDataset(row.name, row.task, row.input_kind)


def _from_script(folder: Path, file: str) -> FromScript:
    return FromScript(file, read_script(_at(folder, file)))


def _from_csv(folder: Path, file: str, target: str | None, *, asks: bool) -> FromCsv:
    place = _at(folder, file)
    columns = read_header(place)
    if columns is None:
        raise BringupError("PRJ304", file=file)
    if target is None:
        # The target stands last in most files, so that is the answer without a question.
        if not asks:
            target = columns[-1]
        elif sys.stdin.isatty():
            question = text_of("PRJ407", file=file)
            target = columns[_ask_number(question, columns, default=len(columns))]
        else:
            last = shlex.quote(columns[-1])
            raise BringupError("PRJ303", file=file, columns=listed(columns), last=last)
    if target not in columns:
        meant = shlex.quote(nearest(target, columns) or columns[-1])
        params = {"file": file, "column": target, "columns": listed(columns), "meant": meant}
        raise BringupError("PRJ306", **params)
    left_out = text_columns(place, target)
    features = tuple(name for name in columns if name not in {"", target, *left_out})
    task = guess_task(place, target)
    return FromCsv(file, target, task, features if left_out else (), left_out)


def _inside(folder: Path, path: Path) -> str:
    """Return a file's name as seen from the project; it is given from there or from here."""
    for place in (folder / path, path):
        if place.is_file():
            return Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()
    raise BringupError("PRJ307", file=path)


def _at(folder: Path, file: str) -> Path:
    # The folder may not exist yet, then the system cannot go up from it (sub/../data.csv).
    return Path(os.path.normpath(folder.resolve() / file))


def _ask(code: str, default: str) -> str:
    return str(typer.prompt(text_of(code), default=default, err=True))


def _ask_number(question: str, choices: Sequence[str], *, default: int = 1) -> int:
    """Ask for one of ``choices`` by its number; return its index."""
    typer.echo(question, err=True)
    for number, choice in enumerate(choices, start=1):
        typer.echo(f"  {number:>2}  {choice}", err=True)
    while True:
        answer = str(typer.prompt(text_of("PRJ408"), default=str(default), err=True)).strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return int(answer) - 1
        if answer in choices:
            return choices.index(answer)
        typer.echo(text_of("PRJ409", most=len(choices)), err=True)
