"""``tables/package_names.toml`` against the index: absent names must be absent, others there."""

from __future__ import annotations

from bringup.base.errors import BringupError, UnreachableError
from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.toml import Document, Row

_ABSENT = "absent"


def check(document: Document, asking: Asking) -> Outcome:
    """Ask for every name. Somebody may take one that is free today."""
    review = Review.of("package_names")
    there = dict(
        zip(
            (row["name"] for row in document["name"]),
            asking.each(lambda row: _is_there(str(row["name"]), asking), document["name"]),
            strict=True,
        )
    )
    for row in document["name"]:
        found = there[row["name"]]
        kind = _ABSENT if not found else "there"
        same = found != (row["kind"] == _ABSENT)
        review.compare(_key(row), "kind", row["kind"], kind, same=same)
    return review.outcome(document, "name", _key)


def _is_there(name: str, asking: Asking) -> bool:
    try:
        return bool(asking.files(name))
    except UnreachableError:
        raise
    except BringupError:
        return False


def _key(row: Row) -> str:
    return str(row["name"])
