"""Asking sources in turn, each once, and keeping what was learnt for the reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from bringup.base.errors import BringupError, UnreachableError
from bringup.knowledge.frameworks import Framework, FrameworkTable
from bringup.machine.model import Interpreter, Machine
from bringup.stack.candidates import Candidate, Target, files_at, fitting, own_sources
from bringup.stack.index import IndexClient, IndexFile
from bringup.stack.markers import marker_values
from bringup.stack.model import Note, Notify, Source
from bringup.stack.requirements import Wanted, constraints_of, limits_on

FRAMEWORK_CONNECT_TIMEOUT_S = 3.0
"""The framework's own index is optional: behind a mirror it is often cut off without an answer."""


@dataclass
class Search:
    """A search for one framework on one machine. ``notes`` grows as sources are asked."""

    machine: Machine
    framework: Framework
    table: FrameworkTable
    wanted: Wanted
    interpreters: Sequence[Interpreter]
    client: IndexClient
    framework_client: IndexClient
    notify: Notify
    notes: list[Note] = field(default_factory=list)
    _lost: dict[str, BringupError] = field(default_factory=dict)
    _limits: dict[str, SpecifierSet] = field(default_factory=dict)

    @property
    def own(self) -> list[Source]:
        """The places of the user's own settings, the default index last."""
        return own_sources(self.machine)

    @property
    def default_is_builtin(self) -> bool:
        """Whether nobody set the default index."""
        return self.machine.index_settings.index is None

    @property
    def silence(self) -> UnreachableError | None:
        """Why an index of the user's own settings could not be asked; None when all answered."""
        asked = (self._lost.get(row.place) for row in self.own if row.kind != "find_links")
        return next((error for error in asked if isinstance(error, UnreachableError)), None)

    @property
    def companions(self) -> list[str]:
        """The packages of the project that must come from the same build."""
        named = {canonicalize_name(row.name) for row in self.wanted.all_train}
        return [name for name in self.framework.companions if name in named]

    def framework_source(self, build: str) -> Source | None:
        """Return the framework's own index of a build; None when the settings forbid indexes."""
        if self.machine.index_settings.no_index or self.machine.value("index.uv.offline"):
            return None
        return Source("framework_index", self.framework.index_of(build))

    def note(self, code: str, *, warning: bool = False, **params: object) -> None:
        """Keep a text for the reader, and say it now."""
        note = Note(code, dict(params), warning)
        if note not in self.notes:
            self.notes.append(note)
            self.notify(code, dict(params))

    def limits(self, interpreter: Interpreter) -> SpecifierSet | None:
        """Return the limits on the framework's version for an interpreter, None for an address."""
        rows = (*self.wanted.all_train, *constraints_of(self.machine))
        return limits_on(self.framework.name, rows, marker_values(self.machine, interpreter))

    def at(self, sources: Iterable[Source | None], interpreter: Interpreter) -> list[Candidate]:
        """Return what fits an interpreter at some sources, the newest release first."""
        target = Target(self.machine, interpreter, self.limits(interpreter) or SpecifierSet())
        found: list[Candidate] = []
        for source in sources:
            if source is not None:
                files = self._files(source, self.framework.name)
                found += fitting(files, source, target, self.table)
        return sorted(found, key=lambda candidate: candidate.version, reverse=True)

    def is_lost(self, source: Source | None) -> bool:
        """Say whether a source was asked in vain."""
        return source is not None and source.place in self._lost

    def lost_reason(self, source: Source | None) -> str | None:
        """Return why a source gave no answer; None when it did, or was never asked."""
        error = None if source is None else self._lost.get(source.place)
        if not isinstance(error, UnreachableError):
            return None
        return str(error.params.get("reason") or error)

    def complete(self, candidate: Candidate) -> bool:
        """Say whether the packages that must come from the same build are there in it as well."""
        if candidate.version.local is None:
            return True
        if candidate.source.kind == "framework_index":
            return True
        for name in self.companions:
            if not self._has_companion(name, candidate):
                self.note(
                    "STK043",
                    torch=str(candidate.version),
                    place=candidate.source.shown,
                    companion=name,
                    build=candidate.build,
                )
                return False
        return True

    def _has_companion(self, name: str, candidate: Candidate) -> bool:
        target = Target(self.machine, candidate.interpreter, SpecifierSet())
        for source in self.own:
            files = self._files(source, name)
            rows = fitting(files, source, target, self.table)
            if any(row.version.local == candidate.version.local for row in rows):
                return True
        return False

    def _files(self, source: Source, name: str) -> list[IndexFile]:
        """Return the files of a project at a source; none, and a note, when it does not answer."""
        if source.place in self._lost:
            return []
        own = source.kind != "framework_index"
        try:
            return files_at(self.client if own else self.framework_client, source, name)
        except BringupError as error:
            self._lost[source.place] = error
            reason = str(error.params.get("reason") or error)
            self.note("STK032", place=source.shown, reason=reason, warning=True)
            return []


def newest(candidates: Iterable[Candidate]) -> Version | None:
    """Return the newest release among candidates, its build left out."""
    return max((Version(row.version.public) for row in candidates), default=None)
