"""The machine in few words: one line for the terminal, a few rows for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bringup.report.formats import memory_text
from bringup.report.texts import Text, say

_SYSTEMS: Final = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
_EXTENSIONS: Final = {
    "cpu.avx2": "AVX2",
    "cpu.avx512f": "AVX-512",
    "cpu.vnni": "VNNI",
    "cpu.amx": "AMX",
}
_SURROUNDINGS: Final = ("container", "wsl", "vm", "cluster")


class Facts:
    """The facts of a machine's JSON, by key."""

    def __init__(self, machine: Mapping[str, Any]) -> None:
        self.rows: Mapping[str, Mapping[str, Any]] = machine.get("facts") or {}

    def __getitem__(self, key: str) -> Any:
        return (self.rows.get(key) or {}).get("value")


def machine_line(machine: Mapping[str, Any]) -> str:
    """Return the machine in one line: system, cores, memory, accelerators."""
    facts = Facts(machine)
    cores, memory = facts["cpu.cores_usable"], usable_memory(facts)
    parts = (
        " ".join(filter(None, (system_name(facts), facts["os.arch"]))),
        "" if cores is None else say(Text.CORES, count=cores),
        "" if memory is None else memory_text(memory),
        ", ".join(gpu_names(facts)) or say(Text.NO_GPU),
    )
    return " · ".join(part for part in parts if part)


def machine_rows(machine: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (label, value, remark) of what matters most; rows without a value are left out."""
    facts = Facts(machine)
    cores, logical = facts["cpu.cores_usable"], facts["cpu.cores_logical"]
    libc = " ".join(filter(None, (facts["libc.family"], facts["libc.version"])))
    kernel = facts["os.kernel"]
    rows = [
        (Text.OS, system_name(facts), _joined(facts["os.arch"], libc, kernel)),
        (Text.CPU, facts["cpu.model"] or facts["cpu.vendor"] or facts["os.arch"], _cpu(facts)),
        (Text.CORES, None if cores is None else _of(cores, logical), ""),
        (Text.MEMORY_LABEL, _bytes(usable_memory(facts)), _swap(facts)),
        (Text.GPU, ", ".join(gpu_names(facts)) or say(Text.NONE), _gpu_remark(facts)),
        (Text.PYTHON, *_python(facts)),
        (Text.DISK, _bytes(facts["disk.free_bytes"]), ""),
        (Text.CONTAINER, _surroundings(facts), ""),
        (Text.INDEX, *_index(facts["index.settings"] or {})),
    ]
    return [(_label(text), str(value), remark) for text, value, remark in rows if value]


def usable_memory(facts: Facts) -> int | None:
    """Return the bytes that programs may use: the cgroup's limit where it is the smaller."""
    sizes = [facts[key] for key in ("memory.limit_bytes", "memory.total_bytes")]
    return min((size for size in sizes if size is not None), default=None)


def system_name(facts: Facts) -> str:
    """Return the system with its version, ``Debian 12``."""
    family = facts["os.family"] or ""
    name = facts["os.name"] or _SYSTEMS.get(family, family)
    return " ".join(filter(None, (name, facts["os.version"])))


def gpu_names(facts: Facts) -> list[str]:
    """Return the accelerators, equal ones counted: ``2 × NVIDIA L4``."""
    names = [str(gpu.get("name")) for gpu in facts["gpu.devices"] or ()]
    unique = dict.fromkeys(names)
    return [f"{names.count(n)} × {n}" if names.count(n) > 1 else n for n in unique]


def _label(text: Text) -> str:
    return say(text, count="").strip().capitalize() if text is Text.CORES else say(text)


def _of(usable: int, logical: int | None) -> str:
    return f"{usable}" if logical in {None, usable} else f"{usable} / {logical}"


def _cpu(facts: Facts) -> str:
    extensions = [name for key, name in _EXTENSIONS.items() if facts[key]]
    return _joined(facts["cpu.microarchitecture_level"], *extensions)


def _swap(facts: Facts) -> str:
    swap = facts["memory.swap_bytes"]
    return f"swap {memory_text(swap)}" if swap else ""


def _gpu_remark(facts: Facts) -> str:
    gpus = facts["gpu.devices"] or ()
    driver = facts["gpu.nvidia_driver"]
    shown = [
        _joined(
            memory_text(gpu["memory_bytes"]) if gpu.get("memory_bytes") else "",
            gpu.get("compute_capability") or gpu.get("gfx"),
        )
        for gpu in gpus[:1]
    ]
    return _joined(*shown, f"driver {driver}" if driver else "")


def _python(facts: Facts) -> tuple[str, str]:
    rows = facts["python.interpreters"] or ()
    if not rows:
        return "", ""
    others = dict.fromkeys(str(row.get("version")) for row in rows[1:])
    also = say(Text.ALSO, others=", ".join(others)) if others else ""
    return str(rows[0].get("version")), also


def _surroundings(facts: Facts) -> str:
    return _joined(*(facts[f"surroundings.{name}"] for name in _SURROUNDINGS))


def _index(settings: Mapping[str, Any]) -> tuple[str, str]:
    index = settings.get("index")
    remarks = [
        *(f"extra: {url}" for url in settings.get("extra_indexes") or ()),
        *(f"find-links: {place}" for place in settings.get("find_links") or ()),
        *(f"constraint: {path}" for path in settings.get("constraints") or ()),
        *(f"{key}: {settings[key]}" for key in ("ca_bundle", "proxy") if settings.get(key)),
    ]
    if not index and not remarks:
        return "", ""
    return index or say(Text.INDEX_DEFAULT), "\n".join(remarks)


def _bytes(size: int | None) -> str | None:
    return None if size is None else memory_text(size)


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
