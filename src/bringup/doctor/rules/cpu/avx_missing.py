"""The processor has no AVX.

This processor ({model}) has no AVX; {package} is built for AVX and dies with "Illegal
instruction".

Finds: an x86-64 processor without AVX, where TensorFlow or jaxlib are to run. Where nobody knows
what is to run, it is a warning.

Why: the wheels of TensorFlow (since 1.6) and of jaxlib use AVX without asking. Old and small
processors (Celeron, Pentium, Atom before 2020) lack it, and virtual machines hide it when their
processor type is a general one such as kvm64 or qemu64.

Evidence: `cpu.avx`, `os.arch`; also `cpu.model`, `surroundings.vm`, `env.packages`.

Fix: in a virtual machine set the processor type to `host` (`qemu -cpu host`, Proxmox: Hardware,
Processors, Type). On a processor that really has none use PyTorch or ONNX Runtime, which choose
their code at run time, or another machine.

False alarms: a TensorFlow that was built here from source without AVX.

References: https://www.tensorflow.org/install/pip TensorFlow's requirements of the processor
https://github.com/tensorflow/tensorflow/issues/19584 the wheels use AVX since 1.6
https://github.com/tensorflow/tensorflow/issues/62342 "Illegal instruction" on a Celeron

---

处理器没有 AVX。

此处理器（{model}）没有 AVX；{package} 针对 AVX 构建，会以 "Illegal instruction" 退出。

发现：x86-64 处理器没有 AVX，而要运行 TensorFlow 或 jaxlib。若不知道要运行什么，则为警告。

原因：TensorFlow（自 1.6 起）和 jaxlib 的 wheel 不加检查地使用 AVX。老旧和低端处理器（2020 年以前的
赛扬、奔腾、Atom）没有它；虚拟机的处理器类型为 kvm64 或 qemu64 等通用类型时也会隐藏它。

修复：在虚拟机中把处理器类型设为 `host`（`qemu -cpu host`；Proxmox：硬件、处理器、类型）。若处理器
确实没有，请使用在运行时选择代码的 PyTorch 或 ONNX Runtime，或换一台机器。

误报：在本机从源码构建、不使用 AVX 的 TensorFlow。
"""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.meant import packages_known, packages_meant
from bringup.doctor.rule import NOT_X86, Verdict, error, warning
from bringup.knowledge.conflicts import conflicts_of

FOLLOWS = ("CPU003",)
_OTHERS = ("jaxlib",)
"""Built for AVX and not in the table of conflicts: jax refuses to start without it."""


def check(case: Case) -> Verdict:
    """Find packages built for AVX on a processor without it."""
    if case.machine.arch != "x86_64":
        return NOT_X86
    if case.value("cpu.avx") is not False:
        return None
    model = case.text("cpu.model") or "x86-64"
    built_for_it = [name for name, version in packages_meant(case).items() if _needs(name, version)]
    if built_for_it:
        return error("cpu.avx", "cpu.model", model=model, package=built_for_it[0])
    if packages_known(case):
        return None
    return warning("cpu.avx", "cpu.model", model=model, package="tensorflow")


def _needs(name: str, text: str) -> bool:
    if name in _OTHERS:
        return True
    try:
        version = Version(text)
    except InvalidVersion:
        return False
    return any(row.cpu == "avx" and row.applies(name, version) for row in conflicts_of(name))
