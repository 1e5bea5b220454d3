"""The question and the answer as values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.version import Version

from bringup.base.messages import text_of
from bringup.knowledge.builds import Build
from bringup.knowledge.provenance import Provenance
from bringup.knowledge.releases import Release
from bringup.machine.model import Machine
from bringup.stack.model import Note

SCHEMA_VERSION: Final = 1

REASONS: Final = (
    frozenset(
        {
            "no_such_build", "extra_not_available", "os_gpu_unsupported",
            "no_wheel_for_platform", "no_wheel_for_python", "glibc_too_old",
        }
    ),
    frozenset(
        {
            "numpy_incompatible", "protobuf_incompatible", "keras_incompatible",
            "setuptools_incompatible", "pair_mismatch",
        }
    ),
    frozenset(
        {
            "arch_dropped", "arch_too_new", "driver_too_old",
            "cuda_mismatch", "cudnn_mismatch", "host_compiler_too_new",
        }
    ),
)  # fmt: skip
"""All reason codes: what cannot be installed, what does not go together, what does not run.

An answer tells them in this order, and within a group as they were found.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of knowledge that an answer stands on."""

    table: str
    name: str
    provenance: Provenance

    def to_json(self, today: datetime.date) -> dict[str, Any]:
        """Return the row with its age in days."""
        return {
            "table": self.table,
            "row": self.name,
            "source": self.provenance.source,
            "checked": self.provenance.checked.isoformat(),
            "confidence": self.provenance.confidence,
            "age_days": (today - self.provenance.checked).days,
        }


def release_row(release: Release) -> Row:
    """Return the evidence of a release."""
    return Row(f"packages/{release.package}", release.label, release.provenance)


def build_row(build: Build) -> Row:
    """Return the evidence of a build."""
    return Row(f"builds/{build.framework}", build.label, build.provenance)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something does not work: one of ``REASONS``, a text, the rows that say so."""

    code: str
    note: Note
    rows: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return code, text and the text's parameters."""
        return {"code": self.code, "text": self.note.text, "params": _plain(self.note.params)}


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted. ``system`` holds what the machine provides: cuda, cudnn, gcc."""

    machine: Machine
    requirements: tuple[Requirement, ...]
    build: str | None = None
    default_index: bool = False
    """A plain install from the default index, not from a framework's own."""
    system: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One package of the answer."""

    release: Release
    build: str | None = None
    """None where a package has no builds."""
    row: Build | None = None
    extras: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """GPUs that this build does not serve."""

    @property
    def version(self) -> Version:
        """The exact version."""
        return self.release.version

    @property
    def label(self) -> str:
        """``torch 2.13.0+cu126``."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        tail = f"+{self.build}" if self.row is not None and self.build else ""
        return f"{self.release.package}{extras} {self.version}{tail}"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest thing that does work, when the question's own wish does not."""

    chosen: tuple[Chosen, ...]
    python: str | None = None
    """Another Python than the machine's, when one is needed."""
    asked_build: str | None = None
    """The build to ask for; None where it comes by itself."""

    @property
    def build(self) -> str | None:
        """The build of the first package that has builds, else the one to ask for."""
        return next((row.build for row in self.chosen if row.build), self.asked_build)

    @property
    def label(self) -> str:
        """``torch 2.13.0+cu126, torchvision 0.28.0``."""
        labels = ", ".join(row.label for row in self.chosen)
        shown = self.asked_build is None or any(row.build for row in self.chosen)
        return labels if shown else f"{labels} (--build {self.asked_build})"

    def to_json(self) -> dict[str, Any]:
        """Return packages, build and Python."""
        return {
            "packages": {row.release.package: str(row.version) for row in self.chosen},
            "build": self.build,
            "python": self.python,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes together on a machine, or why nothing does."""

    ok: bool
    chosen: tuple[Chosen, ...] = ()
    """The packages that were asked for, in the order of the question."""
    brought: tuple[Chosen, ...] = ()
    """What they bring along, of the packages that the tables know."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Asked for and unknown to the tables: as uv resolved them."""
    alternatives: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Note, ...] = ()
    nearest: Nearest | None = None
    rows: tuple[Row, ...] = ()

    @property
    def torch(self) -> Chosen | None:
        """The torch of the answer, asked for or brought along: vllm's computes on the GPU too."""
        rows = (*self.chosen, *self.brought)
        return next((row for row in rows if row.release.package == "torch"), None)

    @property
    def computing(self) -> tuple[Chosen, ...]:
        """The packages that were asked for, and a torch that they bring along."""
        torch = self.torch
        return self.chosen if torch is None or torch in self.chosen else (*self.chosen, torch)

    @property
    def pulled_in(self) -> dict[str, str]:
        """The versions of what is brought along."""
        return {row.release.package: str(row.version) for row in self.brought}

    @property
    def build(self) -> str | None:
        """The build of the first package that has builds."""
        return next((row.build for row in self.computing if row.build), None)

    @property
    def reason(self) -> str | None:
        """The first reason's code."""
        return self.reasons[0].code if self.reasons else None

    @property
    def left_out(self) -> tuple[str, ...]:
        """GPUs that some build does not serve."""
        return tuple(dict.fromkeys(name for row in self.computing for name in row.left_out))

    @property
    def explanation(self) -> str:
        """The answer in one or two sentences."""
        if self.ok:
            parts = ", ".join(row.label for row in self.chosen)
            parts = ", ".join(filter(None, [parts, *(f"{k} {v}" for k, v in self.others.items())]))
            return text_of("ANS001", packages=parts)
        shown = "; ".join(reason.note.text for reason in self.reasons)
        if self.nearest is None:
            return shown
        near = self.nearest
        code = "ANS003" if near.python else "ANS002"
        return text_of(code, reasons=shown, nearest=near.label, python=near.python)

    @property
    def checked(self) -> datetime.date | None:
        """The oldest check among the rows used."""
        return min((row.provenance.checked for row in self.rows), default=None)

    def to_json(self, today: datetime.date) -> dict[str, Any]:
        """Return the answer as one plain JSON document."""
        packages = {row.release.package: str(row.version) for row in self.chosen}
        codes = tuple(dict.fromkeys(reason.code for reason in self.reasons))
        checked = self.checked
        return {
            "schema_version": SCHEMA_VERSION,
            "ok": self.ok,
            "build": self.build if self.ok else None,
            "packages": {**packages, **self.others} if self.ok else {},
            "builds": {row.release.package: row.build for row in self.computing if row.build},
            "alternatives": list(self.alternatives),
            "pulled_in": self.pulled_in,
            "reason": self.reason,
            "reasons": list(codes),
            "details": [reason.to_json() for reason in self.reasons],
            "explanation": self.explanation,
            "notes": [note.to_json() for note in self.notes],
            "left_out": list(self.left_out),
            "nearest": None if self.nearest is None else self.nearest.to_json(),
            "evidence": [row.to_json(today) for row in self.rows],
            "tables_checked": None if checked is None else checked.isoformat(),
            "tables_age_days": None if checked is None else (today - checked).days,
        }


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, (int, float)) else str(value)
        for key, value in params.items()
    }
