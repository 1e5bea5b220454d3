"""A first ``bringup.toml`` from what a folder already holds."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SCRIPTS: Final = ("train.py", "training.py", "src/train.py", "scripts/train.py", "main.py")
"""Where people put their training script; the first one that exists is taken."""
_OUTPUT: Final = re.compile(r"[\w./-]+\.(pt|pth|safetensors|onnx|pkl|joblib|h5|keras|npz)")

# Import name -> package. Only well-known ones: a guess by the import name alone could install
# a stranger's package.
PACKAGES: Final = {
    "PIL": "pillow",
    "cv2": "opencv-python",
    "datasets": "datasets",
    "jax": "jax",
    "joblib": "joblib",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "pandas": "pandas",
    "scipy": "scipy",
    "seaborn": "seaborn",
    "sklearn": "scikit-learn",
    "tensorboard": "tensorboard",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "torchaudio": "torchaudio",
    "torchvision": "torchvision",
    "tqdm": "tqdm",
    "transformers": "transformers",
    "xgboost": "xgboost",
    "yaml": "pyyaml",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds that a project can take over. Names are relative to the folder."""

    name: str
    script: str | None = None
    csv_files: tuple[str, ...] = ()
    requirements_file: str | None = None
    dependencies: tuple[str, ...] | None = None
    """Those of pyproject.toml, or None where it names none."""
    python: str | None = None
    """What pyproject.toml requires."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a script's text tells of it."""

    requirements: tuple[str, ...] = ()
    unknown_imports: tuple[str, ...] = ()
    output: str | None = None
    """A model file that it names."""


def look_at(folder: Path) -> Found:
    """Return what ``folder`` holds; an empty or missing folder holds nothing."""
    pyproject = _pyproject(folder)
    dependencies = pyproject.get("dependencies")
    python = pyproject.get("requires-python")
    has_requirements = (folder / "requirements.txt").is_file()
    return Found(
        name=project_name(str(pyproject.get("name") or folder.resolve().name)),
        script=_find_script(folder),
        csv_files=tuple(sorted(path.name for path in folder.glob("*.csv"))),
        requirements_file="requirements.txt" if has_requirements else None,
        dependencies=tuple(map(str, dependencies)) if isinstance(dependencies, list) else None,
        python=python if isinstance(python, str) else None,
    )


def project_name(text: str) -> str:
    """Return ``text`` as the name of a project: other characters become a hyphen."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._") or "my-project"


def read_script(path: Path) -> Script:
    """Return what the text of a script tells; nothing if it is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return Script()
    imported = _imported(tree) - set(sys.stdlib_module_names)
    theirs = sorted(name for name in imported if not _is_local(path, name))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    outputs = [text for text in texts if isinstance(text, str) and _OUTPUT.fullmatch(text)]
    return Script(
        requirements=tuple(PACKAGES[name] for name in theirs if name in PACKAGES),
        unknown_imports=tuple(name for name in theirs if name not in PACKAGES),
        output=outputs[-1] if outputs else None,
    )


def _pyproject(folder: Path) -> dict[str, object]:
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    project = document.get("project")
    return project if isinstance(project, dict) else {}


def _find_script(folder: Path) -> str | None:
    for name in _SCRIPTS:
        if (folder / name).is_file():
            return name
    scripts = sorted(folder.glob("*.py"))
    return scripts[0].name if len(scripts) == 1 else None


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names


def _is_local(script: Path, name: str) -> bool:
    return (script.parent / f"{name}.py").is_file() or (script.parent / name).is_dir()
