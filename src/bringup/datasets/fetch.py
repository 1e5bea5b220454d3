"""Bring a named data set into the cache: from the first source that gives each file whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bringup.base.errors import BringupError, UnreachableError
from bringup.datasets.callbacks import Notify, Progress, silent, unwatched
from bringup.datasets.download import DamagedError
from bringup.datasets.sources import Job, name_of, silent_mirrors, take_from
from bringup.datasets.store import Store
from bringup.knowledge.datasets import DataFile, DataSet
from bringup.machine.model import Machine


def fetch(
    row: DataSet,
    *,
    machine: Machine,
    cache: Path,
    site_packages: Path | None = None,
    notify: Notify = silent,
    progress: Progress = unwatched,
) -> dict[str, Path]:
    """Return the data set's files, fetching those that the cache does not hold.

    Sources are asked in the order of the row; each next one only for what is still missing.
    A download that was killed goes on where it stopped. Two processes at once: one fetches.

    Args:
        row: what to fetch.
        machine: where the package index settings stand.
        cache: the cache that projects share.
        site_packages: of the project's environment, for the data that a package ships.
        notify: takes notes (DAT010 to DAT014).
        progress: takes the bytes done of each file or archive.

    Raises:
        UnreachableError: DAT002, no source answers.
        BringupError: DAT003, a source answers with something else; FIL001 and kin, the cache
            cannot be written.
    """
    store = Store(row, cache)
    if store.is_stamped():
        return store.paths()
    with store.locked(notify):
        store.sweep()
        if store.missing(notify):
            job = Job(store, machine, site_packages, notify, progress)
            _ask_sources(row, job)
        store.drop_partial()
    return store.paths()


def _ask_sources(row: DataSet, job: Job) -> None:
    """Ask one source after the other until nothing is missing."""
    missing = job.store.missing(job.notify)
    silence = silent_mirrors(row.sources, missing, job.machine)
    faults: list[tuple[str, BringupError]] = []
    for source in row.sources:
        name = name_of(source)
        try:
            if name in silence:
                raise silence[name]
            take_from(source, missing, job)
        except BringupError as error:
            if error.code.startswith("FIL"):
                raise
            faults.append((name, error))
            job.notify("DAT010", {"name": row.name, "source": name, "reason": str(error)})
        got = len(missing)
        missing = job.store.missing(job.notify)
        if got := got - len(missing):
            job.notify("DAT013", {"name": row.name, "files": got, "source": name})
        if not missing:
            return
    raise _no_source(row, job.store, missing, faults)


def _no_source(
    row: DataSet, store: Store, missing: list[DataFile], faults: list[tuple[str, BringupError]]
) -> BringupError:
    params: dict[str, Any] = {
        "name": row.name,
        "reasons": "\n".join(f"  {source}: {error}" for source, error in faults),
        "folder": store.folder,
        "files": ", ".join(file.name for file in missing),
    }
    if any(isinstance(error, DamagedError) for _, error in faults):
        return BringupError("DAT003", **params)
    return UnreachableError("DAT002", **params)
