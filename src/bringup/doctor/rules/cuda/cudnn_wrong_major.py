"""The cuDNN that is found has another major version than the framework needs.

{framework} needs cuDNN {needed}, found is cuDNN {found}.

Finds: TensorFlow or ONNX Runtime with GPU, and cuDNN only in other major versions, on the loader's
path or as a wheel.

Why: both load cuDNN from outside by the name of its major version: "libcudnn.so.9: cannot open
shared object file". They then go on without the GPU and say it in one line.

Evidence: `cuda.libraries`, `env.packages`; also `gpu.devices`, `env.prefix`.

Fix: install that cuDNN as a wheel: `{command}`. TensorFlow brings all with `tensorflow[and-cuda]`.
Or take the release of the framework that was built for cuDNN {found}.

False alarms: the GPU is not used with this framework.

References: https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html which cuDNN
for which release https://github.com/microsoft/onnxruntime/issues/25609 libcudnn.so.9 is not found
https://github.com/microsoft/onnxruntime-genai/issues/694 cuDNN 9 here, 8 wanted
https://www.tensorflow.org/install/source TensorFlow's tested versions

---

找到的 cuDNN 与框架所需的主版本不同。

{framework} 需要 cuDNN {needed}，找到的是 cuDNN {found}。

发现：安装了支持 GPU 的 TensorFlow 或 ONNX Runtime，而加载路径上和 wheel 中只有其他主版本的 cuDNN。

原因：二者都按主版本的名称从外部加载 cuDNN："libcudnn.so.9: cannot open shared object file"。
之后它们不用 GPU 继续运行，只用一行文字说明。

修复：以 wheel 安装该 cuDNN：`{command}`。TensorFlow 可用 `tensorflow[and-cuda]` 一起安装。
或换用为 cuDNN {found} 构建的框架版本。

误报：这个框架不使用 GPU。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_GPU_BUILD, NO_NVIDIA_GPU, Verdict, error
from bringup.knowledge.builds import Build, builds_of, cuda_major
from bringup.stack.platforms import platform_name

_FRAMEWORKS: Final = ("tensorflow", "onnxruntime-gpu")
"""Those that look for cuDNN outside; torch and JAX depend on a wheel of it."""
_WHEEL: Final = "nvidia-cudnn-cu"


def check(case: Case) -> Verdict:
    """Hold the cuDNN that each framework was built for against those that are here."""
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    rows = [row for name in _FRAMEWORKS if (row := _build(case, name)) is not None]
    if not rows:
        return NO_GPU_BUILD
    found = _majors(case)
    for row in rows:
        needed = (row.cudnn or "").partition(".")[0]
        if not needed or not found or needed in found:
            continue
        package = f"{_WHEEL}{cuda_major(row.build)}"
        return error(
            "env.packages",
            "cuda.libraries",
            framework=row.label,
            needed=needed,
            found=", ".join(sorted(found)),
            command=f'python -m pip install "{package}=={needed}.*"',
        )
    return None


def _build(case: Case, name: str) -> Build | None:
    version = version_of(case.packages.get(name))
    rows = () if version is None else builds_of(name, version)
    platform = platform_name(case.machine)
    return next((row for row in rows if row.is_cuda and platform in row.default_on), None)


def _majors(case: Case) -> set[str]:
    rows = [row for row in case.records("cuda.libraries") if row.get("name") == "cudnn"]
    texts = [str(row.get("version")) for row in rows]
    texts += [text for name, text in case.packages.items() if name.startswith(_WHEEL)]
    return {text.partition(".")[0] for text in texts}
