"""All tables that have a program: where they are, and the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bringup.base.errors import UsageFault
from bringup.knowledge.refresh import (
    conflicts,
    cuda,
    cudnn,
    gpus,
    jax,
    names,
    nccl,
    onnxruntime,
    packages,
    rocm,
    tensorflow,
    torch,
)
from bringup.knowledge.refresh.floors import FLOORS
from bringup.knowledge.refresh.outcome import Check

TABLES: Final = Path(__file__).parents[1] / "tables"

_CHECKS: Final[dict[str, Check]] = {
    **{f"packages/{name}": partial(packages.check, name) for name in FLOORS},
    "builds/torch": torch.check,
    "builds/tensorflow": tensorflow.check,
    "builds/jax": jax.check,
    "builds/onnxruntime-gpu": onnxruntime.check,
    "cuda": cuda.check,
    "cudnn": cudnn.check,
    "nccl": nccl.check,
    "gpus": gpus.check,
    "conflicts": conflicts.check,
    "package_names": names.check,
}
_HEAD: Final = (
    "# Releases of {name} as the package index has them.\n"
    "# Made by `python -m bringup.knowledge.refresh packages/{name}`.\n"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its program. ``head`` is the comment that a new file begins with."""

    name: str
    path: Path
    check: Check
    head: str = ""


def tables(folder: Path = TABLES) -> dict[str, Table]:
    """Return all tables in the order of their programs: releases first."""
    checks = {**_CHECKS, "rocm": lambda document, _: rocm.check(document, folder)}
    return {
        name: Table(name, folder / f"{name}.toml", check, _head(name))
        for name, check in checks.items()
    }


def named(names: Iterable[str], folder: Path = TABLES) -> list[Table]:
    """Return the tables of these names, all for none; ``packages`` stands for all of its folder.

    Raises:
        UsageFault: KNW001, there is no such table.
    """
    known = tables(folder)
    wanted = list(names) or list(known)
    return [known[name] for name in dict.fromkeys(_expanded(wanted, known))]


def _expanded(names: Iterable[str], known: dict[str, Table]) -> Iterator[str]:
    for name in names:
        inside = [full for full in known if full.startswith(f"{name}/")]
        if name not in known and not inside:
            folders = dict.fromkeys(full.partition("/")[0] for full in known)
            raise UsageFault("KNW001", name=name, known=", ".join(folders))
        yield from inside or [name]


def _head(name: str) -> str:
    folder, _, package = name.partition("/")
    return _HEAD.format(name=package) if folder == "packages" else ""
