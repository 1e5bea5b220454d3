"""Errors that people read: a code, a text from the catalogue, the next step, an exit code."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Any, Self

from bringup.base.messages import hint_of, text_of


class ExitCode(IntEnum):
    """What a finished process says about how it went."""

    DONE = 0
    FAULT = 1
    """The user's or the machine's fault: a finding, a gate that does not hold, bad input."""
    USAGE = 2
    BUG = 3
    UNREACHABLE = 4
    """Something outside could not be reached."""
    INTERRUPTED = 130


class BringupError(Exception):
    """A fault with a stable code whose text comes from the catalogue.

    ``params`` fill the text; ``exit_code`` follows the contract. ``hint`` (what to type next)
    comes from the catalogue row too.
    """

    exit_code: ExitCode = ExitCode.FAULT
    output: Path | str | None = None
    """What a program wrote that failed, or the file with it: its cause can be explained."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return text_of(self.code, **self.params)

    @property
    def hint(self) -> str | None:
        """The next command to type, or None."""
        return hint_of(self.code, **self.params)

    def to_json(self) -> dict[str, Any]:
        """Return the error as plain JSON, to cross a process boundary."""
        return {
            "code": self.code,
            "params": {name: _plain(value) for name, value in self.params.items()},
            "exit_code": int(self.exit_code),
            "text": str(self),
            "hint": self.hint,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Rebuild an error that another process wrote with ``to_json``."""
        error = cls(document["code"], **document["params"])
        error.exit_code = ExitCode(document["exit_code"])
        return error


class UsageFault(BringupError):  # noqa: N818 - typer has a UsageError
    """The command line asks for what there is not; told apart by its exit code alone."""

    exit_code = ExitCode.USAGE


class UnreachableError(BringupError):
    """Something outside (an index, a mirror, a registry) could not be reached."""

    exit_code = ExitCode.UNREACHABLE


class ErrorGroup(BringupError):  # noqa: N818 - as the standard ExceptionGroup is named
    """Several faults found in one pass, shown together. ``str`` joins their texts."""

    def __init__(self, errors: list[BringupError]) -> None:
        if not errors:
            raise AssertionError("an error group needs at least one error")
        super().__init__(errors[0].code)
        self.errors = errors

    def __str__(self) -> str:
        return "\n\n".join(str(error) for error in self.errors)

    @property
    def hint(self) -> str | None:
        """The first hint among the errors."""
        return next((error.hint for error in self.errors if error.hint), None)

    def to_json(self) -> dict[str, Any]:
        """Return the first error's JSON with all of them under ``errors``."""
        return {
            **self.errors[0].to_json(),
            "text": str(self),
            "errors": [error.to_json() for error in self.errors],
        }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value)
