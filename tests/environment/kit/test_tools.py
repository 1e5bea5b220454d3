import subprocess
import sys
import zipfile
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from sdist_fixtures import make_target
from stack_fixtures import OWN_PYTHON, make_machine, make_wheel

from bringup.base.errors import BringupError
from bringup.environment.kit import tools
from bringup.machine.model import Interpreter
from bringup.stack.lock import locked_packages

TARGET = make_target(Interpreter(**OWN_PYTHON))


def test_our_own_wheel_is_a_wheel_and_the_same_each_time(tmp_path):
    first, path = tools.own_wheel(tmp_path / "a")
    second, _ = tools.own_wheel(tmp_path / "b")
    assert first.sha256 == second.sha256
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert not [name for name in names if "__pycache__" in name]
        assert {"bringup/base/catalogue/kit.toml", "bringup/environment/kit/install.sh"} <= {*names}
    shown = subprocess.run(
        [sys.executable, "-P", "-m", "bringup", "--version"],
        env={"PYTHONPATH": str(path), "PATH": ""},
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout == f"bringup {first.version}\n"


def index_of_tools(folder, versions):
    """Put wheels of all that bringup asks for into a folder; return the settings that name it."""
    for text in metadata.distribution("bringup").requires:
        if "extra" not in text:
            name = Requirement(text).name
            for version in versions(name):
                make_wheel(folder, name, version)
    return {"find_links": [str(folder)], "no_index": True}


@pytest.mark.parametrize("same", [True, False])
def test_the_versions_that_run_here_where_they_can_be_had(tmp_path, same):
    settings = index_of_tools(
        tmp_path / "w", lambda name: [*([metadata.version(name)] if same else []), "9999.1"]
    )
    (tmp_path / "work").mkdir()
    heard = []
    pylock = tools.lock_tools(
        tmp_path / "work",
        target=TARGET,
        machine=make_machine(settings=settings),
        notify=lambda code, params: heard.append(code),
    )
    locked = locked_packages(pylock)
    assert locked["uv"] == (metadata.version("uv") if same else "9999.1")
    assert heard == ([] if same else ["KIT022"])


def test_bringup_that_was_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(tools, "OWN", "bringup-that-is-not-here")
    with pytest.raises(BringupError) as caught:
        tools.own_wheel(tmp_path)
    assert caught.value.code == "KIT008"
