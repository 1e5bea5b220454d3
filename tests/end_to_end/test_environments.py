"""Environments of a real project: the same from the same lock, and what they load from a system."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(600)]

SCRIPT = Path(__file__).parents[2] / "scripts" / "os_packages.py"


def records(project):
    """Return (use, package) -> SHA-256 of RECORD, its rows of scripts left out.

    A script begins with the path of its environment's Python, so its hash is another in each.
    """
    found = {}
    for environment in (project.path / ".bringup" / "envs").iterdir():
        use = environment.name.partition("-")[0]
        for path in environment.glob("lib/python3*/site-packages/*.dist-info/RECORD"):
            rows = sorted(
                row for row in path.read_text().splitlines() if not row.startswith("../../../bin/")
            )
            digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            found[use, path.parent.name] = digest
    return found


def test_a_clone_has_the_same_packages_byte_for_byte(small_project, tmp_path):
    small_project.up()
    clone = type(small_project)(tmp_path / "clone")
    clone.path.mkdir()
    for pattern in ("bringup.toml", "*.lock", "pylock.*"):
        for path in small_project.path.glob(pattern):
            shutil.copy(path, clone.path)
    done = clone.bringup("sync")
    assert done.returncode == 0, done.stderr
    whole = records(small_project)
    assert len(whole) > 40
    assert records(clone) == whole


def test_nothing_to_do_after_up(small_project):
    small_project.up()
    done = small_project.bringup("sync")
    if "nothing to do" not in done.stderr:
        # Files that were written while the pass ran have to be looked at once more.
        done = small_project.bringup("sync")
    assert "nothing to do" in done.stderr
    assert done.stdout == ""


def test_the_table_of_system_packages_knows_what_these_environments_load(small_project):
    small_project.up()
    folders = sorted((small_project.path / ".bringup" / "envs").iterdir())
    done = subprocess.run(
        [sys.executable, SCRIPT, *folders], check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert "torch: libgcc_s.so.1, libstdc++.so.6" in done.stdout
