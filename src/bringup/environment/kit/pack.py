"""Pack a kit: all that a machine without network needs to make a project's environments real."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bringup.base.files import digest_file
from bringup.environment.kit import archive as archives
from bringup.environment.kit.archive import Member
from bringup.environment.kit.fetch import fetch_files
from bringup.environment.kit.installers import installers
from bringup.environment.kit.interpreter import MEMBER as PYTHON_MEMBER
from bringup.environment.kit.interpreter import PackedPython, pack_python
from bringup.environment.kit.locked import NeededFile, glibc_floor, needed_files
from bringup.environment.kit.offline import offline_lock, python_minimum, unpacked_bytes
from bringup.environment.kit.sdists import build_wheel
from bringup.environment.kit.target import Target
from bringup.environment.kit.tools import LOCK_NAME, OWN, lock_tools, own_wheel
from bringup.machine.model import Machine
from bringup.stack.lock_file import REST, LockFile, lock_text
from bringup.stack.lock_file import LockedFile as PylockFile
from bringup.stack.model import Notify

SCHEMA_VERSION: Final = 1
WHEELS: Final = ".bringup/kit/wheels"
"""Where the wheels lie on the far machine, below the project's folder."""
_TOOLS: Final = "tools"

Progress = Callable[[str, int, int | None], None]
"""Takes what goes on (a code of the catalogue), the bytes done and the bytes in all."""


@dataclass(frozen=True, slots=True)
class KitRequest:
    """What to pack, and for whom."""

    project: str
    """The project's name."""
    folder: Path
    files: tuple[Path, ...]
    """The project's own files to pack, below ``folder``."""
    lock: LockFile
    """``bringup.lock``, the target among others."""
    target: Target
    out: Path
    with_python: bool = False
    not_packed: tuple[str, ...] = ()
    """Files that the project names and that must be brought some other way."""

    @property
    def locks(self) -> dict[str, Path]:
        """``train`` and, where there is one, ``serve``: the lock files of the target."""
        return {use: self.folder / file.name for use, file in self.target.lock.files.items()}

    @property
    def rest(self) -> Path:
        """``bringup.lock``"""
        return self.folder / REST


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit that lies at ``path``, whole."""

    path: Path
    folder: str
    """The one folder in the archive."""
    sha256: str
    size: int
    """Bytes of the archive."""
    manifest: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``bringup bundle-env --json``."""
        return {
            "schema_version": SCHEMA_VERSION,
            "archive": str(self.path),
            "folder": self.folder,
            "bytes": self.size,
            "sha256": self.sha256,
            "manifest": self.manifest,
        }


def pack_kit(
    request: KitRequest,
    *,
    machine: Machine,
    work: Path,
    cache: Path,
    notify: Notify,
    progress: Progress,
) -> Kit:
    """Fetch, build and pack; the archive appears whole or not at all.

    The same lock and the same bringup give the same bytes.

    Args:
        request: what to pack.
        machine: the facts that say where packages come from.
        work: an empty folder, removed by the caller.
        cache: bringup's cache folder; downloads stay there.
        notify: takes KIT020 and KIT022.
        progress: takes KIT023 (fetching) and KIT024 (writing).

    Raises:
        UnreachableError: something that is needed cannot be reached.
        BringupError: KIT002 to KIT013; STK056 and refusals of uv; FIL001 and kin.
    """
    archives.check_suffix(request.out)
    target = request.target
    python = pack_python(target, machine, work) if request.with_python else None
    tags, markers = target.tags(machine), target.markers(machine)
    tools = lock_tools(work, target=target, machine=machine, notify=notify)
    locks = {**request.locks, _TOOLS: tools}
    needed = {use: needed_files(path, tags=tags, markers=markers) for use, path in locks.items()}
    wanted = [file for files in needed.values() for file in files]
    found = fetch_files(
        wanted,
        machine=machine,
        cache=cache,
        progress=lambda done, total: progress("KIT023", done, total),
    )
    content = _Content(request, found, python, machine.libc_version)
    for use, files in needed.items():
        content.uses[use] = [
            content.wheel(file, machine=machine, cache=cache, notify=notify) for file in files
        ]
    own, path = own_wheel(work)
    content.found[own.sha256] = path
    content.uses[_TOOLS].append(own)
    members, manifest = content.members()
    folder = f"{request.project}-{target.name.replace('@', '-')}-kit"
    sha256 = archives.write_archive(
        request.out, folder, members, lambda done, total: progress("KIT024", done, total)
    )
    return Kit(request.out, folder, sha256, request.out.stat().st_size, manifest)


