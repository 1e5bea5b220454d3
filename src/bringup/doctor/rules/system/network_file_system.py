"""Environments would stand on a file system that does not suit them.

The place for environments is a {filesystem} file system: importing packages from it is slow, and
locks or links may fail.

Finds: Windows' drives in WSL (9p, drvfs), Windows shares (cifs, smb3), folders over SSH or from
object stores (FUSE), and NFS outside of clusters.

Why: an environment has tens of thousands of small files, and each one costs a round trip:
importing torch takes a minute instead of seconds. Windows shares have no symbolic links; NFS
without a lock service breaks SQLite ("database is locked") and leaves .nfs files that cannot be
deleted.

Evidence: `disk.filesystem`; also `surroundings.wsl`, `surroundings.cluster`.

Fix: put the project on a local disk: in WSL below your home folder (`cp -r . ~/project`),
elsewhere for example below /var/tmp or a scratch disk. Large data may stay where it is. The cache
of uv must be on the same disk: `export UV_CACHE_DIR=...`.

False alarms: fast NFS servers that the site has made for this; parallel file systems of clusters
(Lustre, GPFS, BeeGFS, WEKA) are not reported.

References: https://learn.microsoft.com/en-us/windows/wsl/filesystems files belong into WSL's own
file system
https://github.com/microsoft/WSL/issues/10729 pip takes 20 s in an environment on /mnt/c
https://github.com/jupyter/help/issues/150 "database is locked" in a home folder on NFS

---

环境将位于不适合它的文件系统上。

存放环境的位置是 {filesystem} 文件系统：从中导入包很慢，锁和链接也可能失败。

发现：WSL 中的 Windows 驱动器（9p、drvfs）、Windows 共享（cifs、smb3）、通过 SSH 或对象存储挂载的文
件夹（FUSE），以及集群以外的 NFS。

原因：一个环境有数万个小文件，每个文件都要往返一次：导入 torch 需要一分钟而不是几秒。Windows 共享没
有符号链接；没有锁服务的 NFS 会使 SQLite 出错（"database is locked"），并留下无法删除的 .nfs 文件。

修复：把项目放到本地磁盘：在 WSL 中放到主目录下（`cp -r . ~/project`），其他情况可放到 /var/tmp 或
临时磁盘。大型数据可留在原处。uv 的缓存必须在同一磁盘上：`export UV_CACHE_DIR=...`。

误报：站点专门为此准备的快速 NFS 服务器；集群的并行文件系统（Lustre、GPFS、BeeGFS、WEKA）不会被报
告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning

_WINDOWS_DRIVES = {"9p", "drvfs"}
_SLOW = {
    "cifs",
    "smb3",
    "smbfs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.blobfuse2",
    "fuse.mount-s3",
    "davfs",
}
_NFS = {"nfs", "nfs4"}


def check(case: Case) -> Verdict:
    """Find a file system for which an environment's many small files are too many."""
    kind = (case.text("disk.filesystem") or "").lower()
    slow = (
        kind in _SLOW
        or (kind in _WINDOWS_DRIVES and case.in_wsl)
        # On a cluster a home folder on NFS is the rule, and its people know.
        or (kind in _NFS and case.known("surroundings.cluster") and not _on_cluster(case))
    )
    return warning("disk.filesystem", filesystem=kind) if slow else None


def _on_cluster(case: Case) -> bool:
    return case.value("surroundings.cluster") is not None
