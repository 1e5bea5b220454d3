"""The JSON Schema of ``bringup.toml``, for editors: generated from the model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bringup.project.checks.gates import METRICS
from bringup.project.fields import keys_of

SCHEMA_FILE: Final = Path(__file__).with_name("bringup.schema.json")
"""The schema as it is shipped; ``scripts/write_schema.py`` writes it."""

_GATE: Final = {
    "type": "string",
    "pattern": r"^\s*(>=|<=|==|>|<)\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$",
}
_METRICS: Final = {
    "accuracy": "Share of test rows whose label is right.",
    "precision_macro": "Mean over the classes of the precision.",
    "recall_macro": "Mean over the classes of the recall.",
    "f1_macro": "Mean over the classes of F1.",
    "roc_auc": "Area under the ROC curve; with several classes the mean of one against the rest.",
    "r2": "Share of the target's variance that is explained.",
    "rmse": "Root of the mean squared error, in units of the target.",
    "mae": "Mean absolute error, in units of the target.",
    "pearson": "Pearson correlation of prediction and target.",
    "max_difference": "Largest difference between the forms of the model in one output number.",
    "equal_labels": "Share of rows that get the same label from all forms of the model.",
}


def make_schema() -> dict[str, Any]:
    """Return the schema as JSON.

    It has no references and no null, so that simple editors show each key's text and choices.
    """
    from bringup.project.model import Project

    generated = Project.model_json_schema()
    definitions = generated.pop("$defs")
    schema = _plain(generated, definitions)
    tables = schema["properties"]
    for name, key, field in ((n, k, f) for n in tables for k, f in keys_of(n).items()):
        if field.default_factory is not None:
            tables[name]["properties"][key]["default"] = field.get_default(
                call_default_factory=True
            )
    for stage in METRICS:
        tables[stage]["properties"]["gates"] |= _gates(stage)
    tables["data"]["oneOf"] = [{"required": ["dataset"]}, {"required": ["path", "target"]}]
    tables["train"]["not"] = {"required": ["model", "script"]}
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "bringup.toml",
        "description": "A project of bringup: from a bare machine to a served model.",
    }
    return {**head, **{key: value for key, value in schema.items() if key not in head}}


def _gates(stage: str) -> dict[str, Any]:
    names = dict.fromkeys(name for group in METRICS[stage].values() for name in group)
    properties = {name: {**_GATE, "description": _METRICS[name]} for name in names}
    return {"properties": properties, "additionalProperties": False}


def _plain(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a part of the schema with its references filled in, without titles and null."""
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        if key == "$ref":
            # What stands beside the reference (a description) comes later and counts.
            result |= _plain(definitions[value.rpartition("/")[2]], definitions)
        elif key == "anyOf":
            (kind,) = (item for item in value if item != {"type": "null"})
            result |= _plain(kind, definitions)
        elif key == "properties":
            result[key] = {name: _plain(item, definitions) for name, item in value.items()}
        elif key in {"default", "examples", "required", "enum"}:
            result[key] = value
        elif key != "title":
            result[key] = _plain(value, definitions)
    if result.get("default", "") is None:
        del result["default"]
    return result
