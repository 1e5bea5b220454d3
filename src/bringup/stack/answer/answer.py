"""From a question to its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bringup.base.errors import BringupError, UnreachableError
from bringup.knowledge.builds import builds
from bringup.knowledge.cuda import Toolkit
from bringup.knowledge.libraries import is_library
from bringup.knowledge.releases import Release, releases
from bringup.stack.answer.devices import min_driver
from bringup.stack.answer.diagnose import nearest, reasons_of
from bringup.stack.answer.model import (
    Answer,
    Chosen,
    Question,
    Reason,
    Row,
    build_row,
    release_row,
)
from bringup.stack.answer.options import unknown_extras
from bringup.stack.answer.pairs import clashes, limits_of
from bringup.stack.answer.place import Place, place_of
from bringup.stack.answer.solve import Known, Wish, solve, takes_part
from bringup.stack.answer.system import cudnn_reasons, toolkit_reasons, toolkit_row
from bringup.stack.markers import marker_values
from bringup.stack.model import Note

TOOLS: Final = ("cuda", "cudnn", "gcc")
"""What can be asked for, or provided by the machine, that is no Python package."""

_LOCAL: Final = re.compile(r"cpu|cu\d{2,3}|rocm\d+(\.\d+)*")
"""Local versions that name a build of torch."""


def read_requirements(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Read what people typed; the same package twice counts as both limits together.

    Extras are spelt as PEP 685 says: ``CUDA12`` is ``cuda12``, ``and_cuda`` is ``and-cuda``.

    Raises:
        BringupError: ANS080, a text is no requirement.
    """
    rows = []
    for text in texts:
        try:
            row = Requirement(text)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            raise BringupError("ANS080", requirement=text, reason=reason) from error
        row.extras = {canonicalize_name(extra) for extra in row.extras}
        rows.append(row)
    return _merged(rows)


