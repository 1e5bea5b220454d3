"""Locks for several targets, from one machine, out of real indexes on 127.0.0.1."""

import json
import os
import re
import tomllib
from dataclasses import replace

import pytest
from stack_fixtures import OWN_PYTHON, make_machine, make_project, make_wheel

from bringup.base.errors import BringupError, ExitCode
from bringup.knowledge.frameworks import framework_table
from bringup.stack.choose_targets import choose_targets
from bringup.stack.lock import Wishes, lock_targets
from bringup.stack.lock_file import read_lock
from bringup.stack.targets import parse_targets

PEP751 = re.compile(r"pylock\.([^.]+)\.toml")
TORCH = ["numpy", "torch"]
MINE = "cp" + "".join(OWN_PYTHON["version"].split(".")[:2])
# Another Python than the one that runs the tests, which need not be here.
OTHER, ABOVE = ("3.12", "3.13") if MINE != "cp312" else ("3.13", "3.14")
THEIRS = "cp" + OTHER.replace(".", "")
PYTHONS = ({**OWN_PYTHON}, {"path": f"/nowhere/python{OTHER}", "version": f"{OTHER}.3"})


@pytest.fixture(autouse=True)
def quick_uv(monkeypatch):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)


def torch(folder, version, *tags):
    return [make_wheel(folder, "torch", version, tag=f"{tag}") for tag in tags]


def table_at(address):
    """Return the shipped knowledge with another index of the framework."""
    table = framework_table()
    frameworks = {"torch": replace(table.frameworks["torch"], index=address)}
    return replace(table, frameworks=frameworks)


def lock(folder, targets, settings, *, table, python=">=3.11", base_image=None, heard=None):
    machine = make_machine(settings=settings, pythons=PYTHONS)
    project = make_project(folder, environment={"python": python}, train={"script": "train.py"})
    config = project.config.model_copy(
        update={
            "environment": project.config.environment.model_copy(update={"requirements": TORCH})
        }
    )
    project = project.model_copy(update={"config": config})

    def notify(code, params):
        if heard is not None:
            heard.append((code, params))

    choices = choose_targets(machine, project, parse_targets(targets), notify=notify, table=table)
    return lock_targets(
        choices,
        machine=machine,
        folder=folder,
        state_folder=project.state_folder,
        wishes=Wishes(python=python, base_image=base_image, digest="w", asked=tuple(targets)),
        notify=notify,
        table=table,
    )


@pytest.fixture
def two_indexes(server, second_server, tmp_path):
    """An index of everything, and the framework's own with its builds."""
    wheels = tmp_path / "wheels"
    server.wheels = [
        make_wheel(wheels, "numpy", "2.0", tag=f"{MINE}-{MINE}-{tag}")
        for tag in ("manylinux_2_17_x86_64", "manylinux_2_27_aarch64", "win_amd64")
    ]
    server.wheels += [
        make_wheel(wheels, "numpy", "2.0", tag=f"{THEIRS}-{THEIRS}-manylinux_2_17_x86_64"),
        make_wheel(wheels, "numpy", "2.0", tag=f"{MINE}-{MINE}-macosx_11_0_arm64"),
        *torch(
            wheels,
            "2.14.1",
            f"{MINE}-{MINE}-manylinux_2_28_x86_64",
            f"{MINE}-{MINE}-manylinux_2_28_aarch64",
            f"{MINE}-{MINE}-macosx_14_0_arm64",
            f"{MINE}-{MINE}-win_amd64",
        ),
    ]
    builds = tmp_path / "builds"
    second_server.wheels = [
        *torch(builds, "2.14.1+cpu", f"{MINE}-{MINE}-manylinux_2_28_x86_64"),
        *torch(builds, "2.14.1+cpu", f"{THEIRS}-{THEIRS}-manylinux_2_28_x86_64"),
        *torch(builds, "2.14.1+cu126", f"{MINE}-{MINE}-manylinux_2_28_x86_64"),
    ]
    return server, second_server


