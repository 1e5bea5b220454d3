"""pip keeps its downloads in the image.

`{command}` leaves the downloaded wheels in a layer: gigabytes for a framework.

Finds: pip install in a Dockerfile without --no-cache-dir, PIP_NO_CACHE_DIR or a cache mount.

Why: the cache doubles the size of the layer and is never used again.

Evidence: the file.

Fix: use `RUN --mount=type=cache,target=/cache pip install --cache-dir /cache ...`, or `pip install
--no-cache-dir ...`.

False alarms: stages that are thrown away.

References: https://docs.docker.com/build/cache/optimize/#use-cache-mounts caches that stay out
of the image

---

pip 把下载内容留在镜像里。

`{command}` 会把下载的 wheel 留在层中：对框架来说有数 GB。

发现：Dockerfile 中没有 --no-cache-dir、PIP_NO_CACHE_DIR 或缓存挂载的 pip install。

原因：缓存会使层的大小翻倍且不再使用。

修复：使用 `RUN --mount=type=cache,target=/cache pip install --cache-dir /cache ...`，或 `pip
install --no-cache-dir ...`。

误报：会被丢弃的阶段。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DOCKERFILE,)

_SHOWN_CHARS: Final = 60


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield each pip install whose cache stays."""
    del case
    if any(row.name in {"PIP_NO_CACHE_DIR", "UV_NO_CACHE"} for row in source.variables):
        return
    mounted = {row.line for row in source.commands if "type=cache" in row.text}
    seen: set[int] = set()
    for install in source.installs:
        if install.line in seen:
            continue
        seen.add(install.line)
        if "--no-cache-dir" in install.options or install.line in mounted:
            continue
        if install.tool != "uv":
            shown = next(row.text for row in source.commands if row.line == install.line)
            yield warning(line=install.line, command=shown[:_SHOWN_CHARS])
