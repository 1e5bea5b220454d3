"""Whole GPU machines with one thing wrong: many rules notice, one root cause is told.

Each machine has the facts as the probes answer them, and the rules of drivers, GPUs and CUDA all
look at it.
"""

from __future__ import annotations

import pytest
from doctor_cases import case_of

from bringup.doctor.examine import examine
from bringup.doctor.registry import chosen

RULES = chosen(["DRV", "GPU", "CUDA"])
MODULES = ["nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm"]
KERNEL = "6.8.0-85-generic"


def node(path, **more):
    open_to_all = {"group": "root", "mode": "666", "readable": True, "writable": True}
    return {"path": path, **open_to_all, **more}


NODES = [node("/dev/nvidia0"), node("/dev/nvidiactl"), node("/dev/nvidia-uvm")]


def card(name, driver="nvidia"):
    where = {"device": "0x2684", "address": "0000:01:00.0"}
    return {"vendor": "nvidia", "name": name, "driver": driver, **where}


def package(name, version):
    return {"name": name, "version": version}


def packages_of_driver(version, branch=580):
    names = ("nvidia-dkms-{}", "libnvidia-compute-{}", "nvidia-utils-{}")
    return [package(name.format(branch), version) for name in names]


def gpu(name, capability, driver):
    row = {"name": name, "compute_capability": capability, "driver": driver}
    return {"vendor": "nvidia", "memory_bytes": 25757220864, **row}


def state(index, name, **more):
    return {
        "index": index,
        "name": name,
        "compute_mode": "Default",
        "memory_total_bytes": 25757220864,
        "memory_used_bytes": 4194304,
        "temperature_c": 40,
        "throttle_reasons": [],
        "persistence": True,
        "mig_current": None,
        "mig_pending": None,
        "mig_devices": None,
        "ecc_uncorrected": 0,
        "pcie_width": 16,
        "pcie_width_max": 16,
        "display": False,
        **more,
    }


def server(**changes):
    """Return a healthy Ubuntu server with an L4, changed; ``__`` stands for the dot of a key."""
    driver = "580.82.07"
    facts = {
        "os.family": "linux",
        "os.name": "Ubuntu",
        "os.arch": "x86_64",
        "os.kernel": KERNEL,
        "surroundings.container": None,
        "surroundings.wsl": None,
        "surroundings.vm": None,
        "surroundings.cluster": None,
        "gpu.devices": [gpu("L4", "8.9", driver)],
        "gpu.nvidia_driver": driver,
        "gpu.visible": None,
        "gpu.states": [state(0, "NVIDIA L4")],
        "gpu.processes": [],
        "driver.pci_gpus": [card("L4")],
        "driver.modules": MODULES,
        "driver.module_version": driver,
        "driver.library_version": driver,
        "driver.module_files": [{"kernel": KERNEL, "version": driver, "running": True}],
        "driver.open_module": False,
        "driver.secure_boot": False,
        "driver.device_nodes": NODES,
        "driver.nvswitch": False,
        "driver.fabric_manager": None,
        "driver.fabric_manager_version": None,
        "driver.persistence_daemon": "active",
        "driver.smi_error": None,
        "driver.cuda_version": "13.0",
        "driver.packages": packages_of_driver(driver),
        "driver.kernel_log": [f"NVRM: loading NVIDIA UNIX x86_64 Kernel Module  {driver}"],
        "driver.libcuda_paths": ["/usr/lib/x86_64-linux-gnu/libcuda.so.1"],
        "driver.wsl_libcuda": None,
        "rocm.version": None,
        "cuda.toolkits": [{"path": "/usr/local/cuda-12.8", "version": "12.8.1"}],
        "cuda.home": "/usr/local/cuda-12.8",
        "cuda.nvcc_path": "/usr/local/cuda-12.8/bin/nvcc",
        "cuda.nvcc_version": "12.8.1",
        "cuda.ptxas_path": "/usr/local/cuda-12.8/bin/ptxas",
        "cuda.ptxas_version": "12.8.1",
        "cuda.host_compiler": "gcc 13.3.0",
        "cuda.library_path": [],
        "cuda.libraries": [],
        "variables.set": [],
        "env.prefix": "/home/user/project/.venv",
        "env.torch_build": "cu128",
        "env.torch_cuda": "12.8",
        "env.packages": [package("torch", "2.8.0+cu128"), package("jax-cuda12-plugin", "0.7.1")],
    }
    return facts | {name.replace("__", "."): value for name, value in changes.items()}


