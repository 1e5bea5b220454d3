"""A rule's text: read from its one docstring, in English and Chinese.

The form of a docstring, each part once and in this order::

    Title: one line, the fault.

    The message with {values} filled in: one paragraph.

    Finds: what the rule looks for.

    Why: why it matters.

    Evidence: `fact.key`, `fact.key`; also `fact.key` that helps but is not needed.

    Fix: what to do, with {values}.

    False alarms: when it is well after all; "None known." otherwise.

    References: an address each, what is said there.

    ---

    标题。

    消息。

    发现：...

    原因：...

    修复：...

    误报：...
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bringup.base.messages import current_language

_RULER: Final = re.compile(r"\n\s*---\s*\n")
_KEY: Final = re.compile(r"`([a-z_]+\.[a-z0-9_.]+)`")
_PARTS: Final = {
    "en": ("Finds:", "Why:", "Evidence:", "Fix:", "False alarms:", "References:"),
    "zh": ("发现：", "原因：", "修复：", "误报："),
}
_NAMES: Final = {
    "Finds:": "finds",
    "Why:": "why",
    "Evidence:": "evidence",
    "Fix:": "fix",
    "False alarms:": "false_alarms",
    "References:": "references",
    "发现：": "finds",
    "原因：": "why",
    "修复：": "fix",
    "误报：": "false_alarms",
}


class TextFault(Exception):  # noqa: N818 - a mistake of ours, found by the tests
    """A rule's docstring is not of the form."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A rule's text in one language. ``message`` and ``fix`` are templates."""

    title: str
    message: str
    finds: str
    why: str
    fix: str
    false_alarms: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule's text in both languages, and what it rests on."""

    en: Prose
    zh: Prose
    needs: tuple[str, ...]
    """Fact keys without which the rule cannot judge."""
    helps: tuple[str, ...]
    """Fact keys that it uses when they are known."""
    references: tuple[str, ...]

    @property
    def here(self) -> Prose:
        """The text in the current language."""
        return self.zh if current_language() == "zh" else self.en


def read_text(docstring: str | None, *, over_files: bool = False) -> RuleText:
    """Read a rule's docstring; one over files asks for no facts.

    Raises:
        TextFault: a part is missing or doubled, or the two languages want different values.
    """
    halves = _RULER.split(docstring or "")
    if len(halves) != 2:
        raise TextFault("expected English, a line ---, Chinese")
    english, chinese = (
        _parts(half, language) for half, language in zip(halves, _PARTS, strict=True)
    )
    needs, _, helps = english.pop("evidence").partition("; also")
    references = tuple(line for line in _lines(english.pop("references")) if line)
    text = RuleText(
        Prose(**english),
        Prose(**chinese),
        tuple(_KEY.findall(needs)),
        tuple(_KEY.findall(helps)),
        references,
    )
    _check(text, over_files=over_files)
    return text


def _parts(text: str, language: str) -> dict[str, str]:
    blocks = [block for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    found = {"title": _one(blocks[0]), "message": _one(blocks[1] if len(blocks) > 1 else "")}
    current = None
    for block in blocks[2:]:
        stripped = block.strip()
        label = next((part for part in _PARTS[language] if stripped.startswith(part)), None)
        if label is not None:
            current = _NAMES[label]
            if current in found:
                raise TextFault(f"{label} stands twice")
            rest = stripped.removeprefix(label).strip()
            found[current] = rest if current == "references" else _one(rest)
        elif current is not None:
            found[current] += "\n" + (stripped if current == "references" else _one(stripped))
        else:
            raise TextFault(f"expected {_PARTS[language][0]}, found {_one(block)[:40]!r}")
    missing = [part for part in _PARTS[language] if _NAMES[part] not in found]
    if missing or not found["message"]:
        raise TextFault(f"missing: {', '.join(missing) or 'the message'}")
    return found


def _one(block: str) -> str:
    """Join the lines of a paragraph; Chinese needs no blank where a line was broken."""
    joined = " ".join(line.strip() for line in block.splitlines())
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", joined)


def _lines(text: str) -> Iterable[str]:
    """Return the references: one starts with its address, what follows belongs to it."""
    for part in re.split(r"\s*(?=https?://)", text):
        yield _one(part).strip(" ;,")


def names_in(template: str) -> frozenset[str]:
    """Return the names of the values that a template wants."""
    return frozenset(
        name.partition(".")[0].partition("[")[0]
        for _, name, _, _ in string.Formatter().parse(template)
        if name
    )


def _check(text: RuleText, *, over_files: bool) -> None:
    if not text.needs and not over_files:
        raise TextFault("Evidence names no fact")
    if not text.references:
        raise TextFault("References names no address")
    for part in ("message", "fix"):
        here, there = names_in(getattr(text.en, part)), names_in(getattr(text.zh, part))
        if here != there:
            raise TextFault(f"{part}: English wants {sorted(here)}, Chinese {sorted(there)}")
