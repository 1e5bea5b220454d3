"""An environment variable hides the GPUs from programs.

{variable}="{value}" leaves {left} of {count} GPUs to programs that start from this shell.

Finds: CUDA_VISIBLE_DEVICES (or its like for AMD) that is empty, -1, or names a GPU that is not
here. It is an error when such a name is wrong, a warning when all are hidden on purpose.

Why: a number that is not there hides that GPU and all named after it. Programs then find no GPU, or
fewer than are asked for ("invalid device ordinal"), without a word about the variable.

Evidence: `gpu.visible`, `gpu.devices`; also `surroundings.cluster_job`.

Fix: `unset {variable}`, or name GPUs that are here: numbers 0 to {last}, or the UUIDs that
`nvidia-smi -L` lists. Look for it in the shell's start files, `.env`, and the job's script.

False alarms: a shell that is meant for the CPU; the project asks for a CPU build then, and nothing
is said.

References:
https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/environment-variables.html an
invalid index hides all that follow https://github.com/pytorch/examples/issues/115
CUDA_VISIBLE_DEVICES=2 on a smaller machine https://github.com/thuml/Autoformer/issues/25 scripts
that set it to 1, with one GPU

---

环境变量使程序看不到 GPU。

{variable}="{value}" 使从此 shell 启动的程序在 {count} 个 GPU 中只能看到 {left} 个。

发现：CUDA_VISIBLE_DEVICES（或 AMD 的同类变量）为空、为 -1，或指定了不存在的 GPU。指定错误时为错误，
有意全部隐藏时为警告。

原因：不存在的编号会隐藏它自己和排在它后面的所有 GPU。程序会找不到 GPU，或少于要求的数量
（"invalid device ordinal"），而不会提到这个变量。

修复：`unset {variable}`，或指定存在的 GPU：编号 0 到 {last}，或 `nvidia-smi -L` 列出的 UUID。
请在 shell 的启动文件、`.env` 和作业脚本中查找它。

误报：专门用于 CPU 的 shell；这时项目要求的是 CPU 构建，不会报告。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_GPU, Found, Severity, Verdict
from bringup.doctor.steps import SetVariable
from bringup.machine.model import Gpu

_MAKERS: Final = {
    "CUDA_VISIBLE_DEVICES": "nvidia",
    "HIP_VISIBLE_DEVICES": "amd",
    "ROCR_VISIBLE_DEVICES": "amd",
}
_NONE: Final = frozenset({"", "-1", "none", "void", "NoDevFiles"})
"""What hides all on purpose; the last is Slurm's for a job without GPUs."""


def check(case: Case) -> Verdict:
    """Count the GPUs that the variable leaves."""
    name, _, value = (case.text("gpu.visible") or "").partition("=")
    maker = _MAKERS.get(name)
    gpus = [gpu for gpu in case.machine.gpus if gpu.vendor == maker]
    if not gpus:
        return None if case.machine.gpus else NO_GPU
    if case.wants is not None and case.wants.build == "cpu":
        return None
    words = [word.strip() for word in value.split(",")]
    # Slices of a GPU are not in the list that they could be held against.
    if any(word.startswith("MIG") for word in words):
        return None
    left = _left(words, gpus)
    meant = words[0] in _NONE
    if not meant and left == len(words):
        return None
    values = {
        "variable": name,
        "value": value,
        "left": left,
        "count": len(gpus),
        "last": len(gpus) - 1,
    }
    severity = Severity.WARNING if meant else Severity.ERROR
    return Found(severity, values, ("gpu.visible", "gpu.devices"), (SetVariable(name, None),))


def _left(words: list[str], gpus: list[Gpu]) -> int:
    """Return how many GPUs stand before the first name that is none."""
    for position, word in enumerate(words):
        if word.isdigit():
            found = int(word) < len(gpus)
        else:
            # A UUID may be shortened; without UUIDs nobody can tell.
            known = [gpu.uuid for gpu in gpus if gpu.uuid]
            found = bool(word) and (
                any(uuid.startswith(word) for uuid in known)
                or (word.startswith("GPU-") and len(known) < len(gpus))
            )
        if not found:
            return position
    return len(words)
