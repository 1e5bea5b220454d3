"""From a log to its explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from bringup.explain import outcome, signs
from bringup.explain.answer import Explanation, FoundCause
from bringup.explain.facts import plain_facts
from bringup.explain.judge import Calm, Candidate, calm_parts, candidates, is_code
from bringup.explain.library import library
from bringup.explain.model import BENIGN, Library
from bringup.explain.rank import ranked, verdict_of
from bringup.explain.reader import Block, Log, blocks_of
from bringup.explain.scan import Index, Scan

if TYPE_CHECKING:
    from bringup.machine.model import Machine

    Facts = Mapping[str, Any] | Machine
PROPOSED: Final = 3
"""Causes that are named at least, as far as there are any that fit a little."""
LIKE_AT_MOST: Final = 0.45
"""Confidence of a cause that is only like the log: below what makes a failure."""
SHOWN_LINES: Final = 6
"""Lines that are named for one cause."""


def explain(
    text: Log,
    facts: Facts | None = None,
    *,
    here: Facts | Callable[[], Facts] | None = None,
    causes: Library | None = None,
    progress: Callable[[int], None] | None = None,
    first: int = 1,
    propose: bool = True,
) -> Explanation:
    """Say what a log's failure comes from.

    Args:
        text: the log: a text, bytes, a file, lines, or pieces of it in order.
        facts: what is known of the machine where it was written, by free names (os, gpu, driver,
            torch, python, ...), or a machine.
        here: the same of this machine, when the log may be from another one: it fills what the
            log and ``facts`` leave open and never overrules them. A function is asked only
            when something in the log needs an answer.
        causes: other causes than those that ship with bringup.
        progress: called with the number of bytes read so far, after each block.
        first: the number of the first line, when the text is the end of a longer log.
        propose: whether to name causes that are merely like the log, up to three in all.

    Raises:
        OSError: the file cannot be read. Whatever is in the log, nothing is raised for it.
    """
    known = causes or library()
    scan = Scan(_index(known))
    size = 0
    for block, last in _with_last(blocks_of(text, first)):
        scan.feed(block, last=last)
        size += len(block.data)
        if progress is not None:
            progress(size)
    return _explained(known, scan, plain_facts(facts), here, propose=propose)


_INDEXES: dict[int, tuple[Library, Index]] = {}


def _index(known: Library) -> Index:
    """Return the index of a library, made once for each."""
    kept = _INDEXES.get(id(known))
    if kept is None or kept[0] is not known:
        _INDEXES.clear()
        kept = _INDEXES[id(known)] = (
            known,
            Index({**known.needs, **signs.needs(), **outcome.needs()}),
        )
    return kept[1]


def _with_last(blocks: Iterator[Block]) -> Iterator[tuple[Block, bool]]:
    before: Block | None = None
    for block in blocks:
        if before is not None:
            yield before, False
        before = block
    if before is not None:
        yield before, True


def _explained(
    known: Library,
    scan: Scan,
    facts: Mapping[str, str],
    given: Facts | Callable[[], Facts] | None,
    *,
    propose: bool,
) -> Explanation:
    found = scan.hits()
    here = plain_facts(given() if callable(given) and found else None if callable(given) else given)
    calm = calm_parts(known, found, facts)
    quiet = {hit.number for part in calm for hit in part.hits}
    went = outcome.outcome_of(found, quiet)
    order = ranked(candidates(known, found, facts, here, calm), went)
    last = signs.troubled(found, calm)
    verdict = verdict_of(order, calm, last > 0 and not went.over(last, "retried"))
    if verdict == BENIGN:
        return Explanation(verdict, (_benign(calm),) if calm else (), scan.lines)
    shown = [_found(candidate, sure, facts, here) for candidate, sure in order]
    if propose and len(shown) < PROPOSED:
        shown += _alike(known, scan, facts, here, shown)
    return Explanation(verdict, tuple(shown), scan.lines)


def _alike(
    known: Library,
    scan: Scan,
    facts: Mapping[str, str],
    here: Mapping[str, str],
    shown: list[FoundCause],
) -> list[FoundCause]:
    """Return causes that signatures did not find and whose words are like those of the log."""
    from bringup.explain.likeness import likeness, words_of_log

    lines = scan.ends()
    words = words_of_log((text for _, text in lines), facts)
    there = {cause.label for cause in shown}
    # Never as sure as what a signature says, be it ever so weak.
    most = min([LIKE_AT_MOST, *(cause.confidence * 0.9 for cause in shown)])
    found = []
    for label, score in likeness(known).closest(words):
        cause = known.cause(label)
        if cause is not None and label not in there and len(there) < PROPOSED:
            there.add(label)
            names = {**here, **facts}
            sure = min(most, score)
            found.append(FoundCause(label, sure, (), {}, cause.doctor, names, cause, alike=True))
    return found


def _found(
    candidate: Candidate, confidence: float, facts: Mapping[str, str], here: Mapping[str, str]
) -> FoundCause:
    lines: dict[int, str] = {}
    values: dict[str, str] = {}
    for match in candidate.matches:
        for hit in match.hits:
            lines.setdefault(hit.number, hit.text)
        for name, value in match.values.items():
            values.setdefault(name, value)
    names = {**here, **facts, **values}
    for name, expression in candidate.cause.values:
        value = expression.value(names)
        if value is not None:
            values[name] = names[name] = _written(value)
    # Code that a traceback shows is worth showing only where nothing else says it.
    said = {number: text for number, text in lines.items() if not is_code(text)} or lines
    shown = tuple(sorted(list(said.items())[:SHOWN_LINES]))
    cause = candidate.cause
    signatures = tuple(match.signature for match in candidate.matches)
    return FoundCause(
        cause.label, confidence, shown, values, cause.doctor, names, cause, signatures=signatures
    )


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _benign(calm: tuple[Calm, ...]) -> FoundCause:
    lines = {hit.number: hit.text for part in calm for hit in part.hits}
    shown = tuple(sorted(lines.items())[:SHOWN_LINES])
    texts = tuple(part.harmless.why for part in calm)
    return FoundCause(BENIGN, 1.0, shown, {}, (), {}, None, calm=texts)
