"""Choose the reader for a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bringup.base.errors import BringupError
from bringup.pipeline.request import Request
from bringup.pipeline.sources.csv import read_csv
from bringup.pipeline.sources.idx import read_idx_dataset
from bringup.pipeline.sources.raw import Note, RawData
from bringup.pipeline.sources.text import read_text_dataset


def read_raw(request: Request, note: Note) -> RawData:
    """Read the raw data of a request: the named data set, or the project's CSV file.

    Raises:
        BringupError: PRE010 and on, what is wrong with the data.
    """
    task = str(request.section("train").get("task", "classification"))
    row = request.dataset
    if row is None:
        return _read_project_file(request, task, note)
    if row["task"] != task:
        raise BringupError("PRE014", name=row["name"], task=row["task"], asked=task)
    files = _files_by_role(request, row)
    if row["reader"] == "idx":
        return read_idx_dataset(row, files)
    return read_text_dataset(row, files)


def _read_project_file(request: Request, task: str, note: Note) -> RawData:
    data = request.section("data")
    paths = list(request.inputs.get("raw", {}).values())
    if not paths and data.get("path"):
        paths = [request.project_folder / data["path"]]
    if not paths:
        raise BringupError("PRE015")
    return read_csv(
        Path(paths[0]),
        target=data.get("target"),
        features=data.get("features"),
        task=task,
        note=note,
    )


def _files_by_role(request: Request, row: dict[str, Any]) -> dict[str, Path]:
    raw = request.inputs.get("raw", {})
    files = {}
    for file in row["files"]:
        path = Path(raw.get(file["name"], request.folder / file["name"]))
        if not path.is_file():
            raise BringupError("FIL004", path=path)
        files[file["role"]] = path
    return files
