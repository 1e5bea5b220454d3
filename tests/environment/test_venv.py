import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stack_fixtures import OWN_PYTHON, make_machine, make_wheel

from bringup.base.errors import BringupError, UnreachableError
from bringup.environment.venv import (
    MARKER,
    environment_digest,
    is_complete,
    is_exact,
    python_of,
    remove_tree,
    sync_environment,
)
from bringup.machine.model import Interpreter
from bringup.stack.lock import lock_environment
from bringup.stack.model import Stack

PYTHON = Interpreter(**OWN_PYTHON)


@pytest.fixture(autouse=True)
def quick_uv(monkeypatch, tmp_path):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))


def lock(folder, *requirements, settings):
    folder.mkdir(exist_ok=True)
    stack = Stack(PYTHON, "cpu", "auto", requirements, None, ())
    machine = make_machine(settings=settings)
    return lock_environment(
        stack, machine=machine, folder=folder, state_folder=folder / ".bringup"
    ).train


def sync(pylock, settings, **options):
    envs = pylock.parent / ".bringup" / "envs"
    return sync_environment(
        pylock,
        python=PYTHON,
        envs_folder=envs,
        name="train",
        machine=make_machine(settings=settings),
        **options,
    )


def offline(tmp_path, *versions):
    for version in versions:
        make_wheel(tmp_path / "wheels", "alpha", version)
    return {"find_links": [str(tmp_path / "wheels")], "no_index": True}


def version_in(environment):
    code = "import alpha; print(alpha.__version__)"
    return subprocess.check_output([environment.python, "-c", code], text=True).strip()


