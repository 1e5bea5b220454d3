"""A source that builds itself, and targets to build for."""

import io
import tarfile

from bringup.environment.kit.target import Target
from bringup.stack.lock_file import TargetLock

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "gamma"
version = "1.0"
"""
BACKEND = """
import os, sys, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "gamma-1.0-TAG.whl"
    rows = {{
        "gamma.py": "where = " + repr({when}),
        "gamma-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: gamma\\nVersion: 1.0\\n",
        "gamma-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: TAG\\n",
        "gamma-1.0.dist-info/RECORD": "",
    }}
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for row, text in rows.items():
            archive.writestr(zipfile.ZipInfo(row), text)
    return name
"""


def make_sdist(folder, *, tag="py3-none-any", backend=BACKEND):
    """Write a source that builds itself, without any build requirement."""
    folder.mkdir(exist_ok=True)
    path = folder / "gamma-1.0.tar.gz"
    when = "os.environ['SOURCE_DATE_EPOCH']"
    backend = backend.format(when=when).replace("TAG", tag) if backend is BACKEND else backend
    rows = {"pyproject.toml": PYPROJECT, "backend.py": backend, "PKG-INFO": "Name: gamma\n"}
    with tarfile.open(path, "w:gz") as archive:
        for name, text in rows.items():
            info = tarfile.TarInfo(f"gamma-1.0/{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def make_target(interpreter, **changes):
    """Return the target of a lock for Linux x86_64 with glibc 2.28, changed as said."""
    values = {
        "name": "cpu",
        "build": "cpu",
        "requested": "auto",
        "python": ">=3.11,<3.12",
        "os": "linux",
        "arch": "x86_64",
        "libc": "glibc",
        "platform_floor": "2.28",
        "files": {},
    }
    return Target(TargetLock(**{**values, **changes}), interpreter)
