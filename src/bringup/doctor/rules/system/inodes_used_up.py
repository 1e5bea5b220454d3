"""The file system can hold hardly any more files.

{free} more files can be made where environments go; an environment has up to {needed}.

Finds: fewer free inodes than an environment with a framework has files.

Why: a file system made with few inodes, or full of small files such as a data set of images,
refuses new files with "No space left on device" although `df -h` shows free space. Only `df -i`
shows it.

Evidence: `disk.free_inodes`.

Fix: look at `df -i .` and find the folders with most files by `du --inodes -xd2 ~ | sort -n |
tail`. Remove old environments and caches (`conda clean --all`, `uv cache clean`), and pack data
sets of many small files into archives.

False alarms: file systems that make inodes as they are needed (btrfs, XFS in part) tell a number
that grows by itself.

References: https://github.com/jean-zay-users/jean-zay-doc/issues/69 environments of conda use up
the inodes
https://github.com/NorESMhub/noresm-land-sites-platform/issues/17 conda meets the limit of files

---

文件系统几乎无法再容纳更多文件。

存放环境的位置还能创建 {free} 个文件；一个环境最多有 {needed} 个。

发现：空闲 inode 数少于一个带框架的环境的文件数。

原因：创建时 inode 较少的文件系统，或存满小文件（如图像数据集）的文件系统，会以 "No space left on
device" 拒绝新文件，尽管 `df -h` 显示仍有空间。只有 `df -i` 能看出来。

修复：查看 `df -i .`，并用 `du --inodes -xd2 ~ | sort -n | tail` 找出文件最多的文件夹。删除旧环境和
缓存（`conda clean --all`、`uv cache clean`），并把由大量小文件组成的数据集打包成归档。

误报：按需创建 inode 的文件系统（btrfs，部分 XFS）报告的数字会自行增长。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error, warning

ENVIRONMENT = 50_000
"""Files of an environment with torch, its CUDA headers and a few more packages, rounded up."""
HARDLY_ANY = 5_000
"""Not even torch alone can be unpacked."""


def check(case: Case) -> Verdict:
    """Hold the free inodes against the files of an environment."""
    free = case.number("disk.free_inodes")
    if free is None or free >= ENVIRONMENT:
        return None
    found = error if free < HARDLY_ANY else warning
    return found("disk.free_inodes", free=f"{free:.0f}", needed=f"{ENVIRONMENT}")
