"""``bringup probe``: show what is here, each fact with its source."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bringup.cli.options import FactOption, JsonOption, MachineOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bringup.machine import Fact, Machine

_TOPICS: Final = (
    ("MCH110", ("os", "libc")),
    ("MCH111", ("cpu",)),
    ("MCH112", ("memory", "disk", "shm")),
    ("MCH113", ("limits",)),
    ("MCH114", ("python",)),
    ("MCH115", ("gpu",)),
    ("MCH116", ("cuda", "cudnn", "nccl", "rocm", "cann")),
    ("MCH117", ("containers",)),
    ("MCH118", ("surroundings",)),
    ("MCH119", ("index",)),
)

SecretsOption = Annotated[
    bool,
    typer.Option("--show-secrets", help="Print credentials in addresses as they are."),
]

OfflineOption = Annotated[
    bool,
    typer.Option("--offline", help="Ask no network; only `--section index` does."),
]

SectionOption = Annotated[
    str | None,
    typer.Option("--section", metavar="NAME", help="Show only these facts: cpu, gpu, index..."),
]


def probe_command(
    section: SectionOption = None,
    machine: MachineOption = None,
    fact: FactOption = None,
    show_secrets: SecretsOption = False,
    offline: OfflineOption = False,
    json_output: JsonOption = False,
) -> None:
    """Show what is here: system, processor, memory, Pythons, accelerators, indexes."""
    from bringup.machine import machine_of, redacted_machine

    topics = _topics(section)
    found = machine_of(machine_file=machine, facts=fact or ())
    if section == "index":
        from bringup.cli.probe_index import show_index

        show_index(
            found,
            saved=machine is not None,
            ask=not offline,
            show_secrets=show_secrets,
            as_json=json_output,
        )
        return
    if section is not None:
        found = type(found)(dict(_rows(found, topics)))
    if not show_secrets:
        found = redacted_machine(found)
    if json_output:
        typer.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        _show(found, topics)


def _topics(section: str | None) -> frozenset[str]:
    known = [topic for _, topics in _TOPICS for topic in topics]
    if section is not None and section not in known:
        raise typer.BadParameter(f"expected one of {', '.join(known)}", param_hint="--section")
    return frozenset(known if section is None else [section])


def _show(machine: Machine, wanted: frozenset[str]) -> None:
    from bringup.base.messages import text_of
    from bringup.cli.columns import Row, lines_of, wants_colour, width_of

    table = [Row(text_of("MCH100"), text_of("MCH101"), text_of("MCH102"), faint=True)]
    hidden = 0
    for title, topics in _TOPICS:
        rows = list(_rows(machine, wanted & set(topics)))
        shown = [(key, fact) for key, fact in rows if not _is_unset(key, fact)]
        hidden += len(rows) - len(shown)
        table += [Row(text_of(title), title=True)] if shown else []
        for key, fact in shown:
            source = "" if fact.unknown else fact.source
            table.append(Row(f"  {key}", _said(key, fact), source, faint=fact.value is None))
    lines = lines_of(table, width=width_of(sys.stdout), colour=wants_colour(sys.stdout))
    typer.echo("\n".join(lines), color=True)
    if hidden:
        typer.echo(text_of("MCH107", count=hidden), err=True)


def _rows(machine: Machine, topics: frozenset[str]) -> Iterator[tuple[str, Fact]]:
    from bringup.machine.keys import KEYS

    for key in KEYS.values():
        if key.topic in topics and key.name in machine.facts:
            yield key.name, machine.facts[key.name]


def _is_unset(key: str, fact: Fact) -> bool:
    return key.startswith("index.") and fact.value is None and fact.unknown is None


def _said(key: str, fact: Fact) -> str:
    """Return a fact's value as people read it."""
    from bringup.base.messages import text_of
    from bringup.machine.keys import KEYS

    if fact.unknown is not None:
        return text_of("MCH104", reason=fact.unknown)
    value = fact.value
    if value is None or value == []:
        return text_of("MCH103")
    if isinstance(value, list):
        return "\n".join(_item(key, item) for item in value)
    if isinstance(value, dict):
        return _settings(value)
    return _bytes(value) if KEYS[key].kind == "number of bytes" else _plain(value)


def _plain(value: Any) -> str:
    return _yes_or_no(value) if isinstance(value, bool) else str(value)


def _yes_or_no(value: bool) -> str:
    from bringup.base.messages import text_of

    return text_of("MCH105" if value else "MCH106")


def _bytes(count: int) -> str:
    """Return a size in GiB or MiB (1024-based)."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GiB"
    if count >= 1 << 20:
        return f"{count / (1 << 20):.0f} MiB"
    return f"{count} B"


def _item(key: str, item: Any) -> str:
    if key == "gpu.devices":
        return _gpu(item)
    if key == "python.interpreters":
        return _interpreter(item)
    if key == "containers.engines":
        return _engine(item)
    if isinstance(item, dict):
        return " ".join(str(part) for part in (item.get("version"), item.get("path")) if part)
    return str(item)


def _gpu(row: dict[str, Any]) -> str:
    from bringup.base.messages import text_of

    parts = [f"{row['name']} ({row['vendor']})"]
    if row.get("memory_bytes"):
        parts.append(_bytes(row["memory_bytes"]))
    if row.get("compute_capability"):
        parts.append(text_of("MCH121", version=row["compute_capability"]))
    if row.get("gfx"):
        parts.append(row["gfx"])
    if row.get("driver"):
        parts.append(text_of("MCH120", version=row["driver"]))
    return ", ".join(parts)


def _interpreter(row: dict[str, Any]) -> str:
    from bringup.base.messages import text_of

    kind = row.get("implementation", "cpython")
    name = row["version"] if kind == "cpython" else f"{kind} {row['version']}"
    note = "" if row.get("has_venv") is not False else f" ({text_of('MCH125')})"
    return f"{name:<8} {row['path']}{note}"


def _engine(row: dict[str, Any]) -> str:
    from bringup.base.messages import text_of

    parts = [" ".join(str(row[name]) for name in ("name", "client_version") if row.get(name))]
    if row.get("daemon"):
        parts.append(text_of("MCH122"))
    elif row.get("daemon_note"):
        needed = row.get("daemon") is False
        note = row["daemon_note"]
        parts.append(text_of("MCH123", reason=note) if needed else note)
    if row.get("nvidia_runtime"):
        parts.append(text_of("MCH124"))
    return ", ".join(parts)


def _settings(value: dict[str, Any]) -> str:
    from bringup.base.messages import text_of

    lines = []
    for name, item in value.items():
        if item in (None, [], False, ""):
            continue
        shown = " ".join(item) if isinstance(item, list) else item
        lines.append(f"{name} = {_plain(shown)}")
    return "\n".join(lines) or text_of("MCH103")
