"""The machine's index settings in uv's words.

uv does not read pip's settings, so these are translated. Its own (``UV_*``, ``uv.toml``) it reads
itself; what they say already is not said twice. Addresses go through the environment, never
through arguments, since they may hold credentials and arguments are public.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bringup.base.messages import text_of
from bringup.machine.model import IndexSettings, Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import anchored, is_local, local_path
from bringup.stack.model import Note
from bringup.stack.routes import proxy_for, way_to

CONNECT_TIMEOUT_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class UvSettings:
    """What to start uv with: the environment, and arguments for what resolves."""

    env: dict[str, str]
    arguments: tuple[str, ...]
    notes: tuple[Note, ...]
    machine: Machine
    """Whose settings these are."""


def uv_settings(
    machine: Machine,
    *,
    framework_index: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> UvSettings:
    """Translate the settings of a machine.

    Args:
        machine: its settings, merged, and uv's own (``index.uv.*``).
        framework_index: one more index, the framework's own.
        environ: the environment to start from, ours when absent.
    """
    env = dict(os.environ if environ is None else environ)
    settings = machine.index_settings
    extras, notes = _answering(_beyond_uv(machine, settings.extra_indexes, "index"), machine)
    links, more_notes = _answering(_beyond_uv(machine, settings.find_links, "find_links"), machine)
    notes += more_notes
    if settings.index and not machine.value("index.uv.default_index"):
        env["UV_DEFAULT_INDEX"] = settings.index
    if framework_index is not None:
        extras = [framework_index, *extras]
    if extras:
        _append(env, "UV_INDEX", extras, " ")
        # pip takes the best version over all indexes; uv by default asks the first that knows it.
        if not machine.value("index.uv.index_strategy"):
            env["UV_INDEX_STRATEGY"] = "unsafe-best-match"
            notes.append(Note("STK040"))
    _append(env, "UV_FIND_LINKS", _anchored(links), ",")
    hosts = _beyond_uv(machine, settings.trusted_hosts, "insecure_host")
    _append(env, "UV_INSECURE_HOST", hosts, " ")
    _network(machine, settings, env)
    notes += _constrain(machine, settings, env)
    # This one has no variable.
    arguments = ["--no-index"] if settings.no_index else []
    return UvSettings(env, tuple(arguments), tuple(notes), machine)


def _network(machine: Machine, settings: IndexSettings, env: dict[str, str]) -> None:
    if settings.ca_bundle and Path(settings.ca_bundle).exists():
        folder = Path(settings.ca_bundle).is_dir()
        env["SSL_CERT_DIR" if folder else "SSL_CERT_FILE"] = settings.ca_bundle
    pips = bool(machine.value("index.pip.proxy"))
    for scheme in ("http", "https"):
        name = f"{scheme}_proxy"
        said = env.get(name) or env.get(name.upper())
        proxy = proxy_for(machine, scheme)
        # What was said to pip itself is stronger than the variables, as in pip.
        if proxy and (pips or not said):
            env.pop(name, None)
            env[name.upper()] = proxy
    if settings.timeout_s and not machine.value("index.uv.timeout"):
        env["UV_HTTP_TIMEOUT"] = str(max(1, round(settings.timeout_s)))


def _constrain(machine: Machine, settings: IndexSettings, env: dict[str, str]) -> list[Note]:
    """Name the constraint files in uv's variable; one that is not there is left out.

    uv passes over its variable when it is given arguments, and an address may hold credentials.
    """
    beyond, notes = _answering(_beyond_uv(machine, settings.constraints, "constraint"), machine)
    if beyond:
        own: list[str] = machine.value("index.uv.constraint") or []
        places = _anchored([*own, *beyond])
        # The variable is split at spaces.
        env["UV_CONSTRAINT"] = " ".join(
            local_path(place).as_uri() if " " in place else place for place in places
        )
    return notes


def _beyond_uv(machine: Machine, places: Iterable[str], key: str) -> list[str]:
    known: Any = machine.value(f"index.uv.{key}") or ()
    return [place for place in places if place not in known]


def _anchored(places: Iterable[str]) -> list[str]:
    # uv works in the project's folder, pip's relative paths begin where the user stands.
    return [anchored(place) for place in places]


def _append(env: dict[str, str], name: str, values: list[str], separator: str) -> None:
    if values:
        before = [env[name]] if env.get(name) else []
        env[name] = separator.join([*before, *values])


def _answering(places: list[str], machine: Machine) -> tuple[list[str], list[Note]]:
    """Leave out further places that are not there: uv would stop at them, pip goes on."""
    kept: list[str] = []
    notes: list[Note] = []
    for place in places:
        reason = _why_not_there(place, machine)
        if reason is None:
            kept.append(place)
        else:
            params = {"place": redacted(place), "reason": reason}
            notes.append(Note("STK039", params, warning=True))
    return kept, notes


def _why_not_there(place: str, machine: Machine) -> str | None:
    if is_local(place):
        return None if local_path(place).exists() else text_of("IDX034")
    if way_to(machine, place).proxy is not None:
        # Behind a proxy only the proxy can say who answers.
        return None
    parts = urlsplit(place)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT_S).close()
    except OSError as error:
        return error.strerror or str(error) or type(error).__name__
    return None
