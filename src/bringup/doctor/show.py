"""A rule as people read it: ``bringup explain DRV003`` and the documentation's page of rules."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from bringup.base.messages import text_of
from bringup.doctor.codes import CODES, FILE_CODES
from bringup.doctor.registry import Rule, rule


def rule_text(code: str) -> str | None:
    """Return a rule's text in the current language, None when no rule has the code."""
    wanted = code.upper()
    return "\n".join(_lines(rule(wanted))) if wanted in CODES | FILE_CODES else None


def _lines(shown: Rule) -> Iterator[str]:
    text = shown.text.here
    yield f"{shown.code} {shown.name}: {text.title}"
    yield ""
    parts = (
        ("DOC110", text.finds),
        ("DOC111", text.why),
        ("DOC112", ", ".join((*shown.text.needs, *shown.text.helps))),
        ("DOC113", worded(text.fix)),
        ("DOC114", text.false_alarms),
    )
    for label, part in parts:
        yield f"{text_of(label)} {part}"
        yield ""
    if shown.follows:
        yield f"{text_of('DOC116')} {', '.join(shown.follows)}"
        yield ""
    yield text_of("DOC115")
    for reference in shown.text.references:
        yield f"  {reference}"


def worded(template: str) -> str:
    """Return a template as a sentence: each value that it wants stands there as `NAME`."""
    parts = []
    for words, name, _, _ in string.Formatter().parse(template):
        parts.append(words)
        if name:
            parts.append(re.split(r"[.\[]", name)[0].upper())
    return sentence("".join(parts))


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter, if it begins with a plain word."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    return text[:1].upper() + text[1:] if first.rstrip(",:;.").isalpha() else text
