import datetime

import pytest
from stack_fixtures import make_wheel

from bringup.base.errors import BringupError
from bringup.knowledge.refresh import packages
from bringup.knowledge.refresh.asking import today

X86, ARM = "manylinux_2_28_x86_64", "manylinux_2_28_aarch64"


@pytest.fixture
def torch(server, tmp_path):
    """Put three releases of torch on the index, one of them too old, one yanked, one not final."""
    folder = tmp_path / "wheels"
    needs = ["numpy", "filelock", "triton==3.7.1; platform_system == 'Linux'"]
    for version in ("2.13.0", "2.12.0", "1.12.0", "2.14.0rc1", "2.11.0"):
        for tag in (f"cp313-cp313-{X86}", f"cp314-cp314t-{X86}", f"cp313-cp313-{ARM}"):
            requires = needs if "x86" in tag else ["nothing-of-ours"]
            server.wheels.append(make_wheel(folder, "torch", version, tag=tag, requires=requires))
    server.yanked = {path.name for path in server.wheels if "2.11.0" in path.name}
    server.uploaded = {
        path.name: f"2026-07-{8 if 'x86' in path.name else 9:02}T16:03:12.649577Z"
        for path in server.wheels
    }
    server.requires_python = {path.name: ">=3.10" for path in server.wheels}
    return server


def test_final_releases_from_the_floor_on(torch, asking):
    document = packages.rebuild("torch", {}, asking)
    assert document["package"] == "torch"
    assert [row["version"] for row in document["release"]] == ["2.13.0", "2.12.0", "2.11.0"]
    assert [row.get("yanked", False) for row in document["release"]] == [False, False, True]
    assert document["release"][0] == {
        "version": "2.13.0",
        "released": datetime.date(2026, 7, 8),
        "requires_python": ">=3.10",
        "wheels": [f"{X86} cp313 cp314t", f"{ARM} cp313"],
        "requires": ["numpy", 'triton==3.7.1; platform_system == "Linux"'],
        "source": f"metadata of torch-2.13.0-cp313-cp313-{X86}.whl on the package index",
        "checked": today(),
        "confidence": "official",
    }


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("form", ["json", "html"])
def test_the_same_from_any_index(torch, asking, metadata, form):
    torch.metadata, torch.form = metadata, form
    row = packages.rebuild("torch", {}, asking)["release"][0]
    assert row["requires"] == ["numpy", 'triton==3.7.1; platform_system == "Linux"']
    # An HTML page does not say when a file was uploaded.
    assert ("released" in row) == (form == "json")
    assert any(path.endswith(".metadata") for path in torch.asked)


def test_a_range_of_pythons_that_nobody_says_is_left_out(torch, asking):
    torch.requires_python = {}
    row = packages.rebuild("torch", {}, asking)["release"][0]
    assert "requires_python" not in row


def test_what_people_wrote_stays(torch, asking):
    old = {
        "release": [{"version": "2.12.0", "note": "by hand", "requires": ["old"], "source": "x"}]
    }
    rows = packages.rebuild("torch", old, asking)["release"]
    assert rows[1]["note"] == "by hand"
    assert rows[1]["requires"][0] == "numpy"
    assert "note" not in rows[0]


def test_requirements_without_a_wheel_are_written_by_people(server, asking, tmp_path):
    path = tmp_path / "flash_attn-2.8.3.tar.gz"
    path.write_bytes(b"an archive")
    server.wheels.append(path)
    old = {"release": [{"version": "2.8.3", "requires": ["torch"], "source": "its setup.py"}]}
    (row,) = packages.rebuild("flash-attn", old, asking)["release"]
    assert row["sdist"] is True
    assert row["wheels"] == []
    assert row["requires"] == ["torch"]
    assert row["source"] == "its setup.py"
    (row,) = packages.rebuild("flash-attn", {}, asking)["release"]
    assert "requires" not in row
    assert row["source"] == "files of flash-attn 2.8.3 on the package index"


def test_metadata_of_numpy_is_not_asked_for(server, asking, tmp_path):
    server.wheels.append(make_wheel(tmp_path, "numpy", "2.5.0", tag=f"cp313-cp313-{X86}"))
    (row,) = packages.rebuild("numpy", {}, asking)["release"]
    assert row["wheels"] == [f"{X86} cp313"]
    assert "requires" not in row
    assert asking.asked == ["numpy"]


def test_a_package_that_is_not_there(server, asking):
    with pytest.raises(BringupError) as caught:
        packages.rebuild("torch", {}, asking)
    assert caught.value.code == "KNW003"


def test_what_changed_is_said(torch, asking):
    new = packages.rebuild("torch", {}, asking)
    assert packages.check("torch", new, asking).differences == ()
    first, second, third = new["release"]
    gone = {**first, "version": "2.9.9"}
    old = {**new, "release": [{**second, "requires": []}, third, gone]}
    outcome = packages.check("torch", old, asking)
    assert [(note.code, note.params["row"]) for note in outcome.differences] == [
        ("KNW011", "2.13.0"),
        ("KNW012", "2.9.9"),
        ("KNW013", "2.12.0"),
    ]
    assert outcome.differences[2].params["columns"] == "requires"
    assert not outcome.reviewed
