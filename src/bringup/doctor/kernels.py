"""What several rules ask about Jupyter: its kernels, and where it stands."""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.steps import Privilege

SERVERS: Final = ("jupyter-server", "notebook", "jupyterlab", "nbclassic")
"""Packages that bring a server."""


def is_path(program: str) -> bool:
    """Say whether a kernel names its program by path; a bare name means Jupyter's own Python."""
    return "/" in program or "\\" in program


def lost(row: Record) -> bool:
    """Say whether a kernel's program is named by path and not there."""
    return row.get("exists") is False and is_path(str(row.get("program") or ""))


def bare(row: Record) -> bool:
    """Say whether a kernel's Python has no ipykernel."""
    return row.get("exists") is True and row.get("has_ipykernel") is False


def python_left(case: Case) -> bool:
    """Say whether a Python kernel is left that may start."""
    rows = (row for row in case.records("jupyter.kernelspecs") if row.get("language") == "python")
    return any(not lost(row) and not bare(row) for row in rows)


def owner_of(case: Case, path: str) -> Privilege:
    """Return whose a path is: the user's below the home folder and the environment, else root's."""
    home = case.variables.get("HOME") or case.variables.get("USERPROFILE")
    own = [folder.rstrip("/\\") for folder in (home, case.text("env.prefix")) if folder]
    plain = path.replace("\\", "/")
    inside = any(plain.startswith(folder.replace("\\", "/") + "/") for folder in own)
    return Privilege.USER if inside else Privilege.ROOT


def server_installed(case: Case) -> str | None:
    """Return the package of the environment that brings a Jupyter server."""
    return next((name for name in SERVERS if name in case.packages), None)


def is_loopback(address: str) -> bool:
    """Say whether only programs of this machine can reach an address."""
    return bool(re.match(r"127\.|::1$|::ffff:127\.|localhost$", address))


def setting(case: Case, name: str) -> str | None:
    """Return a setting of Jupyter's servers by its last name; the first file wins."""
    rows = case.records("jupyter.config")
    found = (row for row in rows if str(row.get("key", "")).rpartition(".")[2] == name)
    return next((str(row.get("value")) for row in found), None)
