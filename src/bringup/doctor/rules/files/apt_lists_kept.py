"""apt's package lists stay in the image.

This layer keeps the lists that apt-get update fetched, and apt-get update in a layer of its own
goes stale.

Finds: apt-get install without removing /var/lib/apt/lists in the same RUN, or apt-get update
alone in a RUN.

Why: the lists take tens of megabytes; an old cached update makes a later install fail with 404.

Evidence: the file.

Fix: one RUN: `apt-get update && apt-get install -y --no-install-recommends ... && rm -rf
/var/lib/apt/lists/*`.

False alarms: layers with a cache mount on /var/lib/apt.

References: https://docs.docker.com/build/building/best-practices/#apt-get the two in one RUN

---

apt 的软件包列表留在镜像中。

此层保留了 apt-get update 获取的列表，且单独一层的 apt-get update 会过期。

发现：在同一 RUN 中没有删除 /var/lib/apt/lists 的 apt-get install，或单独的 apt-get update
。

原因：列表占用数十 MB；过期的缓存会使后续安装出现 404。

修复：合并为一个 RUN：`apt-get update && apt-get install -y --no-install-recommends ... &&
rm -rf /var/lib/apt/lists/*`。

误报：在 /var/lib/apt 上使用缓存挂载的层。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DOCKERFILE,)

_APT: Final = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+)*(install|update)\b")


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield RUNs that leave the lists behind."""
    del case
    for command in source.commands:
        if command.role != "build" or "type=cache" in command.text:
            continue
        done = set(_APT.findall(command.text))
        if done and "/var/lib/apt/lists" not in command.text:
            yield warning(line=command.line)
