"""A CUDA build that the driver and the GPUs can run: the newest release, the highest build."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from bringup.base.errors import BringupError
from bringup.knowledge.frameworks import cuda_number
from bringup.machine.model import Interpreter
from bringup.stack.candidates import Candidate
from bringup.stack.choose_cpu import no_build
from bringup.stack.fit import Fit, fit_of, nvidia_gpus
from bringup.stack.search import Search, newest

_PAGES_ASKED = 4
"""Builds of the framework's own index that are looked at, the likeliest first."""


@dataclass(frozen=True, slots=True)
class _Judged:
    candidate: Candidate
    fit: Fit

    def rank(self, search: Search) -> tuple[int, Version, bool, int, bool]:
        row = self.candidate
        release = Version(row.version.public)
        default = search.table.release(row.version).default_build == row.build
        own = row.source.kind != "framework_index"
        return (len(self.fit.served), release, default, cuda_number(row.build), own)


def choose_cuda(search: Search) -> Candidate:
    """Return the newest release whose build runs here, with the build that suits it best.

    Raises:
        BringupError: STK025, builds exist but none runs here (with the reason); STK023, none.
    """
    misfit: BringupError | None = None
    for interpreter in search.interpreters:
        rows = search.at(search.own, interpreter)
        judged = _judged(search, rows)
        best = _best(search, judged)
        if best is None or best.candidate.version.public != str(newest(rows)):
            judged += _judged(search, _at_framework(search, interpreter))
            best = _best(search, judged)
        if best is not None:
            return _said(search, best)
        misfit = misfit or _misfit(search, judged)
    raise misfit or no_build(search)


def choose_named(search: Search, build: str) -> Candidate:
    """Return the newest release in the build that the project file names.

    Raises:
        BringupError: STK024, no source has it; STK025, a CUDA build that cannot run here.
    """
    for interpreter in search.interpreters:
        rows = search.at([*search.own, search.framework_source(build)], interpreter)
        named = [row for row in rows if row.build == build and search.complete(row)]
        if not named:
            continue
        if not (cuda_number(build) and nvidia_gpus(search.machine)):
            return named[0]
        judged = _judged(search, named)
        if best := _best(search, judged):
            return _said(search, best)
        raise _misfit(search, judged) or no_build(search, build)
    raise no_build(search, build)


def _at_framework(search: Search, interpreter: Interpreter) -> list[Candidate]:
    found: list[Candidate] = []
    for build in _likely_builds(search)[:_PAGES_ASKED]:
        source = search.framework_source(build)
        found += search.at([source], interpreter)
        # One address that does not answer speaks for the whole host.
        if search.is_lost(source) or found:
            break
    return found


def _likely_builds(search: Search) -> list[str]:
    rows = [
        (row.version, search.table.release(row.version).default_build == row.build, row.build)
        for row in search.table.builds
        if fit_of(search.machine, row.version, row.build, search.table).served
    ]
    rows.sort(key=lambda row: (row[0], row[1], cuda_number(row[2])), reverse=True)
    return list(dict.fromkeys(build for _, _, build in rows))


def _judged(search: Search, rows: list[Candidate]) -> list[_Judged]:
    return [
        _Judged(row, fit_of(search.machine, row.version, row.build, search.table)) for row in rows
    ]


def _best(search: Search, judged: list[_Judged]) -> _Judged | None:
    usable = [row for row in judged if row.fit.served]
    for row in sorted(usable, key=lambda row: row.rank(search), reverse=True):
        if search.complete(row.candidate):
            return row
    return None


def _said(search: Search, best: _Judged) -> Candidate:
    row = best.candidate
    names = ", ".join(dict.fromkeys(gpu.name for gpu in best.fit.served))
    driver = search.machine.nvidia_driver or "?"
    search.note("STK036", gpu=names, driver=driver, build=row.build)
    for misfit in best.fit.misfits:
        search.note("STK041", reason=misfit.text, warning=True)
    if row.version > search.table.releases[0].version:
        search.note("STK042", torch=str(row.version), checked=search.table.checked.isoformat())
    return row


def _misfit(search: Search, judged: list[_Judged]) -> BringupError | None:
    """Return the error that names the misfit of the newest CUDA build that was found."""
    for row in judged:
        if cuda_number(row.candidate.build) and row.fit.misfits:
            note = row.fit.misfits[0]
            return BringupError("STK025", name=search.framework.name, reason=note.text)
    return None
