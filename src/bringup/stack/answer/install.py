"""What to type: the commands that install an answer with uv."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from bringup.knowledge.frameworks import framework_table
from bringup.stack.answer.model import Answer, Chosen
from bringup.stack.answer.pairs import optional_jaxlib

_GPU_EXTRAS = {"tensorflow": "and-cuda"}


def install_commands(
    found: Answer, others: Sequence[str], *, default_build: str | None
) -> list[str]:
    """Return the commands: one for a build that only the framework's own index has, one for all.

    A torch that is brought along is named too: left to the installer, it would be the newest one
    in the default build. ``default_build`` is the build that the default index gives on the
    machine's platform.
    """
    framework = framework_table().frameworks["torch"]
    family = {framework.name, *framework.companions}
    chosen, torch = found.computing, found.torch
    bound: list[str] = []
    if torch is not None and torch.build and torch.build != default_build:
        rows = (*found.chosen, *found.brought)
        bound = [_pin(row) for row in rows if row.release.package in family]
    rest = [_pin(row) for row in chosen if _pin(row) not in bound and _is_package(row)]
    commands = []
    if bound and torch is not None:
        index = framework.index_of(torch.build or "cpu")
        commands.append(_line([*bound, "--index", index]))
    if rest or others:
        commands.append(_line([*rest, *others]))
    return commands


def _is_package(row: Chosen) -> bool:
    return row.release.package != "cuda"


def _pin(row: Chosen) -> str:
    return f"{row.release.package}{_extras(row)}=={row.version}"


def _extras(row: Chosen) -> str:
    extras = list(_wanted_extras(row))
    return f"[{','.join(extras)}]" if extras else ""


def _wanted_extras(row: Chosen) -> Iterator[str]:
    yield from row.extras
    if row.row is None or row.extras:
        return
    if not row.row.is_cuda:
        if row.release.package == "jax" and optional_jaxlib(row.release):
            yield "cpu"
        return
    if row.release.package == "jax" and row.build:
        yield row.build
    extra = _GPU_EXTRAS.get(row.release.package)
    if extra and extra in row.release.extras:
        yield extra


def _line(words: Sequence[str]) -> str:
    return shlex.join(["uv", "pip", "install", *words])
