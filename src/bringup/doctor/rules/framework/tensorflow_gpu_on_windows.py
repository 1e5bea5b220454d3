"""TensorFlow on Windows computes on the processor only.

tensorflow {version} has no GPU support on Windows: the {gpu} stays unused.

Finds: tensorflow 2.11 or newer on Windows itself, with an NVIDIA GPU in the machine.

Why: 2.10 was the last release with CUDA on native Windows. Newer ones install and run, and
`tf.config.list_physical_devices("GPU")` is empty, whatever CUDA and cuDNN are installed.

Evidence: `env.packages`, `os.family`, `gpu.devices`.

Fix: run it inside WSL 2, where the driver of Windows is enough: `wsl --install`, then there
`python3 -m pip install "tensorflow[and-cuda]"`. Staying on Windows means tensorflow 2.10 with
Python 3.10, or another framework: torch and ONNX Runtime use the GPU there.

False alarms: a project that is meant to stay on the processor.

References: https://www.tensorflow.org/install/pip#windows-native the last release with a GPU there
https://learn.microsoft.com/windows/wsl/tutorials/gpu-compute GPUs inside WSL 2

---

Windows 上的 TensorFlow 只在处理器上计算。

tensorflow {version} 在 Windows 上没有 GPU 支持：{gpu} 未被使用。

发现：直接在 Windows 上安装了 tensorflow 2.11 或更新版本，且机器中有 NVIDIA GPU。

原因：2.10 是最后一个在原生 Windows 上支持 CUDA 的版本。更新的版本可以安装和运行，但无论安装了什么
CUDA 和 cuDNN，`tf.config.list_physical_devices("GPU")` 都是空的。

修复：在 WSL 2 中运行，那里只需 Windows 的驱动：`wsl --install`，然后在其中运行 `python3 -m pip
install "tensorflow[and-cuda]"`。留在 Windows 上则需使用 tensorflow 2.10 和 Python 3.10，或换用其他
框架：torch 和 ONNX Runtime 可以在那里使用 GPU。

误报：项目本来就要在处理器上运行。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import not_installed, release_of
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, warning
from bringup.knowledge.conflicts import conflicts_of

# The plugin brings a GPU back through DirectML.
_NAMES = ("tensorflow", "tensorflow-intel")
_PLUGIN = "tensorflow-directml-plugin"


def check(case: Case) -> Verdict:
    """Look for a TensorFlow without a GPU on Windows."""
    name = next((name for name in _NAMES if name in case.packages), None)
    if name is None:
        return not_installed("tensorflow")
    version = release_of(case.packages[name])
    rows = [row for row in conflicts_of("tensorflow") if row.reason == "os_gpu_unsupported"]
    hit = version is not None and any(
        row.os == case.machine.os and row.applies("tensorflow", version) for row in rows
    )
    wanted = case.wants is None or case.wants.build != "cpu"
    if not hit or _PLUGIN in case.packages or not wanted:
        return None
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    return warning(
        "env.packages",
        "gpu.devices",
        version=case.packages[name],
        gpu=case.nvidia_gpus[0].name,
    )
