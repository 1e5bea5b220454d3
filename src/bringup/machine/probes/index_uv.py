"""uv's settings: UV_* variables, then the project's uv.toml or [tool.uv], the user's, the system's.

Lists of several files are joined, the nearest file first; of single values the nearest wins.
https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import re
import tomllib
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote, urlsplit

from bringup.machine.keys import KEYS
from bringup.machine.kinds import Kind
from bringup.machine.probes.index_pip import TRUE, typed
from bringup.machine.said import Said, Secret
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import World, join

_VARIABLES: Final = {
    "default_index": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "index": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find_links": ("UV_FIND_LINKS",),
    "constraint": ("UV_CONSTRAINT",),
    "insecure_host": ("UV_INSECURE_HOST",),
    "no_index": ("UV_NO_INDEX",),
    "index_strategy": ("UV_INDEX_STRATEGY",),
    "timeout": ("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"),
    "native_tls": ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS"),
    "offline": ("UV_OFFLINE",),
}
_FIELDS: Final = {
    "default_index": ("index-url",),
    "index": ("extra-index-url",),
    "find_links": ("find-links",),
    "insecure_host": ("allow-insecure-host",),
    "no_index": ("no-index",),
    "index_strategy": ("index-strategy",),
    "native_tls": ("system-certs", "native-tls"),
    "offline": ("offline",),
}
_ONLY_UV: Final = {
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "http-proxy": None,
    "https-proxy": None,
    "no-proxy": None,
    "exclude-newer": "UV_EXCLUDE_NEWER",
    "no-binary": "UV_NO_BINARY",
    "torch-backend": "UV_TORCH_BACKEND",
    "retries": "UV_HTTP_RETRIES",
    "connect-timeout": "UV_HTTP_CONNECT_TIMEOUT",
}
"""Settings that uv reads itself and bringup's own questions to indexes do not follow."""


def _documents(world: World) -> list[tuple[str, dict[str, Any]]]:
    documents: list[tuple[str, dict[str, Any]]] = world.once("uv", lambda: _read(world))
    return documents


def _read(world: World) -> list[tuple[str, dict[str, Any]]]:
    if world.env.get("UV_NO_CONFIG", "").lower() in TRUE:
        return []
    if chosen := world.env.get("UV_CONFIG_FILE"):
        return [(chosen, _toml(world, chosen))]
    return [
        (path, document)
        for path in (_project_file(world), *_user_files(world))
        if path is not None and (document := _toml(world, path))
    ]


def _project_file(world: World) -> str | None:
    folder = PurePath(world.folder)
    for place in (folder, *folder.parents):
        if world.exists(path := str(place / "uv.toml")):
            return path
        if "uv" in _table(_toml(world, path := str(place / "pyproject.toml"), whole=True), "tool"):
            return path
    return None


def _user_files(world: World) -> list[str]:
    env, home = world.env, world.home
    if world.platform == "windows":
        folders = [env.get("APPDATA", ""), env.get("SYSTEMDRIVE", "C:") + "/ProgramData"]
        return [f"{folder}/uv/uv.toml".replace("\\", "/") for folder in folders]
    user = env.get("XDG_CONFIG_HOME") or join(home, ".config")
    system = [part for part in env.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if part]
    found = [f"{part}/uv/uv.toml" for part in system if world.exists(f"{part}/uv/uv.toml")]
    # Only one file of the system counts.
    return [f"{user}/uv/uv.toml", *(found or ["/etc/uv/uv.toml"])[:1]]


def _toml(world: World, path: str, *, whole: bool = False) -> dict[str, Any]:
    text = world.text_or(path)
    if not text or (path.endswith("pyproject.toml") and "[tool.uv" not in text):
        return {}
    document = tomllib.loads(text)
    if path.endswith("pyproject.toml") and not whole:
        return _table(_table(document, "tool"), "uv")
    return document


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    table = document.get(name)
    return table if isinstance(table, dict) else {}


def _ask(key: str, world: World) -> Answer:
    name, kind = key.rpartition(".")[2], KEYS[key].kind
    values: list[str] = []
    sources: list[str] = []
    for value, source in (*_said_by_variables(world, name, kind), *_said_by_files(world, name)):
        if kind is not Kind.TEXTS:
            return Answer(value, source)
        values += [value] if isinstance(value, str) else value
        sources.append(source)
    unique = list(dict.fromkeys(values))
    return Answer(unique or None, ", ".join(dict.fromkeys(sources)) or "not set")


