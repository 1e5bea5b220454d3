"""A process may open too few files.

A process may open {soft} files, at most {hard} when it asks for more: below the usual {usual}.

Finds: on Linux a soft limit below 1024 or a hard limit that cannot be raised above it; on macOS
one below its 256.

Why: each worker that loads data shares tensors by open files, and servers need one per connection.
At the limit they end with "Too many open files" or "received 0 items of ancdata". Programs raise
the soft limit themselves, but only up to the hard one.

Evidence: `limits.nofile`, `limits.nofile_hard`; also `os.family`.

Fix: `ulimit -n {hard}` for this shell. To raise the hard limit: `* hard nofile 1048576` in
/etc/security/limits.conf and a new login; `--ulimit nofile=65535:1048576` for a container;
`LimitNOFILE=` for a service. In PyTorch
`torch.multiprocessing.set_sharing_strategy("file_system")` needs fewer.

False alarms: programs without workers and without many connections.

References: https://github.com/pytorch/pytorch/issues/973 received 0 items of ancdata
https://github.com/fastai/fastai/issues/23 the same, mended by a higher limit
https://man7.org/linux/man-pages/man2/getrlimit.2.html soft and hard limits

---

一个进程可打开的文件太少。

一个进程可打开 {soft} 个文件，即使申请也最多 {hard} 个：低于通常的 {usual}。

发现：在 Linux 上软限制低于 1024，或硬限制无法提高到 1024 以上；在 macOS 上低于其默认的 256。

原因：每个加载数据的工作进程都通过打开的文件共享张量，服务器的每个连接也需要一个。达到限制时会以
"Too many open files" 或 "received 0 items of ancdata" 结束。程序会自行提高软限制，但不能超过硬限
制。

修复：在当前 shell 中运行 `ulimit -n {hard}`。要提高硬限制：在 /etc/security/limits.conf 中写 `*
hard nofile 1048576` 并重新登录；容器使用 `--ulimit nofile=65535:1048576`；服务使用
`LimitNOFILE=`。在 PyTorch 中，`torch.multiprocessing.set_sharing_strategy("file_system")` 所需的文
件更少。

误报：没有工作进程、连接也不多的程序。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning

USUAL = {"linux": 1024, "macos": 256}
"""The soft limit that the system gives when nobody changes it."""
ROOM = 1024
"""A hard limit must be above this, or programs cannot help themselves."""
_UNLIMITED = 1048576


def check(case: Case) -> Verdict:
    """Find limits below those that the system gives by itself."""
    usual = USUAL.get(case.machine.os or "linux")
    soft, hard = case.number("limits.nofile"), case.number("limits.nofile_hard")
    if usual is None or soft is None:
        return None
    tight = case.linux and hard is not None and hard <= ROOM
    if soft >= usual and not tight:
        return None
    return warning(
        "limits.nofile",
        "limits.nofile_hard",
        soft=f"{soft:.0f}",
        hard=f"{_UNLIMITED if hard is None else hard:.0f}",
        usual=usual,
    )
