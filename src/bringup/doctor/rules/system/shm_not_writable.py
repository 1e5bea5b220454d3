"""Programs cannot share memory here.

We may not write to /dev/shm: programs with several processes fail.

Finds: a /dev/shm that is there and refuses us.

Why: Python's multiprocessing makes its locks and queues in /dev/shm. Without it DataLoader, joblib
and process pools end at their start with "[Errno 13] Permission denied" in `SemLock`, or with
"[Errno 38] Function not implemented".

Evidence: `shm.writable`; also `shm.size_bytes`, `surroundings.container`.

Fix: `sudo mount -o remount,rw,mode=1777 /dev/shm`, or `sudo chmod 1777 /dev/shm` when only its
permissions are wrong. In a container take away `--read-only`, or add `--tmpfs
/dev/shm:rw,size=8g`.

False alarms: programs that use threads only.

References: https://github.com/celery/celery/issues/185 multiprocessing without /dev/shm
https://github.com/ansible/ansible/issues/13830 SemLock: permission denied
https://man7.org/linux/man-pages/man7/shm_overview.7.html POSIX shared memory and /dev/shm

---

程序在此无法共享内存。

我们不能写入 /dev/shm：使用多个进程的程序会失败。

发现：/dev/shm 存在但拒绝我们写入。

原因：Python 的 multiprocessing 在 /dev/shm 中创建锁和队列。没有它，DataLoader、joblib 和进程池一启
动就会在 `SemLock` 中以 "[Errno 13] Permission denied" 结束，或以 "[Errno 38] Function not
implemented" 结束。

修复：运行 `sudo mount -o remount,rw,mode=1777 /dev/shm`；若只是权限不对，运行 `sudo chmod 1777
/dev/shm`。在容器中请去掉 `--read-only`，或加上 `--tmpfs /dev/shm:rw,size=8g`。

误报：只使用线程的程序。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_LINUX, Verdict, error
from bringup.doctor.steps import Command, Privilege

_REMOUNT = ("sudo", "mount", "-o", "remount,rw,mode=1777", "/dev/shm")


def check(case: Case) -> Verdict:
    """Report a /dev/shm that refuses us."""
    writable = case.value("shm.writable")
    if writable is None:
        return NOT_LINUX if case.machine.os in {"macos", "windows"} else None
    if writable:
        return None
    steps = () if case.in_container else (Command(_REMOUNT, Privilege.ROOT),)
    return error("shm.writable", "shm.size_bytes", steps=steps)
