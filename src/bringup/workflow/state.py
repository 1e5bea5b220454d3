"""What is known of each stage of a project: the key it ran under, its folder, its outputs.

A stage's key is a flat mapping of parts (``[train].epochs``, ``lock``, ``code``...) to plain
values, kept whole rather than as one digest, so that a changed part can be named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, digest_value, read_json, write_json
from bringup.base.messages import text_of

SCHEMA_VERSION: Final = 1
_ABSENT: Final = object()
_SHOWN_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Output:
    """A file or folder that a stage left: its digest, and stamps that spare reading it again."""

    path: str
    sha256: str
    stamps: dict[str, list[int]]
    """Relative file name ("" for the file itself) -> [size in bytes, mtime in ns]."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Take the digest and the stamps of what lies at ``path``."""
        return cls(str(path), _digest_of(path), _stamps_of(path))

    def intact(self) -> bool:
        """Say whether the content is still what it was; reads it only when a stamp differs."""
        path = Path(self.path)
        if not path.exists():
            return False
        return _stamps_of(path) == self.stamps or _digest_of(path) == self.sha256


@dataclass(frozen=True, slots=True)
class StageState:
    """The last time a stage ran, or is running."""

    stage: str
    status: Literal["running", "done", "failed"]
    parts: dict[str, Any]
    folder: str
    run: str
    outputs: dict[str, Output] = field(default_factory=dict)

    @property
    def evidence_path(self) -> Path:
        """Where the stage's evidence lies."""
        return Path(self.folder) / "evidence.json"


def state_path(state_folder: Path, stage: str) -> Path:
    """Return where a stage's state is kept."""
    return state_folder / "stages" / f"{stage}.json"


def read_state(state_folder: Path, stage: str) -> StageState | None:
    """Return the state of a stage, None when it never ran or its record is of another form.

    What ran in another folder does not count: a copied or moved project must not take the
    environments and models of the one that it stems from for its own.
    """
    try:
        document = read_json(state_path(state_folder, stage))
        if document.pop("schema_version") != SCHEMA_VERSION:
            return None
        outputs = {name: Output(**row) for name, row in document.pop("outputs").items()}
        state = StageState(**document, outputs=outputs)
        return state if Path(state.folder).is_relative_to(state_folder.parent) else None
    except (BringupError, KeyError, TypeError, AttributeError):
        return None


def write_state(state_folder: Path, state: StageState) -> None:
    """Keep the state of a stage, atomically."""
    document = {"schema_version": SCHEMA_VERSION, **asdict(state)}
    write_json(state_path(state_folder, state.stage), document)


def why_run(state: StageState | None, parts: Mapping[str, Any]) -> list[str]:
    """Say in words why a stage with these ``parts`` must run; an empty list when it is current."""
    if state is None:
        return [text_of("RUN101")]
    changed = [
        _change(part, state.parts.get(part, _ABSENT), parts.get(part, _ABSENT))
        for part in sorted({*state.parts, *parts})
        if state.parts.get(part, _ABSENT) != parts.get(part, _ABSENT)
    ]
    if changed:
        return changed
    if state.status == "running":
        return [text_of("RUN102")]
    if state.status == "failed":
        return [text_of("RUN103")]
    broken = [name for name, output in state.outputs.items() if not output.intact()]
    if broken:
        return [text_of("RUN104", name=name) for name in broken]
    return [] if state.evidence_path.exists() else [text_of("RUN105")]


def _change(part: str, old: Any, new: Any) -> str:
    if old is _ABSENT or new is _ABSENT or not (_is_short(old) and _is_short(new)):
        return text_of("RUN106", part=part)
    return text_of("RUN107", part=part, old=_shown(old), new=_shown(new))


def _is_short(value: Any) -> bool:
    is_digest = isinstance(value, str) and value.startswith("sha256:")
    return not is_digest and len(_shown(value)) <= _SHOWN_CHARS


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value).replace("'", '"')


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path]


def _stamps_of(path: Path) -> dict[str, list[int]]:
    stamps = {}
    for file in _files_of(path):
        stat = file.stat()
        name = "" if file == path else file.relative_to(path).as_posix()
        stamps[name] = [stat.st_size, stat.st_mtime_ns]
    return stamps


def _digest_of(path: Path) -> str:
    if path.is_file():
        return f"sha256:{digest_file(path)}"
    rows = [(file.relative_to(path).as_posix(), digest_file(file)) for file in _files_of(path)]
    return f"sha256:{digest_value(rows)}"
