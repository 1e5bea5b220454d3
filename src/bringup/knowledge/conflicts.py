"""Pairs and limits that package metadata does not guard: they install, and then fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.provenance import Provenance, read_rows


@dataclass(frozen=True, slots=True)
class Conflict:
    """One limit. Which of the fields after ``when`` are set says what kind it is."""

    id: str
    reason: str
    package: str
    when: SpecifierSet
    effect: str
    """What a person sees, in one sentence."""
    against: str | None
    against_when: SpecifierSet
    """The two cannot be in one environment."""
    needs: str | None
    """A requirement that must hold when its package is there too."""
    unless: str | None
    """A package beside which the conflict is mended."""
    extra: str | None
    """Holds only where this extra is asked for."""
    os: str | None
    """Holds only on this system."""
    gpu: bool
    """Holds only where a GPU is to be used."""
    warning: bool
    """It works in part: told, but no reason against it."""
    python: SpecifierSet | None
    glibc: str | None
    """Oldest glibc, where the wheel's tag understates it."""
    cpu: str | None
    floor: str | None
    ceiling: str | None
    """Compute capabilities that an extension has code for."""
    provenance: Provenance

    def applies(self, package: str, version: Version) -> bool:
        """Say whether the row speaks of this release."""
        return package == self.package and self.when.contains(version, prereleases=True)


@cache
def conflicts() -> tuple[Conflict, ...]:
    """Return all rows."""
    return tuple(
        Conflict(
            row["id"],
            row["reason"],
            row["package"],
            SpecifierSet(row.get("when", "")),
            row["effect"],
            row.get("against"),
            SpecifierSet(row.get("against_when", "")),
            row.get("needs"),
            row.get("unless"),
            row.get("extra"),
            row.get("os"),
            row.get("device") == "gpu",
            row.get("severity") == "warning",
            SpecifierSet(row["python"]) if "python" in row else None,
            row.get("glibc"),
            row.get("cpu"),
            row.get("floor"),
            row.get("ceiling"),
            Provenance.of(row),
        )
        for row in read_rows("conflicts.toml")["conflict"]
    )


@cache
def conflicts_of(package: str) -> tuple[Conflict, ...]:
    """Return the rows about one package."""
    return tuple(row for row in conflicts() if row.package == package)
