"""One line of a log as the patterns see it: without colour, time stamps, prefixes, frames.

The rest of the line stays as the program wrote it; quotes become ' and ", blanks become one.
"""

from __future__ import annotations

import re
from typing import Final

ANSI: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)|[@-Z\\-_])"
    # Written by programs that lost the escape character on the way.
    rb"|\[(?:\d{1,3}(?:;\d{1,3}){0,5})?m"
)
"""Terminal sequences."""
_QUOTES: Final = str.maketrans(
    dict.fromkeys("‘’‚‛`´′＇", "'")
    | dict.fromkeys("“”„‟″«»＂", '"')
    | {chr(code): " " for code in (*range(0x2500, 0x25A0), 0xA0, 0x200B, 0xFEFF, 0x2028, 0x2029)}
    | {chr(code): " " for code in (*range(32), 0x7F)}
    | dict.fromkeys("●•▪▫►▶◀✖✔✓✗✘⚠⏺⎿›", " ")
)
_TIME: Final = (
    r"\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
)
_PREFIXES: Final = re.compile(
    "|".join(
        (
            # Docker BuildKit: "#12 31.4 text", "#12 text".
            r"#\d{1,4}(?: \d{1,6}\.\d{1,4})? (?=\S)",
            # Time stamps of CI systems, Kubernetes, Python logging, TensorFlow.
            rf"\[?{_TIME}[\]:]?,? ?(?:[-|] )?",
            r"\[\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\] ",
            r"\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?: \| | - |:? )",
            # Kernel: "[   12.345678] text".
            r"\[ {0,6}\d{1,7}\.\d{6}\] ",
            # systemd and syslog: "Nov 19 07:41:02 host proc[123]: text".
            r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d:\d\d "
            r"[\w.-]{1,64} (?:[\w.@/-]{1,64}(?:\[\d{1,8}\])?: )?",
            # Compose: "web-1  | text"; kubectl --prefix: "[pod/name/container] text".
            r"[\w.-]{1,64} {1,24}\| ",
            r"\[pod/[\w./-]{1,200}\] ",
            # Ranks: "[rank0]: ", "[1,0]<stderr>:", "[default0]:", "(Worker pid=12, ip=1.2.3.4) ".
            r"\[(?:rank|default)_?\d{1,5}\]:? ?",
            r"\[\d{1,5},\d{1,5}\]<std(?:err|out)>: ?",
            r"\([\w:. -]{0,64}\bpid=\d{1,8}(?:, ip=[\w.:-]{1,64})?\) ",
            r"\d{1,5}: (?=Traceback|  )",
            # absl and klog: "E0418 02:12:09.118000 4471 ".
            r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{3,9} {1,8}\d{1,20} ",
            # GitHub and Azure commands.
            r"##\[(?:error|warning|debug|section|group)\]",
            r"::(?:error|warning|notice)(?: [^:]{1,200})?::",
            # TorchServe: "[INFO ] W-9003-model_1.0-stdout MODEL_LOG - ".
            r"\[(?:INFO|WARN|ERROR|DEBUG) ?\] W-\d{1,6}-\S{1,120} (?:[\w.$]{1,120} - )?",
            # Quotes of a mail or a chat: "> text".
            r"> {1,8}(?=\S)",
            r"\| {1,8}(?=\S)",
        )
    )
)
_JSON_LOG: Final = re.compile(r'\{"log":"(.*?)(?:\\[nr])*","stream":"')
_ESCAPES: Final = re.compile(r'\\(u00[0-7][0-9a-fA-F]|["\\/ntr])')
_ROUNDS: Final = 6


def clean_bytes(block: bytes) -> bytes:
    """Return a block of a log without terminal sequences and NULs; line ends stay."""
    if b"\0" in block:
        block = block.replace(b"\0", b"")
    if b"\x1b" in block or b"[0m" in block or b"[3" in block:
        block = ANSI.sub(b"", block)
    if b"\b" in block:
        block = re.sub(rb"[^\n\x08]\x08", b"", block)
    return block


def normal_line(line: bytes | str) -> str:
    """Return one line (no line end inside) as patterns see it."""
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    if text.startswith('{"log":"') and (match := _JSON_LOG.match(text)):
        text = ANSI.sub(b"", _unescaped(match[1]).encode("utf-8", "replace")).decode("utf-8")
    if text.startswith("E   "):
        # pytest marks so what an assertion or an exception says.
        text = text[4:]
    text = " ".join(text.translate(_QUOTES).split())
    for _ in range(_ROUNDS):
        match = _PREFIXES.match(text)
        if match is None or match.end() == 0 or match.end() == len(text):
            break
        text = text[match.end() :].lstrip()
    return text


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] == "u":
            return chr(int(escape[1:], 16))
        return {"n": " ", "t": " ", "r": " "}.get(escape, escape)

    return _ESCAPES.sub(plain, text)


def unseen_characters(pattern_literals: str) -> str:
    """Return the characters of a pattern that no normalised line holds."""
    return "".join(sorted({char for char in pattern_literals if ord(char) in _QUOTES}))
