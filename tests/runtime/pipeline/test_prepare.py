from __future__ import annotations

import dataclasses
import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter, read_events
from bringup.pipeline.prepare import run
from bringup.pipeline.preprocessing import Preprocessing
from bringup.pipeline.request import Request, Result
from bringup.pipeline.sources.csv import read_table
from bringup.pipeline.sources.idx import read_idx
from bringup.pipeline.splitting import split_rows

DATA = Path(__file__).parents[2] / "data"

IMAGES: dict[str, Any] = {
    "name": "tiny",
    "title": "Tiny",
    "task": "classification",
    "input_kind": "image",
    "input_shape": [4, 5],
    "classes": 3,
    "class_names": ["a", "b", "c"],
    "feature_names": None,
    "target_name": "letter",
    "split": "named",
    "reader": "idx",
    "delimiter": None,
    "skip_lines": 0,
    "licence": "none",
    "citation": "none",
    "homepage": "http://none",
    "files": [
        {"name": name, "role": name}
        for name in ("train_inputs", "train_targets", "test_inputs", "test_targets")
    ],
}


def idx_of(values: np.ndarray) -> bytes:
    head = struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(
        f">{values.ndim}I", *values.shape
    )
    return head + values.astype(np.uint8).tobytes()


def tiny_files(folder: Path) -> dict[str, Path]:
    random = np.random.RandomState(0)
    labels = np.arange(60) % 3
    contents = {
        "train_inputs": idx_of(random.randint(0, 256, (60, 4, 5))),
        "train_targets": idx_of(labels),
        "test_inputs": idx_of(random.randint(0, 256, (7, 4, 5))),
        "test_targets": gzip.compress(idx_of(labels[:7])),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


class Preparation:
    """One call of the stage, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.project = folder

    def run(
        self,
        *,
        raw: dict[str, Path] | None = None,
        dataset: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        task: str = "classification",
        seed: int = 0,
        **prepare: Any,
    ) -> Result:
        config = {
            "project": {"name": "x", "seed": seed},
            "data": data,
            "prepare": {"validation": 0.1, "test": 0.2, **prepare},
            "train": {"task": task},
        }
        inputs = {"raw": {name: str(path) for name, path in (raw or {}).items()}}
        request = Request("prepare", self.folder, self.project, config, inputs, dataset)
        events = EventWriter(self.folder / "events.jsonl", "prepare")
        try:
            result = run(request, events)
        finally:
            events.close()
        result.write(self.folder)
        return result

    def csv(self, text: str | bytes, **options: Any) -> Result:
        path = self.project / "data.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        data = {"path": "data.csv", "target": "y", "features": options.pop("features", None)}
        data["target"] = options.pop("target", "y")
        return self.run(raw={"data.csv": path}, data=data, **options)

    def fails(self, text: str | bytes, code: str, **options: Any) -> BringupError:
        with pytest.raises(BringupError) as caught:
            self.csv(text, **options)
        assert caught.value.code == code, str(caught.value)
        assert not (self.folder / "result.json").exists()
        return caught.value

    def array(self, name: str) -> np.ndarray:
        return np.load(self.folder / f"{name}.npy", allow_pickle=False)

    def document(self, name: str) -> dict[str, Any]:
        return json.loads((self.folder / name).read_text())

    @property
    def notes(self) -> list[str]:
        events = read_events(self.folder / "events.jsonl")
        return [event["code"] for event in events if event["kind"] == "note"]


@pytest.fixture
def preparation(tmp_path):
    return Preparation(tmp_path)


def table(rows: int = 40, *, columns: str = "a,b,y", change: dict[int, str] | None = None) -> str:
    """Lines of ``a,b,y``; ``change`` replaces lines by their number in the file."""
    lines = [columns, *(f"{i},{i * i % 7}.5,{'yes' if i % 4 == 0 else 'no'}" for i in range(rows))]
    for line, text in (change or {}).items():
        lines[line - 1] = text
    return "\n".join(lines) + "\n"


def numbers(rows: int = 40, change: dict[int, str] | None = None) -> str:
    text = table(rows, change=change)
    return text.replace("yes", "1.25").replace("no", "-3")


# images


def test_images_with_a_named_test_split(preparation, tmp_path):
    result = preparation.run(raw=tiny_files(tmp_path), dataset=IMAGES)
    prepared = preparation.document("prepared.json")
    assert prepared["task"] == "classification"
    assert (prepared["input_kind"], prepared["input_shape"]) == ("image", [4, 5])
    assert (prepared["input_dtype"], prepared["classes"]) == ("uint8", 3)
    assert prepared["class_names"] == ["a", "b", "c"]
    assert {name: split["rows"] for name, split in prepared["splits"].items()} == {
        "train": 54,
        "validation": 6,
        "test": 7,
    }
    assert preparation.array("train_inputs").dtype == np.uint8
    assert preparation.array("train_targets").dtype == np.int64
    assert preparation.array("test_targets").tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert np.bincount(preparation.array("validation_targets")).tolist() == [2, 2, 2]
    for place in result.outputs.values():
        assert (preparation.folder / place).is_file()
    assert result.metrics["train_rows"].value == 54


def test_what_is_fitted_is_fitted_on_the_training_split_alone(preparation, tmp_path):
    preparation.run(raw=tiny_files(tmp_path), dataset=IMAGES)
    fitted = Preprocessing.read(preparation.folder)
    train = preparation.array("train_inputs")
    assert fitted.mean == pytest.approx((train.mean(),))
    assert fitted.std == pytest.approx((train.std(),))
    assert fitted.mean[0] != pytest.approx(preparation.array("test_inputs").mean(), rel=1e-6)


def test_the_evidence_counts_classes_and_shows_samples(preparation, tmp_path):
    details = preparation.run(raw=tiny_files(tmp_path), dataset=IMAGES).details
    assert details["class_counts"]["test"] == {"a": 3, "b": 2, "c": 2}
    assert details["dataset"]["licence"] == "none"
    assert len(details["samples"]) == 20
    assert [sample["label"] for sample in details["samples"][:4]] == ["a", "b", "c", "a"]
    assert np.shape(details["samples"][0]["pixels"]) == (4, 5)
    assert details["summary"]["pixels"]["max"] <= 255


def test_the_same_request_gives_the_same_bytes(preparation, tmp_path):
    files = tiny_files(tmp_path)

    def outputs() -> dict[str, bytes]:
        names = preparation.run(raw=files, dataset=IMAGES, seed=3).outputs.values()
        return {name: (preparation.folder / name).read_bytes() for name in names}

    first = outputs()
    assert outputs() == first
    preparation.run(raw=files, dataset=IMAGES, seed=4)
    assert (preparation.folder / "train_inputs.npy").read_bytes() != first["train_inputs.npy"]


def test_without_validation_its_split_is_empty_and_well_formed(preparation, tmp_path):
    preparation.run(raw=tiny_files(tmp_path), dataset=IMAGES, validation=0.0)
    assert preparation.array("validation_inputs").shape == (0, 4, 5)
    assert len(preparation.array("train_inputs")) == 60


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "PRE010", "found nothing"),
        (b"<html>", "PRE010", "found 3c 68 74 6d"),
        (b"\0\0\x0d\x01", "PRE010", "found 00 00 0d 01"),
        (b"\0\0\x08\x03\0\0", "PRE011", "holds 6 bytes, its head promises 16"),
        (idx_of(np.zeros((2, 3)))[:-1], "PRE011", "holds 17 bytes, its head promises 18"),
        (idx_of(np.zeros((2, 3))) + b"x", "PRE011", "holds 19 bytes, its head promises 18"),
        (b"\0\0\x08\x04" + b"\xff" * 16, "PRE011", "promises"),
        (gzip.compress(idx_of(np.zeros(9)))[:-9], "PRE017", "cannot read"),
    ],
)
def test_a_damaged_idx_file_is_said(tmp_path, content, code, words):
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(BringupError, match=words) as caught:
        read_idx(path)
    assert caught.value.code == code


def test_an_idx_file_that_is_gone_is_said(tmp_path):
    with pytest.raises(BringupError) as caught:
        read_idx(tmp_path / "gone")
    assert caught.value.code == "FIL004"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("train_targets", idx_of(np.zeros(59)), "PRE012"),
        ("train_targets", idx_of(np.full(60, 3)), "PRE013"),
        ("test_inputs", idx_of(np.zeros((7, 5, 4))), "PRE016"),
        ("test_targets", idx_of(np.zeros((7, 1))), "PRE016"),
        ("train_targets", idx_of(np.ones(60)), "PRE031"),
    ],
)
def test_files_that_do_not_fit_together_are_said(preparation, tmp_path, name, content, code):
    files = tiny_files(tmp_path)
    files[name].write_bytes(content)
    with pytest.raises(BringupError) as caught:
        preparation.run(raw=files, dataset=IMAGES)
    assert caught.value.code == code


def test_a_raw_file_that_is_gone_is_said(preparation, tmp_path):
    files = tiny_files(tmp_path)
    files["train_inputs"].unlink()
    with pytest.raises(BringupError, match="train_inputs"):
        preparation.run(raw=files, dataset=IMAGES)


def test_another_task_than_the_data_set_is_for_is_said(preparation, tmp_path):
    with pytest.raises(BringupError) as caught:
        preparation.run(raw=tiny_files(tmp_path), dataset=IMAGES, task="regression")
    assert caught.value.code == "PRE014"
    assert 'task = "classification"' in (caught.value.hint or "")


# numbers in lines

FLOWERS: dict[str, Any] = {
    **IMAGES,
    "name": "flowers",
    "input_kind": "table",
    "input_shape": [2],
    "feature_names": ["length", "width"],
    "split": "share",
    "reader": "text",
    "delimiter": ",",
    "skip_lines": 1,
    "files": [{"name": "rows", "role": "rows"}],
}


def flower_file(folder: Path) -> dict[str, Path]:
    path = folder / "rows"
    path.write_text("30,2\n" + "".join(f"{i}.5,{i % 5},{i % 3}\n" for i in range(30)))
    return {"rows": path}


def test_rows_whose_last_column_is_the_class(preparation, tmp_path):
    preparation.run(raw=flower_file(tmp_path), dataset=FLOWERS)
    prepared = preparation.document("prepared.json")
    assert prepared["feature_names"] == ["length", "width"]
    assert [prepared["splits"][name]["rows"] for name in ("train", "validation", "test")] == [
        22,
        2,
        6,
    ]
    assert preparation.array("train_inputs").dtype == np.float32
    assert np.bincount(preparation.array("test_targets")).tolist() == [2, 2, 2]


def test_inputs_and_targets_in_files_of_their_own(preparation, tmp_path):
    (tmp_path / "x").write_text("".join(f"{i} {i * 2}\n" for i in range(20)))
    (tmp_path / "y").write_text("".join(f"{i}.25e+00\n" for i in range(20)))
    row = {
        **FLOWERS,
        "task": "regression",
        "classes": None,
        "class_names": None,
        "delimiter": " ",
        "skip_lines": 0,
        "files": [{"name": "x", "role": "inputs"}, {"name": "y", "role": "targets"}],
    }
    files = {"x": tmp_path / "x", "y": tmp_path / "y"}
    details = preparation.run(raw=files, dataset=row, task="regression").details
    targets = preparation.array("train_targets")
    assert (targets.dtype, targets.shape) == (np.float32, (14, 1))
    fitted = Preprocessing.read(preparation.folder)
    assert fitted.target_mean == pytest.approx((targets.mean(),))
    assert details["class_counts"] is None
    assert set(details["summary"]) == {"length", "width", "letter"}
    (tmp_path / "y").write_text("1\n2\n")
    with pytest.raises(BringupError) as caught:
        preparation.run(raw=files, dataset=row, task="regression")
    assert caught.value.code == "PRE012"


def test_small_images_in_lines(preparation, tmp_path):
    row = {**FLOWERS, "input_kind": "image", "input_shape": [1, 2], "feature_names": None}
    preparation.run(raw=flower_file(tmp_path), dataset=row)
    assert preparation.array("train_inputs").shape == (22, 1, 2)
    assert preparation.array("train_inputs").dtype == np.uint8


@pytest.mark.parametrize(
    ("text", "code"),
    [("h\n1,2,3\n4,5\n", "PRE017"), ("h\n1,2,9\n", "PRE013"), ("h\n1,2,3,1\n", "PRE016")],
)
def test_lines_that_are_not_as_the_table_says(preparation, tmp_path, text, code):
    (tmp_path / "rows").write_text(text)
    with pytest.raises(BringupError) as caught:
        preparation.run(raw={"rows": tmp_path / "rows"}, dataset=FLOWERS)
    assert caught.value.code == code


# CSV


def test_a_csv_file_with_names_of_classes(preparation):
    details = preparation.csv(table()).details
    prepared = preparation.document("prepared.json")
    assert prepared["class_names"] == ["no", "yes"]
    assert prepared["feature_names"] == ["a", "b"]
    assert prepared["target_name"] == "y"
    assert details["rows"] == {"train": 29, "validation": 3, "test": 8}
    assert details["class_counts"]["test"] == {"no": 6, "yes": 2}
    assert details["dataset"] == {"name": "data.csv"}
    assert preparation.notes == []


def test_a_csv_file_for_a_regression(preparation):
    preparation.csv(numbers(), task="regression")
    assert preparation.document("prepared.json")["classes"] is None
    assert preparation.array("train_targets").shape == (29, 1)
    assert set(preparation.array("train_targets")[:, 0].tolist()) == {1.25, -3.0}


def test_a_real_file_as_spreadsheets_write_it(preparation, tmp_path):
    # Byte order mark, semicolons, Windows line ends, quotes, a column of row numbers.
    data = {"path": "x.csv", "target": "quality", "features": None}
    preparation.run(raw={"x.csv": DATA / "spreadsheet.csv"}, data=data)
    prepared = preparation.document("prepared.json")
    assert prepared["feature_names"] == ["fixed acidity", "residual sugar"]
    assert prepared["class_names"] == ["5", "6", "10"]
    assert prepared["cleaning"]["left_out_columns"] == ["column 1 (no name)"]


def test_chosen_features_in_the_chosen_order(preparation):
    preparation.csv(table(), features=["b"])
    assert preparation.document("prepared.json")["feature_names"] == ["b"]
    assert preparation.array("train_inputs").shape == (29, 1)


def test_missing_values_are_filled_with_the_median_of_the_training_split(preparation):
    preparation.csv(table(change={3: ",1.5,no", 9: "NA,1.5,no"}))
    cleaning = preparation.document("prepared.json")["cleaning"]
    fitted = Preprocessing.read(preparation.folder)
    assert cleaning["filled"]["a"]["cells"] == 2
    assert fitted.fill is not None
    assert cleaning["filled"]["a"]["median"] == fitted.fill[0]
    arrays = [preparation.array(f"{name}_inputs") for name in ("train", "validation", "test")]
    assert not np.isnan(np.concatenate(arrays)).any()
    train = arrays[0][:, 0]
    known = train[train != np.float32(fitted.fill[0])]
    assert abs(np.median(known) - fitted.fill[0]) <= 1
    assert preparation.notes == ["PRE053"]


def test_rows_with_missing_values_can_be_dropped(preparation):
    details = preparation.csv(
        table(change={3: ",1.5,no", 9: "?,1.5,no"}), drop_missing=True
    ).details
    assert sum(details["rows"].values()) == 38
    assert details["cleaning"]["rows_with_missing_dropped"] == 2
    assert Preprocessing.read(preparation.folder).fill is None
    assert preparation.notes == ["PRE052"]


def test_rows_without_a_target_are_left_out_and_named(preparation):
    details = preparation.csv(table(change={5: "1,2,", 7: "1,2,NA"})).details
    assert sum(details["rows"].values()) == 38
    assert details["cleaning"]["rows_without_target"] == {"count": 2, "lines": [5, 7]}
    assert preparation.notes == ["PRE050"]


def test_cells_that_are_no_numbers_are_named_and_count_as_missing(preparation):
    cleaning = preparation.csv(table(change={4: "1 000,2,no", 6: "inf,1e99,no"})).details[
        "cleaning"
    ]
    record = cleaning["cells_not_numbers"]
    assert record["count"] == 3
    assert {"line": 4, "column": "a", "cell": "1 000"} in record["cells"]
    assert {"line": 6, "column": "b", "cell": "1e99"} in record["cells"]
    assert preparation.notes == ["PRE051", "PRE053"]


def test_a_constant_column_is_noted(preparation):
    text = "a,b,y\n" + "".join(f"{i},4,{i % 2}\n" for i in range(20))
    assert preparation.csv(text).details["cleaning"]["constant_columns"] == ["b"]
    assert preparation.notes == ["PRE054"]


def test_classes_that_are_numbers_stand_in_their_order(preparation):
    text = "a,y\n" + "".join(f"{i},{(2, 10, 1.0, 1)[i % 4]}\n" for i in range(40))
    preparation.csv(text)
    assert preparation.document("prepared.json")["class_names"] == ["1", "2", "10"]


def test_columns_of_text_are_listed_with_the_line_to_write(preparation):
    text = "city,a,street,y\n" + "".join(f"Bonn,{i},Weg,{i % 2}\n" for i in range(9))
    error = preparation.fails(text, "PRE026")
    assert "city, street" in str(error)
    assert 'features = ["a"]' in (error.hint or "")


@pytest.mark.parametrize("target", ["Y", "yy", "quite different"])
def test_a_target_that_is_no_column_is_told_the_nearest(preparation, target):
    error = preparation.fails(table(), "PRE022", target=target)
    assert "columns: a, b, y" in str(error)
    assert "did you mean" in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "code", "options"),
    [
        ("", "PRE021", {}),
        ("a,b,y\n", "PRE021", {}),
        (table(), "PRE025", {"target": None}),
        (table(), "PRE022", {"features": ["a", "c"]}),
        (table(), "PRE023", {"features": ["a", "y"]}),
        (table(), "PRE023", {"features": []}),
        ("y\n1\n0\n", "PRE023", {}),
        (table(change={4: "1,2"}), "PRE024", {}),
        (table(columns="a,a,y"), "PRE019", {}),
        ("a,y\n\"1,2\n", "PRE018", {}),
        ("a,y\n1,\n2,NA\n", "PRE028", {}),
        ("a,y\n1,0\n", "PRE031", {}),
        ("a,y\n1,0\n2,0\n3,0\n", "PRE031", {}),
        ("a,y\n1,0\n2,1\n", "PRE030", {}),
        ("a,y\n1,0\n", "PRE030", {"task": "regression"}),
        (table(), "PRE029", {"task": "regression"}),
        (table(), "PRE034", {"test": 0.0}),
        (table(4), "PRE030", {"test": 0.9, "validation": 0.9}),
        ("a,b,y\n,1,0\n2,,1\n", "PRE032", {"drop_missing": True}),
        ("a,b,y\n" + ",1,0\n,2,1\n" * 9, "PRE033", {}),
        ("a,y\n" + "".join(f"{i},{i}.5\n" for i in range(90)), "PRE027", {}),
        ("a,y\n" + "".join(f"{i},{i % 30}.5\n" for i in range(90)), "PRE027", {}),
        (table().encode("utf-16"), "PRE020", {}),
    ],
)  # fmt: skip
def test_a_bad_csv_file_is_said(preparation, text, code, options):
    preparation.fails(text, code, **options)


def test_text_in_another_encoding_is_said_with_its_line(preparation):
    error = preparation.fails(table(change={4: "1,2,né"}).encode("latin-1"), "PRE020")
    assert "line 4, byte e9" in str(error)
    assert "iconv" in (error.hint or "")


def test_a_target_that_is_no_number_is_said_with_its_lines(preparation):
    error = preparation.fails(numbers(change={4: "1,2,high"}), "PRE029", task="regression")
    assert "lines 4" in str(error)
    assert "'high'" in str(error)


def test_a_csv_file_that_is_gone_is_said(tmp_path):
    with pytest.raises(BringupError) as caught:
        read_table(tmp_path / "gone.csv")
    assert caught.value.code == "FIL004"


def test_lines_are_counted_as_editors_count_them(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text('a,y\n"two\nlines",1\n\n3,4\n')
    assert read_table(path).lines == (3, 5)


def test_the_file_named_in_the_project_is_taken_when_the_request_names_none(preparation, tmp_path):
    (tmp_path / "own.csv").write_text(table())
    preparation.run(data={"path": "own.csv", "target": "y", "features": None})
    assert len(preparation.array("train_inputs")) == 29


# splits


def test_splits_share_all_rows_and_keep_the_share_of_each_class():
    targets = np.repeat([0, 1, 2], [100, 50, 7])
    index = split_rows(targets, 157, test=0.2, validation=0.25, seed=1)
    assert sorted(np.concatenate(list(index.values())).tolist()) == list(range(157))
    assert np.bincount(targets[index["test"]]).tolist() == [20, 10, 1]
    assert np.bincount(targets[index["validation"]]).tolist() == [20, 10, 2]


def test_splits_without_classes_have_the_size_asked_for():
    index = split_rows(None, 10, test=0.2, validation=0.1, seed=0)
    assert {name: len(rows) for name, rows in index.items()} == {
        "train": 7,
        "validation": 1,
        "test": 2,
    }


def test_splits_stay_the_same_for_ever():
    index = split_rows(None, 10, test=0.3, validation=0.2, seed=42)
    assert {name: rows.tolist() for name, rows in index.items()} == {
        "test": [1, 5, 8],
        "validation": [0],
        "train": [2, 3, 4, 6, 7, 9],
    }


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_an_array_on_a_full_disk_is_said_as_such(monkeypatch, tmp_path):
    from bringup.pipeline import arrays

    class Full:
        def __enter__(self) -> Any:
            self.file = open("/dev/full", "wb", buffering=0)  # noqa: PTH123
            return self.file

        def __exit__(self, *_: object) -> None:
            self.file.close()

    monkeypatch.setattr(arrays, "atomic_file", lambda path: Full())
    with pytest.raises(OSError, match="No space left"):
        arrays.save_array(tmp_path / "x.npy", np.zeros(9))


def test_a_request_holds_what_the_knowledge_row_gives():
    datasets = pytest.importorskip("bringup.knowledge.datasets")
    row = datasets.dataset("iris")
    assert set(IMAGES) - set(row.to_json()) == set()
    assert dataclasses.asdict(row)["reader"] in {"idx", "text"}
