"""A question with its right answer, and what a tool said to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

AREAS: Final = (
    "torch, a named build",
    "torch, default index",
    "torch, any build",
    "toolkit",
    "tensorflow",
    "jax",
    "onnxruntime",
    "pairs and extensions",
)
_FRAMEWORKS: Final = ("torch", "tensorflow", "jax", "onnxruntime-gpu", "onnxruntime")
_TOOLKITS: Final = ("cuda", "cudnn")
_PROVIDED: Final = (*_TOOLKITS, "gcc")


@dataclass(frozen=True)
class Question:
    """What is wanted on which machine, and what is right."""

    name: str
    machine: Mapping[str, Any]
    requirements: tuple[str, ...]
    """As people type them: ``jax[cuda12]==0.8.0``."""
    build: str | None
    default_index: bool
    provided: Mapping[str, str]
    """What the machine provides: cuda, cudnn, gcc."""
    expect: Mapping[str, Any]

    @cached_property
    def packages(self) -> dict[str, str | None]:
        """Name -> exact version, None where the newest is wanted; no toolkits."""
        rows = [Requirement(text) for text in self.requirements]
        return {
            row.name: next((pin.version for pin in row.specifier if pin.operator == "=="), None)
            for row in rows
            if row.name not in _TOOLKITS
        }

    @cached_property
    def toolkits(self) -> dict[str, str]:
        """Toolkits that are asked for by themselves."""
        rows = [Requirement(text) for text in self.requirements]
        return {
            row.name: next(iter(row.specifier)).version for row in rows if row.name in _TOOLKITS
        }

    @cached_property
    def extras(self) -> set[str]:
        return {extra for text in self.requirements for extra in Requirement(text).extras}

    @property
    def brings_its_own(self) -> bool:
        """Whether CUDA comes along with the packages, so that the machine's does not count."""
        return self.framework == "torch" or any("local" not in name for name in self.extras)

    @property
    def framework(self) -> str | None:
        return next((name for name in _FRAMEWORKS if name in self.packages), None)

    @property
    def area(self) -> str:
        if not self.packages:
            return "toolkit"
        if len(self.packages) > 1 or self.framework is None:
            return "pairs and extensions"
        if self.framework != "torch":
            return self.framework.removesuffix("-gpu")
        if self.build:
            return "torch, a named build"
        return "torch, default index" if self.default_index else "torch, any build"

    @property
    def python(self) -> str:
        return str(self.machine["python"])

    @property
    def driver(self) -> str | None:
        """The NVIDIA driver; None on a machine without one."""
        found = self.machine.get("driver")
        return str(found) if found else None

    @property
    def capability(self) -> str | None:
        found = self.machine.get("compute_capability")
        return str(found) if found else None

    @property
    def arch(self) -> str:
        return "aarch64" if self.machine["arch"] in {"aarch64", "arm64"} else "x86_64"

    @property
    def os(self) -> str:
        """linux, windows or macos."""
        text = str(self.machine["os"]).lower()
        if text.startswith("windows"):
            return "windows"
        return "macos" if text.startswith("mac") else "linux"

    @property
    def working(self) -> set[str]:
        """All builds that are right."""
        builds = {self.expect.get("build"), *self.expect.get("alternatives", ())}
        return {str(build) for build in builds if build}

    @property
    def reasons(self) -> set[str]:
        """All reasons that are right."""
        also = self.expect.get("reason_also", self.expect.get("also", ()))
        return {str(self.expect.get("reason")), *([also] if isinstance(also, str) else also)}

    def __str__(self) -> str:
        machine = self.machine
        gpu = f"{machine['gpu']}, driver {self.driver}" if self.driver else str(machine["gpu"])
        options = [f"build {self.build}"] if self.build else []
        options += ["from the default index"] if self.default_index else []
        options += [f"with {name} {version}" for name, version in self.provided.items()]
        where = f"{gpu}, {machine['os']} {machine['arch']}, Python {self.python}"
        return f"{' '.join([*self.requirements, *options])} on {where}"


@dataclass(frozen=True)
class Said:
    """What a tool said. ``works`` is None when it cannot be asked; ``text`` is then why."""

    works: bool | None
    build: str | None = None
    text: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Versions that it chose, without the build's name."""
    alternatives: tuple[str, ...] = ()
    reason: str | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    holds: bool | None = None
    """Whether other versions than the expected ones work as well; None when that is no matter."""

    def mark(self, question: Question) -> str:
        """Return right, wrong or not asked.

        Right is the right yes or no; for torch also a build that works, whichever of them. Only
        bringup names reasons, and builds of other frameworks: these are marked by ``exact``.
        """
        if self.works is None:
            return "not asked"
        if self.works is not question.expect["ok"] or self.holds is False:
            return "wrong"
        if self.works and self.build and not self.holds:
            named = question.framework == "torch" and question.working
            return "wrong" if named and self.build not in question.working else "right"
        return "right"

    def differs(self, question: Question) -> bool:
        """Whether it chose other versions than the expected ones."""
        wanted = question.expect.get("packages", {})
        return bool(self.works) and any(
            self.packages.get(name, version) != version for name, version in wanted.items()
        )

    def exact(self, question: Question) -> bool:
        """Whether versions, preferred build and alternatives, or the reason, are as expected."""
        expect = question.expect
        if self.works is not expect["ok"] or self.differs(question):
            return False
        if not self.works:
            return self.reason in question.reasons
        if "alternatives" in expect and set(self.alternatives) != set(expect["alternatives"]):
            return False
        return "build" not in expect or self.build == expect["build"]


def read_questions(paths: list[Path]) -> list[Question]:
    """Read question files: one JSON object a line.

    Raises:
        SystemExit: a file cannot be read, or a line is no question.
    """
    found = []
    for path in paths:
        try:
            for line in path.read_text("utf-8").splitlines():
                if line.strip():
                    found.append(_question(json.loads(line)))
        except (OSError, ValueError, KeyError) as problem:
            raise SystemExit(f"{path}: cannot be read as questions: {problem!r}") from None
    return found


def _question(row: dict[str, Any]) -> Question:
    """Read ``ask`` (requirements, with ``build``, ``index``, ``system``), or ``want``."""
    if "ask" in row:
        asked, build, index = row["ask"], row.get("build"), row.get("index")
        provided = dict(text.split("=", 1) for text in row.get("system", ()))
    else:
        asked, provided = _wanted(row["want"])
        build, index = row["want"].get("build"), row["want"].get("index")
    return Question(
        str(row["id"]), row["machine"], tuple(asked), build, bool(index), provided, row["expect"]
    )


def _wanted(want: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return requirements and what the machine provides; a toolkit alone is a requirement."""
    names = [name for name in want if name not in {"build", "index", "extra", *_PROVIDED}]
    main = next((name for name in _FRAMEWORKS if name in names), None)
    extra = f"[{want['extra']}]" if "extra" in want else ""
    asked = [f"{name}{extra if name == main else ''}=={want[name]}" for name in names]
    provided: dict[str, str] = {name: want[name] for name in _PROVIDED if name in want}
    if not asked:
        asked = [f"cuda=={provided.pop('cuda')}"]
    return asked, provided
