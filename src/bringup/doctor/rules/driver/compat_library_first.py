"""CUDA's compatibility library comes before the driver's own, and does not fit here.

The loader takes {path} ({compat}) for libcuda, the driver is {driver}: CUDA ends with an error on
{gpu}.

Finds: libcuda of a cuda-compat package first on the loader's path, on a GeForce GPU, or older than
the driver.

Why: the library lets an old driver run a newer CUDA, on data center GPUs only; others end with
"forward compatibility was attempted on non supported HW" (error 804). One older than the driver
ends with "unsupported display driver / cuda driver combination" (error 803).

Evidence: `driver.libcuda_paths`, `gpu.devices`; also `driver.packages`, `gpu.nvidia_driver`,
`cuda.library_path`.

Fix: take {folder} out of LD_LIBRARY_PATH and of `/etc/ld.so.conf.d/`, or remove the cuda-compat
package; then the driver's own library is found. Where the driver is too old for the image, update
the driver on the host.

False alarms: a GeForce GPU for which NVIDIA would allow it; there is none.

References: https://docs.nvidia.com/deploy/cuda-compatibility/index.html which GPUs and which
versions https://github.com/NVIDIA/nvidia-docker/issues/1515 error 804 in a container
https://github.com/microsoft/onnxruntime/issues/21435 the same under ONNX Runtime

---

CUDA 兼容库排在驱动自己的库之前，而它在这里不适用。

加载器取用的 libcuda 是 {path}（{compat}），驱动为 {driver}：在 {gpu} 上 CUDA 会出错。

发现：加载路径上最前面的是 cuda-compat 的 libcuda，而 GPU 是 GeForce，或该库比驱动旧。

原因：这个库让旧驱动运行更新的 CUDA，只支持数据中心 GPU；其他 GPU 会以
"forward compatibility was attempted on non supported HW"（错误 804）结束。比驱动旧的库以
"unsupported display driver / cuda driver combination"（错误 803）结束。

修复：从 LD_LIBRARY_PATH 和 `/etc/ld.so.conf.d/` 中去掉 {folder}，或卸载 cuda-compat 软件包；
这样就会找到驱动自己的库。如果驱动对该镜像太旧，请在主机上更新驱动。

误报：NVIDIA 允许这样使用的 GeForce GPU；目前没有。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import older
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, error

_COMPAT: Final = re.compile(r"/compat(?:/|$)")
_CONSUMER: Final = re.compile(r"geforce|titan", re.IGNORECASE)


def check(case: Case) -> Verdict:
    """Look at the libcuda that the loader takes first."""
    gpus = case.nvidia_gpus
    if not gpus:
        return NO_NVIDIA_GPU
    paths = [str(path) for path in case.value("driver.libcuda_paths") or ()]
    if not paths or not _COMPAT.search(paths[0]):
        return None
    driver = case.text("gpu.nvidia_driver")
    compat = _version(case)
    consumer = next((gpu for gpu in gpus if _CONSUMER.search(gpu.name)), None)
    if consumer is None and not older(compat, driver):
        return None
    return error(
        "driver.libcuda_paths",
        "gpu.devices",
        "gpu.nvidia_driver",
        "driver.packages",
        path=paths[0],
        folder=paths[0].rpartition("/")[0],
        compat=compat or "cuda-compat",
        driver=driver or "-",
        gpu=(consumer or gpus[0]).name,
    )


def _version(case: Case) -> str | None:
    """Return the version of the one compatibility package that is installed."""
    found = {
        str(row["version"])
        for row in case.records("driver.packages")
        if str(row["name"]).startswith("cuda-compat")
    }
    return found.pop() if len(found) == 1 else None
