"""Projects in folders of their own, judged with a fixed table of data sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bringup.base.errors import ErrorGroup
from bringup.base.messages import choose_language
from bringup.knowledge.datasets import dataset
from bringup.project import load_project
from bringup.project.faults import ProjectError

DATASETS = {name: dataset(name) for name in ("mnist", "diabetes")}
"""Fixed, so that a new data set changes no expected text."""

Judge = Callable[[str], list[ProjectError]]


@pytest.fixture(autouse=True)
def english():
    choose_language("en")
    yield
    choose_language("en")


@pytest.fixture
def datasets():
    return DATASETS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, empty."""
    place = tmp_path / "houses"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def judge(folder: Path) -> Judge:
    """Return the faults of a bringup.toml with this text."""

    def faults_of(text: str) -> list[ProjectError]:
        (folder / "bringup.toml").write_text(text, encoding="utf-8")
        try:
            load_project(folder, datasets=DATASETS)
        except ErrorGroup as group:
            assert all(isinstance(error, ProjectError) for error in group.errors)
            return group.errors  # type: ignore[return-value]
        return []

    return faults_of