def _merged(rows: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Return one requirement per package; a marker or an address keeps one apart."""
    found: dict[tuple[str, str, str | None], Requirement] = {}
    for row in rows:
        key = (canonicalize_name(row.name), str(row.marker), row.url)
        if key in found:
            found[key].specifier &= row.specifier
            found[key].extras = found[key].extras | row.extras
        else:
            found[key] = copy(row)
    return tuple(found.values())


def read_system(texts: Iterable[str]) -> dict[str, str]:
    """Read ``cuda=12.4`` and its like.

    Raises:
        BringupError: ANS081, it is not of this form, or no version.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, version = (part.strip() for part in text.partition("="))
        try:
            if name not in TOOLS or not equals:
                raise InvalidVersion(text)
            Version(version)
        except InvalidVersion:
            raise BringupError("ANS081", found=text, known=", ".join(TOOLS)) from None
        found[name] = version
    return found


@dataclass(frozen=True, slots=True)
class _Parts:
    """The requirements, sorted by who answers for them."""

    wishes: tuple[Wish, ...]
    tools: Mapping[str, SpecifierSet]
    others: tuple[Requirement, ...]
    system: Mapping[str, str] = field(default_factory=dict)


def answer(question: Question) -> Answer:
    """Answer a question from the tables; from the index where the tables end.

    Packages that no table knows are left to uv.

    Raises:
        UnreachableError: STK010, the index is needed and does not answer.
        BringupError: ANS083, uv finds no solution for the rest; STK012 and its other refusals.
    """
    place = place_of(question.machine)
    question, unneeded = _needed(question, place)
    question = _with_local_build(question)
    parts = _parted(question)
    question = replace(question, system=parts.system)
    more = {wish.name: rows for wish in parts.wishes if (rows := _beyond_tables(wish, question))}
    known = Known(question, place, more, [wish.name for wish in parts.wishes])
    toolkit, tool_reasons = _tools(parts, place)
    solved = solve(parts.wishes, known)
    if solved is None or tool_reasons:
        reasons = list(tool_reasons)
        if solved is None:
            reasons = [*reasons_of(parts.wishes, known), *reasons]
        return _refused(question, place, parts, known, reasons)
    solved = [_with_strangers(row, place) for row in solved]
    chosen = _asked(parts.wishes, solved)
    alternatives = _alternatives(chosen, parts.wishes, known)
    if toolkit is not None:
        chosen = (*chosen, _as_chosen(toolkit))
    others = {**_tool_pins(parts, toolkit), **_others(question, parts, solved)}
    found = Answer(True, chosen, _brought(parts.wishes, solved), others, alternatives)
    return replace(
        found,
        notes=(*unneeded, *_notes(found.computing, place), *_warnings(chosen, place)),
        rows=_rows(found.computing, place, toolkit),
    )


def _needed(question: Question, place: Place) -> tuple[Question, list[Note]]:
    """Leave out the requirements whose markers do not hold at the place, with a note each."""
    values = marker_values(question.machine, place.interpreter)
    rows, notes = [], []
    for row in question.requirements:
        if row.marker is None or row.marker.evaluate(dict(values)):
            rows.append(copy(row))
            rows[-1].marker = None
        else:
            notes.append(Note("ANS015", {"package": row.name, "marker": str(row.marker)}))
    return replace(question, requirements=_merged(rows)), notes


def _with_local_build(question: Question) -> Question:
    """Read torch==2.8.0+cu126 as torch==2.8.0 in the build cu126.

    A second build, beside this one or ``--build``, stays a version that nobody has.
    """
    build, rows = question.build, []
    for row in question.requirements:
        pins = [Version(pin.version) for pin in row.specifier if _names_build(pin)]
        if len(pins) == len(row.specifier) == 1 and build in {None, pins[0].local}:
            build = pins[0].local
            row = copy(row)  # noqa: PLW2901
            row.specifier = SpecifierSet(f"=={pins[0].public}")
        rows.append(row)
    return replace(question, requirements=tuple(rows), build=build)


def _names_build(pin: Specifier) -> bool:
    _, plus, local = pin.version.partition("+")
    return pin.operator == "==" and bool(plus) and _LOCAL.fullmatch(local) is not None


def _parted(question: Question) -> _Parts:
    wishes: list[Wish] = []
    tools: dict[str, SpecifierSet] = {}
    others: list[Requirement] = []
    for row in question.requirements:
        name = canonicalize_name(row.name)
        if name in TOOLS:
            tools[name] = row.specifier
        elif takes_part(name) and row.url is None:
            wishes.append(Wish.of(row))
        else:
            others.append(row)
    system = dict(question.system)
    # Beside a framework the toolkit is what the machine provides.
    for tool in TOOLS if wishes else ("cudnn", "gcc"):
        for pin in tools.get(tool, ()):
            if pin.operator == "==":
                system.setdefault(tool, pin.version.removesuffix(".*"))
    return _Parts(tuple(wishes), tools, tuple(others), system)


def _beyond_tables(wish: Wish, question: Question) -> list[Release]:
    """Return releases from the index when the tables have none that is asked for."""
    rows = releases(wish.name)
    if any(wish.specifier.contains(row.version, prereleases=True) for row in rows):
        return []
    newer = any(_may_be_newer(wish.specifier, row) for row in rows[:1])
    if not newer and not _may_be_between(wish.specifier, rows):
        return []
    from bringup.stack.answer.live import releases_at_index

    try:
        return releases_at_index(wish.name, wish.specifier, question.machine)
    except UnreachableError:
        # Between two known releases the tables are trusted: there is none.
        if newer:
            raise
        return []


def _may_be_newer(specifier: SpecifierSet, newest: Release) -> bool:
    """Say whether a specifier may mean a release that came after the tables."""
    for row in specifier:
        if row.operator in {"<", "<="} and Version(row.version) <= newest.version:
            return False
        if row.operator in {"==", "==="}:
            wanted = Version(row.version.removesuffix(".*"))
            return wanted > newest.version or wanted.is_prerelease
    return True


def _may_be_between(specifier: SpecifierSet, rows: Sequence[Release]) -> bool:
    """Say whether an exact version is asked for that came out between those of the tables."""
    pins = [row.version for row in specifier if row.operator == "==" and "*" not in row.version]
    return len(pins) == 1 and Version(pins[0]) > rows[-1].version


def _tools(parts: _Parts, place: Place) -> tuple[Toolkit | None, list[Reason]]:
    if parts.wishes or not parts.tools:
        return None, []
    if "cuda" not in parts.tools:
        return None, cudnn_reasons(parts.tools.get("cudnn", SpecifierSet()), place)
    return toolkit_reasons(parts.tools["cuda"], parts.system, place)


def _tool_pins(parts: _Parts, toolkit: Toolkit | None) -> dict[str, str]:
    """Return the exact versions of the tools that were asked for beside the toolkit itself."""
    names = [name for name in parts.tools if name != "cuda" or toolkit is None]
    return {name: parts.system[name] for name in names if name in parts.system}


def _refused(
    question: Question, place: Place, parts: _Parts, known: Known, reasons: Sequence[Reason]
) -> Answer:
    codes = [reason.code for reason in reasons]
    near = nearest(question, place, parts.wishes, known, codes) if parts.wishes else None
    rows = tuple(dict.fromkeys(row for reason in reasons for row in reason.rows))
    return Answer(False, reasons=tuple(reasons), nearest=near, rows=rows)


def _asked(wishes: Sequence[Wish], solved: Sequence[Chosen]) -> tuple[Chosen, ...]:
    by_name = {row.release.package: row for row in solved}
    return tuple(by_name[wish.name] for wish in wishes)


def _with_strangers(row: Chosen, place: Place) -> Chosen:
    """Return a package with the GPUs of other makers among those that its build leaves out.

    The choice pays no heed to them: no build serves two makers.
    """
    if row.row is None or not (row.row.is_cuda or row.row.is_rocm):
        return row
    served = "nvidia" if row.row.is_cuda else "amd"
    strangers = [
        device.name
        for device in place.devices
        if device.vendor != served and device.vendor in {"nvidia", "amd", "ascend"}
    ]
    # A build for another maker's GPUs alone computes on the CPU, which has a note of its own.
    if not strangers or not place.of_vendor(served):
        return row
    return replace(row, left_out=(*row.left_out, *strangers))


def _brought(wishes: Sequence[Wish], solved: Sequence[Chosen]) -> tuple[Chosen, ...]:
    asked = {wish.name for wish in wishes}
    rows = [row for row in solved if row.release.package not in asked]
    return tuple(row for row in rows if not is_library(row.release.package))


def _as_chosen(toolkit: Toolkit) -> Chosen:
    release = Release("cuda", Version(toolkit.cuda), None, SpecifierSet(), (), False, ())
    build = f"cu{toolkit.cuda.replace('.', '')}"
    return Chosen(replace(release, provenance=toolkit.provenance), build)


def _alternatives(
    chosen: Sequence[Chosen], wishes: Sequence[Wish], known: Known
) -> tuple[str, ...]:
    """Return the other builds of the first framework's release that run here as well."""
    for row, wish in zip(chosen, wishes, strict=False):
        if row.row is not None:
            options = known.judge(row.release, wish.extras).options
            names = [option.build.build for option in options if option.build is not None]
            others = [name for name in names if name != row.build]
            return tuple(name for name in others if _goes_too(name, chosen, wishes, known))
    return ()


def _goes_too(build: str, chosen: Sequence[Chosen], wishes: Sequence[Wish], known: Known) -> bool:
    """Say whether the same releases go together in another build, when that is asked for."""
    if len(wishes) == 1:
        return True
    pinned = [
        replace(wish, specifier=SpecifierSet(f"=={row.version}"))
        for wish, row in zip(wishes, chosen, strict=False)
    ]
    other = Known(replace(known.question, build=build), known.place, known.more, known.asked)
    return solve(pinned, other) is not None


def _rows(chosen: Sequence[Chosen], place: Place, toolkit: Toolkit | None) -> tuple[Row, ...]:
    found: list[Row] = []
    for row in chosen:
        if toolkit is not None and row.release.package == "cuda":
            found.append(toolkit_row(toolkit))
            continue
        found.append(release_row(row.release))
        if row.row is not None:
            found.append(build_row(row.row))
            limit = min_driver(row.row, windows=place.os == "windows")
            if place.driver is not None and limit is not None:
                found.append(limit[1])
    for device in place.devices:
        if device.known is not None:
            found.append(Row("gpus", device.known.name, device.known.provenance))
    return tuple(dict.fromkeys(found))


def _notes(chosen: Sequence[Chosen], place: Place) -> list[Note]:
    found: list[Note] = []
    for row in chosen:
        if row.left_out:
            params = {"build": row.label, "gpus": ", ".join(row.left_out)}
            found.append(Note("ANS004", params, warning=True))
        for extra in unknown_extras(row.release, row.extras):
            params = {"release": row.release.label, "extra": extra}
            found.append(Note("ANS009", params, warning=True))
        if row.release.yanked:
            found.append(Note("ANS014", {"release": row.release.label}, warning=True))
        if row.release.live:
            newest = _newest_known(row.release.package)
            found.append(Note("ANS005", {"release": row.release.label, "newest": newest}))
        if row.build == "cpu" and (place.of_vendor("nvidia") or place.of_vendor("amd")):
            found.append(Note("ANS006", {"release": row.release.label}, warning=True))
        if row.row is not None and row.row.is_cuda and not place.of_vendor("nvidia"):
            found.append(Note("ANS007", {"build": row.label}))
        if row.row is not None and row.row.is_rocm and not place.of_vendor("amd"):
            found.append(Note("ANS016", {"build": row.label}))
    for device in place.of_vendor("nvidia"):
        if device.capability is None:
            found.append(Note("ANS008", {"gpu": device.name}, warning=True))
    return found


def _warnings(chosen: Sequence[Chosen], place: Place) -> list[Note]:
    """Return what works in part only: rows that are warnings."""
    names = [row.release.package for row in chosen]
    found = []
    for row in chosen:
        for limit in limits_of(row.release, place, names):
            if limit.warning and any(clashes(limit, other.release) for other in chosen):
                params = {"release": row.release.label, "effect": limit.effect}
                found.append(Note("ANS040", params, warning=True))
    return found


def _newest_known(package: str) -> str:
    rows = builds(package) or releases(package)
    return str(rows[0].version)


def _others(question: Question, parts: _Parts, solved: Sequence[Chosen]) -> dict[str, str]:
    if not parts.others:
        return {}
    from bringup.stack.answer.rest import resolve_rest

    return resolve_rest(question.machine, parts.others, solved)
