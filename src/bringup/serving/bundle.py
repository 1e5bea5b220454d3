"""A bundle as a value: its manifest read, its files verified before anything is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, read_json

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output: its name, its datatype in the protocol's words, its shape.

    The first dimension is -1, the rows of a request. ``missing`` says that the model fills in
    missing values itself (null in JSON, NaN in binary data).
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    missing: bool = False

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read one row of the manifest's ``inputs`` or ``outputs``."""
        return cls(
            document["name"],
            document["datatype"],
            tuple(document["shape"]),
            bool(document.get("missing", False)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the tensor as the protocol's model metadata names it."""
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is served: names, tensors, limits, and the verified bytes of the model.

    ``model`` holds the bytes that were verified, so what is loaded is what was checked; it is a
    path when the weights are too large to stand inside the file.
    """

    folder: Path
    name: str
    version: str
    task: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    class_names: tuple[str, ...] | None
    feature_names: tuple[str, ...] | None
    target_name: str | None
    max_batch_rows: int
    model: bytes | Path


def open_bundle(folder: Path) -> Bundle:
    """Read the manifest of ``folder`` and verify the digest of every file that it names.

    Raises:
        BringupError: SRV001, no bundle there; SRV002, the manifest is not one; SRV003, a file is
            not the one that was exported; SRV004, a file is missing.
    """
    if not (folder / MANIFEST).is_file():
        raise BringupError("SRV001", folder=folder)
    document = read_json(folder / MANIFEST)
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise _not_a_manifest(folder, f"expected schema_version {SCHEMA_VERSION}")
    try:
        model = _verified(folder, document["files"], document["model"])
        return _bundle(folder, document, model)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_a_manifest(folder, f"{type(error).__name__}: {error}") from error


def _bundle(folder: Path, document: Mapping[str, Any], model: bytes | Path) -> Bundle:
    return Bundle(
        folder=folder,
        name=document["name"],
        version=str(document["version"]),
        task=document["task"],
        inputs=tuple(TensorSpec.from_json(row) for row in document["inputs"]),
        outputs=tuple(TensorSpec.from_json(row) for row in document["outputs"]),
        class_names=_names(document.get("class_names")),
        feature_names=_names(document.get("feature_names")),
        target_name=document.get("target_name"),
        max_batch_rows=int(document["max_batch_rows"]),
        model=model,
    )


def _verified(folder: Path, files: Mapping[str, str], model: str) -> bytes | Path:
    """Hold each file against its digest; return the model's bytes, or its path if it has parts."""
    if model not in files:
        raise _not_a_manifest(folder, f"files has no digest of {model}")
    content: bytes | Path = _inside(folder, model)
    alone = not any(name.startswith(f"{model}.") for name in files)
    for name, expected in files.items():
        path = _inside(folder, name)
        if not path.is_file():
            raise BringupError("SRV004", folder=folder, name=name)
        if name == model and alone:
            content = path.read_bytes()
            found = hashlib.sha256(content).hexdigest()
        else:
            found = digest_file(path)
        if expected != f"sha256:{found}":
            raise BringupError("SRV003", path=path, expected=expected, found=f"sha256:{found}")
    return content


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _not_a_manifest(folder, f"{name} is outside of the bundle")
    return path


def _names(row: list[str] | None) -> tuple[str, ...] | None:
    return None if row is None else tuple(str(name) for name in row)


def _not_a_manifest(folder: Path, reason: str) -> BringupError:
    return BringupError("SRV002", path=folder / MANIFEST, reason=reason)
