"""From an exception to what people read and the exit code of the contract."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from bringup import __version__
from bringup.base.errors import BringupError, ErrorGroup, ExitCode
from bringup.base.files import refusal_of
from bringup.base.messages import text_of

if TYPE_CHECKING:
    from bringup.explain import Explanation

SCHEMA_VERSION: Final = 1
_SIGPIPE_EXIT: Final = 141


def exit_code_of(error: BaseException, arguments: list[str]) -> int:
    """Tell ``error`` to the user and return the exit code."""
    if isinstance(error, OSError):
        error = _refusal_behind(error) or error
    if isinstance(error, BringupError):
        _show_fault(error, as_json=_wants_json(arguments))
        return int(error.exit_code)
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        sys.stderr.write(f"\n{text_of('CLI001')}\n")
        return int(ExitCode.INTERRUPTED)
    if isinstance(error, typer.Exit):
        return int(error.exit_code)
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has closed it (`bringup probe | head`): not a bug, nothing to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _SIGPIPE_EXIT
    if hasattr(error, "format_message") and hasattr(error, "show"):
        _show_usage(error, as_json=_wants_json(arguments))
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    _show_bug(error, arguments)
    return int(ExitCode.BUG)


def _refusal_behind(error: OSError) -> BringupError | None:
    """Return the refusal of the system (disk full, no permission) that nobody put into words."""
    return refusal_of(error, Path(error.filename or tempfile.gettempdir()))


def _wants_json(arguments: list[str]) -> bool:
    before_command = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in before_command


def _show_fault(error: BringupError, *, as_json: bool) -> None:
    answer = _explanation(error)
    if as_json:
        _print_json({**error.to_json(), **_document(answer)})
    for part in _parts_of(error):
        sys.stderr.write(f"{_mark('error:')} {part}\n")
        if part.hint:
            sys.stderr.write(f"{_mark('hint:')} {part.hint}\n")
    _tell(answer)


def _explanation(error: BaseException) -> Explanation | None:
    """Return what the output of the program that failed comes from, None when nobody knows."""
    output = getattr(error, "output", None)
    if output is None:
        return None
    from bringup.cli.explained import after_failure

    return after_failure(output)


def _document(answer: Explanation | None) -> dict[str, Any]:
    if answer is None:
        return {}
    from bringup.cli.explained import document_of

    return {"explanation": document_of(answer)}


def _tell(answer: Explanation | None) -> None:
    if answer is not None:
        from bringup.cli.explained import tell_after_failure

        tell_after_failure(answer)


def _parts_of(error: BringupError) -> list[BringupError]:
    """Return the faults to tell one by one: those of a group whose next steps differ."""
    if not isinstance(error, ErrorGroup) or len({part.hint for part in error.errors}) == 1:
        return [error]
    return error.errors


def _show_usage(error: Any, *, as_json: bool) -> None:
    if as_json:
        _print_json({"code": "CLI002", "text": error.format_message(), "exit_code": 2})
    error.show()


def _print_json(error: dict[str, Any]) -> None:
    document = {"schema_version": SCHEMA_VERSION, "error": error}
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _show_bug(error: BaseException, arguments: list[str]) -> None:
    from bringup.machine.redact import redacted

    lines = [
        f"bringup {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: bringup {' '.join(arguments)}",
        "",
        *traceback.format_exception(error),
    ]
    # The report is pasted where others read it.
    text = redacted("\n".join(line.rstrip("\n") for line in lines) + "\n")
    try:
        handle, name = tempfile.mkstemp(prefix="bringup-bug-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        # Nowhere to keep the report: then it must be seen here.
        sys.stderr.write(text)
        return
    _tell(_explanation(error))
    summary = redacted(f"{type(error).__name__}: {error}")
    sys.stderr.write(f"{_mark('bug:')} {text_of('CLI003', summary=summary, path=Path(name))}\n")


def _mark(word: str) -> str:
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        return word
    colour = {"hint:": "36"}.get(word, "31")
    return f"\x1b[1;{colour}m{word}\x1b[0m"
