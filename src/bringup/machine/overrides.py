"""Facts that people set: ``BRINGUP_*`` variables, ``--fact KEY=VALUE``, and the short names.

A short name (``gpu``, ``driver``, ``python``, ...) sets all facts that belong to what it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.machine.index_settings import PARTS_PREFIXES, merged_settings
from bringup.machine.keys import KEYS, SHORT_NAMES, key_of
from bringup.machine.model import Fact, Machine
from bringup.machine.probes.system import normal_arch
from bringup.machine.values import parse

_OPTION: Final = "override --fact"
_OTHER_SYSTEMS: Final = re.compile(r"(freebsd|openbsd|netbsd|solaris|sunos|illumos|aix)\b")
"""Systems that are no Linux distribution, though Python packages know them."""
_ABSENT_GPU: Final = {"none", "no", "cpu"}
_MAKERS: Final = (
    ("amd", r"\b(amd|radeon|instinct|mi\d{2,3}\w*|rx ?\d{4}\w*|gfx\w+)\b"),
    ("ascend", r"\b(ascend|910\w*|310\w*)\b"),
    ("apple", r"\b(apple|m[1-9]( (pro|max|ultra))?)\b"),
    ("intel", r"\b(intel|arc|data center gpu|gaudi\d?|iris)\b"),
)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What was set: facts by key, and short names with their texts in the order given."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)


def read_overrides(facts: Sequence[str], env: Mapping[str, str]) -> Overrides:
    """Read the variables and then the options, which win.

    Raises:
        BringupError: MCH001, no such key; MCH002, no value of its type; MCH003, no KEY=VALUE.
    """
    found: dict[str, Fact] = {}
    for key in KEYS.values():
        if key.variable in env:
            found[key.name] = Fact(parse(key, env[key.variable]), f"override {key.variable}")
    short: dict[str, str] = {}
    for option in facts:
        name, equals, text = option.partition("=")
        name = name.strip()
        if not equals or not name:
            raise BringupError("MCH003", option=option)
        if name in SHORT_NAMES:
            short[name] = text.strip()
        else:
            found[name] = Fact(parse(key_of(name), text), _OPTION)
    return Overrides(found, short)


def apply_overrides(machine: Machine, overrides: Overrides, source: str = _OPTION) -> Machine:
    """Return the machine with the facts that people set, and what follows from them."""
    facts = {**machine.facts, **overrides.facts}
    if "index.settings" not in overrides.facts and any(
        key.startswith(PARTS_PREFIXES) for key in overrides.facts
    ):
        facts["index.settings"] = merged_settings(facts)
    said_absent = {name for name, text in overrides.short.items() if text.lower() == "none"}
    overrides = replace(overrides, short={**overrides.short, **dict.fromkeys(said_absent, "")})
    # "gpu" makes the device that the other names describe, "os" the libc that they replace.
    order = sorted(overrides.short, key=lambda name: name not in {"gpu", "os"})
    for name in order:
        said = _SHORT[name](overrides.short[name], facts, overrides)
        facts |= {key: Fact(value, source) for key, value in said.items()}
    return Machine(facts)


def _gpu(text: str, _: Mapping[str, Fact], overrides: Overrides) -> dict[str, Any]:
    if not text or text.lower() in _ABSENT_GPU:
        return {"gpu.devices": []}
    maker = "nvidia"
    if not overrides.short.get("compute_capability"):
        maker = next((name for name, form in _MAKERS if re.search(form, text, re.I)), maker)
    return {"gpu.devices": [{"vendor": maker, "name": text}]}


def _compute_capability(text: str, facts: Mapping[str, Fact], _: Overrides) -> dict[str, Any]:
    # AMD's GPUs have a target in its place: gfx942.
    if not text.startswith("gfx"):
        _check_version("compute_capability", text, "8.9")
    return {"gpu.devices": _with_field(facts, "compute_capability", text)}


def _driver(text: str, facts: Mapping[str, Fact], _: Overrides) -> dict[str, Any]:
    _check_version("driver", text, "580.65.06")
    devices = _with_field(facts, "driver", text)
    others = bool(devices) and all(row["vendor"] != "nvidia" for row in devices)
    driver = {} if others else {"gpu.nvidia_driver": text or None}
    return {"gpu.devices": devices, **driver}


def _with_field(facts: Mapping[str, Fact], name: str, text: str) -> list[dict[str, Any]]:
    fact = facts.get("gpu.devices")
    rows = list((fact.value if fact else None) or ())
    if not text:
        return [{key: value for key, value in row.items() if key != name} for row in rows]
    if not rows:
        # Nobody named the GPU, but somebody has one.
        rows = [{"vendor": "nvidia", "name": "unknown"}]
    return [{**row, name: text} for row in rows]


def _os(text: str, facts: Mapping[str, Fact], _: Overrides) -> dict[str, Any]:
    if not text:
        return {"os.family": None, "os.name": None, "os.version": None}
    match = re.fullmatch(r"(.*?)\s*(\d[\w.]*)?", text)
    name, version = (match[1], match[2]) if match else (text, None)
    low = text.lower()
    family = "linux"
    if low.startswith("win") and "wsl" not in low:
        family, name = "windows", "Windows"
    elif low.startswith(("mac", "os x", "osx", "darwin")):
        family, name = "macos", "macOS"
    elif match := _OTHER_SYSTEMS.match(low):
        family = match[1]
    said: dict[str, Any] = {"os.family": family, "os.name": name, "os.version": version}
    before = facts.get("os.family")
    if family != "linux":
        said |= {"libc.family": None, "libc.version": None}
    elif "alpine" in low:
        said |= {"libc.family": "musl", "libc.version": None}
    elif before is not None and before.value not in {None, "linux"}:
        said |= {"libc.family": "glibc", "libc.version": None}
    return said


def _arch(text: str, _: Mapping[str, Fact], __: Overrides) -> dict[str, Any]:
    return {"os.arch": normal_arch(text) if text else None}


def _python(text: str, _: Mapping[str, Fact], __: Overrides) -> dict[str, Any]:
    if not text:
        return {"python.interpreters": []}
    _check_version("python", text, "3.11", form=r"\d+\.\d+(\.\d+)?")
    minor = ".".join(text.split(".")[:2])
    return {"python.interpreters": [{"path": f"python{minor}", "version": text}]}


def _check_version(name: str, text: str, example: str, form: str = r"\d+(\.\d+)*") -> None:
    """Refuse what is no version: it would count as absent, and the answer would be about that."""
    if text and not re.fullmatch(form, text):
        raise BringupError("MCH002", key=name, expected="version", found=text, example=example)


def _glibc(text: str, _: Mapping[str, Fact], overrides: Overrides) -> dict[str, Any]:
    _check_version("glibc", text, "2.35")
    if text:
        return {"libc.family": "glibc", "libc.version": text}
    return {} if "libc" in overrides.short else {"libc.family": None, "libc.version": None}


def _libc(text: str, facts: Mapping[str, Fact], overrides: Overrides) -> dict[str, Any]:
    family, _, version = text.lower().replace("-", " ").partition(" ")
    if overrides.short.get("glibc") and family in {"", "glibc"}:
        return {}
    before = facts.get("libc.family")
    if not version and before is not None and before.value == family:
        return {"libc.family": family or None}
    return {"libc.family": family or None, "libc.version": version or None}


_SHORT: Final[dict[str, Callable[[str, Mapping[str, Fact], Overrides], dict[str, Any]]]] = {
    "gpu": _gpu,
    "compute_capability": _compute_capability,
    "driver": _driver,
    "os": _os,
    "arch": _arch,
    "python": _python,
    "glibc": _glibc,
    "libc": _libc,
}
