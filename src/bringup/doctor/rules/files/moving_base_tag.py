"""The image is not pinned: its tag moves.

{image} is whatever the registry holds under that name today.

Finds: an image without a tag, or with one that is moved by design (latest, main, nightly,
devel, cuda, runtime), and without a digest.

Why: the same file gives another environment next month; a framework image under latest has
changed Python, CUDA and Keras major versions.

Evidence: the file.

Fix: name a version and its digest: `FROM {repository}:VERSION@sha256:...`. `docker buildx
imagetools inspect {image}` prints the digest.

False alarms: images of your own that a build pins elsewhere.

References: https://docs.docker.com/build/building/best-practices/#pin-base-image-versions tags
are mutable

---

镜像没有固定：标签会变动。

{image} 是仓库今天在该名称下存放的任意内容。

发现：没有标签、或标签按设计会移动（latest、main、nightly、devel、cuda、runtime）且没有摘
要的镜像。

原因：同一文件下个月会得到不同的环境；latest 下的框架镜像曾更换 Python、CUDA 和 Keras 主版
本。

修复：指定版本及摘要：`FROM {repository}:版本@sha256:...`。`docker buildx imagetools
inspect {image}` 可显示摘要。

误报：由构建在别处固定的自有镜像。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DOCKERFILE, Kind.COMPOSE, Kind.DEVCONTAINER)

_MOVING: Final = frozenset(
    {"latest", "main", "master", "nightly", "edge", "dev", "devel", "stable", "lts", "gpu"}
    | {"latest-gpu", "latest-jupyter", "latest-gpu-jupyter", "runtime", "cuda", "py3"}
)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield every image whose name may mean another image tomorrow."""
    del case
    for image in source.images:
        if image.digest is None and (image.tag is None or image.tag.lower() in _MOVING):
            yield warning(line=image.line, image=image.name, repository=image.repository)
