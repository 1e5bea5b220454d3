"""The folder of temporary files is too small.

{free} are free in {path}; wheels and builds put up to {needed} there.

Finds: less room in the folder of temporary files than the largest wheel takes: 1 GiB, 2 GiB for a
GPU's stack.

Why: pip downloads and unpacks into that folder, and compilers put their files there. A small tmpfs
or a partition of its own for /tmp fills up, and pip ends with "[Errno 28] No space left on device"
though `df` shows a disk that is half empty.

Evidence: `disk.tmp_free_bytes`, `disk.tmp_path`; also `env.packages`, `gpu.devices`.

Fix: give temporary files another place: `mkdir -p {better} && export TMPDIR={better}`. In a
container mount a volume there.

False alarms: uv unpacks in its cache and hardly uses this folder.

References: https://github.com/pypa/pip/issues/5816 no space left on device in the temporary folder
https://github.com/pypa/pip/issues/12868 large wheels fill /tmp
https://github.com/pytorch/pytorch/issues/2046 a build of torch fills /var/tmp

---

临时文件所在的文件夹空间不足。

{path} 中剩余 {free}；wheel 和编译会在那里占用多达 {needed}。

发现：临时文件夹的剩余空间小于最大的 wheel 所需：1 GiB，GPU 技术栈为 2 GiB。

原因：pip 在该文件夹中下载和解压，编译器也把文件放在那里。较小的 tmpfs 或单独的 /tmp 分区会被占满，
尽管 `df` 显示磁盘还空着一半，pip 仍以 "[Errno 28] No space left on device" 结束。

修复：为临时文件换一个位置：`mkdir -p {better} && export TMPDIR={better}`。在容器中请在那里挂载一个
卷。

误报：uv 在自己的缓存中解压，几乎不使用该文件夹。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.meant import gpu_meant, stack_installed
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.sizes import GIB, size
from bringup.doctor.steps import SetVariable

FOLLOWS = ("SYS003",)
CPU_WHEELS = GIB
"""A wheel of TensorFlow has 600 MB, and pip holds it there until it is unpacked."""
GPU_WHEELS = 2 * GIB
"""The wheels of torch for CUDA and of cuDNN have 800 MB each."""


def check(case: Case) -> Verdict:
    """Hold the free space of the temporary folder against the largest wheels."""
    free = case.number("disk.tmp_free_bytes")
    path = case.text("disk.tmp_path")
    needed = GPU_WHEELS if gpu_meant(case) else CPU_WHEELS
    if free is None or path is None or free >= needed or stack_installed(case):
        return None
    better = case.variables.get("HOME", "~").rstrip("/") + "/tmp"
    return warning(
        "disk.tmp_free_bytes",
        "disk.tmp_path",
        steps=(SetVariable("TMPDIR", better),),
        free=size(free),
        path=path,
        needed=size(needed),
        better=better,
    )
