"""Export: the model as ONNX with preprocessing and postprocessing inside, and its parity."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx

from bringup import __version__
from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.evidence import Metric
from bringup.base.files import digest_file, faults_of, read_json, write_json
from bringup.pipeline import parity
from bringup.pipeline.parity import OnnxModel, Sample
from bringup.pipeline.prepared import held_out, read_split
from bringup.pipeline.preprocessing import Preprocessing
from bringup.pipeline.request import Request, Result

MODEL: Final = "model.onnx"
MANIFEST: Final = "manifest.json"
EAGER: Final = "parity_eager.npy"
PARITY_ROWS: Final = 1000
LOG: Final = "exporter.log"
DATATYPES: Final = {"uint8": "UINT8", "float32": "FP32"}
SAMPLE_ROWS: Final = 2
_STEPS: Final = 4
_BUILDING: Final = ".building"


def run(request: Request, events: EventWriter) -> Result:
    """Build the bundle beside its place, measure parity, then give both folders their names.

    Raises:
        BringupError: EXP0xx, the model cannot be exported or the file does not run.
    """
    prepare, train = request.upstream("prepare"), request.upstream("train")
    prepared = read_json(prepare / "prepared.json")
    wanted = request.section("export").get("parity_rows", PARITY_ROWS)
    eager = np.load(train / EAGER)[:wanted]
    sample = Sample.take(
        prepared["task"], *read_split(prepare, prepared, held_out(prepared)), eager
    )
    building = request.folder / _BUILDING
    with faults_of(building):
        shutil.rmtree(building, ignore_errors=True)
        (building / "bundle").mkdir(parents=True)
    points, model = _build(request, events, prepared, sample, building / "bundle")
    sample.write(building / "parity")
    files = {path.name: path.stat().st_size for path in sorted((building / "bundle").iterdir())}
    for name in ("parity", "bundle"):
        _put(building / name, request.folder / name)
    shutil.rmtree(building, ignore_errors=True)
    worst = parity.worst(points)
    return Result(
        stage="export",
        metrics={
            **{name: Metric(value) for name, value in worst.items()},
            "model_bytes": Metric(_model_bytes(files), unit="bytes"),
        },
        outputs={"bundle": "bundle", "model": f"bundle/{MODEL}", "parity": "parity"},
        details={"parity": parity.record(sample, points), "files": files, "onnx": model},
    )


def _build(
    request: Request,
    events: EventWriter,
    prepared: dict[str, Any],
    sample: Sample,
    bundle: Path,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fill the bundle's folder; return the parity points and what the ONNX file is made of."""
    from bringup.pipeline.backends.torch import export as backend

    def step(done: int) -> None:
        events.emit("progress", done=done, total=_STEPS, unit="steps")

    fitted = Preprocessing.read(request.upstream("prepare"))
    graph = backend.load_graph(
        request.upstream("train"),
        request.project_folder,
        prepared["task"],
        fitted,
        threads=request.section("train").get("threads"),
    )
    points = {"reloaded": sample.point(backend.predict(graph, sample.inputs))}
    step(1)
    log = request.folder / LOG
    backend.write_onnx(
        graph,
        bundle / MODEL,
        np.resize(sample.inputs, (SAMPLE_ROWS, *sample.inputs.shape[1:])),
        backend.Signature(
            _input_name(prepared), _output_names(prepared), request.section("export").get("opset")
        ),
        _metadata(request),
        log,
    )
    if lines := len(log.read_bytes().splitlines()):
        events.note("EXP010", lines=lines, log=str(log))
    step(2)
    made_of = _checked(bundle / MODEL)
    exported = _runnable(bundle / MODEL)
    exported.check_batches(sample.inputs)
    step(3)
    points["exported"] = sample.point(*exported.predict(sample.inputs))
    fitted.write(bundle)
    write_json(bundle / MANIFEST, _manifest(request, prepared, fitted, sample, bundle))
    step(_STEPS)
    return points, made_of


def _checked(path: Path) -> dict[str, Any]:
    """Check the file against the standard and return what it is made of.

    Raises:
        BringupError: EXP007, it does not follow the standard.
    """
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as error:
        raise BringupError("EXP007", path=path, reason=error) from error
    model = onnx.load(str(path), load_external_data=False)
    return {
        "opset": next(row.version for row in model.opset_import if row.domain == ""),
        "ir_version": model.ir_version,
        "operators": dict(Counter(node.op_type for node in model.graph.node).most_common()),
    }


def _runnable(path: Path) -> OnnxModel:
    try:
        return OnnxModel(path)
    except Exception as error:
        raise BringupError("EXP008", path=path, reason=error) from error


def _metadata(request: Request) -> dict[str, str]:
    project = request.section("project")
    return {
        "bringup_version": __version__,
        "project_name": str(project["name"]),
        "project_version": str(project.get("version", "1")),
    }


def _manifest(
    request: Request, prepared: dict[str, Any], fitted: Preprocessing, sample: Sample, bundle: Path
) -> dict[str, Any]:
    project = request.section("project")
    tensor: dict[str, Any] = {
        "name": _input_name(prepared),
        "datatype": DATATYPES[prepared["input_dtype"]],
        "shape": [-1, *prepared["input_shape"]],
    }
    if fitted.fill is not None:
        tensor["missing"] = True
    return {
        "schema_version": 1,
        "name": project["name"],
        "version": str(project.get("version", "1")),
        "description": project.get("description", ""),
        "task": prepared["task"],
        "model": MODEL,
        "inputs": [tensor],
        "outputs": _outputs(prepared, sample.expected.shape[1]),
        "class_names": prepared.get("class_names"),
        "feature_names": prepared.get("feature_names"),
        "target_name": prepared.get("target_name"),
        "files": {path.name: f"sha256:{digest_file(path)}" for path in sorted(bundle.iterdir())},
        "max_batch_rows": request.section("serve").get("max_batch_rows", 1024),
        "created_by": f"bringup {__version__}",
    }


def _outputs(prepared: dict[str, Any], width: int) -> list[dict[str, Any]]:
    if prepared["task"] == "regression":
        return [{"name": "prediction", "datatype": "FP32", "shape": [-1, width]}]
    return [
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, width]},
        {"name": "label", "datatype": "INT64", "shape": [-1]},
    ]


def _input_name(prepared: dict[str, Any]) -> str:
    return "pixels" if prepared["input_kind"] == "image" else "features"


def _output_names(prepared: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row["name"] for row in _outputs(prepared, 1))


def _model_bytes(files: dict[str, int]) -> int:
    return sum(size for name, size in files.items() if name.startswith(MODEL))


def _put(built: Path, place: Path) -> None:
    """Give a built folder its name. What stood there goes, which a rerun after a kill allows."""
    with faults_of(place):
        if place.exists():
            place.replace(built.with_name(f"{built.name}.old"))
        built.replace(place)
