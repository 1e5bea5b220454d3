"""The bundle's model in ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping

import onnxruntime

from bringup.base.errors import BringupError
from bringup.serving.bundle import Bundle
from bringup.serving.tensors import Array


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Model:
    """A loaded model; ``infer`` may be called from several threads at once."""

    def __init__(self, bundle: Bundle, *, threads: int | None = None) -> None:
        """Load the model of ``bundle``.

        Raises:
            BringupError: SRV005, ONNX Runtime refuses it; SRV006, its inputs and outputs are not
                those of the manifest.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        options.log_severity_level = 3
        # Threads that wait in a busy loop between requests would keep the cores hot for nothing.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        source = bundle.model if isinstance(bundle.model, bytes) else str(bundle.model)
        try:
            self._session = onnxruntime.InferenceSession(
                source, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise BringupError("SRV005", folder=bundle.folder, reason=error) from error
        self._outputs = [spec.name for spec in bundle.outputs]
        self._check(bundle)

    def infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Answer rows: arrays by input name to arrays by output name.

        Raises:
            BringupError: SRV120, the model refuses these rows.
        """
        try:
            found = self._session.run(self._outputs, dict(inputs))
        except Exception as error:
            raise BringupError("SRV120", reason=error) from error
        return dict(zip(self._outputs, found, strict=True))

    def _check(self, bundle: Bundle) -> None:
        expected = [spec.name for spec in (*bundle.inputs, *bundle.outputs)]
        found = [row.name for row in (*self._session.get_inputs(), *self._session.get_outputs())]
        if sorted(expected) != sorted(found):
            raise BringupError(
                "SRV006", folder=bundle.folder, expected=", ".join(expected), found=", ".join(found)
            )
