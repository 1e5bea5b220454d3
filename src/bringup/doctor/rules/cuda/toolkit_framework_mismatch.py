"""The CUDA toolkit is of another major version than the installed torch.

nvcc ({path}) is of CUDA {toolkit}, torch is built for CUDA {framework}: no extension of torch can
be compiled here.

Finds: the toolkit of CUDA_HOME, else of nvcc on PATH, with another major version than torch's CUDA.

Why: building flash-attn, xformers or one's own kernels ends with "The detected CUDA version
mismatches the version that was used to compile PyTorch". Running torch needs no toolkit: its wheels
bring their own libraries. Another minor version only gives a warning.

Evidence: `env.torch_cuda`; also `cuda.nvcc_version`, `cuda.nvcc_path`, `cuda.home`,
`cuda.toolkits`.

Fix: install the toolkit for CUDA {framework} beside this one and name it while building: `export
CUDA_HOME=/usr/local/cuda-{framework}`; or take a ready wheel of the extension for this torch.

False alarms: nobody compiles extensions here.

References: https://pytorch.org/docs/stable/cpp_extension.html how the toolkit is found
https://github.com/vllm-project/vllm/issues/1060 a build from source with another toolkit
https://github.com/Ehzoahis/DEReD/issues/13 11.7 against 12.4

---

CUDA 工具包与已安装的 torch 的主版本不同。

nvcc（{path}）是 CUDA {toolkit}，而 torch 为 CUDA {framework} 构建：这里无法编译 torch 的扩展。

发现：CUDA_HOME 的工具包（没有时看 PATH 上的 nvcc）与 torch 的 CUDA 主版本不同。

原因：编译 flash-attn、xformers 或自己的内核时会以
"The detected CUDA version mismatches the version that was used to compile PyTorch" 结束。
运行 torch 不需要工具包：它的 wheel 自带库。次版本不同只有警告。

修复：在旁边安装 CUDA {framework} 的工具包，编译时指定它：
`export CUDA_HOME=/usr/local/cuda-{framework}`；或使用适合此 torch 的现成 wheel。

误报：没有人在这里编译扩展。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_CUDA_TOOLKIT, NO_GPU_BUILD, Verdict, warning
from bringup.doctor.toolkits import used_toolkit

FOLLOWS = ("CUDA003",)
"""Where two toolkits stand against each other, the wrong one of them is taken."""


def check(case: Case) -> Verdict:
    """Compare the major versions."""
    toolkit = used_toolkit(case)
    if toolkit is None:
        return NO_CUDA_TOOLKIT
    framework = version_of(case.text("env.torch_cuda"))
    if framework is None:
        return NO_GPU_BUILD
    if toolkit.version.major == framework.major:
        return None
    return warning(
        toolkit.fact,
        "cuda.nvcc_version",
        "env.torch_cuda",
        path=toolkit.path,
        toolkit=toolkit.release,
        framework=f"{framework.major}.{framework.minor}",
    )
