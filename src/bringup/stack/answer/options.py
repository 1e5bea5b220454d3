"""The builds of one release that a question allows, and which of them run at the place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from packaging.version import Version

from bringup.knowledge.builds import Build, builds, builds_of, cuda_major, cuda_number
from bringup.knowledge.releases import Release, releases
from bringup.stack.answer.devices import Served, served_by
from bringup.stack.answer.limits import machine_limits
from bringup.stack.answer.model import Question, Reason, build_row, release_row
from bringup.stack.answer.place import Place
from bringup.stack.answer.system import system_reasons
from bringup.stack.answer.wheels import wheel_reasons
from bringup.stack.model import Note

_JAX_EXTRA: Final = re.compile(r"(cuda\d\d)(-|$)")
_JAX_PLUGIN: Final = re.compile(r"jax-(cuda\d\d)-plugin")
_ACCELERATOR: Final = re.compile(r"cuda|rocm|tpu|gpu|oneapi|metal")
"""Extras that bring an accelerator's packages: the tables keep all of them."""
_JAX_ON_CPU: Final = frozenset({"cpu", "tpu"})
"""Extras of JAX that bring no code for a GPU."""


@dataclass(frozen=True, slots=True)
class Option:
    """A release in one build that runs at the place. ``build`` is None without builds."""

    build: Build | None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a release: its usable builds, the best first, or why there is none."""

    release: Release
    options: tuple[Option, ...]
    reasons: tuple[Reason, ...]


def judged(
    release: Release,
    extras: frozenset[str],
    question: Question,
    place: Place,
    *,
    asked: bool = True,
) -> Judged:
    """Judge one release with the extras that are asked for.

    ``asked`` is False for what another package brings along: TensorFlow's jax need not compute on
    the GPU, but the torch that vllm brings must.
    """
    on_gpu = question.build != "cpu"
    reasons = wheel_reasons(release, place)
    reasons += machine_limits(release, extras, place, on_gpu=on_gpu)
    reasons += _extra_reasons(release, extras)
    if not has_builds(release.package):
        return Judged(release, () if reasons else (Option(None),), tuple(reasons))
    computes = asked or release.package == "torch"
    rows = allowed(release, extras, question, place) if computes else _plain_rows(release)
    if not rows:
        reasons += _no_build(release, extras, question, place, known=bool(reasons))
        return Judged(release, (), tuple(reasons))
    usable, misfits = _split(rows, release, extras, question, place)
    if not usable:
        reasons = [*reasons, *_common(misfits)]
    if reasons:
        return Judged(release, (), tuple(reasons))
    return Judged(release, tuple(_ranked(usable)), ())


def has_builds(package: str) -> bool:
    """Say whether a package comes in builds."""
    return bool(builds(package))


def allowed(
    release: Release, extras: frozenset[str], question: Question, place: Place
) -> list[Build]:
    """Return the builds of a release that the question allows on the place's platform."""
    rows = [row for row in rows_of(release) if _published(row, place)]
    named = _extra_build(release, extras) or question.build
    if named is not None:
        return [row for row in rows if _is_called(row, named)]
    if release.package == "onnxruntime-gpu":
        return rows
    if question.default_index and release.package == "torch":
        return [row for row in rows if place.platform in row.default_on]
    return _for_devices(rows, release, place)


def _for_devices(rows: list[Build], release: Release, place: Place) -> list[Build]:
    """Return the builds for what the place computes on: its GPUs, else the CPU."""
    if place.of_vendor("nvidia"):
        return [row for row in rows if row.is_cuda]
    if place.of_vendor("amd") and any(row.is_rocm for row in builds(release.package)):
        return [row for row in rows if row.is_rocm]
    return [row for row in rows if row.build == "cpu"]


def _plain_rows(release: Release) -> list[Build]:
    return [row for row in rows_of(release) if row.build == "cpu"] or list(rows_of(release))


def rows_of(release: Release) -> tuple[Build, ...]:
    """Return the builds of a release; one without rows is taken to be like the last before it."""
    rows = builds_of(release.package, release.version)
    if rows or not (release.live or release.yanked):
        return rows
    from bringup.stack.answer.live import assumed_builds

    return assumed_builds(release)


def _published(row: Build, place: Place) -> bool:
    """Say whether a build was published for the place's platform at all."""
    if row.build == "cpu":
        return True
    if row.is_rocm:
        return place.platform == "linux_x86_64"
    if row.framework == "torch":
        if place.os == "macos":
            return False
        on_arm = bool(row.archs_aarch64) or place.platform in row.default_on
        return on_arm if place.platform == "linux_aarch64" else True
    if row.framework == "jax" or place.os not in row.oses:
        # Where the system is the reason, the build is judged and says so.
        return True
    return place.platform in row.default_on


def _extra_build(release: Release, extras: Iterable[str]) -> str | None:
    """Return the build that an extra chooses: cuda12, cuda12-local and cuda of JAX, and-cuda."""
    # cuda12 beside cpu: the GPU's code is there, and cpu adds nothing.
    for extra in sorted(extras, key=lambda extra: extra in _JAX_ON_CPU):
        name = extra.replace("_", "-")
        if release.package == "tensorflow" and name == "and-cuda":
            return name
        if release.package == "jax" and (match := _JAX_EXTRA.match(name)):
            return match[1]
        if release.package == "jax" and name == "cuda":
            rows = " ".join(release.extras.get(extra, ()))
            plugin = _JAX_PLUGIN.search(rows)
            return plugin[1] if plugin else "cuda12"
        if release.package == "jax" and name in _JAX_ON_CPU:
            return "cpu"
    return None


