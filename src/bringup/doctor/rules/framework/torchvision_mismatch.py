"""torchvision does not belong to the installed torch.

torchvision {version} is made for torch {wanted}, but here is torch {torch}.

Finds: a torchvision whose release asks for another torch, or whose build (cpu, CUDA 12, CUDA 13)
cannot work with torch's.

Why: up to 0.29.0 every torchvision is compiled for exactly one torch. With another its operators
are not registered, and importing it (or timm, transformers, ultralytics) ends with "operator
torchvision::nms does not exist" or an undefined symbol. A CPU torchvision beside a CUDA torch fails
at the first nms on the GPU.

Evidence: `env.packages`; also `env.torch_build`, `env.python`, `env.has_pip`, `env.kind`,
`os.family`, `os.arch`.

Fix: `{command}`.

False alarms: a torchvision built from source for this torch under another's version.

References: https://github.com/pytorch/vision#installation the table of pairs
https://github.com/pytorch/pytorch/issues/157648 operator torchvision::nms does not exist
https://github.com/pytorch/vision/issues/8985 the same from two builds

---

torchvision 与已安装的 torch 不配套。

torchvision {version} 对应 torch {wanted}，而这里是 torch {torch}。

发现：torchvision 的版本要求另一个 torch，或其构建（cpu、CUDA 12、CUDA 13）无法与 torch 的构建一起工
作。

原因：直到 0.29.0，每个 torchvision 都只为一个 torch 编译。与其他 torch 一起时其算子没有注册，导入它
（或 timm、transformers、ultralytics）会以 "operator torchvision::nms does not exist" 或未定义符号结
束。CPU 构建的 torchvision 与 CUDA 构建的 torch 一起，会在 GPU 上第一次执行 nms 时失败。

修复：`{command}`。

误报：为该 torch 从源码构建、但带有其他版本号的 torchvision。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.companions import judge
from bringup.doctor.rule import Verdict


def check(case: Case) -> Verdict:
    """Hold torchvision against torch."""
    return judge(case, "torchvision", same_cuda=False)
