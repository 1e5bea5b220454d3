"""What is wrong with a project, shown with the line and a caret."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from bringup.base.errors import BringupError
from bringup.base.messages import hint_of, text_of
from bringup.project.source import Mark


class Text:
    """A catalogue text as a parameter of another: it takes its language when it is shown."""

    def __init__(self, code: str, /, **params: Any) -> None:
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return text_of(self.code, **self.params)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class ProjectError(BringupError):
    """One mistake in a project's files, with its place and, where we know one, an advice."""

    def __init__(
        self, code: str, mark: Mark, /, *, advice: Text | None = None, **params: Any
    ) -> None:
        super().__init__(code, **params)
        self.mark = mark
        self.advice = advice

    def __str__(self) -> str:
        lines = [f"{self.mark.place}: {text_of(self.code, **self.params)}", self.mark.excerpt()]
        if self.advice is not None:
            lines.append(f"    {self.advice}")
        return "\n".join(lines)

    @property
    def hint(self) -> str | None:
        """What to do after reading the fault."""
        return super().hint or hint_of("PRJ099")

    def to_json(self) -> dict[str, Any]:
        """Return the error as plain JSON, with its place."""
        mark = self.mark
        place = {"file": mark.file, "line": mark.line, "column": mark.column}
        return {**super().to_json(), **place}


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` most likely means, or None."""
    by_folded = {item.casefold(): item for item in known}
    folded = name.casefold()
    found = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    if not found and len(name) > 1:
        # A part of one name alone (f1 of f1_macro) is too short to look alike.
        containing = [item for item in by_folded if folded in item]
        found = containing if len(containing) == 1 else []
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> Text | None:
    """Return the advice to write the nearest known name, or None when none is near."""
    found = nearest(name, known)
    return None if found is None else Text("PRJ101", name=found)


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as one piece of text: `` `a`, `b` ``."""
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted[:most]) + (", ..." if len(quoted) > most else "")
