"""What a rule says: a finding, that it does not apply here, or nothing, which is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from bringup.doctor.steps import Step


class Severity(StrEnum):
    """How bad a finding is."""

    WARNING = "warning"
    """It works, but worse than it could, or it will break later."""
    ERROR = "error"
    """Something that people do on such a machine fails."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found.

    ``values`` fill the message and the fix of the rule's text. ``shown`` are the facts that show
    it: keys, in the order of their weight; all that the rule asks for when empty. ``steps`` are
    the fix as a plan, when it can be written down as one. ``line`` is for files: from 1.
    """

    severity: Severity
    values: Mapping[str, Any] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """The rule does not apply here; ``code`` is the reason's code in the catalogue."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


Verdict = Found | Skipped | None
"""None: all is well."""

NO_NVIDIA_GPU: Final = Skipped("DOC010")
NO_AMD_GPU: Final = Skipped("DOC011")
NO_GPU: Final = Skipped("DOC012")
NO_LOCK: Final = Skipped("DOC013")
NO_ENVIRONMENT: Final = Skipped("DOC014")
NO_ENGINE: Final = Skipped("DOC015")
NO_JUPYTER: Final = Skipped("DOC016")
NO_CUDA_TOOLKIT: Final = Skipped("DOC017")
NOT_LINUX: Final = Skipped("DOC018")
NOT_WSL: Final = Skipped("DOC019")
NOT_IN_CONTAINER: Final = Skipped("DOC020")
OFFLINE: Final = Skipped("DOC021")
NO_PEERS: Final = Skipped("DOC022")
NOT_X86: Final = Skipped("DOC023")
NO_GPU_BUILD: Final = Skipped("DOC035")
NO_NVSWITCH: Final = Skipped("DOC036")
DRIVER_OF_HOST: Final = Skipped("DOC037")
ONE_GPU: Final = Skipped("DOC038")
NO_ROCM: Final = Skipped("DOC039")
NO_PROXY: Final = Skipped("DOC030")
IN_CONTAINER: Final = Skipped("DOC031")
ONE_MACHINE: Final = Skipped("DOC045")
NO_RDMA: Final = Skipped("DOC046")
NO_LAUNCHER: Final = Skipped("DOC047")


def error(
    *shown: str, steps: tuple[Step, ...] = (), line: int | None = None, **values: Any
) -> Found:
    """Return an error: ``shown`` are the fact keys that show it, ``values`` fill the texts."""
    return Found(Severity.ERROR, values, shown, steps, line)


def warning(
    *shown: str, steps: tuple[Step, ...] = (), line: int | None = None, **values: Any
) -> Found:
    """Return a warning; the arguments are those of ``error``."""
    return Found(Severity.WARNING, values, shown, steps, line)
