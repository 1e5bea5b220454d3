"""pip's settings, by pip's own rules.

Files in order, a later one overriding: global (XDG_CONFIG_DIRS, /etc), user (legacy, then
XDG; left out when PIP_CONFIG_FILE names a file), site (of the environment), PIP_CONFIG_FILE.
PIP_CONFIG_FILE=/dev/null: no file at all. Over the files taken together stands the section of
the command: ``[install]`` before ``[global]``. PIP_* variables override everything. An empty
value counts as not set. https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bringup.machine.keys import KEYS
from bringup.machine.kinds import Kind
from bringup.machine.said import Said
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_ENVIRONMENT: Final = ":env:"
_COUNT: Final = ("global", "install", _ENVIRONMENT)
"""Where settings count for installing, the strongest last."""
TRUE: Final = {"1", "y", "yes", "t", "true", "on"}
_HONOURED: Final = {
    key.rpartition(".")[2].replace("_", "-"): key for key in KEYS if key.startswith("index.pip.")
}
_ONLY_PIP: Final = frozenset(
    {
        "client-cert",
        "keyring-provider",
        "no-binary",
        "only-binary",
        "pre",
        "prefer-binary",
        "require-hashes",
        "retries",
    }
)
"""Settings of where and what to take that have no part in bringup."""
_ALIASES: Final = {"default-timeout": "timeout", "pypi-url": "index-url"}


@dataclass(frozen=True, slots=True)
class _Setting:
    text: str
    source: str


def pip_files(world: World) -> list[str]:
    """Return the files that pip reads, the strongest last."""
    chosen = world.env.get("PIP_CONFIG_FILE")
    if chosen in {"/dev/null", "nul", "NUL"}:
        return []
    user = [] if chosen and world.exists(chosen) else _user_files(world)
    prefix = _prefix(world)
    site = [join(prefix, _base_name(world))] if prefix else []
    return [*_global_files(world), *user, *site, *([chosen] if chosen else [])]


def _base_name(world: World) -> str:
    return "pip.ini" if world.platform == "windows" else "pip.conf"


def _global_files(world: World) -> list[str]:
    if world.platform == "macos":
        return ["/Library/Application Support/pip/pip.conf"]
    if world.platform == "windows":
        data = world.env.get("PROGRAMDATA", "C:/ProgramData")
        return [f"{data}/pip/pip.ini".replace("\\", "/")]
    folders = [part for part in world.env.get("XDG_CONFIG_DIRS", "").split(":") if part]
    return [*(f"{part}/pip/pip.conf" for part in folders or ["/etc/xdg"]), "/etc/pip.conf"]


def _user_files(world: World) -> list[str]:
    home = world.home
    if world.platform == "windows":
        data = world.env.get("APPDATA", f"{home}/AppData/Roaming")
        paths = [f"{home}/pip/pip.ini", f"{data}/pip/pip.ini"]
        return [path.replace("\\", "/") for path in paths]
    if not home:
        return []
    support = f"{home}/Library/Application Support/pip"
    if world.platform == "macos" and world.exists(support):
        return [f"{home}/.pip/pip.conf", f"{support}/pip.conf"]
    # On macOS pip does not follow XDG_CONFIG_HOME.
    chosen = world.env.get("XDG_CONFIG_HOME") if world.platform == "linux" else None
    return [f"{home}/.pip/pip.conf", f"{chosen or join(home, '.config')}/pip/pip.conf"]


def _prefix(world: World) -> str | None:
    if environment := world.env.get("VIRTUAL_ENV"):
        return environment
    try:
        return world.host.interpreter()["prefix"]
    except NoAnswer:
        return None


def _settings(world: World) -> dict[str, _Setting]:
    settings: dict[str, _Setting] = world.once("pip", lambda: _merged(world))
    return settings


def _merged(world: World) -> dict[str, _Setting]:
    layers = [(name, setting) for section, name, setting in _read(world) if section in _COUNT]
    return {name: setting for name, setting in layers if setting.text.strip()}


def _read(world: World) -> list[tuple[str, str, _Setting]]:
    """Return (section, name, setting) of all places, the strongest last."""
    found = [
        (section, name, setting)
        for path in pip_files(world)
        for section, values in _parse(world, path).items()
        for name, setting in values.items()
    ]
    found += [(_ENVIRONMENT, name, setting) for name, setting in _variables(world)]
    # Within a section the order of the files stays; other commands' sections count for nothing.
    order = {section: rank for rank, section in enumerate(_COUNT)}
    return sorted(found, key=lambda row: order.get(row[0], -1))


def said(world: World) -> list[Said]:
    """Return all that was said to pip of indexes, the strongest first, with what became of it.

    Raises:
        NoAnswer: a file is broken; pip itself stops there.
    """
    rows = [row for row in _read(world) if row[1] in _HONOURED or row[1] in _ONLY_PIP]
    judged = [_judged(world, *row) for row in reversed(rows)]
    return sorted(judged, key=lambda row: row.name)


def _judged(world: World, section: str, name: str, setting: _Setting) -> Said:
    place = (
        setting.source if section in {"global", _ENVIRONMENT} else f"{setting.source} [{section}]"
    )
    row = Said("pip", name, _shown(name, setting.text), place)
    if section not in _COUNT:
        return row.ignored("IDX061", section=section)
    if not setting.text.strip():
        return row.ignored("IDX062")
    if (winner := _settings(world)[name]) != setting:
        return row.lost(winner.source)
    return row if name in _HONOURED else row.ignored("IDX063")


def _shown(name: str, text: str) -> Any:
    try:
        return typed(KEYS[_HONOURED[name]].kind if name in _HONOURED else Kind.TEXT, text)
    except NoAnswer:
        return text.strip()


def _parse(world: World, path: str) -> dict[str, dict[str, _Setting]]:
    if not (text := world.text_or(path)):
        return {}
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text, source=path)
    except configparser.Error as error:
        # pip itself stops at such a file, so nothing in it can be relied on.
        raise NoAnswer(str(error).replace("\n", " ")) from error
    return {
        section: {
            _normal(name): _Setting(value or "", path) for name, value in parser[section].items()
        }
        for section in parser.sections()
    }


def _variables(world: World) -> Iterator[tuple[str, _Setting]]:
    for variable, text in world.env.items():
        if variable.startswith("PIP_"):
            yield _normal(variable[4:]), _Setting(text, variable)


def _normal(name: str) -> str:
    name = name.lower().replace("_", "-").removeprefix("--")
    return _ALIASES.get(name, name)


def _ask(key: str, world: World) -> Answer:
    name = key.rpartition(".")[2].replace("_", "-")
    setting = _settings(world).get(name)
    if setting is None:
        return Answer(None, "not set")
    return Answer(typed(KEYS[key].kind, setting.text), setting.source)


def typed(kind: Kind, text: str) -> Any:
    """Return a setting's text as the kind of its fact."""
    if kind is Kind.TEXTS:
        return text.split()
    if kind is Kind.FLAG:
        return text.strip().lower() in TRUE
    if kind is Kind.NUMBER:
        if not re.fullmatch(r"\s*\d+(\.\d+)?\s*", text):
            raise NoAnswer(f"{text!r} is no number")
        return float(text)
    return text.strip()


def _source(key: str) -> Source:
    return Source("pip's settings", lambda world: _ask(key, world))


SOURCES: Sources = {key: (_source(key),) for key in KEYS if key.startswith("index.pip.")}
