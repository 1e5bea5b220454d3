"""An NVIDIA driver is installed into the image.

{package} puts the driver's own files into the image, where the runtime mounts the host's.

Finds: apt install of nvidia-driver-*, libnvidia-*, cuda-drivers or the cuda meta package in a
Dockerfile.

Why: the driver must be that of the host's kernel. Files in the image end in "file exists" or in
a version mismatch.

Evidence: the file.

Fix: leave the driver out; take cuda-toolkit-X-Y or the libraries that are needed.

False alarms: none known.

References:
https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html
what the runtime mounts

---

镜像中安装了 NVIDIA 驱动。

{package} 把驱动文件放入镜像，而运行时会在那里挂载主机的文件。

发现：Dockerfile 中 apt install nvidia-driver-*、libnvidia-*、cuda-drivers 或 cuda 元包。

原因：驱动必须与主机内核一致。镜像中的文件会导致“file exists”或版本不匹配。

修复：不要安装驱动；安装 cuda-toolkit-X-Y 或所需的库。

误报：暂无。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error

KINDS: Final = (Kind.DOCKERFILE,)

_DRIVER: Final = re.compile(
    r"\b(?:apt|apt-get|yum|dnf|microdnf)\b[^;&|]{0,400}?\sinstall\b[^;&|]{0,2000}?"
    r"\s(nvidia-driver-?\S*|libnvidia-(?!container)\S+|cuda-drivers\S*|nvidia-utils\S*|cuda)(?=\s|$)"
)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield installs of the driver."""
    del case
    for command in source.commands:
        if match := _DRIVER.search(command.text):
            yield error(line=command.line, package=match[1])
