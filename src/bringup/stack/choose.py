"""Choose what goes together on a machine: the Python, the framework's build, its exact version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bringup.base.errors import BringupError
from bringup.knowledge.frameworks import FrameworkTable, framework_table
from bringup.machine.model import Interpreter, Machine
from bringup.project.model import LoadedProject
from bringup.stack.candidates import Candidate
from bringup.stack.choose_cpu import choose_cpu
from bringup.stack.choose_cuda import choose_cuda, choose_named
from bringup.stack.fit import nvidia_gpus
from bringup.stack.index import IndexClient
from bringup.stack.model import Notify, Stack, silent
from bringup.stack.requirements import Wanted, wanted_by
from bringup.stack.search import FRAMEWORK_CONNECT_TIMEOUT_S, Search

_FRAMEWORK = "torch"
_STAGES_NEED = SpecifierSet(">=3.11")
"""Our stages run on the environment's Python."""


def choose_stack(
    machine: Machine,
    project: LoadedProject,
    *,
    notify: Notify = silent,
    table: FrameworkTable | None = None,
) -> Stack:
    """Choose the stack of a project on a machine. Asks package indexes when torch is needed.

    Args:
        machine: the facts; nothing else about the machine is looked at.
        project: what is wanted.
        notify: takes the code and parameters of each reason as it is found.
        table: the knowledge to use instead of the one that ships with bringup.

    Raises:
        BringupError: STK020 (no Python), STK021, STK022 (requirements), STK023 to STK025 (no
            build for this machine).
    """
    table = table or framework_table()
    wanted = wanted_by(project)
    accelerator = project.config.environment.accelerator
    interpreters = usable_interpreters(machine, project.config.environment.python)
    plain = Stack(
        python=interpreters[0],
        build=accelerator if accelerator != "auto" else _plain_build(machine),
        requested=accelerator,
        requirements=wanted.train,
        requirements_file=wanted.file,
        serve_requirements=wanted.serve,
        tables_checked=table.checked.isoformat(),
    )
    if not _needs(wanted, table):
        return plain
    with (
        IndexClient(machine) as client,
        IndexClient(
            machine, connect_timeout_s=FRAMEWORK_CONNECT_TIMEOUT_S, attempts=1
        ) as framework_client,
    ):
        search = Search(
            machine,
            table.frameworks[_FRAMEWORK],
            table,
            wanted,
            interpreters,
            client,
            framework_client,
            notify,
        )
        if search.limits(interpreters[0]) is None:
            search.note("STK044", name=_FRAMEWORK)
            return replace(plain, reasons=tuple(search.notes))
        chosen = _chosen(search, accelerator)
        return _stack_of(plain, chosen, search)


def usable_interpreters(machine: Machine, specifier: str) -> list[Interpreter]:
    """Return the Pythons that satisfy a version specifier, ours first, one per minor version.

    Raises:
        BringupError: STK020, there is none; STK026, the specifier is none.
    """
    try:
        limits = SpecifierSet(specifier)
    except InvalidSpecifier as error:
        raise BringupError("STK026", specifier=specifier) from error
    found: dict[tuple[int, int], Interpreter] = {}
    for interpreter in machine.interpreters:
        version = _python_version(interpreter)
        if version is not None and version in limits & _STAGES_NEED:
            found.setdefault((version.major, version.minor), interpreter)
    if not found:
        here = ", ".join(dict.fromkeys(row.version for row in machine.interpreters)) or "none"
        raise BringupError("STK020", specifier=specifier, needed=_STAGES_NEED, found=here)
    return list(found.values())


def _python_version(interpreter: Interpreter) -> Version | None:
    if interpreter.implementation != "cpython":
        return None
    try:
        return Version(interpreter.version)
    except InvalidVersion:
        return None


def _needs(wanted: Wanted, table: FrameworkTable) -> bool:
    framework = table.frameworks[_FRAMEWORK]
    pulls_in = {framework.name, *framework.companions, *framework.dependents}
    return any(canonicalize_name(row.name) in pulls_in for row in wanted.all_train)


def _chosen(search: Search, accelerator: str) -> Candidate:
    if accelerator not in {"auto", "cpu", "mps"}:
        return choose_named(search, accelerator)
    if accelerator == "auto":
        vendors = {gpu.vendor for gpu in search.machine.gpus}
        if "nvidia" in vendors and search.machine.nvidia_driver is not None:
            return choose_cuda(search)
        if "amd" in vendors and (chosen := _choose_rocm(search)):
            return chosen
        _say_why_cpu(search)
    return choose_cpu(search)


def _choose_rocm(search: Search) -> Candidate | None:
    if search.machine.os != "linux":
        return None
    for build in search.table.rocm_builds()[:2]:
        try:
            return choose_named(search, build)
        except BringupError:
            continue
    search.note("STK045", warning=True)
    return None


def _say_why_cpu(search: Search) -> None:
    gpus = nvidia_gpus(search.machine)
    if gpus:
        search.note("STK037", gpu=gpus[0].name, warning=True)
    elif not search.machine.gpus:
        search.note("STK035")


def _stack_of(plain: Stack, chosen: Candidate, search: Search) -> Stack:
    ours = search.interpreters[0]
    if chosen.interpreter != ours:
        search.note(
            "STK034",
            version=chosen.interpreter.version,
            path=chosen.interpreter.path,
            ours=ours.version,
            build=chosen.build,
        )
    search.note("STK030", torch=str(chosen.version), build=chosen.build, place=chosen.source.shown)
    build = chosen.build
    if build == "cpu" and _plain_build(search.machine) == "mps" and plain.requested != "cpu":
        build = "mps"
    return replace(
        plain,
        python=chosen.interpreter,
        build=build,
        requirements=_pinned(plain.requirements, chosen),
        torch=str(chosen.version),
        source=chosen.source,
        reasons=tuple(search.notes),
    )


def _pinned(requirements: Sequence[str], chosen: Candidate) -> tuple[str, ...]:
    """Return the requirements with the framework's pin in place of the stages' plain line."""
    others = tuple(text for text in requirements if text != _FRAMEWORK)
    return (f"{_FRAMEWORK}=={chosen.version}", *others)


def _plain_build(machine: Machine) -> str:
    """Return the build's name where wheels have no builds: what the machine computes on."""
    apple = any(gpu.vendor == "apple" for gpu in machine.gpus)
    return "mps" if apple else "cpu"
