"""What the machine itself provides: CUDA, cuDNN and GCC beside or instead of the packages' own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.builds import Build, cuda_major
from bringup.knowledge.conflicts import conflicts_of
from bringup.knowledge.cuda import (
    Capability,
    CudnnSupport,
    Toolkit,
    capability_of,
    cuda_families,
    cudnn_supports,
    host_compiler_of,
    toolkits,
)
from bringup.stack.answer.devices import sm_of
from bringup.stack.answer.model import Reason, Row, build_row
from bringup.stack.answer.place import Device, Place, version_of
from bringup.stack.model import Note

_UPDATE: Final = re.compile(r"Update (\d+)$")


def system_reasons(row: Build, extras: Iterable[str], system: Mapping[str, str]) -> list[Reason]:
    """Hold what the machine provides against what a build was made with.

    Builds that bring their own libraries (torch; extras of TensorFlow and JAX) do not look at it.
    """
    brings_own = row.framework == "torch" or any(
        "cuda" in extra and not extra.endswith("local") for extra in extras
    )
    if brings_own or not row.is_cuda:
        return []
    reasons = []
    cuda, cudnn = version_of(system.get("cuda")), version_of(system.get("cudnn"))
    if cuda is not None and not _serves(cuda, row.cuda, exact_major=cuda_major(row.build)):
        params = {"build": row.label, "needed": row.cuda or "?", "found": str(cuda)}
        reasons.append(Reason("cuda_mismatch", Note("ANS050", params), (build_row(row),)))
    if cudnn is not None and row.cudnn and not _serves(cudnn, row.cudnn):
        params = {"build": row.label, "needed": row.cudnn, "found": str(cudnn)}
        reasons.append(Reason("cudnn_mismatch", Note("ANS051", params), (build_row(row),)))
    return reasons


def _serves(found: Version, needed: str | None, *, exact_major: int = 0) -> bool:
    """Say whether a library of the same major version is at least as new as the one built with."""
    if needed is None:
        return found.major == exact_major
    wanted = Version(needed)
    if found.major != wanted.major:
        return False
    if len(found.release) == 1 or len(wanted.release) == 1:
        return True
    return found.minor >= wanted.minor


def toolkit_reasons(
    wanted: SpecifierSet, system: Mapping[str, str], place: Place
) -> tuple[Toolkit | None, list[Reason]]:
    """Judge the CUDA toolkit by itself: driver, GPUs, host compiler, cuDNN of the system.

    Returns the newest toolkit that the specifier allows, and why it does not work here.
    """
    matching = [row for row in toolkits() if _is_meant(wanted, row)]
    if not matching:
        known = f"{toolkits()[-1].cuda} to {toolkits()[0].cuda}"
        return None, [
            Reason("no_such_build", Note("ANS060", {"cuda": str(wanted), "known": known}))
        ]
    judged = [(row, _toolkit(row, system, place)) for row in matching]
    return next(((row, why) for row, why in judged if not why), judged[0])


def _is_meant(wanted: SpecifierSet, row: Toolkit) -> bool:
    """Say whether a specifier means a toolkit, by 12.8 or by the 12.8.1 of its first update."""
    update = _UPDATE.search(row.release)
    full = f"{row.cuda}.{update[1]}" if update else row.cuda
    return any(wanted.contains(text, prereleases=True) for text in (row.cuda, full))


def _toolkit(row: Toolkit, system: Mapping[str, str], place: Place) -> list[Reason]:
    return [
        *_toolkit_system(row, place),
        *_toolkit_arch(row, place),
        *_toolkit_driver(row, place),
        *_compiler(row, system),
        *_cudnn(row, system),
    ]


def _toolkit_system(row: Toolkit, place: Place) -> list[Reason]:
    found = []
    for limit in conflicts_of("cuda"):
        if limit.os == place.os and limit.applies("cuda", Version(row.cuda)):
            note = Note("ANS040", {"release": f"CUDA {row.cuda}", "effect": limit.effect})
            told = (Row("conflicts", limit.id, limit.provenance),)
            found.append(Reason(limit.reason, note, told))
    return found


def toolkit_row(row: Toolkit) -> Row:
    """Return the evidence of a toolkit."""
    return Row("cuda/toolkit", row.release, row.provenance)


def _toolkit_driver(row: Toolkit, place: Place) -> list[Reason]:
    devices = place.of_vendor("nvidia")
    family = cuda_families().get(Version(row.cuda).major)
    if not devices or family is None or place.driver is None:
        return []
    windows = place.os == "windows"
    needed = family.min_driver_windows if windows else family.min_driver_linux
    if place.driver >= Version(needed):
        return []
    params = {"build": f"CUDA {row.cuda}", "needed": needed, "found": str(place.driver)}
    rows = (Row("cuda/family", f"CUDA {family.major}.x", family.provenance),)
    return [Reason("driver_too_old", Note("ANS021", params), rows)]


def _toolkit_arch(row: Toolkit, place: Place) -> list[Reason]:
    span = capability_of(row.cuda)
    if span is None:
        return []
    found = [_span(device, row, span) for device in place.of_vendor("nvidia")]
    return [reason for reason in found if reason is not None]


def _span(device: Device, row: Toolkit, span: Capability) -> Reason | None:
    capability = device.capability
    if capability is None or Version(span.floor) <= capability:
        # A toolkit compiles for a newer device of a major version that it knows.
        if capability is None or capability.major <= Version(span.ceiling).major:
            return None
        code, text = "arch_too_new", "ANS024"
    else:
        code, text = "arch_dropped", "ANS023"
    params = {
        "build": f"CUDA {row.cuda}",
        "gpu": device.name,
        "sm": sm_of(capability),
        "floor": sm_of(Version(span.floor)),
        "ceiling": sm_of(Version(span.ceiling)),
    }
    rows = (Row("cuda/capability", f"CUDA {span.cuda}", span.provenance),)
    return Reason(code, Note(text, params), rows)


def _compiler(row: Toolkit, system: Mapping[str, str]) -> list[Reason]:
    gcc = version_of(system.get("gcc"))
    limit = host_compiler_of(row.cuda)
    if gcc is None or limit is None or gcc.major <= Version(limit.gcc_max).major:
        return []
    params = {"cuda": row.cuda, "found": str(gcc), "newest": limit.gcc_max}
    rows = (Row("cuda/host_compiler", f"CUDA {limit.cuda}", limit.provenance),)
    return [Reason("host_compiler_too_new", Note("ANS061", params), rows)]


def cudnn_reasons(wanted: SpecifierSet, place: Place) -> list[Reason]:
    """Judge cuDNN by itself against the GPUs: releases drop old architectures."""
    found: list[Reason] = []
    for support in _supports_of(wanted):
        for device in place.of_vendor("nvidia"):
            capability = device.capability
            if capability is None or support.floor is None or capability >= Version(support.floor):
                continue
            floor = sm_of(Version(support.floor))
            params = {"gpu": device.name, "sm": sm_of(capability), "floor": floor}
            note = Note("ANS023", {"build": f"cuDNN {support.cudnn}", **params})
            told = (Row("cudnn/support", f"cuDNN {support.cudnn}", support.provenance),)
            found.append(Reason("arch_dropped", note, told))
    return found


def _supports_of(wanted: SpecifierSet) -> list[CudnnSupport]:
    pins = [version_of(pin.version.removesuffix(".*")) for pin in wanted if pin.operator == "=="]
    versions = [pin for pin in pins if pin is not None]
    return [row for row in cudnn_supports() if versions and _covers(row.cudnn, versions[0])]


def _cudnn(row: Toolkit, system: Mapping[str, str]) -> list[Reason]:
    cudnn = version_of(system.get("cudnn"))
    if cudnn is None:
        return []
    rows = [support for support in cudnn_supports() if _covers(support.cudnn, cudnn)]
    if not rows or any(_lists(support.cuda, row.cuda) for support in rows):
        return []
    listed = ", ".join(dict.fromkeys(text for support in rows for text in support.cuda))
    params = {"cudnn": str(cudnn), "cuda": row.cuda, "listed": listed}
    told = tuple(Row("cudnn/support", f"cuDNN {s.cudnn}", s.provenance) for s in rows)
    return [Reason("cudnn_mismatch", Note("ANS062", params), told)]


def _covers(text: str, cudnn: Version) -> bool:
    if any(mark in text for mark in "<>=~"):
        return SpecifierSet(text).contains(cudnn, prereleases=True)
    low, _, high = text.partition("-")
    first = Version(low)
    last = Version(high) if high else first
    numbers = cudnn.release[: len(first.release)]
    return first.release[: len(numbers)] <= numbers <= last.release[: len(numbers)]


def _lists(listed: Iterable[str], cuda: str) -> bool:
    version = Version(cuda)
    for text in listed:
        words = text.split()[0]
        low, _, high = words.partition("-")
        if low.endswith(".x"):
            if Version(low[:-2]).major == version.major:
                return True
            continue
        last = Version(high) if high and "x" not in high else Version(low)
        if Version(low) <= version <= last:
            return True
    return False
