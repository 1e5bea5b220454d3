"""Packages that no table knows: uv resolves them beside the versions that were chosen."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError
from bringup.machine.model import Interpreter, Machine
from bringup.stack.answer.model import Chosen
from bringup.stack.platforms import platform_variables, python_arguments
from bringup.stack.settings import uv_settings
from bringup.stack.uv import run_uv
from bringup.stack.uv_errors import error_of

_TIMEOUT_S: Final = 300.0


def resolve_rest(
    machine: Machine, others: Sequence[Requirement], chosen: Sequence[Chosen]
) -> dict[str, str]:
    """Return the exact versions of packages without tables, beside those that were chosen.

    Raises:
        UnreachableError: STK010.
        BringupError: ANS083, there is no solution; STK012 and other refusals of uv.
    """
    settings = uv_settings(machine)
    interpreter = (*machine.interpreters, Interpreter("python", "3.12"))[0]
    with tempfile.TemporaryDirectory(prefix="bringup-stack-") as name:
        folder = Path(name)
        source, limits = folder / "wanted.in", folder / "chosen.txt"
        source.write_text("\n".join(map(str, others)) + "\n", encoding="utf-8")
        pins = (f"{row.release.package}=={row.version}" for row in chosen)
        limits.write_text("\n".join(pins) + "\n", encoding="utf-8")
        arguments: list[str | Path] = ["pip", "compile", source, "--constraint", limits]
        arguments += [
            *python_arguments(machine, interpreter, interpreter.version),
            "--no-python-downloads",
        ]
        arguments += ["--no-header", "--no-annotate", "--quiet", *settings.arguments]
        env = {**settings.env, **platform_variables(machine)}
        completed = run_uv(arguments, env=env, timeout_s=_TIMEOUT_S)
        if not completed.ok:
            error = error_of(completed, folder=folder)
            if error.code == "STK050":
                # Its hint speaks of a project's file, and there is none here.
                raise BringupError("ANS083", **error.params) from None
            raise error
    wanted = {canonicalize_name(row.name) for row in others}
    return {name: version for name, version in _pins(completed.stdout) if name in wanted}


def _pins(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        try:
            row = Requirement(line.partition("#")[0].strip())
        except InvalidRequirement:
            continue
        for pin in row.specifier:
            if pin.operator == "==":
                found.append((canonicalize_name(row.name), pin.version))
    return found