def test_one_machine_locks_for_all(two_indexes, tmp_path):
    own, builds = two_indexes
    folder = tmp_path / "p"
    folder.mkdir()
    targets = ["cpu", "cu126", "cu130", "cu130@linux-aarch64", "cpu@macos-arm64"]
    targets += ["cpu@windows-x86_64", f"cpu@linux-x86_64-py{OTHER}"]
    done = lock(folder, targets, {"index": own.index()}, table=table_at(builds.index()))
    names = {
        "pylock.cpu.toml": "2.14.1+cpu",
        "pylock.cu126.toml": "2.14.1+cu126",
        "pylock.cu130.toml": "2.14.1",
        "pylock.cu130-linux-aarch64.toml": "2.14.1",
        "pylock.cpu-macos-arm64.toml": "2.14.1",
        "pylock.cpu-windows-x86_64.toml": "2.14.1",
        f"pylock.cpu-linux-x86_64-py{OTHER.replace('.', '')}.toml": "2.14.1+cpu",
    }
    assert {name: rows["torch"] for name, rows in done.packages.items()} == names
    assert all(PEP751.fullmatch(name) for name in names)
    rows = {row.name: row for row in read_lock(done.rest).targets}
    assert list(rows) == targets
    assert rows["cu130"].driver_floor == "580.65.06"
    assert (rows["cu130"].gpu.floor, rows["cu130"].gpu.ceiling) == ("7.5", "12.0")
    assert "11.0" in rows["cu130@linux-aarch64"].gpu.archs
    assert rows["cu126"].framework_index == builds.index()
    assert rows["cpu"].driver_floor is None
    assert rows[f"cpu@linux-x86_64-py{OTHER}"].python == f">={OTHER},<{ABOVE}"
    assert rows["cpu@macos-arm64"].platform_floor == "14.0"
    assert rows["cu130@linux-aarch64"].platform_floor == "2.28"
    assert rows["cpu@windows-x86_64"].platform_floor is None
    assert rows["cpu"].os_packages["debian"] == ["libgcc-s1", "libstdc++6", "zlib1g"]
    assert not rows["cpu@macos-arm64"].os_packages
    for name in names:
        for row in tomllib.loads((folder / name).read_text())["packages"]:
            assert all(len(wheel["hashes"]["sha256"]) == 64 for wheel in row["wheels"])


def test_a_lock_is_the_same_wherever_it_is_made(two_indexes, tmp_path):
    own, builds = two_indexes
    texts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        lock(folder, ["cpu", "cu130"], {"index": own.index()}, table=table_at(builds.index()))
        texts.append(
            {path.name: path.read_bytes() for path in folder.glob("*.*") if path.is_file()}
        )
    assert texts[0] == texts[1]
    assert str(tmp_path).encode() not in b"".join(texts[0].values())


def test_one_target_that_fails_is_named_and_all_old_locks_stay(two_indexes, tmp_path):
    own, builds = two_indexes
    table = table_at(builds.index())
    lock(tmp_path, ["cpu", "cu130"], {"index": own.index()}, table=table)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*") if path.is_file()}
    # The wheel of numpy for this target is gone: only resolving shows it, after the first target.
    own.wheels = [path for path in own.wheels if "aarch64" not in path.name or "torch" in path.name]
    own.wheels += [make_wheel(tmp_path / "wheels", "numpy", "2.1", tag=f"{MINE}-{MINE}-win_amd64")]
    with pytest.raises(BringupError, match="target `cu130@linux-aarch64`: ") as caught:
        lock(tmp_path, ["cpu", "cu130@linux-aarch64"], {"index": own.index()}, table=table)
    assert caught.value.code == "STK050"
    assert caught.value.hint
    assert json.loads(json.dumps(caught.value.to_json()))["target"] == "cu130@linux-aarch64"
    after = {path.name: path.read_bytes() for path in tmp_path.glob("*.*") if path.is_file()}
    assert after == before
    assert not list((tmp_path / ".bringup").glob("lock-*"))


@pytest.mark.parametrize("target", ["cu126", f"cpu@linux-x86_64-py{OTHER}", "rocm7.2"])
def test_the_frameworks_own_index_that_gives_no_answer(two_indexes, closed_port, tmp_path, target):
    own, _ = two_indexes
    own.wheels += torch(tmp_path / "wheels", "2.14.1", f"{THEIRS}-{THEIRS}-manylinux_2_28_x86_64")
    table = table_at(f"http://{closed_port}/whl/{{build}}")
    with pytest.raises(BringupError, match="gives no answer") as caught:
        lock(tmp_path, ["cu130", target], {"index": own.index()}, table=table)
    assert caught.value.code == "STK076"
    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert f"target `{target}`" in str(caught.value)
    assert f"http://{closed_port}/whl/{target.partition('@')[0]}" in str(caught.value)
    assert not list(tmp_path.glob("pylock*"))


def test_a_build_that_exists_nowhere(two_indexes, tmp_path):
    own, builds = two_indexes
    with pytest.raises(BringupError) as caught:
        lock(tmp_path, ["cu118"], {"index": own.index()}, table=table_at(builds.index()))
    assert (caught.value.code, caught.value.exit_code) == ("STK024", ExitCode.FAULT)
    builds.wheels = []
    own.wheels = [path for path in own.wheels if THEIRS not in path.name]
    own.wheels += torch(tmp_path / "wheels", "2.14.1", f"{THEIRS}-{THEIRS}-manylinux_2_28_x86_64")
    with pytest.raises(BringupError, match="cu130") as caught:
        lock(tmp_path, [f"cpu@py{OTHER}"], {"index": own.index()}, table=table_at(builds.index()))
    assert caught.value.code == "STK077"


