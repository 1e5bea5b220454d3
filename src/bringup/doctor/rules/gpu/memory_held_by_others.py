"""Memory of the GPU that programs take first is held by others.

{used} of {total} GiB of GPU {index} ({gpu}) are in use, held by: {holders}.

Finds: more than half of the memory of the GPU that programs take by default, held by processes of
other users or by ones that cannot be seen from here.

Why: frameworks take GPU 0 unless they are told otherwise. "CUDA out of memory" then comes with
numbers that do not add up: the process itself has little.

Evidence: `gpu.states`; also `gpu.processes`, `gpu.visible`, `os.family`.

Fix: take another GPU (`{command}`), ask the owner, or wait. Processes that cannot be seen belong to
other containers or died without giving memory back: `sudo fuser -v /dev/nvidia*` on the host lists
them.

False alarms: your own processes are not counted; a service that shares the GPU on purpose is.

References: https://pytorch.org/docs/stable/notes/cuda.html how memory of GPUs is taken

---

程序默认使用的 GPU，其显存被别人占用。

GPU {index}（{gpu}）的 {total} GiB 显存中已用 {used} GiB，占用者：{holders}。

发现：程序默认使用的 GPU，其显存有一半以上被其他用户的进程或这里看不到的进程占用。

原因：没有特别指定时，框架使用 GPU 0。这时 "CUDA out of memory" 中的数字对不上：进程自己只用了很少。

修复：换一块 GPU（`{command}`），联系占用者，或等待。看不到的进程属于其他容器，
或已经异常结束而没有释放显存：在主机上运行 `sudo fuser -v /dev/nvidia*` 可以列出它们。

误报：自己的进程不计算在内；有意共享 GPU 的服务会计算在内。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, warning
from bringup.doctor.steps import SetVariable

_MUCH: Final = 0.5
"""Share of the memory; a desktop takes a tenth or two of a small GPU."""
_LITTLE: Final = 0.2
_GIB: Final = 1 << 30


def check(case: Case) -> Verdict:
    """Look at the GPU that is taken by default, and at who holds its memory."""
    states = [row for row in case.records("gpu.states") if _share(row) is not None]
    if not states:
        return NO_NVIDIA_GPU
    first = _first(case, states)
    if first is None or (_share(first) or 0) <= _MUCH:
        return None
    here = [row for row in case.records("gpu.processes") if row.get("gpu_index") == first["index"]]
    own = [row.get("memory_bytes") for row in here if row.get("own")]
    others = [row for row in here if not row.get("own")]
    used, total = int(first["memory_used_bytes"]), int(first["memory_total_bytes"])
    mine = sum(int(one) for one in own if one is not None)
    if None in own or used - mine <= total * _MUCH:
        return None
    if not others and _unlisted(case, first):
        return None
    names = [f"{row.get('name')} (pid {row.get('pid')})" for row in others]
    # On a GPU that others share the free one is worth more than the reason.
    free = next((row for row in states if (_share(row) or 0) < _LITTLE), None)
    index = None if free is None else str(free["index"])
    return warning(
        "gpu.states",
        "gpu.processes",
        index=first["index"],
        gpu=first.get("name", "GPU"),
        used=f"{used / _GIB:.1f}",
        total=f"{total / _GIB:.1f}",
        holders=", ".join(names) or "?",
        command="nvidia-smi" if index is None else f"export CUDA_VISIBLE_DEVICES={index}",
        steps=() if index is None else (SetVariable("CUDA_VISIBLE_DEVICES", index),),
    )


def _unlisted(case: Case, row: Record) -> bool:
    """Say whether memory of our own may be in use that no list of processes shows."""
    # nvidia-smi lists programs that compute, not those that draw; in WSL it lists none.
    return bool(row.get("display")) or case.in_wsl or not case.linux


def _share(row: Record) -> float | None:
    used, total = row.get("memory_used_bytes"), row.get("memory_total_bytes")
    return None if used is None or not total else float(used) / float(total)


def _first(case: Case, states: list[Record]) -> Record | None:
    """Return the GPU that programs take: the first that is visible."""
    wanted = (case.text("gpu.visible") or "").partition("=")[2].partition(",")[0].strip()
    if not wanted:
        return states[0] if case.value("gpu.visible") is None else None
    return next((row for row in states if str(row.get("index")) == wanted), None)
