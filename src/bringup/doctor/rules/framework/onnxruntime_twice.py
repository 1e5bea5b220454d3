"""Several packages of ONNX Runtime are installed over each other.

{packages} all write the folder onnxruntime: only the one that was installed last is whole.

Finds: more than one of onnxruntime, onnxruntime-gpu, onnxruntime-directml and their like.

Why: another package (rembg, faster-whisper, fastembed) pulls the plain onnxruntime in, and its
files replace those of onnxruntime-gpu. CUDAExecutionProvider is then "not in available provider
names" and all is computed on the processor. Taking one of them out leaves a broken rest.

Evidence: `env.packages`; also `gpu.devices`, `env.python`, `env.has_pip`, `env.kind`, `env.prefix`.

Fix: take all out and put one back: `{uninstall}`, then `{command}`.

False alarms: None known.

References: https://onnxruntime.ai/docs/install/ only one of these packages at a time
https://github.com/microsoft/onnxruntime/issues/26996 the two cannot be together
https://github.com/microsoft/onnxruntime/issues/7748 how people found out

---

多个 ONNX Runtime 软件包相互覆盖安装。

{packages} 都写入文件夹 onnxruntime：只有最后安装的那个是完整的。

发现：onnxruntime、onnxruntime-gpu、onnxruntime-directml 等中安装了不止一个。

原因：另一个软件包（rembg、faster-whisper、fastembed）带来了普通的 onnxruntime，其文件替换了
onnxruntime-gpu 的文件。此时 CUDAExecutionProvider 会显示 "not in available provider names"，所有计
算都在处理器上进行。卸载其中一个会留下损坏的其余部分。

修复：全部卸载后只装回一个：`{uninstall}`，然后 `{command}`。

误报：未知。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    install_command,
    keep_one_steps,
    not_installed,
    twins_installed,
    uninstall_command,
)
from bringup.doctor.rule import Found, Severity, Verdict


def check(case: Case) -> Verdict:
    """Count the packages of ONNX Runtime."""
    there = twins_installed(case, "onnxruntime")
    if not there:
        return not_installed("onnxruntime")
    if len(there) == 1:
        return None
    special = [name for name in there if name != "onnxruntime"]
    nvidia = bool(case.nvidia_gpus)
    keep = "onnxruntime-gpu" if nvidia and "onnxruntime-gpu" in there else special[0]
    if keep == "onnxruntime-gpu" and not nvidia and "onnxruntime" in there:
        keep = "onnxruntime"
    return Found(
        # Without a GPU for them, the processor's part works whichever came last.
        Severity.ERROR if nvidia else Severity.WARNING,
        {
            "packages": ", ".join(f"{name} {version}" for name, version in there.items()),
            "uninstall": uninstall_command(case, *there),
            "command": install_command(case, "--no-deps", f"{keep}=={there[keep]}"),
        },
        ("env.packages", "gpu.devices") if nvidia else ("env.packages",),
        keep_one_steps(case, keep, there),
    )
