"""Which of the wanted words stand in a text: cheap for texts that repeat themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from bringup.explain.words import WORD

_KNOWN_WORDS: Final = 50_000
_LETTERS: Final = bytes(
    byte if 97 <= byte <= 122 or byte >= 128 else byte + 32 if 65 <= byte <= 90 else 32
    for byte in range(256)
)
_LATIN: Final = bytes(byte if byte < 128 else 32 for byte in _LETTERS)
_TEXT: Final = bytes((9, 10, 13, *range(32, 256)))


class Vocabulary:
    """Finds wanted words inside the words of a text, letters of both cases alike.

    A word is a run of letters; what a text's word holds is worked out once and remembered.
    """

    def __init__(self, words: Iterable[bytes]) -> None:
        self._starts: dict[bytes, list[bytes]] = defaultdict(list)
        self._short: list[bytes] = []
        for word in sorted(set(words)):
            if len(word) >= WORD:
                self._starts[word[:WORD]].append(word)
            else:
                self._short.append(word)
        self._known: dict[bytes, tuple[bytes, ...]] = {}

    def found_in(self, text: bytes) -> set[bytes]:
        """Return the wanted words that stand in ``text``."""
        # Bytes above ASCII are letters of some script, unless the text is none.
        noise = len(text.translate(None, _TEXT))
        words = set(text.translate(_LATIN if noise * 20 > len(text) else _LETTERS).split())
        known = self._known
        new = words.difference(known)
        if new:
            if len(known) + len(new) > _KNOWN_WORDS:
                known.clear()
                new = words
            for word in new:
                known[word] = self._parts(word) if len(word) >= WORD else ()
        together = b" ".join(words)
        found = {short for short in self._short if short in together}
        for word in words:
            if parts := known[word]:
                found.update(parts)
        return found

    def _parts(self, word: bytes) -> tuple[bytes, ...]:
        starts = self._starts
        return tuple(
            wanted
            for start in range(len(word) - WORD + 1)
            for wanted in starts.get(word[start : start + WORD], ())
            if word.startswith(wanted, start)
        )
