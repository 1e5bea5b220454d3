"""What lies in a project's folder that should be looked at: models, credentials.

The folder is walked within limits; nothing is loaded, pickles are read opcode by opcode.
"""

from __future__ import annotations

import os
import pickletools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World

_SKIPPED: Final = frozenset(
    {".git", ".hg", ".venv", "venv", "env", ".bringup", "runs", "node_modules", "__pycache__"}
    | {".tox", ".mypy_cache", ".ruff_cache", ".pytest_cache", "site-packages", ".ipynb_checkpoints"}
)
_MOST_FILES: Final = 5000
_MOST_PICKLE_BYTES: Final = 4 << 20
_MOST_TEXT_BYTES: Final = 256 << 10
_FORMATS: Final = {
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "joblib",
    ".pt": "torch",
    ".pth": "torch",
    ".ckpt": "torch",
    ".bin": "torch",
    ".h5": "keras_h5",
    ".hdf5": "keras_h5",
    ".keras": "keras",
    ".safetensors": "safetensors",
    ".onnx": "onnx",
}
_TEXTS: Final = frozenset(
    {".py", ".ipynb", ".toml", ".yaml", ".yml", ".json", ".cfg", ".ini", ".sh", ".env", ".txt"}
    | {".md", ""}
)
_SECRETS: Final = (
    ("Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}")),
    ("AWS access key", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("OpenAI key", re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}")),
    ("Weights & Biases key", re.compile(r"WANDB_API_KEY\W{1,4}[0-9a-f]{40}\b")),
    ("private key", re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----")),
    ("address with a password", re.compile(r"https?://[^\s/:@]{1,64}:[^\s/:@{$]{3,64}@[\w.-]+")),
)


def _files(world: World) -> Iterator[Path]:
    root = world.at(str(world.folder))
    if not (root / "bringup.toml").is_file():
        raise NoAnswer("the folder is no project")
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            count += 1
            if count > _MOST_FILES:
                return
            yield Path(folder) / name


def _shown(world: World, path: Path) -> str:
    return path.relative_to(world.at(str(world.folder))).as_posix()


def _model_files(world: World) -> Answer:
    rows = []
    for path in _files(world):
        kind = _FORMATS.get(path.suffix.lower())
        if kind is None:
            continue
        row: dict[str, Any] = {
            "path": _shown(world, path),
            "format": kind,
            "size_bytes": path.stat().st_size,
            "imports": [],
        }
        if kind in {"pickle", "torch", "joblib"}:
            row["imports"] = imports_of(path)
        rows.append(row)
    return Answer(rows, str(world.folder))


def imports_of(path: Path) -> list[str]:
    """Return what a pickle would import ("module name"), read without loading it.

    A zip of torch's is looked into. A file that is no pickle, and the part of one beyond 4 MiB,
    gives nothing.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".pkl")]
                found: list[str] = []
                for name in names[:4]:
                    with archive.open(name) as file:
                        found += _globals(file)
                return sorted(dict.fromkeys(found))
        with path.open("rb") as file:
            return sorted(dict.fromkeys(_globals(file)))
    except (OSError, zipfile.BadZipFile, RuntimeError):
        return []


def _globals(file: IO[bytes]) -> list[str]:
    data = file.read(_MOST_PICKLE_BYTES)
    found: list[str] = []
    strings: list[str] = []
    try:
        for code, value, _ in pickletools.genops(data):
            if code.name in {"GLOBAL", "INST"}:
                found.append(str(value))
            elif code.name == "STACK_GLOBAL" and len(strings) >= 2:
                found.append(f"{strings[-2]} {strings[-1]}")
            elif isinstance(value, str):
                strings = [*strings[-3:], value]
    except Exception:
        return found
    return found


def _secrets(world: World) -> Answer:
    rows = []
    for path in _files(world):
        if path.suffix.lower() not in _TEXTS or path.stat().st_size > _MOST_TEXT_BYTES:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        for kind, form in _SECRETS:
            if match := form.search(text):
                line = text.count("\n", 0, match.start()) + 1
                rows.append({"path": _shown(world, path), "line": line, "kind": kind})
    return Answer(rows, str(world.folder))


SOURCES: Sources = {
    "project.model_files": (Source("the project's folder", _model_files),),
    "project.secrets": (Source("the project's folder", _secrets),),
}
