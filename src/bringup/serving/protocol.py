"""One inference request, from the bytes of its body to the bytes of its answer.

The Open Inference Protocol v2 (REST) with the binary tensor data extension: a JSON object,
followed by the bytes of the tensors that it names with ``binary_data_size``.
https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np

from bringup.base.errors import BringupError
from bringup.serving import tensors
from bringup.serving.bundle import Bundle, TensorSpec
from bringup.serving.tensors import Array

JSON_LENGTH_HEADER: Final = "Inference-Header-Content-Length"
OVERHEAD_BYTES: Final = 1 << 16
_NUMBER_BYTES: Final = {"BOOL": 8, "UINT8": 8, "INT8": 8}
_WIDE_NUMBER_BYTES: Final = 32

Infer = Callable[[Mapping[str, Array]], Mapping[str, Array]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, and how long its JSON is when bytes of tensors follow it."""

    body: bytes
    json_length: int | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    spec: TensorSpec
    binary: bool


def body_limit_bytes(bundle: Bundle) -> int:
    """Return how long a body may be: room for the most rows, each number with its separators."""
    row_bytes = sum(
        _elements(spec) * _NUMBER_BYTES.get(spec.datatype, _WIDE_NUMBER_BYTES)
        for spec in bundle.inputs
    )
    return OVERHEAD_BYTES + bundle.max_batch_rows * row_bytes


def answer(bundle: Bundle, infer: Infer, body: bytes, json_length: int | None = None) -> Answer:
    """Answer one inference request.

    Args:
        bundle: what is served.
        infer: runs the model: input arrays by name to output arrays by name.
        body: the request's body.
        json_length: bytes of its JSON, from the header of the binary extension; None for all.

    Raises:
        BringupError: SRV101 to SRV119, what the request should have been and what it is.
    """
    document = _parse(body, json_length)
    wanted = _outputs(bundle, document)
    binary = memoryview(body)[len(body) if json_length is None else json_length :]
    found = infer(_inputs(bundle, document, binary))
    return _reply(bundle, document, wanted, found)


def _parse(body: bytes, json_length: int | None) -> dict[str, Any]:
    if json_length is not None and not 0 < json_length <= len(body):
        raise BringupError("SRV102", header=JSON_LENGTH_HEADER, found=json_length, body=len(body))
    try:
        document = json.loads(body[:json_length], parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BringupError("SRV101", reason=error) from error
    if not isinstance(document, dict):
        raise BringupError("SRV101", reason=f"expected an object, found {tensors.short(document)}")
    for key, kind in (("id", str), ("parameters", dict), ("outputs", list)):
        if key in document and not isinstance(document[key], kind):
            raise BringupError(
                "SRV103", key=key, expected=kind.__name__, found=tensors.short(document[key])
            )
    _refuse_unrepeatable(document.get("parameters"))
    return document


def _refuse_unrepeatable(parameters: Any) -> None:
    # They are repeated in the answer, where 1e999 (infinity for Python) would not be JSON.
    try:
        json.dumps(parameters, allow_nan=False)
    except ValueError as error:
        raise BringupError("SRV101", reason=error) from error


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _inputs(bundle: Bundle, document: dict[str, Any], binary: memoryview) -> dict[str, Array]:
    rows = document.get("inputs")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BringupError(
            "SRV103", key="inputs", expected="list of objects", found=tensors.short(rows)
        )
    specs = {spec.name: spec for spec in bundle.inputs}
    arrays: dict[str, Array] = {}
    used = 0
    for row in rows:
        name = row.get("name")
        spec = specs.get(name) if isinstance(name, str) else None
        if spec is None or spec.name in arrays:
            raise BringupError("SRV104", found=tensors.short(name), expected=", ".join(specs))
        size = _parameters(row).get("binary_data_size")
        arrays[spec.name] = _input(bundle, spec, row, None if size is None else binary[used:])
        used += 0 if size is None else size
    if missing := [name for name in specs if name not in arrays]:
        raise BringupError("SRV105", name=", ".join(missing))
    if used != len(binary):
        raise BringupError("SRV106", expected=used, found=len(binary))
    return arrays


def _input(
    bundle: Bundle, spec: TensorSpec, row: dict[str, Any], binary: memoryview | None
) -> Array:
    if row.get("datatype") != spec.datatype:
        raise BringupError(
            "SRV107", name=spec.name, expected=spec.datatype,
            found=tensors.short(row.get("datatype")),
        )  # fmt: skip
    shape = tensors.check_shape(spec, row.get("shape"), max_rows=bundle.max_batch_rows)
    if binary is None:
        return tensors.from_json(spec, shape, row.get("data"))
    size = _parameters(row)["binary_data_size"]
    if type(size) is not int or size < 0:
        raise BringupError(
            "SRV103", key="binary_data_size", expected="int", found=tensors.short(size)
        )
    return tensors.from_binary(spec, shape, binary[:size])


def _outputs(bundle: Bundle, document: dict[str, Any]) -> list[_Wanted]:
    all_binary = document.get("parameters", {}).get("binary_data_output") is True
    specs = {spec.name: spec for spec in bundle.outputs}
    rows = document.get("outputs") or [{"name": name} for name in specs]
    wanted = []
    for row in rows:
        name = row.get("name") if isinstance(row, dict) else row
        if not isinstance(name, str) or name not in specs:
            raise BringupError("SRV108", found=tensors.short(name), expected=", ".join(specs))
        wanted.append(_Wanted(specs[name], _parameters(row).get("binary_data", all_binary) is True))
    return wanted


def _parameters(row: dict[str, Any]) -> dict[str, Any]:
    parameters = row.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise BringupError(
            "SRV103", key="parameters", expected="dict", found=tensors.short(parameters)
        )
    return parameters


def _reply(
    bundle: Bundle, document: dict[str, Any], wanted: list[_Wanted], found: Mapping[str, Array]
) -> Answer:
    outputs, parts = [], []
    for item in wanted:
        array = np.ascontiguousarray(found[item.spec.name], tensors.DTYPES[item.spec.datatype])
        row: dict[str, Any] = {
            "name": item.spec.name,
            "datatype": item.spec.datatype,
            "shape": list(array.shape),
        }
        if item.binary:
            parts.append(array.tobytes())
            row["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            row["data"] = array.ravel().tolist()
        outputs.append(row)
    echoed: dict[str, Any] = {key: document[key] for key in ("id", "parameters") if key in document}
    reply: dict[str, Any] = {
        "model_name": bundle.name, "model_version": bundle.version, **echoed, "outputs": outputs,
    }  # fmt: skip
    try:
        text = json.dumps(reply, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise BringupError("SRV121", reason=error) from error
    return Answer(b"".join([text, *parts]), len(text) if parts else None)


def _elements(spec: TensorSpec) -> int:
    return int(np.prod(spec.shape[1:], dtype=np.int64))