DOWN = {
    "gpu__devices": [{"vendor": "nvidia", "name": "L4"}],
    "gpu__states": [],
    "driver__modules": [],
    "driver__module_version": None,
    "driver__open_module": None,
    "driver__device_nodes": [],
    "driver__cuda_version": None,
    "driver__kernel_log": [],
    "driver__smi_error": "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA "
    "driver. Make sure that the latest NVIDIA driver is installed and running.",
}
"""What everything looks like while the kernel has no module of the driver."""

MISMATCH = "Failed to initialize NVML: Driver/library version mismatch"
EIGHT = [state(index, "NVIDIA H100 80GB HBM3") for index in range(8)]


def fresh_wsl(**changes):
    return server(
        os__kernel="6.6.87.2-microsoft-standard-WSL2",
        surroundings__wsl="2",
        driver__pci_gpus=[],
        driver__modules=[],
        driver__module_version=None,
        driver__module_files=[],
        driver__open_module=None,
        driver__device_nodes=[],
        driver__library_version=None,
        driver__packages=[],
        driver__kernel_log=[],
        driver__libcuda_paths=["/usr/lib/wsl/lib/libcuda.so.1"],
        driver__wsl_libcuda=True,
        **changes,
    )


def in_container(**changes):
    base = {
        "surroundings__container": "docker",
        "driver__module_files": [],
        "driver__packages": [],
        "driver__persistence_daemon": None,
        "driver__secure_boot": None,
    }
    return server(**{**base, **changes})


