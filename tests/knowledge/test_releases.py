import datetime

import pytest
from packaging.version import Version

from bringup.knowledge.provenance import Provenance, read_file, read_rows
from bringup.knowledge.releases import Wheels, expanded, package_names, releases


@pytest.mark.parametrize(
    ("line", "wheels"),
    [
        ("any py3-none", Wheels(("any",), ("py3-none",))),
        ("any py2.py3-none", Wheels(("any",), ("py2.py3-none",))),
        ("win_amd64 cp310 cp311", Wheels(("win_amd64",), ("cp310-cp310", "cp311-cp311"))),
        ("win_amd64 cp313t", Wheels(("win_amd64",), ("cp313-cp313t",))),
        ("win_amd64 cp39-abi3", Wheels(("win_amd64",), ("cp39-abi3",))),
        (
            "manylinux_2_17_x86_64.manylinux2014_x86_64 cp37-cp37m",
            Wheels(("manylinux_2_17_x86_64", "manylinux2014_x86_64"), ("cp37-cp37m",)),
        ),
    ],
)
def test_a_line_of_wheels(line, wheels):
    assert expanded(line) == wheels


@pytest.mark.parametrize("package", sorted(package_names()))
def test_releases_are_the_newest_first(package):
    versions = [row.version for row in releases(package)]
    assert versions == sorted(versions, reverse=True)
    assert all(row.package == package for row in releases(package))
    assert not any(row.live for row in releases(package))


def test_one_release_in_full():
    row = next(row for row in releases("jax") if row.version == Version("0.8.0"))
    assert row.label == "jax 0.8.0"
    assert row.requires_python.contains("3.12")
    assert not row.requires_python.contains("3.10")
    assert row.wheels == (Wheels(("any",), ("py3-none",)),)
    assert row.released < datetime.date(2026, 1, 1)
    assert any(text.startswith("jaxlib") for text in row.requires)
    assert "cuda12" in row.extras
    assert row.provenance.confidence == "official"
    assert not row.yanked


def test_a_package_without_a_table_has_no_releases():
    assert releases("pandas") == ()
    assert releases("../builds/torch") == ()


def test_provenance_of_a_row():
    row = {"source": "there", "checked": datetime.date(2026, 11, 24), "confidence": "derived"}
    assert Provenance.of(row).note is None
    assert Provenance.of({**row, "note": "why"}).note == "why"
    with pytest.raises(KeyError):
        Provenance.of({"source": "there"})


def test_a_table_is_read_once(tmp_path):
    path = tmp_path / "table.toml"
    path.write_text('name = "one"\n')
    assert read_file(path) is read_file(path)
    assert read_rows("cuda.toml") is read_rows("cuda.toml")
