"""Lines that speak of an error, whatever it is: they tell "unknown" from "nothing is wrong"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bringup.explain.judge import Calm
from bringup.explain.model import Pattern
from bringup.explain.scan import Hits
from bringup.explain.words import Need, need_of

_TROUBLE: Final = (
    r"^Traceback \(most recent call last\)",
    r"(?:^|[ ./(])[A-Z]\w{0,40}(?:Error|Exception|Interrupt)(?:: |$)",
    r"^(?:\w{1,24}: )?(?:fatal )?error(?:\[\w{1,20}\])?:? \S",
    r"\b(?:fatal error|fatal:|panic:|FATAL\b|CRITICAL ?[\]:|])",
    r"\berror ?[:\]|)]|\berror(?: \d|$)|^\W{0,3}error\b|\berror (?:from|in|while|during|occurred)",
    r"\bERRO\[\d",
    r"(?:segmentation fault|core dumped|bus error|illegal instruction|aborted \(core)",
    r"(?:exited|exit|returned?|failed) (?:with )?(?:non-zero )?(?:exit )?(?:code|status):? [1-9]",
    r"non-zero exit (?:code|status)",
    r"\b(?:cannot|could not|couldn't|can't|unable to|failed to) [a-z]{2,}",
    r"\b(?:permission denied|no such file or directory|command not found|access is denied)",
    r"\b(?:refused|timed out|crashloopbackoff|imagepullbackoff|oomkilled|killed)\b",
    r"^npm ERR!",
    r"\bfailed\b",
    r"\b(?:is|are) (?:too (?:old|new|small)|incompatible|not compatible)\b|no longer supports?\b",
    r"\bno space left\b|\bundefined symbol\b|\bnot installed\b|\bmismatch",
    r"\b(?:unsupported|not (?:a )?supported|insufficient|untolerated|unschedulable)\b",
)
_OUTRIGHT: Final = frozenset(_TROUBLE[:4])
"""Those that say outright that something failed."""
_NEAR: Final = 25
"""Characters after such words that still belong to them."""
TROUBLE: Final = {Pattern(text): need_of(text) for text in _TROUBLE}
"""Pattern -> what it needs; without a word of four letters they are found by any text."""


def needs() -> dict[Pattern, Need]:
    """Return the patterns with what they need."""
    return TROUBLE


def troubled(found: Mapping[Pattern, Hits], calm: tuple[Calm, ...]) -> int:
    """Return the last line that speaks of an error and that no harmless text explains, 0 for none.

    A line that says outright that something failed is explained only by a harmless text that
    covers just these words, not by one that matches elsewhere in the line.
    """
    quiet = {hit.number for part in calm for hit in part.hits}
    covered = {(hit.number, hit.text[hit.start : hit.end]) for part in calm for hit in part.hits}
    last = 0
    for pattern in TROUBLE:
        for hit in found.get(pattern, ()):
            said = hit.text[hit.start : hit.end]
            if pattern.text in _OUTRIGHT:
                explained = any(
                    number == hit.number and _overlap(hit.text, said, text)
                    for number, text in covered
                )
            else:
                explained = hit.number in quiet
            if not explained:
                last = max(last, hit.number)
    return last


def _overlap(line: str, sign: str, calm: str) -> bool:
    start, at = line.find(sign), line.find(calm)
    return at >= 0 and at < start + len(sign) + _NEAR and start < at + len(calm)
