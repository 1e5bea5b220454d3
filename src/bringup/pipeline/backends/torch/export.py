"""The trained model as one graph, raw rows in and answers out, run eagerly or written as ONNX."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from bringup.base.errors import BringupError
from bringup.base.files import atomic_file
from bringup.pipeline.backends.torch.determinism import usable_cores
from bringup.pipeline.backends.torch.models import load_trained
from bringup.pipeline.backends.torch.preprocess import FullGraph
from bringup.pipeline.preprocessing import Preprocessing

BATCH_ROWS: Final = 500
INLINE_BYTES: Final = 1_900_000_000
"""Weights up to here stand inside the file: protobuf ends at 2 GiB."""

_USER_CODE: Final = re.compile(r"# File: (\S+?):(\d+) in \w+, code: (.+)")
_OPERATOR: Final = re.compile(r"No ONNX function found for .*?op='([^']+)'")
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Signature:
    """Names of the exported graph's input and outputs, and the opset wanted (None: its own)."""

    input_name: str
    output_names: tuple[str, ...]
    opset: int | None = None


def load_graph(
    train_folder: Path,
    project_folder: Path,
    task: str,
    fitted: Preprocessing,
    *,
    threads: int | None = None,
) -> FullGraph:
    """Rebuild the trained model from its files, with what stands before and after it.

    ``threads`` is how many it computes with from now on; the usable cores when absent.
    """
    torch.set_num_threads(threads or usable_cores())
    graph = FullGraph(load_trained(train_folder, project_folder), task, fitted)
    return graph.eval()


def predict(
    graph: FullGraph,
    inputs: NDArray[Any],
    *,
    progress: Callable[[int], object] | None = None,
) -> NDArray[np.float32]:
    """Answer raw rows in batches: probabilities [rows, classes] or predictions [rows, 1].

    ``progress`` is told how many rows are done.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(inputs), BATCH_ROWS):
            # A copy: PyTorch warns of arrays that may not be written, as mapped files are.
            rows = np.array(inputs[start : start + BATCH_ROWS])
            answer = graph(torch.from_numpy(rows))
            values = answer[0] if isinstance(answer, tuple) else answer
            parts.append(values.numpy())
            if progress is not None:
                progress(min(start + BATCH_ROWS, len(inputs)))
    return np.concatenate(parts)


def write_onnx(
    graph: FullGraph,
    path: Path,
    sample: NDArray[Any],
    signature: Signature,
    metadata: dict[str, str],
    log: Path,
) -> None:
    """Write ``graph`` as ONNX with any number of rows; the exporter's talk goes to ``log``.

    Raises:
        BringupError: EXP001, the exporter cannot take the model; EXP002, it only took it with a
            fixed number of rows; EXP003, not in the opset wanted.
    """
    try:
        with _talk_into(log):
            program = torch.onnx.export(
                graph,
                (torch.from_numpy(np.array(sample)),),
                dynamo=True,
                input_names=[signature.input_name],
                output_names=list(signature.output_names),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=signature.opset,
                verbose=False,
            )
    except Exception as error:
        raise BringupError("EXP001", reason=_reason(error), where=_where(log), log=log) from error
    _check(program.model, signature, log)
    _label(program.model, metadata)
    if _weight_bytes(graph) < INLINE_BYTES:
        with atomic_file(path) as file:
            file.write(program.model_proto.SerializeToString())
    else:
        program.save(path, external_data=True)


def _check(model: Any, signature: Signature, log: Path) -> None:
    # When the rows cannot vary, the exporter quietly falls back to the sample's number of rows.
    if isinstance(model.graph.inputs[0].shape[0], int):
        raise BringupError("EXP002", where=_where(log), log=log)
    found = model.opset_imports[""]
    if signature.opset is not None and found != signature.opset:
        raise BringupError("EXP003", wanted=signature.opset, found=found)


def _label(model: Any, metadata: dict[str, str]) -> None:
    """Name who made the model; drop the exporter's traces, which hold paths of this machine."""
    model.producer_name = "bringup"
    model.producer_version = metadata["bringup_version"]
    for node in model.graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
    for value in [*model.graph.inputs, *model.graph.initializers.values()]:
        value.metadata_props.clear()
    model.graph.metadata_props.clear()
    model.metadata_props.clear()
    model.metadata_props.update(metadata)


def _weight_bytes(graph: FullGraph) -> int:
    tensors = [*graph.parameters(), *graph.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@contextlib.contextmanager
def _talk_into(log: Path) -> Iterator[None]:
    # By file descriptor too: the exporter's log handlers hold on to the stream they began with.
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("w", encoding="utf-8", errors="replace", buffering=1) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            with (
                contextlib.redirect_stdout(file),
                contextlib.redirect_stderr(file),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")
                yield
        finally:
            for descriptor, original in zip((1, 2), kept, strict=True):
                os.dup2(original, descriptor)
                os.close(original)


def _reason(error: BaseException) -> str:
    """Return what is behind the exporter's pages of advice: the operator or the first line."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = _ANSI.sub("", str(error)).strip() or type(error).__name__
    if match := _OPERATOR.search(text):
        return f"ONNX has no counterpart of the operator {match[1]}"
    return text.partition("\n")[0].strip()


def _where(log: Path) -> str:
    """Return the last line of the user's code that the exporter named, or nothing."""
    talk = _ANSI.sub("", log.read_text(encoding="utf-8", errors="replace"))
    named = [match for match in _USER_CODE.finditer(talk) if "site-packages" not in match[1]]
    if not named:
        return ""
    path, line, code = named[-1].groups()
    return f"\n    {Path(path).name}:{line}: {code.strip()}"