MACHINES = {
    "no driver at all": (
        server(
            **DOWN
            | {
                "driver__modules": ["nouveau"],
                "driver__pci_gpus": [card("L4", "nouveau")],
                "driver__library_version": None,
                "driver__module_files": [],
                "driver__packages": [],
                "driver__libcuda_paths": [],
                "driver__smi_error": None,
                "gpu__nvidia_driver": None,
            }
        ),
        "DRV001",
        set(),
    ),
    "a new kernel without DKMS": (
        server(
            **DOWN
            | {
                "os__kernel": "6.8.0-86-generic",
                "driver__module_files": [
                    {"kernel": KERNEL, "version": "580.82.07", "running": False}
                ],
                "driver__modules": ["nouveau"],
                "driver__pci_gpus": [card("L4", "nouveau")],
            }
        ),
        "DRV002",
        {"DRV005"},
    ),
    "driver upgraded without a reboot": (
        server(
            gpu__devices=[{"vendor": "nvidia", "name": "L4", "driver": "575.57.08"}],
            gpu__states=[],
            gpu__nvidia_driver="575.57.08",
            driver__module_version="575.57.08",
            driver__smi_error=MISMATCH,
            driver__cuda_version=None,
        ),
        "DRV003",
        set(),
    ),
    "an HGX upgraded without a reboot": (
        server(
            gpu__devices=[{"vendor": "nvidia", "name": "H100 80GB HBM3", "driver": "575.57.08"}],
            gpu__states=[],
            gpu__nvidia_driver="575.57.08",
            driver__pci_gpus=[card("H100 SXM5 80GB")],
            driver__module_version="575.57.08",
            driver__smi_error=MISMATCH,
            driver__nvswitch=True,
            driver__fabric_manager="failed",
            driver__fabric_manager_version="580.82.07",
        ),
        "DRV003",
        {"DRV008", "DRV009"},
    ),
    "packages of two branches": (
        server(
            gpu__devices=[{"vendor": "nvidia", "name": "L4", "driver": "570.172.08"}],
            gpu__states=[],
            gpu__nvidia_driver="570.172.08",
            driver__module_version="570.172.08",
            driver__smi_error=MISMATCH,
            driver__packages=[
                package("nvidia-dkms-570", "570.172.08"),
                package("libnvidia-compute-580", "580.82.07"),
            ],
        ),
        "DRV019",
        {"DRV003"},
    ),
    "Secure Boot": (
        server(
            **DOWN
            | {
                "driver__secure_boot": True,
                "driver__modules": ["nouveau"],
                "driver__pci_gpus": [card("L4", "nouveau")],
                "driver__kernel_log": ["Loading of module with unavailable key is rejected"],
            }
        ),
        "DRV004",
        {"DRV005", "DRV021"},
    ),
    "nouveau": (
        server(
            **DOWN | {"driver__modules": ["nouveau"], "driver__pci_gpus": [card("L4", "nouveau")]},
        ),
        "DRV005",
        {"DRV021"},
    ),
    "a module on a blacklist": (server(**DOWN), "DRV021", set()),
    "an old card under the open module": (
        server(
            **DOWN
            | {
                "driver__pci_gpus": [card("Tesla P100 PCIe 16GB", None)],
                "gpu__devices": [{"vendor": "nvidia", "name": "Tesla P100 PCIe 16GB"}],
                "driver__packages": [package("nvidia-dkms-580-open", "580.82.07")],
                "env__torch_build": "cu126",
                "env__torch_cuda": "12.6",
                "env__packages": [package("torch", "2.8.0+cu126")],
            }
        ),
        "DRV022",
        {"DRV021"},
    ),
    "an old card dropped by an upgrade": (
        server(
            **DOWN
            | {
                "driver__pci_gpus": [card("GeForce GTX 1080 Ti", None)],
                "gpu__devices": [{"vendor": "nvidia", "name": "GeForce GTX 1080 Ti"}],
                "driver__library_version": "590.48.01",
                "driver__module_files": [
                    {"kernel": KERNEL, "version": "590.48.01", "running": True}
                ],
                "driver__packages": packages_of_driver("590.48.01", 590),
                "env__torch_build": "cu126",
                "env__torch_cuda": "12.6",
                "env__packages": [package("torch", "2.8.0+cu126")],
            }
        ),
        "DRV023",
        {"DRV021"},
    ),
    "a new card under the proprietary module": (
        server(
            gpu__devices=[{"vendor": "nvidia", "name": "GeForce RTX 5090"}],
            gpu__states=[],
            driver__pci_gpus=[card("GeForce RTX 5090")],
            driver__smi_error="No devices were found",
        ),
        "DRV020",
        set(),
    ),
    "a driver too old for project and toolkit": (
        server(
            gpu__devices=[gpu("L4", "8.9", "470.256.02")],
            gpu__nvidia_driver="470.256.02",
            driver__module_version="470.256.02",
            driver__library_version="470.256.02",
            driver__packages=packages_of_driver("470.256.02", 470),
            driver__cuda_version="11.4",
        ),
        "DRV006",
        {"CUDA010"},
    ),
    "an HGX whose fabric manager was not upgraded": (
        server(
            gpu__devices=[gpu("H100 80GB HBM3", "9.0", "580.82.07")] * 8,
            gpu__states=EIGHT,
            driver__pci_gpus=[card("H100 SXM5 80GB")] * 8,
            driver__nvswitch=True,
            driver__fabric_manager="failed",
            driver__fabric_manager_version="575.57.08",
        ),
        "DRV009",
        {"DRV008"},
    ),
    "a GPU with failing memory": (
        server(
            gpu__states=[state(0, "NVIDIA L4", ecc_uncorrected=2)],
            driver__kernel_log=[
                "NVRM: Xid (PCI:0000:01:00): 48, pid=990, name=python, DBE (double bit error)"
            ],
        ),
        "DRV017",
        {"GPU008"},
    ),
    "a fresh WSL with a Linux driver": (
        fresh_wsl(
            gpu__devices=[],
            gpu__states=[],
            gpu__nvidia_driver=None,
            driver__smi_error="Failed to initialize NVML: GPU access blocked by the operating "
            "system",
            driver__cuda_version=None,
        )
        | {
            "driver.library_version": "535.247.01",
            "driver.packages": [
                package("nvidia-driver-570", "570.172.08"),
                package("libnvidia-compute-535", "535.247.01"),
            ],
            "driver.libcuda_paths": ["/usr/lib/x86_64-linux-gnu/libcuda.so.1"],
        },
        "DRV015",
        {"DRV016", "DRV019"},
    ),
    "a WSL whose loader does not know": (
        fresh_wsl() | {"driver.libcuda_paths": []},
        "DRV016",
        set(),
    ),
    "a container that lost its GPU": (
        in_container(
            gpu__devices=[{"vendor": "nvidia", "name": "L4", "driver": "580.82.07"}],
            gpu__states=[],
            driver__smi_error="Failed to initialize NVML: Unknown Error",
            driver__device_nodes=NODES[:2],
            driver__cuda_version=None,
        ),
        "DRV013",
        {"DRV007"},
    ),
    "a container started before CUDA was used": (
        in_container(driver__device_nodes=NODES[:2], driver__modules=["nvidia"]),
        "DRV007",
        set(),
    ),
    "a container whose image hides the driver": (
        in_container(
            gpu__devices=[gpu("GeForce RTX 3090", "8.6", "535.183.01")],
            gpu__nvidia_driver="535.183.01",
            driver__module_version="535.183.01",
            driver__library_version="535.183.01",
            driver__packages=[package("cuda-compat-12-8", "570.124.06")],
            driver__libcuda_paths=[
                "/usr/local/cuda-12.8/compat/libcuda.so.1",
                "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
            ],
            driver__cuda_version="12.8",
        ),
        "DRV014",
        set(),
    ),
    "a toolkit that was upgraded, variables that were not": (
        server(
            cuda__home="/usr/local/cuda-11.8",
            cuda__library_path=[
                {"path": "/usr/local/cuda-11.8/lib64", "exists": False, "libraries": []}
            ],
        ),
        "CUDA002",
        {"CUDA004"},
    ),
    "an old CUDA_HOME beside a new nvcc": (
        server(
            cuda__toolkits=[
                {"path": "/usr/local/cuda-11.4", "version": "11.4.4"},
                {"path": "/usr/local/cuda-12.8", "version": "12.8.1"},
            ],
            cuda__home="/usr/local/cuda-11.4",
        ),
        "CUDA003",
        {"CUDA001", "CUDA008", "CUDA009"},
    ),
    "an old toolkit only": (
        server(
            cuda__toolkits=[{"path": "/usr/local/cuda-11.4", "version": "11.4.4"}],
            cuda__home="/usr/local/cuda-11.4",
            cuda__nvcc_path="/usr/local/cuda-11.4/bin/nvcc",
            cuda__nvcc_version="11.4.4",
            cuda__ptxas_path="/usr/local/cuda-11.4/bin/ptxas",
            cuda__ptxas_version="11.4.4",
            cuda__host_compiler="gcc 11.4.0",
        ),
        "CUDA001",
        {"CUDA007", "CUDA008"},
    ),
    "libraries of an old toolkit on the path": (
        server(
            cuda__library_path=[
                {
                    "path": "/opt/cuda-12.4/lib64",
                    "exists": True,
                    "libraries": ["libcublas.so.12", "libcudnn.so.9"],
                }
            ],
            cuda__libraries=[
                {
                    "name": "cublas",
                    "version": "12.4.5.8",
                    "path": "/opt/cuda-12.4/lib64/libcublas.so.12",
                    "via": "LD_LIBRARY_PATH",
                },
                {
                    "name": "cudnn",
                    "version": "9.1.0",
                    "path": "/opt/cuda-12.4/lib64/libcudnn.so.9",
                    "via": "LD_LIBRARY_PATH",
                },
            ],
            env__packages=[
                package("torch", "2.8.0+cu128"),
                package("nvidia-cudnn-cu12", "9.10.2.21"),
            ],
        ),
        "CUDA004",
        {"CUDA005"},
    ),
}


