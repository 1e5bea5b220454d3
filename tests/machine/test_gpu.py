from __future__ import annotations

import pytest

from bringup.machine.probes import gpu
from bringup.machine.probes.gpu.amd import gfx_name
from bringup.machine.sources import first_answer

BIN = {"PATH": "/usr/bin"}
PROC = "/proc/driver/nvidia"
FULL = (
    "/usr/bin/nvidia-smi --query-gpu=name,memory.total,driver_version,uuid,compute_cap"
    " --format=csv,noheader,nounits"
)
SHORT = FULL.replace(",compute_cap", "")
PCI_IDS = """# ids
10de  NVIDIA Corporation
\t2684  AD102 [GeForce RTX 4090]
\t\t10de 1234  A board
\t27b8  AD104GL
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX]
8086  Intel Corporation
\t56a0  DG2 [Arc A770]
"""


def pci(address, vendor, device, kind="0x030000"):
    folder = f"/sys/bus/pci/devices/{address}"
    return {f"{folder}/vendor": vendor, f"{folder}/device": device, f"{folder}/class": kind}


def devices(world):
    return first_answer(world, gpu.SOURCES["gpu.devices"])


def driver(world):
    return first_answer(world, gpu.SOURCES["gpu.nvidia_driver"])


def test_nothing(make_world):
    fact = devices(make_world())
    assert (fact.value, fact.unknown, fact.source) == ([], None, "no accelerator was found")
    assert driver(make_world()).value is None
    assert driver(make_world()).unknown is None
    assert devices(make_world(platform="macos")).value == []


def test_old_driver_does_not_know_compute_cap(make_world):
    world = make_world(
        env=BIN,
        programs={"/usr/bin/nvidia-smi": ""},
        commands={
            FULL: 'Field "compute_cap" is not a valid field to query.\n',
            SHORT: "Tesla K80, 11441, 450.80.02, GPU-1\n",
        },
    )
    (row,) = devices(world).value
    assert row == {
        "vendor": "nvidia",
        "name": "Tesla K80",
        "memory_bytes": 11441 << 20,
        "driver": "450.80.02",
        "uuid": "GPU-1",
    }
    assert driver(world).value == "450.80.02"


def test_memory_that_is_shared(make_world):
    world = make_world(
        env=BIN,
        programs={"/usr/bin/nvidia-smi": ""},
        commands={FULL: "NVIDIA GB10, [N/A], 580.95.05, GPU-2, 12.1\n"},
    )
    (row,) = devices(world).value
    assert "memory_bytes" not in row
    assert row["compute_capability"] == "12.1"


