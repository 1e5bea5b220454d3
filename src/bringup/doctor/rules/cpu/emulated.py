"""Programs run on a processor that is emulated.

Our programs are made for another processor and are translated by {by}: slow, and some instructions
are missing.

Finds: Rosetta on a Mac with Apple silicon, Rosetta or QEMU below a container whose image is for
another processor.

Why: translated programs take several times as long, have no GPU, and lack instructions such as AVX
in part: TensorFlow dies with "Illegal instruction" or "qemu: uncaught target signal 6". On a Mac
newer releases of torch have no wheels for x86_64 any more.

Evidence: `cpu.emulated`; also `os.arch`, `os.family`, `surroundings.container`.

Fix: use programs for the real processor. On a Mac install Python for arm64 and start the terminal
without Rosetta (`arch` must print arm64). For containers build and run with `--platform
linux/arm64` and an image that has it, or do without DOCKER_DEFAULT_PLATFORM.

False alarms: when images for another processor are built or tried out on purpose.

References: https://github.com/tensorflow/tensorflow/issues/52845 TensorFlow crashes in an x86_64
container on Apple M1
https://github.com/docker/for-mac/issues/6620 AVX in emulated containers
https://support.apple.com/en-us/102527 programs that need Rosetta

---

程序运行在被模拟的处理器上。

我们的程序是为另一种处理器构建的，由 {by} 翻译执行：速度慢，且缺少某些指令。

发现：在 Apple 芯片的 Mac 上使用 Rosetta，或容器镜像针对其他处理器而由 Rosetta 或 QEMU 执行。

原因：被翻译的程序耗时数倍，没有 GPU，并且部分缺少 AVX 等指令：TensorFlow 以 "Illegal instruction"
或 "qemu: uncaught target signal 6" 退出。在 Mac 上，较新的 torch 已不再提供 x86_64 的 wheel。

修复：使用针对真实处理器的程序。在 Mac 上安装 arm64 的 Python，并在不使用 Rosetta 的情况下启动终端
（`arch` 必须输出 arm64）。容器请用 `--platform linux/arm64` 以及提供该平台的镜像来构建和运行，或不
要设置 DOCKER_DEFAULT_PLATFORM。

误报：有意为其他处理器构建或试用镜像时。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning


def check(case: Case) -> Verdict:
    """Report what translates our programs."""
    by = case.text("cpu.emulated")
    if by is None:
        return None
    names = {"rosetta": "Rosetta", "qemu": "QEMU"}
    return warning("cpu.emulated", "os.arch", by=names.get(by, by))
