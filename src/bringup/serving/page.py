"""The page at ``/``: what is served, in words, with a request to copy and a model to play with."""

from __future__ import annotations

import html
import json
import math
from pathlib import Path
from string import Template
from typing import Any, Final

from bringup import __version__
from bringup.serving.bundle import Bundle, TensorSpec

MOST_FIELDS: Final = 40
"""A table with more features gets no form."""
MOST_PIXELS: Final = 64
"""An image of more pixels a side gets no canvas."""
MOST_ZEROS: Final = 20
"""A longer row of zeros is written by the shell."""
_TEMPLATE: Final = Path(__file__).with_name("page.html")


def page(bundle: Bundle) -> str:
    """Return the page as HTML without any reference to another place."""
    facts = {
        "name": bundle.name,
        "kind": _kind(bundle),
        "input": bundle.inputs[0].to_json(),
        "outputs": [spec.name for spec in bundle.outputs],
        "classes": bundle.class_names,
        "features": bundle.feature_names,
        "target": bundle.target_name,
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=html.escape(bundle.name),
        version=html.escape(bundle.version),
        task=html.escape(bundle.task),
        producer=html.escape(__version__),
        inputs="".join(_row(spec) for spec in bundle.inputs),
        outputs="".join(_row(spec) for spec in bundle.outputs),
        rows=bundle.max_batch_rows,
        body=html.escape(shell_words(bundle)),
        # "<" would let a name end the script element.
        facts=json.dumps(facts).replace("<", "\\u003c"),
    )


def shell_words(bundle: Bundle) -> str:
    """Return ``example`` quoted for a shell, which writes long runs of zeros itself."""
    text = "'" + json.dumps(example(bundle)) + "'"
    for size in sorted({math.prod(spec.shape[1:]) for spec in bundle.inputs}, reverse=True):
        if size > MOST_ZEROS:
            zeros = f"""['"$(printf '0,%.0s' $(seq {size - 1}))"'0]"""
            text = text.replace(json.dumps([0] * size), zeros)
    return text


def example(bundle: Bundle) -> dict[str, Any]:
    """Return a small request that the model answers: one row of zeros."""
    inputs = []
    for spec in bundle.inputs:
        inputs.append({
            "name": spec.name,
            "shape": [1, *spec.shape[1:]],
            "datatype": spec.datatype,
            "data": [0] * math.prod(spec.shape[1:]),
        })  # fmt: skip
    return {"inputs": inputs}


def _kind(bundle: Bundle) -> str:
    shape = bundle.inputs[0].shape[1:]
    if len(bundle.inputs) > 1:
        return "other"
    if len(shape) == 2 and max(shape) <= MOST_PIXELS and bundle.inputs[0].datatype == "UINT8":
        return "image"
    features = bundle.feature_names
    if len(shape) == 1 and features and len(features) == shape[0] <= MOST_FIELDS:
        return "table"
    return "other"


def _row(spec: TensorSpec) -> str:
    shape = " × ".join("rows" if size == -1 else str(size) for size in spec.shape)
    return (
        f"<tr><td><code>{html.escape(spec.name)}</code></td>"
        f"<td>{html.escape(spec.datatype)}</td><td>{shape}</td></tr>"
    )
