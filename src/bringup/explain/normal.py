"""Logs as their programs wrote them: without colours, timestamps, prefixes and progress bars."""

from __future__ import annotations

import re
from typing import Final

LINE_CHARS: Final = 4000
"""A longer line is cut: what matters of a message stands at its beginning."""
_STEPS: Final = (
    # Colours and other commands to a terminal (ECMA-48), and those whose escape was lost.
    (
        re.compile(
            r"\x1b(?:\[[0-?]{0,30}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)|[@-Z\\-_])"
        ),
        "",
    ),
    (re.compile(r"(?<![\w\]])\[(?:\d{1,3}(?:;\d{1,3}){0,5})?m"), ""),
    # A progress bar draws itself anew after each carriage return.
    (re.compile(r"^[^\n\r]{0,2000}\r(?=[^\n\r])", re.MULTILINE), ""),
    (re.compile(r"\r"), ""),
    (re.compile(r"[\x00\x08\x0b\x0c\ufeff\u200b]"), " "),
    (re.compile(r"[\u2018\u2019\u201b`\u00b4]"), "'"),
    (re.compile(r"[\u201c\u201d\u00ab\u00bb]"), '"'),
    # Boxes and arrows of rich, uv and pip.
    (
        re.compile(
            r"^[ \t]{0,40}[\u2500-\u257f\u2570-\u2573\u00d7\u2717\u25cf\u2022\u2192>|]{1,3}[ \t]",
            re.MULTILINE,
        ),
        "",
    ),
    (re.compile(r"[ \t][\u2500-\u257f]{1,200}$", re.MULTILINE), ""),
)
_TIME: Final = (
    r"(?:\d{4}[-/]\d\d[-/]\d\d[T ,_]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?(?: ?UTC)?"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d)"
)
_PREFIX: Final = re.compile(
    r"^[ \t]{0,40}(?:"
    rf"\[?{_TIME}\]?:?[ \t]"
    # docker buildx: "#9 31.40 "
    r"|#\d{1,4} (?:\d{1,6}\.\d{1,3} )?"
    # docker compose: "worker_1   | "
    r"|[\w.-]{1,60}[ \t]{1,40}\|[ \t]"
    # kubectl logs --prefix: "[pod/name/container] "
    r"|\[pod/[^\]\n]{1,200}\][ \t]"
    # CI: "build\tRun tests\t", "##[error]"
    r"|##\[(?:error|warning|command|debug)\]"
    # ranks of torchrun, mpirun and Ray: "[rank0]: ", "[0]: ", "[1,0]<stderr>:", "(pid=812) "
    r"|\[rank\d{1,5}\]:[ \t]?|\[\d{1,5}\]:[ \t]|\[\d{1,5},\d{1,5}\]<std(?:err|out)>:[ \t]?"
    r"|\([\w.:-]{0,60}[ \t]?pid=\d{1,9}(?:, ip=[\d.]{7,40})?\)[ \t]"
    r"|\[\d{1,5}\] (?=[A-Z]\w{2,60}(?:Error|Exception)\b)"
    r")",
    re.MULTILINE,
)
_BLANKS: Final = re.compile(r"[ \t\u00a0]{2,}|[\t\u00a0]")
_PASSES: Final = 3
"""Prefixes stand before each other: CI's time, then compose's name, then the program's time."""


def normalised(text: str) -> str:
    """Return a block of lines without what surrounds the messages; no line is lost or added."""
    for form, replacement in _STEPS:
        text = form.sub(replacement, text)
    for _ in range(_PASSES):
        text, count = _PREFIX.subn("", text)
        if not count:
            break
    return _BLANKS.sub(" ", text)
