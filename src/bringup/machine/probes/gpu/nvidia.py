"""NVIDIA's GPUs and driver: the kernel's files first, nvidia-smi for what they do not say."""

from __future__ import annotations

import csv
import re
from typing import Any, Final

from bringup.machine.probes.gpu.pci import accelerators, name_of
from bringup.machine.probes.surroundings import container
from bringup.machine.sources import Answer, Source
from bringup.machine.world import NoAnswer, World, join

PLATFORMS: Final = ("linux", "windows")
VENDOR: Final = "0x10de"
_QUERY: Final = ("name", "memory.total", "driver_version", "uuid", "compute_cap")
# Without persistence mode nvidia-smi wakes each GPU first, which takes seconds on a big machine.
# It is asked only where files or PATH say that there is something to ask.
_LIMIT_S: Final = 8.0
_PROC: Final = "/proc/driver/nvidia"
_MIB: Final = 1 << 20


def devices(world: World) -> Answer:
    """Return NVIDIA's GPUs."""
    tried: list[str] = []
    try:
        rows = _smi_rows(world)
        return Answer([_from_smi(row) for row in rows], "nvidia-smi")
    except NoAnswer as reason:
        tried.append(f"nvidia-smi: {reason}")
    found = _from_proc(world)
    if found and not _given(world):
        tried.append(f"{_PROC}: {len(found)} GPUs of the host, not given to this container")
        return Answer([], "nvidia: no /dev/nvidia0", tuple(tried))
    if found:
        return Answer(found, f"{_PROC}/gpus", tuple(tried))
    on_bus = [
        {"vendor": "nvidia", "name": name_of(world, VENDOR, card.device) or f"device {card.device}"}
        for card in accelerators(world, VENDOR)
    ]
    return Answer(on_bus, "/sys/bus/pci/devices", tuple(tried)) if on_bus else _none(tried)


def _none(tried: list[str]) -> Answer:
    return Answer([], f"nvidia: nothing in {_PROC} nor on the PCI bus", tuple(tried))


def _given(world: World) -> bool:
    """Say whether the kernel's GPUs are ours: in a container /proc shows the host's."""
    nodes = [name for name in world.names("/dev") if re.fullmatch(r"nvidia\d+", name)]
    return bool(nodes) or container(world) is None


def _from_proc(world: World) -> list[dict[str, Any]]:
    found = []
    for name in world.names(f"{_PROC}/gpus"):
        text = world.text_or(f"{_PROC}/gpus/{name}/information")
        fields = dict(re.findall(r"^([\w ]+):\s*(\S.*?)\s*$", text, re.MULTILINE))
        if model := fields.get("Model"):
            found.append(
                {
                    "vendor": "nvidia",
                    "name": model,
                    "uuid": fields.get("GPU UUID"),
                    "driver": _driver_in_files(world),
                }
            )
    return found


def _driver_in_files(world: World) -> str | None:
    if text := world.text_or("/sys/module/nvidia/version").strip():
        return text
    try:
        return _proc_version(world)
    except NoAnswer:
        return None


def _proc_version(world: World) -> str:
    # "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.08  Sat Feb 17 ..." and, for the
    # open modules, "... Open Kernel Module for x86_64  580.65.06  Release Build ..."
    text = world.text(f"{_PROC}/version")
    match = re.search(r"Kernel Module\s+(?:for \S+\s+)?(\d+\.\d+(?:\.\d+)?)", text)
    if match is None:
        raise NoAnswer("it names no version")
    return match[1]


def smi_path(world: World) -> str:
    """Return where nvidia-smi is.

    Raises:
        NoAnswer: it is not there.
    """
    # WSL keeps it outside PATH; Windows beside its other system programs.
    for path in (
        world.which("nvidia-smi"),
        "/usr/lib/wsl/lib/nvidia-smi",
        join(
            world.env.get("SYSTEMROOT", "C:/Windows").replace("\\", "/"), "System32/nvidia-smi.exe"
        ),
    ):
        if path and world.is_program(path):
            return path
    raise NoAnswer("there is no such program")


def _smi_rows(world: World) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = world.once("nvidia-smi", lambda: _ask_smi(world))
    return rows


def _ask_smi(world: World) -> list[dict[str, str]]:
    path = smi_path(world)
    # Drivers before 510 do not know compute_cap.
    for names in (_QUERY, _QUERY[:-1]):
        text = world.command(
            path,
            f"--query-gpu={','.join(names)}",
            "--format=csv,noheader,nounits",
            timeout_s=_LIMIT_S,
        )
        rows = [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if row]
        if rows and all(len(row) == len(names) for row in rows):
            return [dict(zip(names, row, strict=True)) for row in rows]
        complaint = text.strip().splitlines() or ["it says nothing"]
        if "not a valid field" not in complaint[0]:
            raise NoAnswer(complaint[0])
    raise NoAnswer(complaint[0])


def _from_smi(row: dict[str, str]) -> dict[str, Any]:
    known = {name: value for name, value in row.items() if not value.startswith("[")}
    memory = known.get("memory.total", "")
    return {
        "vendor": "nvidia",
        "name": known.get("name", "unknown").removeprefix("NVIDIA ").strip(),
        # GPUs that share the system's memory answer [N/A].
        "memory_bytes": int(memory) * _MIB if memory.isdigit() else None,
        "compute_capability": known.get("compute_cap"),
        "driver": known.get("driver_version"),
        "uuid": known.get("uuid"),
    }


def _smi_driver(world: World) -> str | None:
    try:
        smi_path(world)
    except NoAnswer:
        # Neither the module nor the tool: there is no driver.
        return None
    versions = [row["driver_version"] for row in _smi_rows(world)]
    return versions[0] if versions else None


DRIVER: Final = (
    Source("not on this system", lambda _: None, ("macos",)),
    Source(
        "/sys/module/nvidia/version",
        lambda world: world.text("/sys/module/nvidia/version").strip(),
        ("linux",),
    ),
    Source(f"{_PROC}/version", _proc_version, ("linux",)),
    Source("nvidia-smi", _smi_driver),
)