@pytest.mark.parametrize("name", MACHINES)
def test_one_root_cause_gives_one_finding(name):
    facts, root, echoes = MACHINES[name]
    examination = examine(case_of({"facts": facts}), RULES)
    assert [row.rule.code for row in examination.roots] == [root]
    assert {row.rule.code for row in examination.following(root)} == echoes
    assert not any(row.crashed for row in examination.results)


HEALTHY = {
    "a server": server(),
    "a server of which the kernel's log cannot be read": {
        name: value for name, value in server().items() if name != "driver.kernel_log"
    },
    "an HGX": server(
        gpu__devices=[gpu("H100 80GB HBM3", "9.0", "580.82.07")] * 8,
        gpu__states=EIGHT,
        driver__pci_gpus=[card("H100 SXM5 80GB")] * 8,
        driver__nvswitch=True,
        driver__fabric_manager="active",
        driver__fabric_manager_version="580.82.07",
        driver__secure_boot=True,
    ),
    "a WSL": fresh_wsl(),
    "a container with a GPU": in_container(),
    # The GPU is on the host's bus, and not ours: another family tells how to ask for it.
    "a container without a GPU": in_container(
        gpu__devices=[],
        gpu__states=[],
        driver__device_nodes=[],
        driver__library_version=None,
        driver__libcuda_paths=[],
        driver__cuda_version=None,
    ),
    "a machine without a GPU": server(
        **DOWN
        | {
            "gpu__devices": [],
            "gpu__nvidia_driver": None,
            "driver__pci_gpus": [],
            "driver__library_version": None,
            "driver__module_files": [],
            "driver__packages": [],
            "driver__libcuda_paths": [],
            "driver__smi_error": None,
        }
    ),
    "a host whose GPU belongs to a virtual machine": server(
        **DOWN
        | {
            "gpu__devices": [],
            "driver__pci_gpus": [card("L4", "vfio-pci")],
            "driver__smi_error": None,
        }
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_machine_gives_none(name):
    examination = examine(case_of({"facts": HEALTHY[name]}), RULES)
    assert [(row.rule.code, row.message) for row in examination.findings] == []
    assert not any(row.crashed for row in examination.results)


@pytest.mark.parametrize("name", MACHINES)
def test_a_step_is_a_command_that_can_be_typed_as_it_stands(name):
    examination = examine(case_of({"facts": MACHINES[name][0]}), RULES)
    commands = [
        word
        for row in examination.findings
        if row.found is not None
        for step in row.found.steps
        for word in getattr(step, "argv", ())
    ]
    assert not [word for word in commands if "$" in word]
