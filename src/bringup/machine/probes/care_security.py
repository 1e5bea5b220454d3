"""What is open or trusted that should not be: root, capabilities, sockets, files with secrets."""

from __future__ import annotations

import os
import re
from typing import Final

from bringup.machine.probes.surroundings import container
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World, join

_SECRET_FILES: Final = (
    (".netrc", "logins"),
    ("_netrc", "logins"),
    (".kaggle/kaggle.json", "Kaggle"),
    (".cache/huggingface/token", "Hugging Face"),
    (".huggingface/token", "Hugging Face"),
    (".docker/config.json", "container registries"),
    (".pypirc", "package uploads"),
    (".aws/credentials", "AWS"),
    (".config/gcloud/application_default_credentials.json", "Google Cloud"),
    (".azure/accessTokens.json", "Azure"),
    (".ssh/id_rsa", "SSH"),
    (".ssh/id_ed25519", "SSH"),
    (".kube/config", "Kubernetes"),
    (".git-credentials", "git"),
)
_ALL_CAPABILITIES: Final = 38
"""Capabilities of Linux 5.4; a privileged container has at least these, a plain one 14."""


def _root(world: World) -> Answer:
    match = re.search(r"^Uid:\s+\d+\s+(\d+)", world.text_or("/proc/self/status"), re.MULTILINE)
    if match is not None:
        return Answer(match[1] == "0", "/proc/self/status")
    if str(world.at("/")) != "/" or not hasattr(os, "geteuid"):
        raise NoAnswer("only the running system tells")
    return Answer(os.geteuid() == 0, "geteuid")


def _privileged(world: World) -> bool | None:
    if container(world) is None:
        return None
    match = re.search(r"^CapEff:\s+([0-9a-f]+)", world.text("/proc/self/status"), re.MULTILINE)
    if match is None:
        raise NoAnswer("it has no CapEff")
    return int(match[1], 16).bit_count() >= _ALL_CAPABILITIES


def _engine_socket(world: World) -> Answer | None:
    if container(world) is None:
        return None
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock"):
        if world.exists(path):
            return Answer(True, path)
    return Answer(False, "/var/run/docker.sock")


def _secret_files(world: World) -> Answer:
    rows = []
    home = world.home
    for name, kind in _SECRET_FILES if home else ():
        path = join(home, name)
        if world.at(path).is_file():
            rows.append({"path": path, "mode": world.permissions(path)["mode"], "kind": kind})
    return Answer(rows, home or "no home folder")


SOURCES: Sources = {
    "security.root": (absent_on("windows"), Source("/proc/self/status", _root)),
    "security.privileged": (
        absent_on("macos", "windows"),
        Source("/proc/self/status", _privileged),
    ),
    "security.docker_socket": (absent_on("macos", "windows"), Source("/run", _engine_socket)),
    "security.secret_files": (
        absent_on("windows"),
        Source("the home folder", _secret_files),
    ),
}
