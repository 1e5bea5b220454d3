import zipfile

import pytest
from sdist_fixtures import make_sdist, make_target
from stack_fixtures import OWN_PYTHON, make_machine

from bringup.base.errors import BringupError
from bringup.base.files import digest_file
from bringup.environment.kit.locked import NeededFile
from bringup.environment.kit.sdists import build_wheel
from bringup.machine.model import Interpreter

BROKEN = "def build_wheel(*_, **__):\n    raise SystemExit('no compiler')\n"


def target(**changes):
    return make_target(Interpreter(**OWN_PYTHON), **changes)


def build(sdist, tmp_path, wanted=None, heard=None):
    file = NeededFile("gamma", "1.0", sdist.name, digest_file(sdist), sdist.as_uri())
    return build_wheel(
        file,
        sdist,
        target=wanted or target(),
        machine=make_machine(),
        cache=tmp_path / "cache",
        notify=lambda code, params: (heard if heard is not None else []).append(code),
    )


def test_a_source_is_built_once(tmp_path):
    sdist, heard = make_sdist(tmp_path), []
    file, path = build(sdist, tmp_path, heard=heard)
    assert (file.name, file.package, file.is_wheel) == (path.name, "gamma", True)
    assert (file.sha256, file.size) == (digest_file(path), path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        # Backends that record times take this one: the same source gives the same bytes.
        assert b"315532800" in archive.read("gamma.py")
    again, _ = build(sdist, tmp_path, heard=heard)
    assert again.sha256 == file.sha256
    assert heard == ["KIT020"]
    assert [row.name for row in path.parent.iterdir()] == [path.name]


def test_what_was_compiled_is_for_machines_like_this_one(tmp_path):
    here = f"py3-none-linux_{make_machine().arch}"
    sdist = make_sdist(tmp_path / "compiled", tag=here)
    assert build(sdist, tmp_path)[0].name.endswith("linux_x86_64.whl")
    with pytest.raises(BringupError, match="aarch64") as caught:
        build(sdist, tmp_path, target(arch="aarch64"))
    assert caught.value.code == "KIT007"


def test_a_wheel_of_any_machine_fits_all(tmp_path):
    assert build(make_sdist(tmp_path), tmp_path, target(os="macos", arch="aarch64", libc=None))


def test_a_source_that_cannot_be_built(tmp_path):
    with pytest.raises(BringupError) as caught:
        build(make_sdist(tmp_path, backend=BROKEN), tmp_path)
    assert caught.value.code in {"STK055", "STK053"}
    assert not list((tmp_path / "cache").rglob(".build-*"))
