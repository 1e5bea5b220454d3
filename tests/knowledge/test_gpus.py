import pytest
from packaging.version import Version

from bringup.knowledge.gpus import gpu_called, known_gpus


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("Tesla K80", "3.7"),
        ("P40", "6.1"),
        ("Tesla P40", "6.1"),
        ("NVIDIA Tesla V100-SXM2-16GB", "7.0"),
        ("tesla v100", "7.0"),
        ("T4", "7.5"),
        ("NVIDIA A100-SXM4-80GB", "8.0"),
        ("NVIDIA A100 80GB PCIe", "8.0"),
        ("NVIDIA GeForce RTX 3060 Laptop GPU", "8.6"),
        ("GeForce RTX 4090", "8.9"),
        ("NVIDIA L4", "8.9"),
        ("NVIDIA H100 80GB HBM3", "9.0"),
        ("RTX 5090", "12.0"),
        ("nvidia_geforce_rtx_4090", "8.9"),
    ],
)
def test_names_that_people_and_drivers_use(name, capability):
    assert gpu_called(name).compute_capability == capability


@pytest.mark.parametrize("name", ["", "RTX", "Mystery 9000", "GPU", "NVIDIA"])
def test_what_nobody_knows(name):
    assert gpu_called(name) is None


def test_gpus_of_amd_and_apple():
    assert gpu_called("AMD Instinct MI300X").gfx == "gfx942"
    assert gpu_called("MI250").gfx == "gfx90a"
    assert gpu_called("MI250").vendor == "amd"


@pytest.mark.parametrize("gpu", known_gpus(), ids=lambda gpu: gpu.name)
def test_every_model_is_found_by_its_own_name(gpu):
    assert gpu_called(gpu.name) == gpu
    assert gpu.vendor == gpu.vendor.lower()
    if gpu.compute_capability is not None:
        assert gpu.vendor == "nvidia"
        assert Version(gpu.compute_capability) >= Version("2.0")
    assert gpu.memory_gb is None or gpu.memory_gb > 0