@dataclass
class _Content:
    """What goes into the archive, as it comes together."""

    request: KitRequest
    found: dict[str, Path]
    python: PackedPython | None
    libc_here: str | None
    uses: dict[str, list[NeededFile]] = field(default_factory=dict)
    sources: dict[str, NeededFile] = field(default_factory=dict)
    """SHA-256 of a wheel that was built here -> its source."""

    def wheel(
        self, file: NeededFile, *, machine: Machine, cache: Path, notify: Notify
    ) -> NeededFile:
        """Return the wheel to install for a locked file: itself, or what its source gives."""
        path = self.found[file.sha256]
        if not file.is_wheel:
            target = self.request.target
            built, path = build_wheel(
                file, path, target=target, machine=machine, cache=cache, notify=notify
            )
            self.sources[built.sha256] = file
            self.found[built.sha256] = path
            return built
        size = path.stat().st_size
        return NeededFile(file.package, file.version, file.name, file.sha256, file.place, size)

    def members(self) -> tuple[list[Member], dict[str, Any]]:
        """Return all members and the manifest, which is one of them."""
        minimum = python_minimum(self.request.target.python_minor, self._paths())
        members = [*self._wheels(), *self._project(minimum)]
        if self.python is not None:
            path = self.python.path
            size = path.stat().st_size
            members.append(Member(PYTHON_MEMBER, digest_file(path), size, path=path))
        manifest = self._manifest(minimum, members)
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        members += [
            Member.of_text("manifest.json", text),
            *installers(self.request.target.python_minor),
        ]
        members.append(Member.of_text("SHA256SUMS", archives.sums_text(members)))
        return members, manifest

    def _all(self) -> dict[str, NeededFile]:
        return {file.sha256: file for files in self.uses.values() for file in files}

    def _paths(self) -> list[Path]:
        return [self.found[sha256] for sha256 in self._all()]

    def _places(self) -> dict[str, str]:
        """Return where each wheel lies in the folder of wheels: SHA-256 -> path."""
        places: dict[str, str] = {}
        for sha256, file in sorted(self._all().items()):
            # Two indexes may give other bytes under one name.
            taken = file.name in places.values()
            places[sha256] = f"{sha256[:12]}/{file.name}" if taken else file.name
        return places

    def _wheels(self) -> list[Member]:
        places = self._places()
        return [
            Member(f"wheels/{places[sha256]}", sha256, file.size or 0, path=self.found[sha256])
            for sha256, file in self._all().items()
        ]

    def _project(self, minimum: str) -> list[Member]:
        request = self.request
        members = [_copied(request.rest, f"locks/{REST}")]
        offline = {}
        for use, path in request.locks.items():
            member = Member.of_text(f"project/{path.name}", self._offline(use, WHEELS, minimum))
            members += [_copied(path, f"locks/{path.name}"), member]
            offline[use] = PylockFile(path.name, member.sha256)
        # On the far machine there is this one target, and its locks name the wheels there.
        target = replace(request.target.lock, files=offline)
        lock = replace(request.lock, targets=(target,), asked=())
        members.append(Member.of_text(f"project/{REST}", lock_text(lock)))
        tools = self._offline(_TOOLS, "../wheels", minimum)
        members.append(Member.of_text(f"tools/{LOCK_NAME}", tools))
        for path in request.files:
            members.append(_copied(path, f"project/{path.relative_to(request.folder).as_posix()}"))
        return members

    def _offline(self, use: str, wheels: str, minimum: str) -> str:
        places = self._places()
        files = [
            NeededFile(file.package, file.version, places[file.sha256], file.sha256, "", file.size)
            for file in self.uses[use]
        ]
        return offline_lock(files, wheels=wheels, python_minimum=minimum)

    def _manifest(self, minimum: str, members: list[Member]) -> dict[str, Any]:
        request, target = self.request, self.request.target
        return {
            "schema_version": SCHEMA_VERSION,
            "project": request.project,
            "target": target.name,
            "platform": {"os": target.os, "arch": target.arch, "libc": target.libc},
            "libc_floor": self._libc_floor(),
            "os_packages": dict(target.lock.os_packages),
            "python": {
                "minor": target.python_minor,
                "minimum": minimum,
                "included": self._python_row(),
            },
            "bringup": next(f.version for f in self.uses[_TOOLS] if f.package == OWN),
            "uv": next(
                f"wheels/{self._places()[f.sha256]}" for f in self.uses[_TOOLS] if f.package == "uv"
            ),
            "locks": {
                use: {"file": path.name, "sha256": digest_file(path)}
                for use, path in request.locks.items()
            },
            "packages": self._packages(),
            "not_packed": list(request.not_packed),
            "bytes": {
                "members": sum(member.size for member in members),
                "installed": self._installed_bytes(),
            },
            "members": archives.members_json(members),
        }

    def _python_row(self) -> dict[str, Any] | None:
        if self.python is None:
            return None
        return {
            "version": self.python.version,
            "program": self.python.program,
            "member": PYTHON_MEMBER,
        }

    def _packages(self) -> list[dict[str, Any]]:
        rows = []
        places = self._places()
        for sha256, file in sorted(self._all().items(), key=lambda pair: (pair[1].name, pair[0])):
            row: dict[str, Any] = {
                "name": file.package,
                "version": file.version,
                "member": f"wheels/{places[sha256]}",
                "uses": [
                    use
                    for use, files in self.uses.items()
                    if sha256 in {other.sha256 for other in files}
                ],
            }
            if source := self.sources.get(sha256):
                row["built_from"] = {"file": source.name, "sha256": source.sha256}
            rows.append(row)
        return rows

    def _libc_floor(self) -> str | None:
        if self.request.target.libc != "glibc":
            return None
        files = self._all()
        floors = [floor] if (floor := glibc_floor(f.name for f in files.values())) else []
        compiled = [sha for sha in self.sources if not files[sha].name.endswith("-any.whl")]
        if compiled and self.libc_here:
            # What was compiled here is bound to the libc of this machine.
            floors.append(_numbers(self.libc_here))
        return _version(max(floors, default=None))

    def _installed_bytes(self) -> int:
        python = 0 if self.python is None else self.python.unpacked_bytes
        # Wheels stay beside what is made of them, so that the environments can be made again.
        return python + sum(unpacked_bytes(path) + path.stat().st_size for path in self._paths())


def _numbers(version: str) -> tuple[int, int]:
    major, minor = (*version.split("."), "0")[:2]
    return (int(major), int(minor))


def _version(floor: tuple[int, int] | None) -> str | None:
    return None if floor is None else f"{floor[0]}.{floor[1]}"


def _copied(path: Path, name: str) -> Member:
    data = path.read_bytes()
    return Member(name, digest_file(path), len(data), data)
