"""A question with its right answer, and what a tool said to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

AREAS: Final = (
    "torch, a named build",
    "torch, default index",
    "torch, any build",
    "toolkit",
    "tensorflow",
    "jax",
    "onnxruntime",
    "pairs",
)
_FRAMEWORKS: Final = ("torch", "tensorflow", "jax", "onnxruntime-gpu", "onnxruntime")
_OPTIONS: Final = frozenset({"build", "index", "extra", "gcc"})
_PROVIDED: Final = ("cuda", "cudnn", "gcc")


@dataclass(frozen=True)
class Question:
    """One line of a question file: ``machine``, ``want``, ``expect``."""

    name: str
    machine: dict[str, Any]
    want: dict[str, str]
    expect: dict[str, Any]

    @property
    def packages(self) -> dict[str, str]:
        """Name -> version, without what the machine provides."""
        return {
            name: version
            for name, version in self.want.items()
            if name not in _OPTIONS and name not in _PROVIDED
        }

    @property
    def provided(self) -> dict[str, str]:
        """What the machine provides beside the wish: cuda, cudnn, gcc."""
        names = _PROVIDED if self.packages else ("gcc",)
        return {name: self.want[name] for name in names if name in self.want}

    @property
    def framework(self) -> str | None:
        return next((name for name in _FRAMEWORKS if name in self.packages), None)

    @property
    def area(self) -> str:
        if not self.packages:
            return "toolkit"
        if len(self.packages) > 1:
            return "pairs"
        if self.framework != "torch":
            return str(self.framework or "pairs").removesuffix("-gpu")
        if "build" in self.want:
            return "torch, a named build"
        return "torch, default index" if "index" in self.want else "torch, any build"

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
    def requirements(self) -> list[str]:
        """The wish as people type it: ``jax[cuda12]==0.8.0``."""
        extra = f"[{self.want['extra']}]" if "extra" in self.want else ""
        rows = self.packages or {"cuda": self.want["cuda"]}
        return [
            f"{name}{extra if name == self.framework else ''}=={version}"
            for name, version in rows.items()
        ]

    @property
    def working(self) -> set[str]:
        """All builds that are right."""
        builds = {self.expect.get("build"), *self.expect.get("alternatives", ())}
        return {str(build) for build in builds if build}

    def __str__(self) -> str:
        machine = self.machine
        gpu = f"{machine['gpu']}, driver {self.driver}" if self.driver else str(machine["gpu"])
        options = [f"build {self.want['build']}"] if "build" in self.want else []
        options += ["from the default index"] if "index" in self.want else []
        options += [f"with {name} {version}" for name, version in self.provided.items()]
        where = f"{gpu}, {machine['os']} {machine['arch']}, Python {self.python}"
        return f"{' '.join([*self.requirements, *options])} on {where}"


@dataclass(frozen=True)
class Said:
    """What a tool said. ``works`` is None when it cannot be asked; ``text`` is then why."""

    works: bool | None
    build: str | None = None
    text: str = ""
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    seconds: float | None = None
    cpu_seconds: float | None = None

    def mark(self, question: Question) -> str:
        """Return right, wrong or not asked.

        Right is the right yes or no; for torch also a build that works, whichever of them. Only
        bringup names reasons, and builds of other frameworks: these are marked by ``exact``.
        """
        if self.works is None:
            return "not asked"
        if self.works is not question.expect["ok"]:
            return "wrong"
        if self.works and self.build and question.framework == "torch" and question.working:
            return "right" if self.build in question.working else "wrong"
        return "right"

    def exact(self, question: Question) -> bool:
        """Whether the preferred build or the reason is the expected one as well."""
        expect = question.expect
        if self.works is not expect["ok"]:
            return False
        if self.works:
            return "build" not in expect or self.build == expect["build"]
        also = expect.get("reason_also", [])
        also = [also] if isinstance(also, str) else also
        return self.reason in {expect.get("reason"), *also}


def read_questions(paths: list[Path]) -> list[Question]:
    """Read question files: one JSON object a line.

    Raises:
        SystemExit: a file cannot be read, or a line is no question.
    """
    found = []
    for path in paths:
        try:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if line.strip():
                    row = json.loads(line)
                    name = str(row.get("id", f"{path.name}:{number}"))
                    found.append(Question(name, row["machine"], row["want"], row["expect"]))
        except (OSError, ValueError, KeyError) as problem:
            raise SystemExit(f"{path}: cannot be read as questions: {problem!r}") from None
    return found
