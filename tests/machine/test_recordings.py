"""Whole machines: what the probes make of a recording is the replayed machine in tests/machines.

Recordings of broken machines, in recordings/broken, give those in tests/doctor/broken.

``BRINGUP_RECORD=1 pytest tests/machine/test_recordings.py`` writes the replayed machines anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bringup.base.errors import BringupError
from bringup.machine import load_machine, probe, save
from bringup.machine.keys import CARE_KEYS, KEYS
from bringup.machine.probe import CARE, TOPICS
from bringup.machine.values import check

HERE = Path(__file__).parent
MACHINES = HERE.parent / "machines"

OTHERS = {"index.settings", "network.places", "network.offline", "system.clock_offset_s"}
ASKED = OTHERS.union(*TOPICS, *CARE)
BROKEN = HERE.parent / "doctor" / "broken"
FILES = {path.stem: MACHINES for path in sorted((HERE / "recordings").glob("*.toml"))}
FILES |= {
    f"broken/{path.stem}": BROKEN for path in sorted((HERE / "recordings/broken").glob("*.toml"))
}
"""Recording -> the folder of what is made of it."""


def file_of(name):
    return FILES[name] / f"{Path(name).name}.json"


@pytest.mark.parametrize("name", FILES)
def test_recording_gives_the_replayed_machine(name, probe_recording):
    machine = probe_recording(name)
    if os.environ.get("BRINGUP_RECORD"):
        save(machine, file_of(name))
    expected = json.loads(file_of(name).read_text(encoding="utf-8"))
    assert machine.to_json() == expected


@pytest.mark.parametrize("name", FILES)
def test_every_fact_is_there_and_has_its_type(name, probe_recording):
    machine = probe_recording(name)
    assert list(machine.facts) == [key for key in KEYS if key in ASKED]
    for key, fact in machine.facts.items():
        check(KEYS[key], fact.value)
        assert fact.source
        assert fact.unknown is None or fact.value is None
        # A source that met what it did not expect: a mistake of the probe or of the recording.
        assert not [line for line in fact.tried if "Error: " in line], key


def test_every_replayed_machine_has_a_recording():
    found = {*MACHINES.glob("*.json"), *BROKEN.glob("*.json")}
    assert found == {file_of(name) for name in FILES}


def machine(name):
    return load_machine(MACHINES / f"{name}.json")


def test_rtx4090():
    found = machine("rtx4090-driver535")
    (gpu,) = found.gpus
    assert (gpu.name, gpu.compute_capability, gpu.driver) == (
        "GeForce RTX 4090",
        "8.9",
        "535.161.08",
    )
    assert gpu.memory_bytes == 24564 << 20
    assert found.nvidia_driver == "535.161.08"
    assert found.facts["gpu.nvidia_driver"].source == "/sys/module/nvidia/version"
    assert found.value("cuda.toolkits") == [{"path": "/usr/local/cuda", "version": "12.2.2"}]
    assert found.value("cudnn.version") == "8.9.7"
    assert found.value("nccl.version") == "2.18.5"
    (docker,) = found.value("containers.engines")
    assert (docker["client_version"], docker["daemon"], docker["nvidia_runtime"]) == (
        "26.1.3",
        True,
        True,
    )
    assert found.value("containers.cdi_specs") == ["/etc/cdi/nvidia.yaml"]
    assert any("taken as integrated" in line for line in found.facts["gpu.devices"].tried)


def test_v100s():
    found = machine("v100-driver580")
    assert [gpu.compute_capability for gpu in found.gpus] == ["7.0"] * 8
    assert found.value("limits.memlock") is None
    assert found.facts["limits.memlock"].unknown is None
    assert found.value("surroundings.vm") == "aws"
    assert found.value("cpu.vnni") is False


def test_mi300x():
    found = machine("mi300x")
    assert [(gpu.vendor, gpu.name, gpu.gfx) for gpu in found.gpus] == [
        ("amd", "AMD Instinct MI300X OAM", "gfx942")
    ] * 2
    assert found.gpus[0].memory_bytes == 206141652992
    assert found.value("rocm.version") == "6.4.1"
    assert found.nvidia_driver is None


def test_ascend():
    found = machine("ascend-910b")
    assert [(gpu.vendor, gpu.name, gpu.memory_bytes) for gpu in found.gpus] == [
        ("ascend", "Ascend 910B3", 65536 << 20)
    ] * 2
    assert found.gpus[0].driver == "24.1.rc3"
    assert found.value("cann.version") == "8.0.RC3"
    assert (found.arch, found.value("cpu.vendor")) == ("aarch64", "HiSilicon")
    assert found.value("cpu.microarchitecture_level") is None
    assert found.value("cpu.avx2") is False


def test_wsl():
    found = machine("wsl2-rtx4070")
    assert found.value("surroundings.wsl") == "2"
    assert found.nvidia_driver == "552.44"
    assert found.gpus[0].name == "GeForce RTX 4070 Laptop GPU"


def test_macos():
    found = machine("macos-m3")
    assert (found.os, found.arch, found.libc) == ("macos", "aarch64", None)
    (gpu,) = found.gpus
    assert (gpu.vendor, gpu.name, gpu.memory_bytes) == ("apple", "Apple M3 Pro", 36 << 30)
    assert [python.version for python in found.interpreters] == ["3.11.9", "3.12.7"]
    assert found.index_settings.index == "https://user:secret@mirror.example/simple"
    assert found.value("limits.nofile") == 256
    assert found.value("os.version") == "15.1"


def test_windows():
    found = machine("windows11-rtx4080")
    assert (found.os, found.value("os.version"), found.arch) == ("windows", "11", "x86_64")
    assert found.gpus[0].compute_capability == "8.9"
    assert found.value("cuda.toolkits")[0]["version"] == "12.4.1"
    assert [python.version for python in found.interpreters] == ["3.12.4"] * 3
    assert found.interpreters[-1].has_venv is True
    assert not [python for python in found.interpreters if "WindowsApps" in python.path]
    assert found.index_settings.index == "https://pypi.tuna.tsinghua.edu.cn/simple"
    assert found.facts["cpu.avx2"].unknown is not None


def test_container():
    found = machine("container-limits")
    assert found.cores_usable == 3
    assert found.value("cpu.quota") == 3.5
    assert found.facts["cpu.cores_usable"].source == "affinity, /sys/fs/cgroup/cpu.max"
    assert found.value("memory.limit_bytes") == 8 << 30
    assert found.value("shm.size_bytes") == 64 << 20
    assert found.value("surroundings.container") == "kubernetes"
    assert found.value("cpu.amx") is True
    assert found.index_settings.trusted_hosts == ("pypi.internal",)
    assert [python.path for python in found.interpreters][1:] == ["/usr/local/bin/python3"]


def test_slurm():
    found = machine("slurm-two-gpus")
    assert [gpu.compute_capability for gpu in found.gpus] == ["8.0", "8.6"]
    assert found.nvidia_driver == "570.86.15"
    assert found.cores_usable == 16
    assert found.value("memory.limit_bytes") == 128 << 30
    assert found.value("surroundings.cluster") == "slurm"
    assert found.value("surroundings.cluster_job") == "4711"
    assert found.value("gpu.visible") == "CUDA_VISIBLE_DEVICES=0,1"


def test_musl():
    found = machine("alpine-musl")
    assert (found.libc, found.libc_version) == ("musl", "1.2.4")
    assert found.facts["libc.family"].source == "/lib/ld-musl-x86_64.so.1"
    assert found.value("cpu.microarchitecture_level") == "x86-64-v2"


def test_plain_cpu():
    found = machine("linux-cpu")
    assert found.gpus == ()
    assert found.value("cpu.microarchitecture_level") == "x86-64-v4"
    assert found.value("surroundings.vm") == "qemu"
    assert found.value("surroundings.container") is None


@pytest.mark.parametrize("platform", ["linux", "macos", "windows", "freebsd14"])
def test_an_empty_machine_has_only_unknown_and_absent_facts(platform, tmp_path):
    def no_command(argv, timeout_s):
        raise BringupError("PRC001", program=argv[0])

    machine = probe(env={}, root=tmp_path, platform=platform, runner=no_command)
    assert list(machine.facts) == [key for key in KEYS if key not in CARE_KEYS]
    assert machine.cores_usable == 1
    assert machine.gpus == ()
    assert machine.facts["cpu.model"].unknown
