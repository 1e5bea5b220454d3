"""Container engines in detail: what the daemon says, its socket, plug-ins, NVIDIA's toolkit."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from bringup.machine.probes.containers import daemon_socket
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_PLUGIN_FOLDERS: Final = (
    "/usr/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
)
_CDI_FILES: Final = ("/etc/cdi/nvidia.yaml", "/var/run/cdi/nvidia.yaml", "/run/cdi/nvidia.yaml")


def _docker_group(world: World) -> bool | None:
    match = re.search(r"^docker:[^:]*:(\d+):(.*)$", world.text("/etc/group"), re.MULTILINE)
    if match is None:
        return None
    user = world.env.get("USER") or world.env.get("LOGNAME") or ""
    named = user in match[2].split(",") if user else False
    groups = re.search(r"^Groups:\s*(.*)$", world.text_or("/proc/self/status"), re.MULTILINE)
    return named or (groups is not None and match[1] in groups[1].split())


def _nvidia_toolkit(world: World) -> Answer:
    text = world.text_or("/var/lib/dpkg/status")
    match = re.search(
        r"^Package: nvidia-container-toolkit\nStatus: .* installed\n(?:.+\n)*?Version: ([\d.]+)",
        text,
        re.MULTILINE,
    )
    if match is not None:
        return Answer(match[1].rstrip("."), "/var/lib/dpkg/status")
    path = world.which("nvidia-ctk") or world.which("nvidia-container-cli")
    if path is None:
        return Answer(None, "packages, PATH")
    found = re.search(r"version:? (\d+\.\d+\.\d+)", world.command(path, "--version"))
    if found is None:
        raise NoAnswer(f"{path} does not tell its version")
    return Answer(found[1], f"{path} --version")


def _cdi_driver(world: World) -> Answer:
    for path in _CDI_FILES:
        text = world.text_or(path)
        if match := re.search(r"lib(?:cuda|nvidia-ml)\.so\.(\d+\.\d+(?:\.\d+)?)", text):
            return Answer(match[1], path)
    return Answer(None, ", ".join(_CDI_FILES))


def _details(world: World) -> Answer:
    rows = [
        _docker(world) if name == "docker" else {"name": name}
        for name in ("docker", "podman", "nerdctl")
        if world.which(name) is not None
    ]
    return Answer(rows, "the daemon's /info, plug-in folders")


def _docker(world: World) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": "docker",
        "buildx": _has_plugin(world, "docker-buildx"),
        "compose": _compose(world),
        "context": world.env.get("DOCKER_CONTEXT") or _current_context(world),
        "error": None,
    }
    path = daemon_socket(world, "docker")
    row |= {"socket": path}
    if path is None or not world.exists(path):
        return row
    allowed = world.permissions(path)
    row |= {"socket_writable": allowed["readable"] and allowed["writable"]}
    try:
        info = json.loads(world.host.ask_socket(path, "/info"))
    except (NoAnswer, OSError, ValueError) as error:
        return row | {"error": str(error)}
    return row | _of_info(world, info)


def _of_info(world: World, info: dict[str, Any]) -> dict[str, Any]:
    root = info.get("DockerRootDir")
    return {
        "server_version": info.get("ServerVersion"),
        "storage_driver": info.get("Driver"),
        "cgroup_driver": info.get("CgroupDriver"),
        "cgroup_version": info.get("CgroupVersion"),
        "root_folder": root,
        "root_free_bytes": _free(world, root),
        "rootless": any("rootless" in str(row) for row in info.get("SecurityOptions") or ()),
        "default_runtime": info.get("DefaultRuntime"),
        "runtimes": sorted(info.get("Runtimes") or {}),
        "product": _product(str(info.get("OperatingSystem", ""))),
    }


def _free(world: World, root: str | None) -> int | None:
    if not root or not world.exists(root):
        return None
    try:
        return world.host.disk(root)[1]
    except (NoAnswer, OSError):
        return None


def _product(system: str) -> str:
    lower = system.lower()
    return next((name for name in ("docker desktop", "orbstack") if name in lower), "docker")


def _plugin_folders(world: World) -> list[str]:
    own = world.env.get("DOCKER_CONFIG") or join(world.home or "/nowhere", ".docker")
    return [join(own, "cli-plugins"), *_PLUGIN_FOLDERS]


def _has_plugin(world: World, name: str) -> bool:
    return any(world.exists(join(folder, name)) for folder in _plugin_folders(world))


def _compose(world: World) -> str | None:
    """Return the version of compose, ``2`` for the plug-in whose file does not tell more."""
    if _has_plugin(world, "docker-compose"):
        return "2"
    path = world.which("docker-compose")
    if path is None:
        return None
    match = re.search(r"version v?(\d+\.\d+(?:\.\d+)?)", world.command(path, "--version"))
    return match[1] if match else "1"


def _current_context(world: World) -> str | None:
    folder = world.env.get("DOCKER_CONFIG") or join(world.home or "/nowhere", ".docker")
    try:
        settings = json.loads(world.text_or(join(folder, "config.json"), "{}"))
    except ValueError:
        return None
    return settings.get("currentContext") if isinstance(settings, dict) else None


SOURCES: Sources = {
    "containers.docker_group": (Source("/etc/group", _docker_group, ("linux",)),),
    "containers.nvidia_toolkit": (Source("packages", _nvidia_toolkit),),
    "containers.cdi_driver": (Source("CDI specifications", _cdi_driver),),
    "containers.details": (Source("the daemons", _details),),
}
