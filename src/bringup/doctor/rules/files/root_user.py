"""The container runs as root.

No user other than root is set: whatever runs in this container is root.

Finds: a Dockerfile whose last stage sets no user, or sets root; a service or devcontainer that
asks for root.

Why: a way out of a notebook or server is then root on mounted folders, and files that it writes
belong to root on the host.

Evidence: the file.

Fix: add a user and switch to it before CMD: `RUN useradd --create-home app` and `USER app`.

False alarms: base images that set a user of their own (jupyter/docker-stacks); images that are
only a build stage.

References: https://docs.docker.com/build/building/best-practices/#user the user that a service
needs

---

容器以 root 运行。

没有设置 root 以外的用户：容器中的一切都以 root 运行。

发现：最后阶段没有设置用户或设为 root 的 Dockerfile；要求 root 的服务或 devcontainer。

原因：从笔记本或服务逃逸后即为挂载目录上的 root，且写出的文件在主机上属于 root。

修复：在 CMD 之前添加并切换用户：`RUN useradd --create-home app` 和 `USER app`。

误报：自带用户的基础镜像（jupyter/docker-stacks）；仅作构建阶段的镜像。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DOCKERFILE, Kind.COMPOSE, Kind.DEVCONTAINER)

_ROOT: Final = frozenset({"root", "0"})
_OWN_USER: Final = ("jupyter/", "quay.io/jupyter/")


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield where root is asked for, and a Dockerfile that never leaves it."""
    del case
    if source.users:
        last = source.users[-1]
        if last.name.lower() in _ROOT:
            yield warning(line=last.line)
    elif source.kind is Kind.DOCKERFILE and source.images:
        base = source.images[-1]
        if not base.name.startswith(_OWN_USER):
            yield warning(line=base.line)
