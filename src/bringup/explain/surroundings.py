"""What a log tells of where it comes from, and whether it speaks of trouble at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bringup.explain.causes import Pattern
from bringup.explain.match import Matches

_MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "windows": (
        r"\b[A-Z]:\\[\w$~.%-]",
        r"^(?:\([\w.-]+\) )?PS [A-Z]:\\",
        r"\bWinError\b",
        r"\bMicrosoft Windows\b",
        r"site-packages\\",
    ),
    "macos": (r"\b(?:macosx_|macOS \d|darwin\d|/Users/\w+/|/opt/homebrew/)", r"\bdyld\[?\b"),
    "wsl": (
        r"\bWSL ?2?\b",
        r"/usr/lib/wsl/",
        r"/mnt/[c-e]/",
        r"microsoft-standard-WSL",
        r"\bdxcore\b",
    ),
    "container": (
        r"\bdocker\b",
        r"\bpodman\b",
        r"\bcontainerd?\b",
        r"\bOCI runtime\b",
        r"nvidia-container-cli",
    ),
    "kubernetes": (r"\bkubelet\b", r"\bkubectl\b", r"\bpods?/", r"\bnamespace\b", r"\bkube-"),
    "build": (r"^(?:Step \d+/\d+ :|RUN |---> |\[ ?\d+/\d+\] )", r"\bDockerfile\b", r"\bbuildx\b"),
    "notebook": (r"\bjupyter", r"\bipykernel", r"\bKernelApp\b", r"<ipython-input-"),
}
_FACTS: Final = (
    ("windows", r"windows|win1[01]"),
    ("wsl", r"\bwsl"),
    ("macos", r"mac ?os|darwin|apple|\bm[1-5]\b"),
    ("container", r"docker|container|podman|kubernetes|k8s"),
    ("kubernetes", r"kubernetes|k8s|eks|gke|openshift"),
    ("linux", r"ubuntu|debian|linux|centos|rhel|fedora|rocky|alma|arch|suse|alpine"),
)
_TROUBLE: Final = (
    r"\b(?:error|errors|errno)\b(?!s? ?[:=]? ?0\b)(?!_rate)",
    r"\b(?:fatal|traceback|exception|panic|segfault|segmentation fault|core dumped)\b",
    r"\w(?:Error|Exception)\b",
    r"\b(?:failed|failure|cannot|could not|couldn't|unable to|not found|denied|refused|killed)\b",
    r"\b(?:no such file|illegal instruction|bus error|timed out|out of memory|aborted)\b",
    r"\bERR!|\bE: |CrashLoopBackOff|ImagePullBackOff|OOMKilled",
)
_BY_MARK: Final = {
    name: tuple(Pattern(source) for source in sources) for name, sources in _MARKS.items()
}
MARKS: Final = frozenset(pattern for patterns in _BY_MARK.values() for pattern in patterns)
"""Patterns that tell the surroundings."""
TROUBLE: Final = frozenset(Pattern(source) for source in _TROUBLE)
"""Patterns of which a log without any fault has none, or only on harmless lines."""


def surroundings_of(matches: Matches, facts: Mapping[str, str]) -> frozenset[str]:
    """Return what the log and the facts tell: windows, wsl, macos, container, ..."""
    found = {
        name
        for name, patterns in _BY_MARK.items()
        if any(matches.of(pattern) for pattern in patterns)
    }
    told = " ".join(facts.get(name, "") for name in ("os", "where", "host", "note", "platform"))
    named = {name for name, form in _FACTS if re.search(form, told, re.IGNORECASE)}
    # Facts are about the machine, and stronger than a path in somebody's log.
    if named & {"wsl", "linux", "macos"}:
        found.discard("windows")
    if "wsl" in named or "wsl" in found:
        found.discard("windows")
        named.discard("windows")
    return frozenset(found | named)
