"""Two pinned packages do not go together.

{first} needs {second} {wanted}, and {found} is pinned.

Finds: pinned releases of torch, torchvision, torchaudio, jax, jaxlib, tensorflow, keras and
their like that exclude each other by their own metadata.

Why: the resolver refuses, or with --no-deps the import fails.

Evidence: the file.

Fix: let bringup find versions that go together: `bringup stack {first} {second}`.

False alarms: none known.

References: https://github.com/pytorch/vision#installation which torchvision for which torch

---

两个固定的软件包不相配。

{first} 需要 {second} {wanted}，而固定的是 {found}。

发现：按自身元数据互斥的 torch、torchvision、torchaudio、jax、jaxlib、tensorflow、keras 等
固定版本。

原因：解析器会拒绝，或使用 --no-deps 时导入失败。

修复：让 bringup 找出相配的版本：`bringup stack {first} {second}`。

误报：暂无。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source, Wanted
from bringup.doctor.rule import Found, error
from bringup.knowledge.releases import package_names, releases

KINDS: Final = tuple(Kind)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield pairs of pins of which one excludes the other."""
    del case
    pins = {row.name: (row, version) for row in source.wanted if (version := _pin(row)) is not None}
    for name, (row, version) in pins.items():
        for release in releases(str(name)) if name in package_names() else ():
            if release.version != Version(version.public):
                continue
            for text in release.requires:
                wanted = Requirement(text)
                other = pins.get(canonicalize_name(wanted.name))
                # What only holds for another system or an extra is nobody's need here.
                if other is None or wanted.marker is not None:
                    continue
                if not wanted.specifier.contains(other[1].public, prereleases=True):
                    yield error(
                        line=row.line,
                        first=f"{name}=={version}",
                        second=canonicalize_name(wanted.name),
                        wanted=str(wanted.specifier),
                        found=str(other[1]),
                    )


def _pin(row: Wanted) -> Version | None:
    found = row.requirement
    exact = [item for item in found.specifier if item.operator == "=="] if found else []
    try:
        return Version(exact[0].version) if exact else None
    except InvalidVersion:
        return None