def _said_by_variables(world: World, name: str, kind: Kind) -> list[tuple[Any, str]]:
    said: list[tuple[Any, str]] = []
    for variable in _VARIABLES[name]:
        if text := world.env.get(variable, "").strip():
            said.append((_value(world, name, kind, text), variable))
    return said


def _value(world: World, name: str, kind: Kind, text: str) -> Any:
    if kind is Kind.TEXTS:
        # --find-links takes a list with commas, the other options one with spaces.
        parts = text.split("," if name == "find_links" else None)
        return [_address(world, part.strip()) for part in parts if part.strip()]
    return _address(world, text) if name == "default_index" else typed(kind, text)


def _said_by_files(world: World, name: str) -> list[tuple[Any, str]]:
    said: list[tuple[Any, str]] = []
    for path, document in _documents(world):
        if name in {"default_index", "index"}:
            default = name == "default_index"
            said += [(value, path) for value in _indexes(world, document, default=default)]
        # For what bringup asks of uv its table [pip] is the stronger one.
        for table in (_table(document, "pip"), document):
            for field in _FIELDS.get(name, ()):
                if field in table:
                    said.append((table[field], path))
    return said


def _index_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in document.get("index", ()) if isinstance(row, dict) and "url" in row]


def _indexes(world: World, document: dict[str, Any], *, default: bool) -> list[Any]:
    rows = [row for row in _index_rows(document) if bool(row.get("default")) == default]
    # An explicit index serves only the packages that name it.
    found = [_known(world, row.get("name"), row["url"]) for row in rows if not row.get("explicit")]
    return found if default else [[address] for address in found]


def _address(world: World, text: str) -> str:
    """Return the address in uv's ``name=address``, with the credentials that its name has."""
    match = re.fullmatch(r"([A-Za-z0-9_.-]+)=(.+://.+|/.+)", text)
    return _known(world, match[1], match[2]) if match else text


def _known(world: World, name: str | None, address: str) -> str:
    """Return an address with the credentials of UV_INDEX_<NAME>_USERNAME and _PASSWORD."""
    stem = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", (name or "").upper())
    user, password = (world.env.get(f"{stem}_{part}", "") for part in ("USERNAME", "PASSWORD"))
    parts = urlsplit(address)
    if not name or not (user or password) or "@" in parts.netloc or not parts.netloc:
        return address
    pair = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return parts._replace(netloc=f"{pair}@{parts.netloc}").geturl()


def said(world: World) -> list[Said]:
    """Return all that was said to uv of indexes, the strongest first, with what became of it."""
    rows: list[Said] = []
    for name in _VARIABLES:
        kind = KEYS[f"index.uv.{name}"].kind
        found = [*_said_by_variables(world, name, kind), *_said_by_files(world, name)]
        for number, (value, source) in enumerate(found):
            row = Said("uv", name.replace("_", "-"), value, source)
            beaten = number > 0 and kind is not Kind.TEXTS
            rows.append(row.lost(found[0][1]) if beaten else row)
    return [*rows, *_explicit(world), *_only_uv(world), *_named_credentials(world)]


def _explicit(world: World) -> list[Said]:
    return [
        Said("uv", "index", [row["url"]], path).ignored("IDX064")
        for path, document in _documents(world)
        for row in _index_rows(document)
        if row.get("explicit")
    ]


def _only_uv(world: World) -> list[Said]:
    rows: list[Said] = []
    for name, variable in _ONLY_UV.items():
        if variable and (text := world.env.get(variable, "").strip()):
            rows.append(Said("uv", name, text, variable).used("IDX065"))
        for path, document in _documents(world):
            for table in (_table(document, "pip"), document):
                if name in table:
                    rows.append(Said("uv", name, table[name], path).used("IDX065"))
    return rows


def _named_credentials(world: World) -> list[Said]:
    pattern = re.compile(r"UV_INDEX_\w+_(?:USERNAME|PASSWORD)")
    names = sorted(name for name in world.env if pattern.fullmatch(name) and world.env[name])
    return [Said("uv", "credentials", Secret(world.env[name]), name) for name in names]


def _source(key: str) -> Source:
    return Source("uv's settings", lambda world: _ask(key, world))


SOURCES: Sources = {key: (_source(key),) for key in KEYS if key.startswith("index.uv.")}
