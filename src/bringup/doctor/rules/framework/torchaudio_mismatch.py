"""torchaudio does not belong to the installed torch.

torchaudio {version} is made for torch {wanted}, but here is torch {torch}.

Finds: a torchaudio whose release asks for another torch, or whose CUDA is not torch's.

Why: its compiled part is made for one torch. Importing it ends with an undefined symbol, with
"libcudart.so.12: cannot open shared object file", or with "Detected that PyTorch and TorchAudio
were compiled with different CUDA versions".

Evidence: `env.packages`; also `env.torch_build`, `env.python`, `env.has_pip`, `env.kind`,
`os.family`, `os.arch`.

Fix: `{command}`. Who does not use it can take it out: nothing else in torch needs it.

False alarms: a torchaudio built from source for this torch under another's version.

References: https://docs.pytorch.org/audio/main/installation.html the table of pairs
https://github.com/pytorch/audio/pull/4226 when it refuses another CUDA
https://github.com/numz/sd-wav2lip-uhq/issues/36 the message, and how it came about

---

torchaudio 与已安装的 torch 不配套。

torchaudio {version} 对应 torch {wanted}，而这里是 torch {torch}。

发现：torchaudio 的版本要求另一个 torch，或其 CUDA 与 torch 的不同。

原因：它的编译部分只为一个 torch 制作。导入它会以未定义符号、"libcudart.so.12: cannot open shared
object file" 或 "Detected that PyTorch and TorchAudio were compiled with different CUDA versions" 结
束。

修复：`{command}`。不使用它的话可以卸载：torch 的其他部分不需要它。

误报：为该 torch 从源码构建、但带有其他版本号的 torchaudio。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.companions import judge
from bringup.doctor.rule import Verdict


def check(case: Case) -> Verdict:
    """Hold torchaudio against torch."""
    return judge(case, "torchaudio", same_cuda=True)
