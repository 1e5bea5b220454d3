"""Why a wish cannot be had: all reasons that hold, and the nearest thing that does work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, product
from typing import Final

from packaging.specifiers import SpecifierSet

from bringup.knowledge.releases import Release
from bringup.stack.answer.model import REASONS, Chosen, Nearest, Question, Reason
from bringup.stack.answer.options import Judged
from bringup.stack.answer.pairs import pair_reasons
from bringup.stack.answer.place import Place
from bringup.stack.answer.solve import Known, Wish, solve, takes_part
from bringup.stack.answer.wheels import pythons_of
from bringup.stack.model import Note

_JUDGED: Final = 40
"""Releases of a package that are looked at for a reason, the newest first."""
_PAIRS: Final = 400
"""Pairs of releases that are tried before two packages are said not to go together."""


def reasons_of(wishes: Sequence[Wish], known: Known) -> list[Reason]:
    """Return all reasons why the wishes cannot be had together, the weightiest first."""
    found: list[Reason] = []
    candidates: dict[str, list[Chosen]] = {}
    for wish in wishes:
        reasons, rows = _alone(wish, known)
        found += reasons
        if rows:
            candidates[wish.name] = rows
        if rows and not reasons:
            found += _carried(rows[0], wishes, known)
    for one, other in combinations(candidates.values(), 2):
        found += _together(one, other, known)
    if not found:
        labels = ", ".join(f"{wish.name}{wish.specifier}" for wish in wishes)
        found.append(Reason("pair_mismatch", Note("ANS073", {"packages": labels})))
    unique: dict[tuple[str, str], Reason] = {}
    for reason in found:
        unique.setdefault((reason.code, reason.note.text), reason)
    return sorted(unique.values(), key=_group)


def _group(reason: Reason) -> int:
    return next(number for number, codes in enumerate(REASONS) if reason.code in codes)


def _alone(wish: Wish, known: Known) -> tuple[list[Reason], list[Chosen]]:
    """Judge one package: why no release of it works, and the releases to hold against others."""
    rows = known.within(wish.name, wish.specifier)[:_JUDGED]
    if not rows:
        all_rows = known.releases(wish.name)
        params = {
            "package": wish.name,
            "wanted": str(wish.specifier),
            "oldest": str(all_rows[-1].version),
            "newest": str(all_rows[0].version),
        }
        return [Reason("no_such_build", Note("ANS035", params))], []
    judgements = [known.judge(row, wish.extras) for row in rows]
    usable = [row for row in judgements if row.options]
    if usable:
        return [], [_chosen(row, wish) for row in usable]
    nearest = min(judgements, key=lambda row: len(row.reasons))
    return list(nearest.reasons), [_chosen(nearest, wish)]


def _chosen(judged: Judged, wish: Wish) -> Chosen:
    option = judged.options[0] if judged.options else None
    row = None if option is None else option.build
    build = None if row is None else row.build
    return Chosen(judged.release, build, row, tuple(sorted(wish.extras)))


def _together(one: Sequence[Chosen], other: Sequence[Chosen], known: Known) -> list[Reason]:
    first: list[Reason] | None = None
    for left, right in islice(product(one, other), _PAIRS):
        reasons = pair_reasons(left, right, known.needs, known.place, known.asked)
        if not reasons:
            return []
        first = first or reasons
    return first or []


def _carried(chosen: Chosen, wishes: Sequence[Wish], known: Known) -> Iterator[Reason]:
    """Yield why what a package brings along (jaxlib, torch) does not work at the place."""
    asked = {wish.name for wish in wishes}
    for requirement in known.needs.of(chosen.release, chosen.extras, chosen.row):
        wish = Wish.of(requirement, chosen.release.package)
        if wish.name in asked or not takes_part(wish.name):
            continue
        rows = known.within(wish.name, wish.specifier)[:_JUDGED]
        judgements = [known.judge(row, wish.extras) for row in rows]
        if judgements and not any(row.options for row in judgements):
            yield from min(judgements, key=lambda row: len(row.reasons)).reasons


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """A wish with something given up."""

    question: Question
    place: Place
    wishes: tuple[Wish, ...]
    python: str | None = None


def nearest(
    question: Question, place: Place, wishes: Sequence[Wish], known: Known, codes: Sequence[str]
) -> Nearest | None:
    """Return the nearest thing that works: a little of the wish is given up at a time."""
    for relaxed in _relaxations(question, place, tuple(wishes), known, codes):
        fresh = Known(relaxed.question, relaxed.place, known.more, known.asked)
        solved = solve(relaxed.wishes, fresh)
        if solved is not None:
            by_name = {row.release.package: row for row in solved}
            return Nearest(tuple(by_name[wish.name] for wish in wishes), relaxed.python)
    return None


def _relaxations(
    question: Question,
    place: Place,
    wishes: tuple[Wish, ...],
    known: Known,
    codes: Sequence[str],
) -> Iterator[_Relaxed]:
    free = replace(question, build=None, default_index=False)
    if free != question:
        yield _Relaxed(free, place, wishes)
    if "no_wheel_for_python" in codes:
        for python in _pythons(wishes, place, known):
            yield _Relaxed(free, place.with_python(python), wishes, python)
    if any(wish.extras for wish in wishes):
        yield _Relaxed(free, place, tuple(replace(w, extras=frozenset()) for w in wishes))
    for number in reversed(range(len(wishes))):
        if len(wishes) > 1:
            yield _Relaxed(free, place, _without_limit(wishes, {number}))
    unlimited = _without_limit(wishes, set(range(len(wishes))))
    yield _Relaxed(free, place, unlimited)
    if any(wish.extras for wish in wishes):
        yield _Relaxed(free, place, tuple(replace(w, extras=frozenset()) for w in unlimited))
    if place.devices:
        plain = replace(free, build="cpu")
        for rows in (wishes, unlimited):
            yield _Relaxed(plain, place, tuple(replace(w, extras=frozenset()) for w in rows))


def _without_limit(wishes: tuple[Wish, ...], numbers: set[int]) -> tuple[Wish, ...]:
    return tuple(
        replace(wish, specifier=SpecifierSet()) if number in numbers else wish
        for number, wish in enumerate(wishes)
    )


def _pythons(wishes: Sequence[Wish], place: Place, known: Known) -> list[str]:
    """Return the Pythons that every asked package has wheels for, the newest first."""
    common: list[str] | None = None
    for wish in wishes:
        rows: list[Release] = known.within(wish.name, wish.specifier)[:_JUDGED]
        mine = {python for row in rows for python in pythons_of(row, place)}
        ordered = sorted(mine, key=lambda text: int(text[2:]), reverse=True)
        common = ordered if common is None else [row for row in common if row in mine]
    return common or []
