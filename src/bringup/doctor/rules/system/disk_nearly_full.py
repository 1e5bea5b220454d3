"""The disk has too little room for an environment.

{free} are free where environments go; about {needed} are needed.

Finds: less free space than a stack takes that is still to be installed: 8 GiB with the libraries
of CUDA or ROCm, 2 GiB for the CPU. Below 1 GiB it is an error.

Why: a CUDA build of torch brings 3 GB of wheels that unpack to some 6 GB, and downloads are kept
in the cache as well. In the middle of it the installer ends with "[Errno 28] No space left on
device" and leaves a broken environment.

Evidence: `disk.free_bytes`; also `env.packages`, `gpu.devices`.

Fix: see what is large with `du -xh --max-depth=2 ~ | sort -h | tail`, empty the caches with `uv
cache clean`, `pip cache purge`, `conda clean --all` and `docker system prune`, or move the project
to a larger disk. A machine without GPU needs no CUDA: lock the build `cpu`.

False alarms: an environment that is complete already and grows no more.

References: https://github.com/pypa/pip/issues/7745 torch does not fit on the disk
https://github.com/huggingface/lerobot/issues/59 a disk fills up while torch is installed
https://docs.astral.sh/uv/concepts/cache/ what uv keeps and how it is cleaned

---

磁盘空间不足以安装环境。

存放环境的位置剩余 {free}；大约需要 {needed}。

发现：剩余空间少于尚待安装的技术栈所需：带 CUDA 或 ROCm 库时为 8 GiB，仅 CPU 时为 2 GiB。低于 1 GiB
视为错误。

原因：torch 的 CUDA 构建带来约 3 GB 的 wheel，解压后约 6 GB，下载的文件还会留在缓存里。安装程序会在
中途以 "[Errno 28] No space left on device" 结束，并留下损坏的环境。

修复：用 `du -xh --max-depth=2 ~ | sort -h | tail` 查看哪些内容占用空间，用 `uv cache clean`、`pip
cache purge`、`conda clean --all` 和 `docker system prune` 清空缓存，或把项目移到更大的磁盘。没有
GPU 的机器不需要 CUDA：请锁定 `cpu` 构建。

误报：环境已经安装完整，不会再增长。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.meant import gpu_meant, stack_installed
from bringup.doctor.rule import Verdict, error, warning
from bringup.doctor.sizes import GIB, size

FULL = GIB
"""Below, hardly anything can be done: not even one wheel of torch fits."""
GPU_STACK = 8 * GIB
"""torch for CUDA with its libraries, unpacked, and its wheels in the cache."""
CPU_STACK = 2 * GIB
"""torch or TensorFlow for the CPU, unpacked, and the wheels in the cache."""


def check(case: Case) -> Verdict:
    """Hold the free space against what is still to be installed."""
    free = case.number("disk.free_bytes")
    if free is None:
        return None
    needed = GPU_STACK if gpu_meant(case) else CPU_STACK
    if free < FULL:
        return error("disk.free_bytes", free=size(free), needed=size(needed))
    if free < needed and not stack_installed(case):
        return warning("disk.free_bytes", free=size(free), needed=size(needed))
    return None
