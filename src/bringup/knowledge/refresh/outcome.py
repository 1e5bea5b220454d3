"""What a table's program found: the table as it should be, and where it differed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bringup.knowledge.refresh.asking import Asking, today
from bringup.knowledge.refresh.toml import Document, Row
from bringup.stack.model import Note

RowKey = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one table.

    ``reviewed`` tables are written by people: their differences are left to people, and
    ``document`` differs from the table only in the dates of the rows that were found right.
    The document of a rebuilt table is the index's own answer.
    """

    document: Document
    differences: tuple[Note, ...]
    reviewed: bool = False


Check = Callable[[Document, Asking], Outcome]
"""Takes a table as it is and an index to ask."""


@dataclass(slots=True)
class Review:
    """Gathers what is wrong with the rows of a reviewed table, and which rows were looked at."""

    table: str
    differences: list[Note]
    right: set[str]

    @classmethod
    def of(cls, table: str) -> Review:
        """Return an empty one."""
        return cls(table, [], set())

    def compare(self, row: str, column: str, ours: Any, theirs: Any, *, same: bool) -> None:
        """Note a value that was looked up, and whether it is the same as the index's."""
        if same:
            self.right.add(row)
        else:
            params = {"row": row, "column": column, "ours": shown(ours), "theirs": shown(theirs)}
            self.differences.append(Note("KNW010", {"table": self.table, **params}))

    def missing(self, row: str) -> None:
        """Note a row that the index has and the table has not."""
        self.differences.append(Note("KNW011", {"table": self.table, "row": row}))

    def unknown(self, row: str) -> None:
        """Note a row that the table has and the index has not."""
        self.differences.append(Note("KNW012", {"table": self.table, "row": row}))

    def outcome(self, document: Document, kind: str, key: RowKey) -> Outcome:
        """Return the result; rows that were looked at and are right get today's date."""
        wrong = {str(note.params["row"]) for note in self.differences}
        rows = [
            {**row, "checked": today()} if key(row) in self.right - wrong else row
            for row in document[kind]
        ]
        return Outcome({**document, kind: rows}, tuple(self.differences), reviewed=True)


def rebuilt(table: str, old: Document, new: Document, kind: str, key: RowKey) -> Outcome:
    """Return the result for a table that is made anew: rows added, gone and changed."""
    before = {key(row): row for row in old.get(kind, [])}
    after = {key(row): row for row in new[kind]}
    notes = [Note("KNW011", {"table": table, "row": row}) for row in after if row not in before]
    notes += [Note("KNW012", {"table": table, "row": row}) for row in before if row not in after]
    for name in (name for name in after if name in before):
        columns = _changed(before[name], after[name])
        if columns:
            params = {"table": table, "row": name, "columns": ", ".join(columns)}
            notes.append(Note("KNW013", params))
    return Outcome(new, tuple(notes))


def shown(value: Any) -> str:
    """Return a value for people: lists without brackets, nothing as a dash."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _changed(before: Row, after: Row) -> Iterable[str]:
    # The date says when a row was looked at, not what it says.
    names = dict.fromkeys([*before, *after])
    return [name for name in names if name != "checked" and before.get(name) != after.get(name)]
