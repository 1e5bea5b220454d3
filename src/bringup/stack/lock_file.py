"""``bringup.lock``: per target, what pylock files cannot say. Read here and written here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tomlkit

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, write_text

SCHEMA_VERSION: Final = 2
REST: Final = "bringup.lock"
USES: Final = ("train", "serve")
_PYLOCK: Final = re.compile(r"pylock\.[^./\\]+\.toml")
_NOT_TOO_NEW: Final = "no driver is too new"


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A pylock file beside ``bringup.lock``, with its SHA-256 in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class GpuRange:
    """Which GPUs a build runs on."""

    vendor: str
    required: bool = True
    """False for a build that was taken on a machine without a GPU: it runs there, too."""
    archs: tuple[str, ...] = ()
    """NVIDIA compute capabilities that the build has code for, lowest first; empty: unknown."""
    ptx: str | None = None
    """The compute capability of the build's PTX: newer GPUs compile it on Linux."""
    ptx_driver: str | None = None
    """The oldest driver that compiles that PTX."""

    @property
    def floor(self) -> str | None:
        """The oldest compute capability with code."""
        return self.archs[0] if self.archs else None

    @property
    def ceiling(self) -> str | None:
        """The newest compute capability with code."""
        return self.archs[-1] if self.archs else None


@dataclass(frozen=True, slots=True)
class TargetLock:
    """What one target asks of a machine, and its files."""

    name: str
    build: str
    requested: str
    """``auto`` where the machine's facts chose the build."""
    python: str
    """Version specifier, ">=3.11,<3.12"."""
    os: str | None
    arch: str | None
    libc: str | None
    files: Mapping[str, LockedFile]
    """``train`` and, where the project serves, ``serve``."""
    platform_floor: str | None = None
    """The oldest glibc, musl or macOS that the wheels run on."""
    torch: str | None = None
    source_kind: str | None = None
    source_place: str | None = None
    """Where torch comes from, without credentials; None for a folder of the machine that locked."""
    driver_floor: str | None = None
    """The oldest NVIDIA driver; there is no newest."""
    gpu: GpuRange | None = None
    os_packages: Mapping[str, list[str]] = field(default_factory=dict)
    base_image: str | None = None

    @property
    def framework_index(self) -> str | None:
        """The framework's own index, when torch comes from there."""
        return self.source_place if self.source_kind == "framework_index" else None


@dataclass(frozen=True, slots=True)
class LockFile:
    """All targets of a project."""

    targets: tuple[TargetLock, ...]
    wants: str
    """SHA-256 of what the project asked for; another one means that the lock is old."""
    asked: tuple[str, ...] = ()
    """Targets that the command line asked for; they stay until it asks for others."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """Name of a table of knowledge -> date of its oldest check."""


def read_lock(path: Path) -> LockFile:
    """Read ``bringup.lock``.

    Raises:
        BringupError: STK056, it is no lock; STK072, an older bringup wrote it; STK073, a newer one.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BringupError("STK056", path=path, reason=error) from error
    version = document.get("schema_version")
    if not isinstance(version, int):
        raise BringupError("STK056", path=path, reason="it has no schema_version")
    if version != SCHEMA_VERSION:
        code = "STK072" if version < SCHEMA_VERSION else "STK073"
        raise BringupError(code, path=path, found=version, known=SCHEMA_VERSION)
    try:
        return LockFile(
            targets=tuple(_target(row) for row in document["target"]),
            wants=document["wants"],
            asked=tuple(document.get("asked", ())),
            tables=dict(document.get("tables", {})),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BringupError("STK056", path=path, reason=f"{type(error).__name__}: {error}") from None


def same_files(lock: LockFile, folder: Path) -> bool:
    """Say whether all files of a lock are there, with the bytes that it was made with."""
    for target in lock.targets:
        for file in target.files.values():
            path = folder / file.name
            if not path.is_file() or digest_file(path) != file.sha256:
                return False
    return True


def write_lock(path: Path, lock: LockFile) -> None:
    """Write ``bringup.lock``."""
    write_text(path, lock_text(lock))


def lock_text(lock: LockFile) -> str:
    """Return the text of ``bringup.lock``. The same lock always gives the same bytes."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Written by `bringup lock`: what pylock files cannot say."))
    document["schema_version"] = SCHEMA_VERSION
    document["wants"] = lock.wants
    if lock.asked:
        document["asked"] = list(lock.asked)
    if lock.tables:
        document["tables"] = dict(lock.tables)
    targets = tomlkit.aot()
    for target in lock.targets:
        targets.append(_table(target))
    document["target"] = targets
    return tomlkit.dumps(document)


def _table(target: TargetLock) -> Any:
    table = tomlkit.table()
    rows: dict[str, Any] = {
        "name": target.name,
        "build": target.build,
        "requested": target.requested,
        "python": target.python,
        "base_image": target.base_image,
    }
    for key, value in rows.items():
        if value is not None:
            table[key] = value
    floor = "macos_floor" if target.os == "macos" else "libc_floor"
    _add(
        table,
        "platform",
        {
            "os": target.os,
            "arch": target.arch,
            "libc": target.libc,
            floor: target.platform_floor,
        },
    )
    source = {"version": target.torch, "kind": target.source_kind, "place": target.source_place}
    _add(table, "torch", source)
    _add(table, "nvidia_driver", {"oldest": target.driver_floor})
    if target.driver_floor is not None:
        table["nvidia_driver"]["oldest"].comment(_NOT_TOO_NEW)
    _add(table, "gpu", _gpu_row(target.gpu))
    _add(table, "os_packages", dict(target.os_packages))
    for use, file in target.files.items():
        _add(table, use, {"file": file.name, "sha256": file.sha256})
    return table


def _gpu_row(gpu: GpuRange | None) -> dict[str, Any]:
    if gpu is None:
        return {}
    return {
        "vendor": gpu.vendor,
        "required": gpu.required,
        "floor": gpu.floor,
        "ceiling": gpu.ceiling,
        "archs": list(gpu.archs) or None,
        "ptx": gpu.ptx,
        "ptx_driver": gpu.ptx_driver,
    }


def _add(table: Any, name: str, row: dict[str, Any]) -> None:
    known = {key: value for key, value in row.items() if value is not None}
    if known:
        table[name] = known


def _target(row: dict[str, Any]) -> TargetLock:
    platform, torch = row.get("platform", {}), row.get("torch", {})
    return TargetLock(
        name=row["name"],
        build=row["build"],
        requested=row["requested"],
        python=row["python"],
        os=platform.get("os"),
        arch=platform.get("arch"),
        libc=platform.get("libc"),
        files={use: _file(row[use]) for use in USES if use == "train" or use in row},
        platform_floor=platform.get("macos_floor") or platform.get("libc_floor"),
        torch=torch.get("version"),
        source_kind=torch.get("kind"),
        source_place=torch.get("place"),
        driver_floor=row.get("nvidia_driver", {}).get("oldest"),
        gpu=_gpu(row["gpu"]) if "gpu" in row else None,
        os_packages=row.get("os_packages", {}),
        base_image=row.get("base_image"),
    )


def _file(row: dict[str, Any]) -> LockedFile:
    name: str = row["file"]
    # The name becomes a path: nothing but a lock beside this file may be meant.
    if not _PYLOCK.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a lock")
    return LockedFile(name, row["sha256"])


def _gpu(row: dict[str, Any]) -> GpuRange:
    return GpuRange(
        row["vendor"],
        row["required"],
        tuple(row.get("archs", ())),
        row.get("ptx"),
        row.get("ptx_driver"),
    )
