"""JAX is installed without its plugin for the GPU.

jax {version} has no CUDA plugin here: the {gpu} stays unused.

Finds: jax on Linux beside an NVIDIA GPU whose driver answers, with neither jax-cuda12-plugin nor
jax-cuda13-plugin, and with no jaxlib that holds CUDA itself.

Why: `pip install jax` is the processor's form. JAX then warns "An NVIDIA GPU may be present on this
machine, but a CUDA-enabled jaxlib is not installed. Falling back to cpu", and goes on slowly.

Evidence: `env.packages`, `gpu.devices`; also `gpu.nvidia_driver`, `variables.set`, `env.python`,
`env.has_pip`, `env.kind`, `os.family`.

Fix: `{command}`.

False alarms: jax that only came along as a part of another package; set JAX_PLATFORMS=cpu where the
processor is meant.

References: https://docs.jax.dev/en/latest/installation.html the forms of the install line
https://github.com/jax-ml/jax/issues/29068 the warning

---

JAX 安装时没有 GPU 插件。

jax {version} 在这里没有 CUDA 插件：{gpu} 未被使用。

发现：Linux 上驱动正常的 NVIDIA GPU 旁安装了 jax，但既没有 jax-cuda12-plugin 也没有
jax-cuda13-plugin，jaxlib 自身也不含 CUDA。

原因：`pip install jax` 是处理器版本。JAX 会警告 "An NVIDIA GPU may be present on this machine, but
a CUDA-enabled jaxlib is not installed. Falling back to cpu"，然后缓慢地继续运行。

修复：`{command}`。

误报：jax 只是作为另一软件包的一部分被带入；若就是要用处理器，请设置 JAX_PLATFORMS=cpu。
"""

from __future__ import annotations

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    install_command,
    installers,
    not_installed,
    release_of,
    version_of,
)
from bringup.doctor.rule import NO_NVIDIA_GPU, NOT_LINUX, Verdict, warning
from bringup.knowledge.builds import builds_of
from bringup.knowledge.cuda import cuda_families

_PLUGINS = ("jax-cuda12-plugin", "jax-cuda13-plugin")


def check(case: Case) -> Verdict:
    """Look for JAX's way to the GPU."""
    if "jax" not in case.packages:
        return not_installed("jax")
    if not case.linux:
        return NOT_LINUX
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    jaxlib = version_of(case.packages.get("jaxlib"))
    own = jaxlib is not None and (jaxlib.local or "").startswith("cuda")
    # conda's jaxlib and those of NVIDIA's containers hold CUDA under plain names.
    foreign = installers(case).get("jaxlib") not in {"pip", "uv"}
    meant = case.wants is not None and case.wants.build == "cpu"
    meant = meant or case.variables.get("JAX_PLATFORMS", "").lower() == "cpu"
    if own or foreign or meant or any(name in case.packages for name in _PLUGINS):
        return None
    release = release_of(case.packages["jax"])
    word = f"jax[{_extra(case, release)}]" + ("" if release is None else f"=={release}")
    return warning(
        "env.packages",
        "gpu.devices",
        version=case.packages["jax"],
        gpu=case.nvidia_gpus[0].name,
        command=install_command(case, "--upgrade", word),
    )


def _extra(case: Case, release: Version | None) -> str:
    """Return the newest extra that the driver and the GPUs allow."""
    driver = version_of(case.machine.nvidia_driver)
    rows = {} if release is None else {row.build: row for row in builds_of("jax", release)}
    row, family = rows.get("cuda13"), cuda_families()[13]
    if row is None or driver is None or driver < Version(family.min_driver_linux):
        return "cuda12"
    oldest = Version(row.floor or "7.5")
    capabilities = [gpu.compute_capability or "0" for gpu in case.nvidia_gpus]
    return "cuda13" if all(Version(text) >= oldest for text in capabilities) else "cuda12"
