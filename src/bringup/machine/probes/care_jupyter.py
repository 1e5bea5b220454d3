"""Jupyter: kernels that are registered, servers that run, settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from bringup.machine.probes.care_env_place import environment
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_SYSTEM: Final = ("/usr/local/share/jupyter", "/usr/share/jupyter")
_KEYS: Final = re.compile(
    r"^\s*c\.(?P<key>(?:ServerApp|NotebookApp|IdentityProvider|PasswordIdentityProvider)\.\w+)"
    r"\s*=\s*(?P<value>[^#\n]*)",
    re.MULTILINE,
)
_SECRETS: Final = ("token", "password", "hashed_password")


def _data_folders(world: World) -> list[str]:
    """Return where kernels are looked for, as jupyter_core's paths say."""
    home = world.home or "/nowhere"
    own = {
        "macos": join(home, "Library/Jupyter"),
        "windows": f"{world.env.get('APPDATA', '').replace(chr(92), '/')}/jupyter",
    }.get(
        world.platform,
        join(world.env.get("XDG_DATA_HOME") or join(home, ".local/share"), "jupyter"),
    )
    own = world.env.get("JUPYTER_DATA_DIR") or own
    separator = ";" if world.platform == "windows" else ":"
    named = [part for part in world.env.get("JUPYTER_PATH", "").split(separator) if part]
    try:
        prefix = [f"{environment(world).prefix}/share/jupyter"]
    except NoAnswer:
        prefix = []
    return list(dict.fromkeys([*named, own, *prefix, *_SYSTEM]))


def _kernelspecs(world: World) -> Answer:
    rows: dict[str, dict[str, Any]] = {}
    folders = _data_folders(world)
    for folder in folders:
        for name in world.names(join(folder, "kernels")):
            path = f"{folder}/kernels/{name}"
            text = world.text_or(f"{path}/kernel.json")
            if text:
                # The first one of a name hides the others.
                rows.setdefault(name.lower(), _kernelspec(world, name, path, text))
    return Answer(list(rows.values()), ", ".join(folders))


def _kernelspec(world: World, name: str, path: str, text: str) -> dict[str, Any]:
    try:
        spec = json.loads(text)
        words = [str(word) for word in spec["argv"]]
        language, shown = str(spec.get("language", "")), str(spec.get("display_name", name))
    except (ValueError, KeyError, TypeError):
        words, language, shown = [], "", name
    program = words[0] if words else ""
    bare = "/" not in program and "\\" not in program
    found = world.which(program) if bare and program else program
    exists = bool(found) and world.exists(str(found))
    row: dict[str, Any] = {
        "name": name,
        "path": path,
        "language": language.lower(),
        "program": program,
        "exists": exists,
        "display_name": shown,
        "python": None,
        "prefix": None,
        "has_ipykernel": None,
    }
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    if exists and module.startswith("ipykernel") and not bare:
        row |= _kernel_python(world, program)
    return row


def _kernel_python(world: World, program: str) -> dict[str, Any]:
    prefix = program.replace("\\", "/").rpartition("/")[0].rpartition("/")[0]
    sites = [
        f"{prefix}/{lib}/{name}/site-packages"
        for lib in ("lib", "lib64")
        for name in world.names(f"{prefix}/{lib}")
        if name.startswith("python3.")
    ] + [f"{prefix}/Lib/site-packages"]
    minor = next((re.search(r"python(3\.\d+)", site) for site in sites), None)
    if not any(world.exists(site) for site in sites):
        # A Python of the system: its packages may lie in several places, so nothing is said.
        return {"prefix": prefix}
    return {
        "prefix": prefix,
        "python": minor[1] if minor else None,
        "has_ipykernel": any(world.exists(f"{site}/ipykernel") for site in sites),
    }


def _runtime_folder(world: World) -> str:
    if value := world.env.get("JUPYTER_RUNTIME_DIR"):
        return value
    return join(next(iter(_data_folders(world))), "runtime")


def _servers(world: World) -> Answer:
    rows = []
    folders = list(
        dict.fromkeys(
            [_runtime_folder(world), *(join(folder, "runtime") for folder in _data_folders(world))]
        )
    )
    for folder in folders:
        for name in world.names(folder):
            if re.fullmatch(r"(?:jpserver|nbserver)-\d+\.json", name):
                rows += list(_server(world, join(folder, name)))
    return Answer(rows, folders[0])


def _server(world: World, path: str) -> Iterator[dict[str, Any]]:
    try:
        row = json.loads(world.text_or(path))
        pid = int(row["pid"])
        yield {
            "url": str(row.get("url", "")).partition("?")[0],
            "address": str(row.get("hostname") or ""),
            "port": int(row.get("port", 0)),
            "pid": pid,
            "alive": world.exists(f"/proc/{pid}") if world.platform == "linux" else None,
            "token": bool(row.get("token")),
            "password": bool(row.get("password")),
            "root_folder": row.get("root_dir") or row.get("notebook_dir"),
        }
    except (ValueError, KeyError, TypeError):
        return


def _config_folders(world: World) -> list[str]:
    own = world.env.get("JUPYTER_CONFIG_DIR") or join(world.home or "/nowhere", ".jupyter")
    try:
        prefix = [f"{environment(world).prefix}/etc/jupyter"]
    except NoAnswer:
        prefix = []
    return list(dict.fromkeys([own, *prefix, "/usr/local/etc/jupyter", "/etc/jupyter"]))


def _config(world: World) -> Answer:
    rows = []
    folders = _config_folders(world)
    for folder in folders:
        for name in world.names(folder):
            path = join(folder, name)
            if re.fullmatch(r"jupyter_\w+_config\.py", name):
                text = world.text_or(path)
                found = [(row["key"], row["value"].strip()) for row in _KEYS.finditer(text)]
            elif re.fullmatch(r"jupyter_\w+_config\.json", name):
                found = _from_json(world.text_or(path))
            else:
                continue
            rows += [
                {"file": path, "key": key, "value": _shown(key, value)} for key, value in found
            ]
    return Answer(rows, ", ".join(folders))


def _from_json(text: str) -> list[tuple[str, str]]:
    try:
        document = json.loads(text)
    except ValueError:
        return []
    sections = document.items() if isinstance(document, dict) else ()
    return [
        (f"{section}.{key}", value if isinstance(value, str) else json.dumps(value))
        for section, values in sections
        if isinstance(values, dict)
        for key, value in values.items()
        if section in {"ServerApp", "NotebookApp", "IdentityProvider", "PasswordIdentityProvider"}
    ]


def _shown(key: str, value: str) -> str:
    """Return a value as it may be kept: of a secret only whether it is empty."""
    plain = value.strip().strip("'\"")
    if key.rpartition(".")[2] in _SECRETS:
        return "****" if plain and plain not in {"None", "u"} else ""
    return plain


SOURCES: Sources = {
    "jupyter.kernelspecs": (Source("Jupyter's data folders", _kernelspecs),),
    "jupyter.servers": (Source("Jupyter's runtime folder", _servers),),
    "jupyter.config": (Source("Jupyter's settings", _config),),
}
