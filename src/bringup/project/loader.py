"""From ``bringup.toml`` to a project, or to every mistake in it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bringup.base.errors import ErrorGroup
from bringup.project.document import Document, read_document
from bringup.project.faults import ProjectError

if TYPE_CHECKING:
    from bringup.project.checks.datasets import KnownDataset
    from bringup.project.model import LoadedProject


def load_project(
    place: Path, *, datasets: Sequence[str] | Mapping[str, KnownDataset] | None = None
) -> LoadedProject:
    """Read and judge a project.

    Args:
        place: the project's folder, or its ``bringup.toml`` or ``pyproject.toml`` itself. A
            folder without ``bringup.toml`` may have ``[tool.bringup]`` in its pyproject.toml.
        datasets: the known data sets, by name with what they are for, or their names alone; by
            default those of the knowledge tables.

    Raises:
        BringupError: PRJ001, there is no project; PRJ006, there is nothing at ``place``;
            PRJ007, the file cannot be read.
        ErrorGroup: all that is wrong in the file, in the order of its lines.
    """
    from pydantic import ValidationError

    from bringup.project.model import LoadedProject, Project
    from bringup.project.translate import translated

    document = read_document(place)
    known = _known_datasets() if datasets is None else datasets
    facts = known if isinstance(known, Mapping) else dict.fromkeys(known)
    faults = list(_checked(document, facts))
    config = None
    try:
        config = Project.model_validate(document.data)
    except ValidationError as error:
        faults += translated(error, document)
    if config is None or faults:
        faults.sort(key=lambda fault: _order(fault, document))
        raise ErrorGroup([*faults])
    return LoadedProject(folder=document.folder, config=config)


def _checked(
    document: Document, datasets: Mapping[str, KnownDataset | None]
) -> Iterator[ProjectError]:
    from bringup.project.checks import data, environment, gates, train

    checks: dict[str, Callable[[], Iterator[ProjectError]]] = {
        "data": lambda: data.check(document, datasets),
        "train": lambda: train.check(document, datasets),
        "environment": lambda: environment.check(document),
        "evaluate": lambda: gates.check(document, "evaluate"),
        "export": lambda: gates.check(document, "export"),
    }
    for section, check in checks.items():
        # A section that is no table is a fault of types; more faults would only hide it.
        if not document.has(section) or isinstance(document.get(section), dict):
            yield from check()


def _order(fault: ProjectError, document: Document) -> tuple[bool, str, int, int]:
    """Sort by line; other files of the project come after its own."""
    mark = fault.mark
    return (mark.file != document.source.name, mark.file, mark.line, mark.column)


def _known_datasets() -> Mapping[str, KnownDataset]:
    from bringup.knowledge.datasets import dataset, dataset_names

    return {name: dataset(name) for name in dataset_names()}
