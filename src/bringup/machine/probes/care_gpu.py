"""What the doctor asks about NVIDIA GPUs: their state, and which processes hold their memory."""

from __future__ import annotations

import csv
import os
import re
from typing import Any, Final

from bringup.machine.probes.gpu.nvidia import smi_path
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World

_LIMIT_S: Final = 8.0
_MIB: Final = 1 << 20
_FIELDS: Final = (
    "index",
    "name",
    "compute_mode",
    "memory.total",
    "memory.used",
    "temperature.gpu",
    "persistence_mode",
    "mig.mode.current",
    "mig.mode.pending",
    "ecc.errors.uncorrected.volatile.total",
    "pcie.link.width.current",
    "pcie.link.width.max",
    "display_active",
    "clocks_throttle_reasons.hw_slowdown",
    "clocks_throttle_reasons.hw_thermal_slowdown",
    "clocks_throttle_reasons.hw_power_brake_slowdown",
    "clocks_throttle_reasons.sw_thermal_slowdown",
)
_APPS: Final = ("pid", "process_name", "used_gpu_memory", "gpu_uuid")
_PREFIX: Final = "clocks_throttle_reasons."


def _smi(world: World, *arguments: str) -> str:
    try:
        path = smi_path(world)
    except NoAnswer:
        return ""
    return world.command(path, *arguments, timeout_s=_LIMIT_S)


def _rows(world: World, option: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
    text = _smi(world, f"--{option}={','.join(fields)}", "--format=csv,noheader,nounits")
    rows = [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if row]
    if any(len(row) != len(fields) for row in rows):
        raise NoAnswer(text.strip().splitlines()[0])
    return [dict(zip(fields, row, strict=True)) for row in rows]


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _switch(text: str) -> bool | None:
    return {"Enabled": True, "Active": True, "Disabled": False, "Not Active": False}.get(text)


def _states(world: World) -> Answer:
    rows = []
    for row in _rows(world, "query-gpu", _FIELDS):
        total, used = _number(row["memory.total"]), _number(row["memory.used"])
        reasons = [
            name.removeprefix(_PREFIX)
            for name in _FIELDS
            if name.startswith(_PREFIX) and _switch(row[name])
        ]
        rows.append(
            {
                "index": _number(row["index"]),
                "name": row["name"],
                "compute_mode": row["compute_mode"],
                "memory_total_bytes": None if total is None else total * _MIB,
                "memory_used_bytes": None if used is None else used * _MIB,
                "temperature_c": _number(row["temperature.gpu"]),
                "throttle_reasons": reasons,
                "persistence": _switch(row["persistence_mode"]),
                "mig_current": _switch(row["mig.mode.current"]),
                "mig_pending": _switch(row["mig.mode.pending"]),
                "mig_devices": None,
                "ecc_uncorrected": _number(row["ecc.errors.uncorrected.volatile.total"]),
                "pcie_width": _number(row["pcie.link.width.current"]),
                "pcie_width_max": _number(row["pcie.link.width.max"]),
                "display": _switch(row["display_active"]),
            }
        )
    if any(row["mig_current"] for row in rows):
        _count_mig(world, rows)
    return Answer(rows, "nvidia-smi --query-gpu")


def _count_mig(world: World, rows: list[dict[str, Any]]) -> None:
    counts: dict[int, int] = {}
    current = -1
    for line in _smi(world, "-L").splitlines():
        if match := re.match(r"GPU (\d+):", line):
            current = int(match[1])
        elif line.strip().startswith("MIG"):
            counts[current] = counts.get(current, 0) + 1
    for row in rows:
        row["mig_devices"] = counts.get(row["index"], 0)


def _processes(world: World) -> Answer:
    uuids = {
        row["uuid"]: _number(row["index"]) for row in _rows(world, "query-gpu", ("uuid", "index"))
    }
    rows = []
    for row in _rows(world, "query-compute-apps", _APPS) if uuids else []:
        memory, pid = _number(row["used_gpu_memory"]), _number(row["pid"])
        user = None if pid is None else _user_of(world, pid)
        rows.append(
            {
                "pid": pid,
                "name": row["process_name"],
                "memory_bytes": None if memory is None else memory * _MIB,
                "gpu_index": uuids.get(row["gpu_uuid"]),
                "user": user,
                "own": user is not None and user == _own_user(),
            }
        )
    return Answer(rows, "nvidia-smi --query-compute-apps")


def _user_of(world: World, pid: int) -> str | None:
    match = re.search(r"^Uid:\s+(\d+)", world.text_or(f"/proc/{pid}/status"), re.MULTILINE)
    return match[1] if match else None


def _own_user() -> str | None:
    return str(os.getuid()) if hasattr(os, "getuid") else None


def _smi_error(world: World) -> Answer:
    try:
        path = smi_path(world)
    except NoAnswer:
        return Answer(None, "nvidia-smi is not there")
    try:
        text = world.command(path, "-L", timeout_s=_LIMIT_S)
    except NoAnswer as reason:
        return Answer(str(reason), "nvidia-smi -L")
    first = next((line for line in text.splitlines() if line.strip()), "")
    return Answer(None if first.startswith("GPU ") else first or None, "nvidia-smi -L")


def _cuda_version(world: World) -> Answer:
    match = re.search(r"CUDA Version:\s*(\d+\.\d+)", _smi(world))
    return Answer(match[1] if match else None, "nvidia-smi")


SOURCES: Sources = {
    "gpu.states": (Source("nvidia-smi", _states),),
    "gpu.processes": (Source("nvidia-smi", _processes),),
    "driver.smi_error": (Source("nvidia-smi", _smi_error),),
    "driver.cuda_version": (Source("nvidia-smi", _cuda_version),),
}