def _is_called(row: Build, name: str) -> bool:
    """Say whether a name means a build: its own, any of a kind, or another of its CUDA major."""
    if name in {"and-cuda", "cuda"}:
        return row.is_cuda
    if name == "rocm":
        return row.is_rocm
    if row.build == name:
        return True
    # torch's cu126 names its exact CUDA; for the others only the major version counts.
    return row.framework != "torch" and 0 < cuda_major(name) == cuda_major(row.build)


def _split(
    rows: Iterable[Build],
    release: Release,
    extras: frozenset[str],
    question: Question,
    place: Place,
) -> tuple[list[tuple[Build, Served]], list[tuple[Build, list[Reason]]]]:
    usable: list[tuple[Build, Served]] = []
    misfits: list[tuple[Build, list[Reason]]] = []
    for row in rows:
        served = served_by(row, place)
        reasons = [] if served.devices else list(served.reasons)
        if not reasons and row.oses and place.os not in row.oses:
            note = Note("ANS020", {"build": row.label, "os": place.shown})
            reasons.append(Reason("os_gpu_unsupported", note, (build_row(row),)))
        reasons += _plugin_reasons(row, release, place)
        reasons += system_reasons(row, extras, question.system)
        if reasons:
            misfits.append((row, reasons))
        else:
            usable.append((row, served))
    return usable, misfits


def _plugin_reasons(row: Build, release: Release, place: Place) -> list[Reason]:
    """Judge the wheel that brings JAX's GPU code: jax-cuda12-plugin."""
    if release.package != "jax" or not row.is_cuda:
        return []
    name = f"jax-{row.build}-plugin"
    plugins = [plugin for plugin in releases(name) if _belongs(plugin.version, release, row)]
    if not plugins:
        names = ", ".join(other.build for other in rows_of(release) if other.build != row.build)
        note = Note("ANS032", {"release": release.label, "extra": row.build, "known": names})
        return [Reason("extra_not_available", note, (release_row(release),))]
    for plugin in plugins:
        if not (reasons := wheel_reasons(plugin, place)):
            return []
    return reasons


def _belongs(version: Version, release: Release, row: Build) -> bool:
    from bringup.stack.answer.pairs import limits_in

    wanted = release.extras.get(row.build) or release.extras.get(f"{row.build}-pip") or ()
    limits = limits_in(wanted, f"jax-{row.build}-plugin")
    if limits is None:
        return version == release.version
    return limits.contains(version, prereleases=True)


def _common(misfits: list[tuple[Build, list[Reason]]]) -> list[Reason]:
    """Return what all builds have in common; else why the default build does not run, first."""
    codes = [{reason.code for reason in reasons} for _, reasons in misfits]
    shared = set.intersection(*codes)
    first = max(misfits, key=lambda row: (is_default(row[0]), -len(row[1]), _number(row[0])))[1]
    if shared:
        return [reason for reason in first if reason.code in shared]
    found: dict[str, Reason] = {}
    for reasons in [first, *(reasons for _, reasons in misfits)]:
        for reason in reasons:
            found.setdefault(reason.code, reason)
    return list(found.values())


def is_default(row: Build) -> bool:
    """Say whether a build is the one that torch's release has on the default index."""
    return row.framework == "torch" and "linux_x86_64" in row.default_on


def _number(row: Build) -> int:
    return cuda_number(row.build)


def _ranked(usable: list[tuple[Build, Served]]) -> list[Option]:
    """Order the builds: most GPUs served, then the default build, then the highest CUDA."""
    ordered = sorted(
        usable,
        key=lambda row: (
            len(row[1].devices),
            is_default(row[0]),
            _number(row[0]),
            row[0].build,
        ),
        reverse=True,
    )
    most = len(ordered[0][1].devices)
    return [Option(row, served.left_out) for row, served in ordered if len(served.devices) == most]


def _no_build(
    release: Release,
    extras: Iterable[str],
    question: Question,
    place: Place,
    *,
    known: bool,
) -> list[Reason]:
    """Say that a release has no build of the kind; ``known``: something else says so already."""
    rows = (release_row(release),)
    names = ", ".join(row.build for row in rows_of(release)) or "?"
    params = {"release": release.label, "known": names, "platform": place.shown}
    if named := _extra_build(release, extras):
        note = Note("ANS032", {"release": release.label, "extra": named, "known": names})
        return [] if known else [Reason("extra_not_available", note, rows)]
    if question.build is not None:
        note = Note("ANS030", {**params, "build": question.build})
        found = [Reason("no_such_build", note, rows)]
        if place.os == "macos" and cuda_major(question.build):
            note = Note("ANS020", {"build": f"{release.label} {question.build}", "os": place.shown})
            found.append(Reason("os_gpu_unsupported", note, rows))
        return found
    return [] if known else [Reason("no_such_build", Note("ANS033", params), rows)]


def _extra_reasons(release: Release, extras: Iterable[str]) -> list[Reason]:
    return [
        Reason(
            "extra_not_available",
            Note("ANS034", {"release": release.label, "extra": extra}),
            (release_row(release),),
        )
        for extra in unknown_extras(release, extras)
        if _ACCELERATOR.search(extra)
    ]


def unknown_extras(release: Release, extras: Iterable[str]) -> list[str]:
    """Return the extras that the tables do not have for a release.

    They keep those that ask for packages of the tables; the others make no difference here.
    """
    known = {"cpu", *(name.replace("_", "-") for name in release.extras)}
    return [extra for extra in extras if extra.replace("_", "-") not in known]
