import tomllib
import zipfile

import pytest
from stack_fixtures import make_wheel

from bringup.base.errors import BringupError
from bringup.environment.kit.locked import NeededFile
from bringup.environment.kit.offline import offline_lock, python_minimum, unpacked_bytes


def rewritten(folder, name, specifier):
    """Return a wheel whose METADATA asks for a Python."""
    plain = make_wheel(folder / "plain", name, "1.0")
    path = folder / plain.name
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename.endswith("METADATA"):
                data += f"Requires-Python: {specifier}\n".encode()
            target.writestr(info, data)
    return path


def test_a_lock_of_wheels_in_a_folder():
    rows = [
        NeededFile("beta", "2.0", "beta-2.0-py3-none-any.whl", "b" * 64, "", 20),
        NeededFile("alpha", "1.0+cpu", "alpha-1.0+cpu-py3-none-any.whl", "a" * 64, "", 10),
    ]
    document = tomllib.loads(offline_lock(rows, wheels="../wheels", python_minimum="3.11.2"))
    assert document["lock-version"] == "1.0"
    assert document["requires-python"] == ">=3.11.2"
    assert [row["name"] for row in document["packages"]] == ["alpha", "beta"]
    assert document["packages"][0]["wheels"] == [
        {
            "path": "../wheels/alpha-1.0+cpu-py3-none-any.whl",
            "size": 10,
            "hashes": {"sha256": "a" * 64},
        }
    ]


def test_the_oldest_python_that_all_accept(tmp_path):
    wheels = [
        make_wheel(tmp_path, "plain", "1.0"),
        rewritten(tmp_path, "old", ">=3.8"),
        rewritten(tmp_path, "new", ">=3.11.4,!=3.11.5"),
        rewritten(tmp_path, "odd", "what"),
    ]
    assert python_minimum("3.11", wheels[:2]) == "3.11.0"
    assert python_minimum("3.11", wheels) == "3.11.4"
    with pytest.raises(BringupError, match=r"new-1\.0") as caught:
        python_minimum("3.10", wheels)
    assert caught.value.code == "KIT009"


def test_what_is_no_wheel(tmp_path):
    path = tmp_path / "alpha-1.0-py3-none-any.whl"
    path.write_bytes(b"no zip")
    for ask in (unpacked_bytes, lambda wheel: python_minimum("3.11", [wheel])):
        with pytest.raises(BringupError, match=r"alpha-1\.0") as caught:
            ask(path)
        assert caught.value.code == "KIT009"
    assert unpacked_bytes(make_wheel(tmp_path / "w", "alpha", "1.0")) > 100
