"""Container engines: the client, whether its daemon answers, NVIDIA's runtime, CDI."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_ENGINES: Final = ("docker", "podman", "nerdctl")
_CDI_FOLDERS: Final = ("/etc/cdi", "/var/run/cdi", "/run/cdi")


def _engines(world: World) -> Answer:
    engines: list[dict[str, Any]] = []
    tried: list[str] = []
    for name in _ENGINES:
        path = world.which(name)
        if path is None:
            tried.append(f"{name}: not on PATH")
            continue
        engine = {"name": name, "path": path, "client_version": _client_version(world, path)}
        engines.append(engine | _daemon(world, name))
    return Answer(engines, "PATH and the daemons' sockets", tuple(tried))


def _client_version(world: World, path: str) -> str | None:
    try:
        match = re.search(r"version (\d[\w.+-]*)", world.command(path, "--version"))
    except NoAnswer:
        return None
    return match[1] if match else None


def _daemon(world: World, name: str) -> dict[str, Any]:
    if name == "podman":
        note = "podman needs no daemon"
        return {"daemon": None, "daemon_note": note, "nvidia_runtime": _nvidia_tools(world)}
    path = daemon_socket(world, name)
    if path is None:
        note = f"{world.env['DOCKER_HOST']} is another machine: not asked"
        return {"daemon": None, "daemon_note": note, "nvidia_runtime": None}
    return _ask_daemon(world, name, path)


def _ask_daemon(world: World, name: str, path: str) -> dict[str, Any]:
    configured = _configured_runtime(world)
    answer: dict[str, Any] = {"daemon": False, "nvidia_runtime": configured}
    if not world.exists(path):
        return answer | {"daemon_note": f"there is no socket {path}"}
    if name == "nerdctl":
        # containerd does not speak HTTP; the socket is all that can be seen from outside.
        return answer | {"daemon": True, "daemon_note": f"{path} exists"}
    try:
        info = json.loads(world.host.ask_socket(path, "/info"))
    except (NoAnswer, OSError, ValueError) as error:
        return answer | {"daemon_note": f"{path}: {error}"}
    runtimes = info.get("Runtimes") or {}
    version = info.get("ServerVersion")
    note = f"{path}: version {version}" if version else path
    return {"daemon": True, "daemon_note": note, "nvidia_runtime": "nvidia" in runtimes}


def daemon_socket(world: World, name: str) -> str | None:
    """Return the daemon's socket; None when the client is told to ask over the network."""
    if name == "nerdctl":
        return "/run/containerd/containerd.sock"
    address = world.env.get("DOCKER_HOST", "")
    if address and not address.startswith("unix://"):
        return None
    if address:
        return address.removeprefix("unix://")
    rootless = join(world.env.get("XDG_RUNTIME_DIR") or "/run/user/none", "docker.sock")
    return rootless if world.exists(rootless) else "/var/run/docker.sock"


def _configured_runtime(world: World) -> bool:
    try:
        settings = json.loads(world.text_or("/etc/docker/daemon.json", "{}"))
    except ValueError:
        return False
    return isinstance(settings, dict) and "nvidia" in (settings.get("runtimes") or {})


def _nvidia_tools(world: World) -> bool:
    return any(world.which(name) for name in ("nvidia-container-runtime", "nvidia-ctk"))


def _cdi_specs(world: World) -> Answer:
    seen: dict[str, str] = {}
    for folder in _CDI_FOLDERS:
        for name in world.names(folder):
            if name.endswith((".yaml", ".json")):
                # /var/run is a link to /run on most systems.
                seen.setdefault(world.real(path := join(folder, name)), path)
    return Answer(list(seen.values()), ", ".join(_CDI_FOLDERS))


SOURCES: Sources = {
    "containers.engines": (Source("PATH", _engines),),
    "containers.cdi_specs": (Source("CDI folders", _cdi_specs),),
}
