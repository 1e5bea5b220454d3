"""conda's settings: CONDA_* variables over .condarc files, the nearest file first.

Only the simple YAML that conda itself writes is read: scalars, lists and one level of mapping.
https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/use-condarc.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bringup.machine.said import Said
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import World


def condarc_files(world: World) -> list[str]:
    """Return the files that conda reads, the strongest first."""
    env, home = world.env, world.home
    files = [env.get("CONDARC", "")]
    folders = [env.get("CONDA_PREFIX")]
    if home:
        folders += [
            home,
            f"{home}/.conda",
            env.get("XDG_CONFIG_HOME", f"{home}/.config") + "/conda",
        ]
    folders.append(env.get("CONDA_ROOT"))
    files += [f"{folder}/.condarc" for folder in folders if folder]
    files += ["/etc/conda/.condarc", "/etc/conda/condarc"]
    return [path.replace("\\", "/") for path in files if path]


def parse_condarc(text: str) -> dict[str, Any]:
    """Read simple YAML: name -> text, list of texts or mapping of texts."""
    settings: dict[str, Any] = {}
    name = ""
    for raw in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if not line.strip():
            continue
        if item := re.fullmatch(r"\s*-\s+(.+)", line):
            settings[name] = [*_as_list(settings.get(name)), _plain(item[1])]
        elif pair := re.fullmatch(r"(\s*)([\w.-]+)\s*:\s*(.*)", line):
            if pair[1]:
                settings[name] = {**_as_dict(settings.get(name)), pair[2]: _plain(pair[3])}
            else:
                name = pair[2]
                settings[name] = _plain(pair[3])
    return settings


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else []


def _as_dict(value: Any) -> dict[str, str]:
    return value if isinstance(value, dict) else {}


def _plain(text: str) -> Any:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_plain(part) for part in text[1:-1].split(",") if part.strip()]
    return text.strip("\"'")


def _files(world: World) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = world.once(
        "conda",
        lambda: [
            (path, parse_condarc(text))
            for path in condarc_files(world)
            if (text := world.text_or(path))
        ],
    )
    return found


def _channels(world: World) -> Answer:
    channels: list[str] = []
    sources: list[str] = []
    if text := world.env.get("CONDA_CHANNELS"):
        channels += [part.strip() for part in text.split(",")]
        sources.append("CONDA_CHANNELS")
    for path, settings in _files(world):
        if given := settings.get("channels"):
            channels += _as_list(given) or [str(given)]
            sources.append(path)
    return Answer(list(dict.fromkeys(channels)) or None, ", ".join(sources) or "not set")


def _single(name: str, pick: Callable[[Any], str | None]) -> Callable[[World], Answer]:
    def ask(world: World) -> Answer:
        variable = f"CONDA_{name.upper()}"
        if text := world.env.get(variable):
            return Answer(text, variable)
        for path, settings in _files(world):
            if (value := pick(settings.get(name))) is not None:
                return Answer(value, path)
        return Answer(None, "not set")

    return ask


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _proxy(value: Any) -> str | None:
    servers = _as_dict(value)
    return servers.get("https") or servers.get("http") or None


def said(world: World) -> list[Said]:
    """Return all that was said to conda, the strongest first, with what became of it."""
    rows: list[Said] = []
    for name in ("channels", "channel_alias", "ssl_verify", "proxy_servers"):
        found = [(text, f"CONDA_{name.upper()}")] if (text := _variable(world, name)) else []
        found += [(given[name], path) for path, given in _files(world) if given.get(name)]
        for number, (value, source) in enumerate(found):
            row = Said("conda", name, value, source)
            if name in {"channels", "channel_alias"}:
                rows.append(row.ignored("IDX066"))
            elif number > 0:
                rows.append(row.lost(found[0][1]))
            else:
                rows.append(row.ignored("IDX067") if _is_switch(value) else row)
    return rows


def _variable(world: World, name: str) -> str:
    return world.env.get(f"CONDA_{name.upper()}", "")


def _is_switch(value: Any) -> bool:
    return str(value).lower() in {"true", "false", "truststore"}


SOURCES: Sources = {
    "index.conda.channels": (Source("conda's settings", _channels),),
    "index.conda.channel_alias": (Source("conda's settings", _single("channel_alias", _text)),),
    "index.conda.ssl_verify": (Source("conda's settings", _single("ssl_verify", _text)),),
    "index.conda.proxy": (Source("conda's settings", _single("proxy_servers", _proxy)),),
}