@pytest.mark.parametrize(
    "said",
    ["NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "\n"],
)
def test_broken_tool_falls_back_to_the_kernel(make_world, said):
    world = make_world(
        env=BIN,
        programs={"/usr/bin/nvidia-smi": ""},
        commands={FULL: said},
        files={
            f"{PROC}/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA L4\nGPU UUID:\t GPU-3\n",
            f"{PROC}/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue\n",
            "/proc/1/cgroup": "0::/init.scope\n",
        },
    )
    fact = devices(world)
    assert fact.value == [
        {"vendor": "nvidia", "name": "NVIDIA L4", "uuid": "GPU-3", "driver": "550.54.15"}
    ]
    assert fact.source == "/proc/driver/nvidia/gpus"
    assert fact.tried[0].startswith("nvidia-smi: ")
    assert driver(world).value == "550.54.15"


def test_gpus_of_the_host_are_not_the_containers(make_world):
    information = {"/proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: NVIDIA L4\n"}
    world = make_world(files={**information, "/.dockerenv": ""})
    fact = devices(world)
    assert fact.value == []
    assert any("not given to this container" in line for line in fact.tried)
    given = make_world(files={"/dev/nvidia3": ""})
    assert devices(given).value[0]["name"] == "NVIDIA L4"


def test_card_without_a_driver_has_its_name_from_pci_ids(make_world):
    world = make_world(
        files={
            "/usr/share/misc/pci.ids": PCI_IDS,
            **pci("0000:01:00.0", "0x10de\n", "0x2684\n"),
            **pci("0000:02:00.0", "0x10de\n", "0x27b8\n", "0x030200\n"),
            **pci("0000:03:00.0", "0x10de\n", "0xffff\n"),
            **pci("0000:04:00.0", "0x10de\n", "0x22ba\n", "0x040300\n"),
        }
    )
    names = [row["name"] for row in devices(world).value]
    assert names == ["GeForce RTX 4090", "AD104GL", "device 0xffff"]
    assert driver(world).value is None


def test_driver_file_without_a_version(make_world):
    world = make_world(files={"/proc/driver/nvidia/version": "hello\n"})
    assert driver(world).value is None
    assert "/proc/driver/nvidia/version: it names no version" in driver(world).tried


def test_amd_without_names(make_world):
    node = "/sys/class/kfd/kfd/topology/nodes/1"
    world = make_world(
        files={
            f"{node}/properties": "simd_count 192\ngfx_target_version 110000\ndevice_id 1\n",
            f"{node}/mem_banks/0/properties": "heap_type 2\nsize_in_bytes 1024\n",
            f"{node}/mem_banks/1/properties": "heap_type 4\nsize_in_bytes 64\n",
        }
    )
    assert devices(world).value == [
        {"vendor": "amd", "name": "AMD gfx1100", "memory_bytes": 1024, "gfx": "gfx1100"}
    ]


def test_amd_without_compute_driver(make_world):
    world = make_world(
        files={
            "/usr/share/hwdata/pci.ids": PCI_IDS,
            **pci("0000:03:00.0", "0x1002", "0x744c"),
            "/sys/bus/pci/devices/0000:03:00.0/mem_info_vram_total": "25753026560\n",
            **pci("0000:0b:00.0", "0x1002", "0x164e"),
            "/sys/bus/pci/devices/0000:0b:00.0/mem_info_vram_total": "536870912\n",
        }
    )
    assert [row["name"] for row in devices(world).value] == ["Radeon RX 7900 XT/7900 XTX"]


@pytest.mark.parametrize(
    ("target", "name"),
    [(90402, "gfx942"), (90010, "gfx90a"), (100300, "gfx1030"), (110501, "gfx1151")],
)
def test_gfx_names(target, name):
    assert gfx_name(target) == name


def test_intel(make_world):
    card = "/sys/bus/pci/devices/0000:03:00.0"
    world = make_world(
        files={
            "/usr/share/pci.ids": PCI_IDS,
            **pci("0000:00:02.0", "0x8086", "0x9a49"),
            **pci("0000:03:00.0", "0x8086", "0x56a0"),
            f"{card}/drm/card1/lmem_total_bytes": "0x3fa000000\n",
            "/sys/bus/pci/drivers/i915/bind": "",
        },
        links={f"{card}/driver": "../../drivers/i915"},
    )
    fact = devices(world)
    assert fact.value == [
        {"vendor": "intel", "name": "Arc A770", "memory_bytes": 0x3FA000000, "driver": "i915"}
    ]
    assert any("0000:00:02.0" in line and "integrated" in line for line in fact.tried)


def test_ascend_without_its_tool(make_world):
    world = make_world(
        files={
            "/dev/davinci0": "",
            "/dev/davinci_manager": "",
            "/usr/local/Ascend/driver/version.info": "Version=23.0.0\n",
            **pci("0000:c1:00.0", "0x19e5", "0xd802", "0x120000"),
            **pci("0000:c2:00.0", "0x19e5", "0xd802", "0x120000"),
        }
    )
    fact = devices(world)
    assert fact.value == [{"vendor": "ascend", "name": "Ascend 0xd802", "driver": "23.0.0"}]
    assert any(line.startswith("npu-smi: ") for line in fact.tried)


def test_ascend_nodes_only_and_a_table_without_rows(make_world):
    world = make_world(
        env=BIN,
        files={"/dev/davinci0": ""},
        programs={"/usr/bin/npu-smi": ""},
        commands={"/usr/bin/npu-smi info": "+----+\n| no device |\n"},
    )
    fact = devices(world)
    assert fact.value == [{"vendor": "ascend", "name": "Ascend"}]
    assert "npu-smi: its table lists no processor" in fact.tried


def test_ascend_table_without_bus(make_world):
    table = "| 0       310B1 | Alarm | 0.0 49 15 / 15 |\n| 0       0 | NA | 0 600 / 7578 |\n"
    world = make_world(
        env=BIN, programs={"/usr/bin/npu-smi": ""}, commands={"/usr/bin/npu-smi info": table}
    )
    assert devices(world).value == [
        {"vendor": "ascend", "name": "Ascend 310B1", "memory_bytes": 7578 << 20}
    ]


def test_one_makers_surprise_does_not_hide_the_others(make_world):
    world = make_world(
        files={
            "/sys/class/kfd/kfd/topology/nodes/1/properties": "simd_count many\n",
            **pci("0000:03:00.0", "0x8086", "0x56a0"),
        }
    )
    fact = devices(world)
    assert [row["vendor"] for row in fact.value] == ["intel"]
    assert any(line.startswith("amd: ValueError") for line in fact.tried)


def test_visible(make_world):
    fact = first_answer(make_world(env={"HIP_VISIBLE_DEVICES": ""}), gpu.SOURCES["gpu.visible"])
    assert fact.value == "HIP_VISIBLE_DEVICES="
