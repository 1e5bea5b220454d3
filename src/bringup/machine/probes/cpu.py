"""The processor: its name, the cores that we may use, what its instruction set has."""

from __future__ import annotations

import math
import re
from typing import Final

from bringup.machine.probes.cgroups import cpu_quota
from bringup.machine.probes.system import LINUX, MACOS, WINDOWS
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World

_ARM_VENDORS: Final = {
    "0x41": "ARM",
    "0x42": "Broadcom",
    "0x43": "Cavium",
    "0x46": "Fujitsu",
    "0x48": "HiSilicon",
    "0x4e": "NVIDIA",
    "0x51": "Qualcomm",
    "0x61": "Apple",
    "0xc0": "Ampere",
}
"""Implementer codes of the Arm architecture (MIDR_EL1), as lscpu of util-linux names them."""

_LEVELS: Final = (
    ("x86-64-v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
    ("x86-64-v3", {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}),
    ("x86-64-v2", {"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}),
)
"""What each level adds to the one below, by /proc/cpuinfo's names (x86-64 psABI, table 3.1)."""


def _cpuinfo(world: World) -> dict[str, str]:
    # The first processor stands for all of them.
    first, _, _ = world.text("/proc/cpuinfo").partition("\n\n")
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def cpu_flags(world: World) -> set[str]:
    """Return the flags of an x86 processor, none on another architecture.

    Raises:
        NoAnswer: /proc/cpuinfo cannot be read.
    """
    return set(_cpuinfo(world).get("flags", "").split())


def sysctl(world: World) -> dict[str, str]:
    """Return what macOS's sysctl says of the hardware, asked once."""
    return dict(world.once("sysctl", lambda: _ask_sysctl(world)))


def _ask_sysctl(world: World) -> dict[str, str]:
    text = world.command("/usr/sbin/sysctl", "hw", "machdep.cpu", "kern.hv_vmm_present")
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _field(fields: dict[str, str], *names: str) -> str:
    for name in names:
        if value := fields.get(name):
            return value
    raise NoAnswer(f"it has no {names[0]}")


def _linux_vendor(world: World) -> str:
    fields = _cpuinfo(world)
    if implementer := fields.get("CPU implementer"):
        return _ARM_VENDORS.get(implementer.lower(), f"implementer {implementer}")
    return _field(fields, "vendor_id")


def _linux_model(world: World) -> str:
    fields = _cpuinfo(world)
    if "CPU part" in fields and "model name" not in fields:
        return f"{_linux_vendor(world)} part {fields['CPU part']}"
    return _field(fields, "model name", "Model", "cpu model")


def _macos_vendor(world: World) -> str:
    fields = sysctl(world)
    if fields.get("machdep.cpu.brand_string", "").startswith("Apple"):
        return "Apple"
    return _field(fields, "machdep.cpu.vendor")


def _windows_vendor(world: World) -> str:
    # "Intel64 Family 6 Model 183 Stepping 1, GenuineIntel"
    _, comma, vendor = world.env.get("PROCESSOR_IDENTIFIER", "").rpartition(",")
    if not comma:
        raise NoAnswer("not set")
    return vendor.strip()


def _count_in_cpuinfo(world: World) -> int:
    count = len(re.findall(r"^processor\s*:", world.text("/proc/cpuinfo"), re.MULTILINE))
    if not count:
        raise NoAnswer("it lists no processor")
    return count


def _usable(world: World) -> Answer:
    try:
        cores, source = world.host.affinity(), "affinity"
    except NoAnswer:
        cores, source = _affinity_in_proc(world), "/proc/self/status"
    quota = cpu_quota(world)
    if quota is not None and quota[0] < cores:
        # A thread more than the quota pays for is stopped for a part of each period.
        return Answer(max(1, math.floor(quota[0])), f"{source}, {quota[1]}")
    return Answer(cores, source)


def _affinity_in_proc(world: World) -> int:
    match = re.search(
        r"^Cpus_allowed:\s*([0-9a-fA-F,]+)", world.text("/proc/self/status"), re.MULTILINE
    )
    if match is None:
        raise NoAnswer("it has no Cpus_allowed")
    return int(match[1].replace(",", ""), 16).bit_count()


def _quota(world: World) -> Answer | None:
    quota = cpu_quota(world)
    return None if quota is None else Answer(round(quota[0], 3), quota[1])


def _level(world: World) -> str | None:
    if not (flags := cpu_flags(world)):
        return None
    level, needed = "x86-64-v1", set[str]()
    for name, added in reversed(_LEVELS):
        needed |= added
        if not needed <= flags:
            break
        level = name
    return level


def _macos_level(world: World) -> str | None:
    fields = sysctl(world)
    if _macos_vendor(world) == "Apple":
        return None
    if fields.get("hw.optional.avx512f") == "1":
        return "x86-64-v4"
    # Every x86 Mac that runs a macOS of today has at least version 2.
    return "x86-64-v3" if fields.get("hw.optional.avx2_0") == "1" else "x86-64-v2"


def _windows_level(world: World) -> None:
    if "ARM" in world.env.get("PROCESSOR_IDENTIFIER", "").upper():
        return
    raise NoAnswer("it does not say")


def _flag(*names: str) -> tuple[Source, ...]:
    macos_names = [f"hw.optional.{name}" for name in names]
    return (
        Source("/proc/cpuinfo", lambda world: bool(cpu_flags(world) & set(names)), LINUX),
        Source(
            "sysctl",
            lambda world: any(sysctl(world).get(name) == "1" for name in macos_names),
            MACOS,
        ),
    )


SOURCES: Sources = {
    "cpu.vendor": (
        Source("/proc/cpuinfo", _linux_vendor, LINUX),
        Source("sysctl", _macos_vendor, MACOS),
        Source("PROCESSOR_IDENTIFIER", _windows_vendor, WINDOWS),
    ),
    "cpu.model": (
        Source("/proc/cpuinfo", _linux_model, LINUX),
        Source("sysctl", lambda world: _field(sysctl(world), "machdep.cpu.brand_string"), MACOS),
        Source("the registry", lambda world: world.host.windows_processor(), WINDOWS),
        Source(
            "PROCESSOR_IDENTIFIER",
            lambda world: _field(dict(world.env), "PROCESSOR_IDENTIFIER"),
            WINDOWS,
        ),
    ),
    "cpu.cores_logical": (
        Source("/proc/cpuinfo", _count_in_cpuinfo, LINUX),
        Source("the running Python", lambda world: world.host.logical_cores()),
    ),
    "cpu.cores_usable": (
        Source("affinity", _usable, LINUX),
        Source("the running Python", lambda world: world.host.logical_cores()),
    ),
    "cpu.quota": (
        absent_on("macos", "windows"),
        Source("cgroups", _quota, LINUX),
    ),
    "cpu.microarchitecture_level": (
        Source("/proc/cpuinfo", _level, LINUX),
        Source("sysctl", _macos_level, MACOS),
        Source("PROCESSOR_IDENTIFIER", _windows_level, WINDOWS),
    ),
    "cpu.avx2": _flag("avx2", "avx2_0"),
    "cpu.avx512f": _flag("avx512f"),
    "cpu.vnni": _flag("avx512_vnni", "avx_vnni", "avx512vnni"),
    "cpu.amx": _flag("amx_tile"),
}
