"""Numbers in lines, no header that matters: the small data sets that packages ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bringup.base.errors import BringupError
from bringup.pipeline.sources.raw import RawData, Rows


def read_text_dataset(row: dict[str, Any], files: dict[str, Path]) -> RawData:
    """Read a data set whose target is the last column or a file of its own.

    Raises:
        BringupError: PRE017, a file that does not hold such lines; PRE012, inputs and targets
            differ in number; PRE013, a label that is no class.
    """
    if "rows" in files:
        path = files["rows"]
        table = _numbers(path, row)
        inputs, targets = table[:, :-1], table[:, -1:]
    else:
        path = files["inputs"]
        inputs, targets = _numbers(path, row), _numbers(files["targets"], row)
    if len(inputs) != len(targets):
        raise BringupError("PRE012", path=path, inputs=len(inputs), targets=len(targets))
    classes = row["classes"]
    if classes is not None and not set(np.unique(targets)) <= set(range(classes)):
        raise BringupError("PRE013", path=path, found=targets.max(), classes=classes)
    return RawData(
        rows=Rows(_inputs(inputs, row, path), _targets(targets, row)),
        target_name=row["target_name"],
        class_names=None if row["class_names"] is None else tuple(row["class_names"]),
        feature_names=None if row["feature_names"] is None else tuple(row["feature_names"]),
    )


def _inputs(values: NDArray[np.float64], row: dict[str, Any], path: Path) -> NDArray[Any]:
    shape = tuple(row["input_shape"])
    if values[:1].size != np.prod(shape):
        raise BringupError("PRE016", path=path, found=values.shape[1:], expected=list(shape))
    dtype = np.uint8 if row["input_kind"] == "image" else np.float32
    return values.reshape(-1, *shape).astype(dtype)


def _targets(values: NDArray[np.float64], row: dict[str, Any]) -> NDArray[Any]:
    if row["task"] == "regression":
        return values.astype(np.float32)
    return values[:, 0].astype(np.int64)


def _numbers(path: Path, row: dict[str, Any]) -> NDArray[np.float64]:
    try:
        return np.loadtxt(
            path,
            delimiter=row["delimiter"],
            skiprows=row["skip_lines"],
            ndmin=2,
            encoding="utf-8",
        )
    except (ValueError, OSError) as error:
        raise BringupError("PRE017", path=path, reason=error) from error
