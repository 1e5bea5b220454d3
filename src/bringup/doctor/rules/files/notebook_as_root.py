"""A notebook server is told to run as root.

`--allow-root` lets whatever runs in the notebook be root.

Finds: --allow-root in a start command of Jupyter.

Why: Jupyter refuses root for a reason: every cell, and everybody who gets at the server, is
root then.

Evidence: the file.

Fix: add a user and switch to it (`USER`), and leave `--allow-root` out.

False alarms: a throw-away container without mounts.

References: https://jupyter-server.readthedocs.io/en/latest/operators/security.html running as
root

---

笔记本服务器被允许以 root 运行。

`--allow-root` 使笔记本中运行的一切都成为 root。

发现：Jupyter 启动命令中的 --allow-root。

原因：Jupyter 拒绝 root 是有原因的：否则每个单元格、每个能访问服务器的人都是 root。

修复：添加并切换用户（`USER`），去掉 `--allow-root`。

误报：没有挂载的一次性容器。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DOCKERFILE, Kind.COMPOSE, Kind.DEVCONTAINER)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield commands with the flag."""
    del case
    for command in source.commands:
        if "--allow-root" in command.text and "jupyter" in command.text.lower():
            yield warning(line=command.line)
