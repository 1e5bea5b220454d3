"""A machine as a value: facts, each with the source that answered.

Everything above this package takes a ``Machine``; nobody probes twice. A machine can be saved,
sent, replayed and overridden fact by fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Self

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so on a machine.

    ``value`` is plain JSON, None when it is unknown or absent. ``source`` names what answered
    (a file, a command, ``override --fact``). ``unknown`` says why there is no value. ``tried``
    lists the sources asked before, each with why it did not answer.
    """

    value: Any
    source: str
    unknown: str | None = None
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gpu:
    """One accelerator. What could not be learnt is None."""

    vendor: str
    """nvidia, amd, intel, ascend or apple."""
    name: str
    memory_bytes: int | None = None
    compute_capability: str | None = None
    """NVIDIA ("8.9"); AMD's counterpart is ``gfx``."""
    gfx: str | None = None
    driver: str | None = None
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python on this machine."""

    path: str
    version: str
    """Three numbers, "3.11.7"."""
    implementation: str = "cpython"
    has_venv: bool | None = None


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where packages come from, as pip, uv and conda are told to on this machine, merged.

    Addresses are as written, credentials included: never print one without ``redacted``.
    """

    index: str | None = None
    """The default index, None when nobody changed it."""
    extra_indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    """Paths or addresses of constraint files."""
    trusted_hosts: tuple[str, ...] = ()
    ca_bundle: str | None = None
    proxy: str | None = None
    no_index: bool = False
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What is here: an immutable mapping of fact keys (``cpu.cores_usable``) to facts."""

    facts: Mapping[str, Fact]

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    def value(self, key: str) -> Any:
        """Return the value of a fact, None when it is unknown or was not probed."""
        fact = self.facts.get(key)
        return None if fact is None else fact.value

    @property
    def os(self) -> str | None:
        """``linux``, ``macos`` or ``windows``."""
        return _text(self.value("os.family"))

    @property
    def arch(self) -> str | None:
        """``x86_64`` or ``aarch64`` (arm64 and AMD64 are given these names)."""
        return _text(self.value("os.arch"))

    @property
    def libc(self) -> str | None:
        """``glibc`` or ``musl`` on Linux, else None."""
        return _text(self.value("libc.family"))

    @property
    def libc_version(self) -> str | None:
        """For example "2.36"."""
        return _text(self.value("libc.version"))

    @property
    def cores_usable(self) -> int:
        """Cores that this process may use (affinity and cgroup quota), at least 1."""
        return max(1, int(self.value("cpu.cores_usable") or 1))

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The accelerators, none when there are none or the probe does not know."""
        return tuple(Gpu(**row) for row in self.value("gpu.devices") or ())

    @property
    def nvidia_driver(self) -> str | None:
        """The NVIDIA driver's version, not the CUDA version it supports."""
        return _text(self.value("gpu.nvidia_driver"))

    @property
    def interpreters(self) -> tuple[Interpreter, ...]:
        """Pythons found, our own first."""
        return tuple(Interpreter(**row) for row in self.value("python.interpreters") or ())

    @property
    def index_settings(self) -> IndexSettings:
        """The merged settings of the package installers."""
        row = dict(self.value("index.settings") or {})
        for name in ("extra_indexes", "find_links", "constraints", "trusted_hosts"):
            row[name] = tuple(row.get(name, ()))
        return IndexSettings(**row)

    def with_facts(self, facts: Mapping[str, Fact]) -> Self:
        """Return this machine with some facts replaced or added."""
        return type(self)({**self.facts, **facts})

    def to_json(self) -> dict[str, Any]:
        """Return the machine as one plain JSON document."""
        return {
            "schema_version": SCHEMA_VERSION,
            "facts": {key: _fact_to_json(fact) for key, fact in sorted(self.facts.items())},
        }


def _fact_to_json(fact: Fact) -> dict[str, Any]:
    row: dict[str, Any] = {"value": fact.value, "source": fact.source}
    if fact.unknown is not None:
        row["unknown"] = fact.unknown
    if fact.tried:
        row["tried"] = list(fact.tried)
    return row


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
