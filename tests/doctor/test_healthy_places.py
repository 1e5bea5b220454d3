"""Whole healthy machines: no rule of containers, Jupyter, clusters and security has a word."""

from __future__ import annotations

import pytest
from doctor_cases import case_of

from bringup.doctor.examine import examine
from bringup.doctor.plan import plan_of
from bringup.doctor.registry import chosen

RULES = chosen(["CTR", "JUP", "DST", "SEC"])


def variables(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def packages(**versions):
    return [{"name": name.replace("_", "-"), "version": text} for name, text in versions.items()]


def interface(name, addresses, kind, up=True):
    return {"name": name, "up": up, "addresses": addresses, "kind": kind, "speed_mbps": None}


def listener(port, address):
    return {"port": port, "address": address, "program": None}


def gpu(name, number=0):
    return {"vendor": "nvidia", "name": name, "driver": "580.82.07", "uuid": f"GPU-{number}"}


def docker(**more):
    note = {"daemon": True, "daemon_note": "/var/run/docker.sock: version 28.5.1"}
    row = {"name": "docker", "path": "/usr/bin/docker", "client_version": "28.5.1", **note}
    return [{**row, "nvidia_runtime": False, **more}]


def said(**more):
    row = {
        "name": "docker",
        "buildx": True,
        "compose": "2",
        "context": None,
        "error": None,
        "socket": "/var/run/docker.sock",
        "socket_writable": True,
        "server_version": "28.5.1",
        "storage_driver": "overlay2",
        "cgroup_driver": "systemd",
        "cgroup_version": "2",
        "root_folder": "/var/lib/docker",
        "root_free_bytes": 200 << 30,
        "rootless": False,
        "default_runtime": "runc",
        "runtimes": ["runc"],
        "product": "docker",
    }
    return [{**row, **more}]


PLAIN = {
    "os.family": "linux",
    "surroundings.container": None,
    "surroundings.wsl": None,
    "surroundings.cluster": None,
    "containers.engines": [],
    "containers.details": [],
    "containers.nvidia_toolkit": None,
    "containers.cdi_specs": [],
    "containers.cdi_driver": None,
    "driver.pci_gpus": [],
    "driver.device_nodes": [],
    "driver.libcuda_paths": [],
    "env.packages": [],
    "env.prefix": None,
    "gpu.devices": [],
    "gpu.visible": None,
    "jupyter.kernelspecs": [],
    "jupyter.servers": [],
    "jupyter.config": [],
    "limits.memlock": 8 << 20,
    "network.hostname": "box",
    "network.hostname_addresses": ["127.0.1.1"],
    "network.interfaces": [interface("lo", ["127.0.0.1", "::1"], "loopback")],
    "network.infiniband": [],
    "network.listening": [listener(22, "0.0.0.0"), listener(631, "127.0.0.1")],
    "project.model_files": [],
    "project.secrets": [],
    "security.root": False,
    "security.privileged": None,
    "security.docker_socket": None,
    "security.secret_files": [],
    "variables.set": variables(HOME="/home/lin", USER="lin"),
}
LAPTOP = {
    "containers.engines": docker(),
    "containers.details": said(),
    "network.interfaces": [
        interface("lo", ["127.0.0.1", "::1"], "loopback"),
        interface("docker0", ["172.17.0.1"], "bridge", up=False),
        interface("wlp3s0", ["192.168.1.20"], "wireless"),
    ],
    "security.secret_files": [{"path": "/home/lin/.ssh/id_rsa", "mode": "600", "kind": "SSH"}],
    "jupyter.kernelspecs": [
        {
            "name": "python3",
            "path": "/home/lin/p/.venv/share/jupyter/kernels/python3",
            "language": "python",
            "program": "python",
            "exists": False,
            "display_name": "Python 3 (ipykernel)",
            "python": None,
            "prefix": None,
            "has_ipykernel": None,
        }
    ],
    "env.packages": packages(jupyterlab="4.4.9", ipykernel="6.30.1", jupyter_core="5.8.1"),
    "env.prefix": "/home/lin/p/.venv",
    "env.kind": "project",
}
FEDORA = {
    "containers.engines": [
        {
            "name": "podman",
            "path": "/usr/bin/podman",
            "client_version": "5.6.1",
            "daemon": None,
            "daemon_note": "podman needs no daemon",
            "nvidia_runtime": False,
        }
    ],
    "containers.details": [{"name": "podman"}],
    "gpu.devices": [gpu("NVIDIA GeForce RTX 4070")],
}
SERVER = {
    "containers.engines": docker(nvidia_runtime=True),
    "containers.details": said(runtimes=["nvidia", "runc"]),
    "containers.nvidia_toolkit": "1.18.1",
    "containers.cdi_specs": ["/var/run/cdi/nvidia.yaml"],
    "containers.cdi_driver": "580.82.07",
    "driver.library_version": "580.82.07",
    "gpu.devices": [gpu("NVIDIA B200", number) for number in range(8)],
    "limits.memlock": None,
    "network.infiniband": [
        *({"name": f"mlx5_{n}", "state": "active", "link": "InfiniBand"} for n in range(8)),
        {"name": "mlx5_8", "state": "down", "link": "Ethernet"},
    ],
}
JOB = {
    **SERVER,
    "surroundings.cluster": "slurm",
    "network.hostname_addresses": ["10.1.0.7"],
    "network.interfaces": [
        interface("lo", ["127.0.0.1"], "loopback"),
        interface("eno1", ["10.1.0.7"], "ethernet"),
        interface("ibp1s0", ["10.2.0.7"], "infiniband"),
    ],
    "variables.set": variables(
        SLURM_JOB_NUM_NODES="4",
        SLURM_NTASKS_PER_NODE="8",
        SLURM_GPUS_ON_NODE="8",
        MASTER_ADDR="10.1.0.5",
        MASTER_PORT="29500",
        NCCL_SOCKET_IFNAME="^lo,docker",
    ),
}
RUNNER = {
    "surroundings.container": "docker",
    "containers.engines": docker(
        daemon=None, daemon_note="tcp://docker:2375 is another machine: not asked"
    ),
    "containers.details": [{"name": "docker", "buildx": True, "compose": None, "context": None}],
    "security.root": True,
    "security.privileged": False,
    "security.docker_socket": False,
    "env.torch_cuda": "12.8",
    "network.listening": [],
    "network.hostname_addresses": ["172.17.0.2"],
    "variables.set": variables(DOCKER_HOST="tcp://docker:2375", HOME="/root"),
}
WSL = {
    "surroundings.wsl": "2",
    "gpu.devices": [gpu("NVIDIA GeForce RTX 3060")],
    "containers.engines": docker(path="/mnt/wsl/docker-desktop/cli-tools/usr/bin/docker"),
    "containers.details": said(product="docker desktop", cgroup_driver="cgroupfs"),
    "network.listening": [listener(11434, "::")],
}
MAC = {
    "os.family": "macos",
    "containers.engines": docker(daemon=False, daemon_note="there is no socket"),
    "containers.details": [
        {"name": "docker", "buildx": True, "compose": "2", "context": "desktop-linux"}
    ],
}
PLACES = {
    "laptop": LAPTOP,
    "fedora": FEDORA,
    "server": SERVER,
    "job": JOB,
    "runner": RUNNER,
    "wsl": WSL,
    "mac": MAC,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_healthy_place_has_no_finding(place):
    results = examine(case_of({"facts": {**PLAIN, **PLACES[place]}}), RULES).results
    assert [(row.rule.code, row.message) for row in results if row.found is not None] == []
    assert not [row.reason for row in results if row.crashed]


def test_what_bringup_may_do_itself_can_be_undone():
    stale = {
        "name": "old",
        "path": "/home/lin/.local/share/jupyter/kernels/old",
        "language": "python",
        "program": "/home/lin/old/.venv/bin/python",
        "exists": False,
        "has_ipykernel": None,
    }
    token = {"path": "/home/lin/.kaggle/kaggle.json", "mode": "644", "kind": "Kaggle"}
    facts = {**PLAIN, "jupyter.kernelspecs": [stale], "security.secret_files": [token]}
    examination = examine(case_of({"facts": facts}), RULES)
    safe = [(step.codes, str(step.step.path)) for step in plan_of(examination).steps if step.safe]
    assert safe == [(("JUP001",), stale["path"]), (("SEC004",), token["path"])]
