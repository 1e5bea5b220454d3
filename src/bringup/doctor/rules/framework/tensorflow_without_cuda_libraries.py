"""TensorFlow is installed without the CUDA libraries that it wants.

tensorflow {version} finds no {library} here: the {gpu} stays unused.

Finds: tensorflow 2.14 or newer from pip on Linux, beside an NVIDIA GPU whose driver answers, with
no cuDNN of its major version among the packages nor on the loader's path.

Why: `pip install tensorflow` brings no CUDA; `tensorflow[and-cuda]` does. TensorFlow says "Cannot
dlopen some GPU libraries ... Skipping registering GPU devices" and computes on the processor.

Evidence: `env.packages`, `gpu.devices`, `cuda.libraries`; also `gpu.nvidia_driver`, `env.python`,
`env.has_pip`, `env.kind`, `os.family`.

Fix: `{command}`. Then `python -c "import tensorflow as tf;
print(tf.config.list_physical_devices('GPU'))"` must not be empty.

False alarms: cuDNN in a place that the program itself puts on the loader's path.

References: https://www.tensorflow.org/install/pip the install line with and-cuda
https://github.com/tensorflow/tensorflow/issues/63362 no GPU after a plain install
https://github.com/tensorflow/tensorflow/issues/60646 the message

---

安装的 TensorFlow 缺少它需要的 CUDA 库。

tensorflow {version} 在这里找不到 {library}：{gpu} 未被使用。

发现：Linux 上驱动正常的 NVIDIA GPU 旁，由 pip 安装的 tensorflow 2.14 或更新版本，但软件包中和加载路
径上都没有相应主版本的 cuDNN。

原因：`pip install tensorflow` 不带 CUDA；`tensorflow[and-cuda]` 才带。TensorFlow 会提示 "Cannot
dlopen some GPU libraries ... Skipping registering GPU devices"，然后在处理器上计算。

修复：`{command}`。之后 `python -c "import tensorflow as tf;
print(tf.config.list_physical_devices('GPU'))"` 不应为空。

误报：cuDNN 位于程序自己加入加载路径的位置。
"""

from __future__ import annotations

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.installed import install_command, installers, not_installed, release_of
from bringup.doctor.rule import NO_NVIDIA_GPU, NOT_LINUX, Verdict, warning
from bringup.knowledge.builds import builds_of

_EXTRA_SINCE = Version("2.14")
"""The first release with the extra and-cuda."""


def check(case: Case) -> Verdict:
    """Look for TensorFlow's cuDNN."""
    version = release_of(case.packages.get("tensorflow"))
    if version is None:
        return not_installed("tensorflow")
    if not case.linux:
        return NOT_LINUX
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    by_hand = installers(case).get("tensorflow") in {"pip", "uv"}
    meant = case.wants is not None and case.wants.build == "cpu"
    if version < _EXTRA_SINCE or not by_hand or case.text("env.kind") == "conda" or meant:
        return None
    built = [row for row in builds_of("tensorflow", version) if row.is_cuda and row.cudnn]
    major = (built[0].cudnn or "").partition(".")[0] if built else ""
    if not major or _has(case, major):
        return None
    return warning(
        "env.packages",
        "cuda.libraries",
        "gpu.devices",
        version=str(version),
        library=f"libcudnn.so.{major}",
        gpu=case.nvidia_gpus[0].name,
        command=install_command(case, f"tensorflow[and-cuda]=={version}"),
    )


def _has(case: Case, major: str) -> bool:
    wheels = [version for name, version in case.packages.items() if "nvidia-cudnn-cu" in name]
    rows = [row for row in case.records("cuda.libraries") if row.get("name") == "cudnn"]
    found = wheels + [str(row.get("version") or major) for row in rows]
    return any(text.partition(".")[0] == major for text in found)
