"""A log in blocks: bounded pieces of whole lines, however it is given and however long it is."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

BLOCK_BYTES: Final = 1 << 16
LINE_BYTES: Final = 8192
"""Longer lines are cut into pieces that overlap."""
OVERLAP_BYTES: Final = 1024

Log = str | bytes | bytearray | memoryview | Iterable[str] | Iterable[bytes] | IO[str] | IO[bytes]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a log. ``number`` is that of the first one, counted from 1."""

    number: int
    data: bytes
    goes_on: bool = False
    """The next block begins inside the last line of this one."""


def blocks_of(log: Log, first: int = 1) -> Iterator[Block]:
    """Give a log as blocks: the same ones in whatever pieces it arrives.

    A block ends with a line, except where a line is longer than a block.
    """
    number, rest = first, b""
    buffer: list[bytes] = []
    size = 0
    for piece in _decoded(_pieces(log)):
        buffer.append(piece)
        size += len(piece)
        if size < BLOCK_BYTES:
            continue
        rest = b"".join(buffer)
        start = 0
        while len(rest) - start >= BLOCK_BYTES:
            cut = rest.rfind(b"\n", start, start + BLOCK_BYTES) + 1
            goes_on = cut <= start
            if goes_on:
                cut = start + BLOCK_BYTES
            block = rest[start:cut]
            yield Block(number, block, goes_on)
            number += block.count(b"\n")
            start = cut - OVERLAP_BYTES if goes_on else cut
        rest = rest[start:]
        buffer, size = [rest], len(rest)
    rest = b"".join(buffer)
    if rest:
        yield Block(number, rest)


def pieces_of(line: bytes) -> list[bytes]:
    """Return a line, or its overlapping pieces when it is too long."""
    if len(line) <= LINE_BYTES:
        return [line]
    step = LINE_BYTES - OVERLAP_BYTES
    return [line[start : start + LINE_BYTES] for start in range(0, len(line) - OVERLAP_BYTES, step)]


def _pieces(log: Log) -> Iterator[bytes]:
    if isinstance(log, str):
        for start in range(0, len(log), BLOCK_BYTES):
            yield _encoded(log[start : start + BLOCK_BYTES])
    elif isinstance(log, (bytes, bytearray, memoryview)):
        yield from (bytes(log[i : i + BLOCK_BYTES]) for i in range(0, len(log), BLOCK_BYTES))
    elif isinstance(log, io.IOBase) or hasattr(log, "read"):
        yield from _read(log)
    elif isinstance(log, Sequence) and not any(_ends_line(item) for item in log):
        # Lines as str.splitlines gives them.
        items: Sequence[Any] = log
        yield from (_encoded(item) + b"\n" for item in items)
    else:
        yield from (_encoded(item) for item in log)


def _ends_line(item: Any) -> bool:
    return bool(item.endswith("\n" if isinstance(item, str) else b"\n"))


def _read(file: Any) -> Iterator[bytes]:
    # A pipe gives what there is, so that progress can be shown and nothing waits for more.
    read = getattr(file, "read1", None) or file.read
    while piece := read(BLOCK_BYTES):
        yield _encoded(piece)


def _encoded(piece: str | bytes) -> bytes:
    return piece.encode("utf-8", "replace") if isinstance(piece, str) else bytes(piece)


def _decoded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give UTF-8 whatever the log is in: Windows writes UTF-16 with a mark at the beginning."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= 2:
            break
    if head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        for piece in (head, *()):
            yield decoder.decode(piece).encode("utf-8", "replace")
        for piece in pieces:
            yield decoder.decode(piece).encode("utf-8", "replace")
        yield decoder.decode(b"", True).encode("utf-8", "replace")
        return
    if head:
        yield head
    yield from pieces