def test_a_base_image_is_written_down_and_none_is_made_up(two_indexes, tmp_path):
    own, builds = two_indexes
    image = "python@sha256:" + "c" * 64
    table = table_at(builds.index())
    done = lock(tmp_path, ["cpu"], {"index": own.index()}, table=table, base_image=image)
    assert read_lock(done.rest).targets[0].base_image == image
    done = lock(tmp_path, ["cpu"], {"index": own.index()}, table=table)
    assert "base_image" not in done.rest.read_text()


def test_auto_beside_the_same_build_is_one_target(two_indexes, tmp_path):
    own, builds = two_indexes
    done = lock(tmp_path, ["auto", "cpu"], {"index": own.index()}, table=table_at(builds.index()))
    assert [row.name for row in done.targets] == ["cpu"]


def test_targets_with_different_pythons_do_not_share_a_serving_lock(two_indexes, tmp_path):
    own, builds = two_indexes
    # The cu126 build is there for one Python alone, which is not the one of the cpu build.
    builds.wheels = [
        *torch(tmp_path / "b", "2.14.1+cpu", f"{MINE}-{MINE}-manylinux_2_28_x86_64"),
        *torch(tmp_path / "b", "2.14.1+cu126", f"{THEIRS}-{THEIRS}-manylinux_2_28_x86_64"),
    ]
    machine = make_machine(settings={"index": own.index()}, pythons=PYTHONS)
    own.wheels += [
        make_wheel(tmp_path / "wheels", name, "1.0")
        for name in ("scikit-learn", "safetensors", "tensorboard", "onnx", "onnxscript")
    ]
    own.wheels += [
        make_wheel(tmp_path / "wheels", name, "1.0")
        for name in ("onnxruntime", "starlette", "uvicorn")
    ]
    project = make_project(tmp_path)
    table = table_at(builds.index())
    choices = choose_targets(machine, project, parse_targets(["cpu", "cu126"]), table=table)
    done = lock_targets(
        choices, machine=machine, folder=tmp_path, state_folder=tmp_path / ".bringup", table=table
    )
    serve = [row.files["serve"].name for row in done.targets]
    assert serve == ["pylock.serve.toml", f"pylock.serve-py{OTHER.replace('.', '')}.toml"]


def test_a_wheel_of_this_machine_alone_is_named_by_the_index_that_has_it(two_indexes, tmp_path):
    own, builds = two_indexes
    folder = tmp_path / "links"
    # The same bytes as on the index; and one that only this machine has.
    for path in own.wheels:
        if "numpy" in path.name:
            folder.mkdir(exist_ok=True)
            (folder / path.name).write_bytes(path.read_bytes())
    torch(folder, "2.14.1+cpu", f"{MINE}-{MINE}-manylinux_2_28_x86_64")
    heard = []
    settings = {"index": own.index(), "find_links": [str(folder)]}
    project = tmp_path / "p"
    project.mkdir()
    done = lock(project, ["cpu"], settings, table=table_at(builds.index()), heard=heard)
    rows = {row["name"]: row for row in tomllib.loads(done.train.read_text())["packages"]}
    assert rows["numpy"]["wheels"][0]["url"].startswith(f"http://{own.address}/files/numpy")
    assert rows["torch"]["wheels"][0]["url"].startswith("file://")
    said = [params for code, params in heard if code == "STK075"]
    assert [row["count"] for row in said] == [1]
    assert "torch-2.14.1" in said[0]["file"]
    text = done.rest.read_text()
    assert str(tmp_path) not in text


def test_other_bytes_under_the_same_name_stay_where_they_are(two_indexes, tmp_path):
    own, builds = two_indexes
    folder = tmp_path / "links"
    tag = f"{MINE}-{MINE}-manylinux_2_17_x86_64"
    make_wheel(folder, "numpy", "2.0", tag=tag, files={"numpy/patched.py": "x = 1\n"})
    settings = {"index": own.index(), "find_links": [str(folder)]}
    project = tmp_path / "p"
    project.mkdir()
    done = lock(project, ["cpu"], settings, table=table_at(builds.index()))
    rows = {row["name"]: row for row in tomllib.loads(done.train.read_text())["packages"]}
    urls = [wheel["url"] for wheel in rows["numpy"]["wheels"]]
    digests = {wheel["hashes"]["sha256"] for wheel in rows["numpy"]["wheels"]}
    assert len(urls) == len(digests)
    local = [url for url in urls if url.startswith("file://")]
    assert all("links" in url for url in local)
