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

from bringup.machine.keys import KEYS, Kind
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_SECTIONS: Final = ("global", "install")
TRUE: Final = {"1", "y", "yes", "t", "true", "on"}
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
    settings: dict[str, _Setting] = world.once("pip", lambda: _read(world))
    return settings


def _read(world: World) -> dict[str, _Setting]:
    by_section: dict[str, dict[str, _Setting]] = {name: {} for name in _SECTIONS}
    for path in pip_files(world):
        for section, values in _parse(world, path).items():
            by_section.setdefault(section, {}).update(values)
    merged: dict[str, _Setting] = {}
    for layer in (*(by_section[name] for name in _SECTIONS), dict(_variables(world))):
        merged.update({name: setting for name, setting in layer.items() if setting.text.strip()})
    return merged


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