def test_an_environment_is_built_once_and_found_again(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    heard = []
    first = sync(pylock, settings, notify=lambda code, params: heard.append(code))
    assert first.built
    assert version_in(first) == "1.0"
    assert "ENV014" in heard
    marker = json.loads((first.folder / MARKER).read_text())
    assert marker["digest"] == first.digest
    again = sync(pylock, settings)
    assert (again.built, again.folder) == (False, first.folder)
    assert again.python == first.python


def test_an_incomplete_one_is_built_anew(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    folder = sync(pylock, settings).folder
    (folder / MARKER).unlink()
    rubbish = folder / "rubbish"
    rubbish.write_text("half")
    assert not is_complete(folder, environment_digest(pylock, PYTHON))
    assert sync(pylock, settings).built
    assert not rubbish.exists()


def test_a_copy_in_another_folder_is_not_complete(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    folder = sync(pylock, settings).folder
    copy = tmp_path / "copy" / folder.name
    shutil.copytree(folder, copy, symlinks=True)
    digest = environment_digest(pylock, PYTHON)
    assert is_complete(folder, digest)
    assert not is_complete(copy, digest)


def test_one_whose_python_is_gone_is_built_anew(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    environment = sync(pylock, settings)
    environment.python.unlink()
    assert sync(pylock, settings).built


def test_old_ones_go_after_success_and_stay_on_failure(tmp_path, monkeypatch):
    settings = offline(tmp_path, "1.0", "2.0")
    project = tmp_path / "p"
    old = sync(lock(project, "alpha==1.0", settings=settings), settings)
    pylock = lock(project, "alpha==2.0", settings=settings)
    (tmp_path / "wheels" / "alpha-2.0-py3-none-any.whl").rename(tmp_path / "away.whl")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    with pytest.raises(BringupError):
        sync(pylock, settings)
    assert version_in(old) == "1.0"
    (tmp_path / "away.whl").rename(tmp_path / "wheels" / "alpha-2.0-py3-none-any.whl")
    new = sync(pylock, settings)
    assert version_in(new) == "2.0"
    assert not old.folder.exists()


@pytest.mark.parametrize(
    "changed", [{"alpha/x.py": "evil"}, {"alpha/__init__.py": "__version__ = '9.9'\n"}]
)
def test_a_wrong_hash_is_refused(server, tmp_path, monkeypatch, changed):
    server.wheels = [make_wheel(tmp_path / "w", "alpha", "1.0")]
    settings = {"index": server.index()}
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    # The index now gives other bytes under the same name, of the same size or not.
    server.wheels = [make_wheel(tmp_path / "w", "alpha", "1.0", files=changed)]
    # A cache of its own: uv must not know the wheel from locking.
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    with pytest.raises(BringupError) as caught:
        sync(pylock, settings)
    assert caught.value.code == "STK054"
    assert not list((pylock.parent / ".bringup" / "envs").glob(f"*/{MARKER}"))


def test_an_index_that_went_away(server, closed_port, tmp_path, monkeypatch):
    server.wheels = [make_wheel(tmp_path / "w", "alpha", "1.0")]
    pylock = lock(tmp_path / "p", "alpha", settings={"index": server.index()})
    pylock.write_text(pylock.read_text().replace(server.address, closed_port))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    with pytest.raises(UnreachableError, match=closed_port):
        sync(pylock, {})


def test_files_of_an_index_with_credentials_are_fetched_with_them(server, tmp_path, monkeypatch):
    server.wheels = [make_wheel(tmp_path / "w", "alpha", "1.0")]
    server.credentials = "user:secret"
    settings = {"index": server.index("user:secret@")}
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    assert "secret" not in pylock.read_text()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    assert version_in(sync(pylock, settings)) == "1.0"


def test_a_python_that_is_gone(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    gone = Interpreter("/no/such/python", "3.11.7")
    with pytest.raises(BringupError, match="/no/such/python") as caught:
        sync_environment(
            pylock, python=gone, envs_folder=tmp_path / "e", name="train", machine=make_machine()
        )
    assert caught.value.code == "ENV003"
    assert environment_digest(pylock, gone) != environment_digest(pylock, PYTHON)


def test_a_python_that_is_none(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    (tmp_path / "python").write_text("no program")
    broken = Interpreter(str(tmp_path / "python"), "3.11.7")
    with pytest.raises(BringupError):
        sync_environment(
            pylock, python=broken, envs_folder=tmp_path / "e", name="train", machine=make_machine()
        )


def test_a_file_in_the_way_is_removed(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    folder = sync(pylock, settings).folder
    remove_tree(folder)
    folder.write_text("in the way")
    assert sync(pylock, settings).built


SYNC = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from stack_fixtures import OWN_PYTHON, make_machine
from bringup.environment.venv import sync_environment
from bringup.machine.model import Interpreter
pylock = Path(sys.argv[1])
sync_environment(pylock, python=Interpreter(**OWN_PYTHON), name="train",
    envs_folder=pylock.parent / ".bringup" / "envs", machine=make_machine())
"""


@pytest.mark.parametrize("delay_s", [0.05, 0.15, 0.25, 0.35, 0.45])
def test_killed_at_any_instant_the_next_call_completes(tmp_path, delay_s):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    fixtures = Path(__file__).parents[1] / "stack"
    process = subprocess.Popen([sys.executable, "-c", SYNC, pylock, "x", fixtures])
    time.sleep(delay_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert version_in(sync(pylock, settings)) == "1.0"


def test_one_that_somebody_changed_is_built_anew(tmp_path):
    settings = offline(tmp_path, "1.0")
    pylock = lock(tmp_path / "p", "alpha", settings=settings)
    environment = sync(pylock, settings)
    (packages,) = environment.folder.glob("lib/python3*/site-packages")
    (packages / "alpha" / "__pycache__").mkdir()
    assert not sync(pylock, settings).built
    added = packages / "beta-1.0.dist-info"
    added.mkdir()
    assert not is_exact(environment.folder)
    assert sync(pylock, settings).built
    assert not added.exists()
    shutil.rmtree(packages / "alpha-1.0.dist-info")
    assert sync(pylock, settings).built
    assert is_exact(environment.folder)


def test_where_the_python_of_an_environment_is(tmp_path):
    assert python_of(tmp_path) == tmp_path / "bin" / "python"
    (tmp_path / "Scripts").mkdir()
    (tmp_path / "Scripts" / "python.exe").write_text("")
    assert python_of(tmp_path) == tmp_path / "Scripts" / "python.exe"
