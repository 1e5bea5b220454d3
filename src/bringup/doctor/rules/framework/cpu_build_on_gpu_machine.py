"""A CPU build of the framework is installed on a machine with a usable GPU.

{package} {version} is the build {build}, and here is a {gpu} with a working driver: everything is
computed on the processor.

Finds: torch in its CPU build, or tensorflow-cpu, beside an NVIDIA GPU whose driver answers, or
beside an AMD GPU that torch's ROCm builds have code for.

Why: on Windows the default index gives the CPU build, and so did it on ARM for years; a
requirements file or a mirror may do the same. `torch.cuda.is_available()` is then False, and
`.cuda()` ends with "Torch not compiled with CUDA enabled".

Evidence: `env.packages`, `gpu.devices`; also `env.torch_build`, `gpu.nvidia_driver`, `env.python`,
`env.has_pip`, `env.kind`, `os.family`.

Fix: install the build for this GPU: `{command}`. Then `python -c "import torch;
print(torch.version.cuda)"` must name a version. `bringup stack` shows which build suits.

False alarms: a project that is meant to stay on the processor; a lock for the build cpu says so and
keeps this rule quiet.

References: https://pytorch.org/get-started/locally/ the install line of every build
https://github.com/pytorch/pytorch/issues/28111 the message that the CPU build gives

---

有可用 GPU 的机器上安装了框架的 CPU 构建。

{package} {version} 是 {build} 构建，而这里有驱动正常的 {gpu}：所有计算都在处理器上进行。

发现：在驱动正常的 NVIDIA GPU 旁，或在 torch 的 ROCm 构建支持的 AMD GPU 旁，安装的是 CPU 构建的
torch 或 tensorflow-cpu。

原因：在 Windows 上默认索引给出的是 CPU 构建，在 ARM 上多年来也是如此；依赖文件或镜像也可能如此。此
时 `torch.cuda.is_available()` 为 False，`.cuda()` 会以 "Torch not compiled with CUDA enabled" 结
束。

修复：安装适合该 GPU 的构建：`{command}`。之后 `python -c "import torch; print(torch.version.cuda)"`
必须显示一个版本。`bringup stack` 会显示合适的构建。

误报：项目本来就要在处理器上运行；锁文件中的 cpu 构建说明了这一点，本规则便不会报告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    companion_for,
    install_command,
    not_installed,
    release_of,
    torch_build_for,
    torch_index,
)
from bringup.doctor.rule import NO_GPU, Found, Severity, Verdict
from bringup.knowledge.builds import builds_of
from bringup.knowledge.rocm import rocm_versions
from bringup.machine.model import Gpu

_TENSORFLOW_CPU = ("tensorflow-cpu", "tensorflow-intel")


def check(case: Case) -> Verdict:
    """Hold the build of torch and tensorflow against the GPUs."""
    torch = case.packages.get("torch")
    tensorflow = next((name for name in _TENSORFLOW_CPU if name in case.packages), None)
    if torch is None and tensorflow is None:
        return not_installed("torch", "tensorflow-cpu")
    nvidia = [gpu for gpu in case.nvidia_gpus if case.machine.os in {"linux", "windows"}]
    amd = [gpu for gpu in case.machine.gpus if gpu.vendor == "amd" and case.linux]
    if not nvidia and not amd:
        return NO_GPU
    if case.wants is not None and case.wants.build == "cpu":
        return None
    if torch is not None and case.text("env.torch_build") == "cpu":
        return _torch(case, torch, nvidia, amd)
    # On Windows TensorFlow computes on the processor in any case.
    if tensorflow is not None and "tensorflow" not in case.packages and nvidia and case.linux:
        version, wanted = case.packages[tensorflow], "tensorflow[and-cuda]"
        return _found(tensorflow, version, nvidia[0].name, (wanted,), case)
    return None


def _torch(case: Case, torch: str, nvidia: list[Gpu], amd: list[Gpu]) -> Found | None:
    if nvidia:
        return _found("torch", torch, nvidia[0].name, _torch_words(case, torch), case)
    rocm = _rocm_build(torch, {gpu.gfx for gpu in amd if gpu.gfx})
    if rocm is None:
        return None
    words = ("--force-reinstall", "torch", "--index-url", torch_index(rocm))
    return _found("torch", torch, amd[0].name, words, case)


def _found(package: str, version: str, gpu: str, words: tuple[str, ...], case: Case) -> Found:
    shown = ("env.torch_build" if package == "torch" else "env.packages", "gpu.devices")
    command = install_command(case, *words)
    values = {"package": package, "version": version, "build": "cpu", "gpu": gpu}
    return Found(Severity.ERROR, {**values, "command": command}, shown)


def _torch_words(case: Case, torch: str) -> tuple[str, ...]:
    release = release_of(torch)
    build = None if release is None else torch_build_for(case, release)
    if release is None or build is None:
        # The oldest CUDA 12 build that the index has runs on every driver since 525.
        return ("--force-reinstall", "torch", "--index-url", torch_index("cu126"))
    words = [f"torch=={release}"]
    for name in ("torchvision", "torchaudio"):
        version = companion_for(name, release) if name in case.packages else None
        words += [] if version is None else [f"{name}=={version}"]
    return ("--force-reinstall", *words, "--index-url", torch_index(build))


def _rocm_build(torch: str, gfx: set[str]) -> str | None:
    release = release_of(torch)
    rows = [] if release is None else [row for row in builds_of("torch", release) if row.is_rocm]
    for row in rows:
        known = rocm_versions().get(row.build.removeprefix("rocm"))
        if gfx & set(row.archs or (known.gfx if known else ())):
            return row.build
    return None
