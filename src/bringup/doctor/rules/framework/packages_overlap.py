"""Two packages are installed that write the same folder.

{packages} all write the folder {folder}: only the one that was installed last is whole.

Finds: tensorflow beside tensorflow-cpu or tf-nightly, and several packages of CuPy. ONNX Runtime,
OpenCV and TensorBoard have rules of their own.

Why: installers do not notice. Which files win depends on the order of the install; an upgrade or an
uninstall of one breaks the other, for example with "module 'tensorflow' has no attribute
'__version__'". CuPy warns of it at import.

Evidence: `env.packages`; also `env.python`, `env.has_pip`, `env.kind`, `env.prefix`.

Fix: take all out and put one back: `{uninstall}`, then `{command}`.

False alarms: None known.

References: https://docs.cupy.dev/en/stable/install.html#installing-cupy one package at a time
https://github.com/gpustack/runner/pull/176 two packages of CuPy that came with other packages
https://www.tensorflow.org/install/pip the packages of TensorFlow

---

安装了写入同一文件夹的两个软件包。

{packages} 都写入文件夹 {folder}：只有最后安装的那个是完整的。

发现：tensorflow 与 tensorflow-cpu 或 tf-nightly 并存，以及多个 CuPy 软件包。ONNX Runtime、OpenCV 和
TensorBoard 有各自的规则。

原因：安装程序不会察觉。哪些文件生效取决于安装顺序；升级或卸载其中一个会破坏另一个，例如出现 "module
'tensorflow' has no attribute '__version__'"。CuPy 会在导入时警告。

修复：全部卸载后只装回一个：`{uninstall}`，然后 `{command}`。

误报：未知。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.installed import install_command, keep_one_steps, uninstall_command
from bringup.doctor.rule import Verdict, error
from bringup.knowledge.installs import twins

_FOLDERS: Final = ("tensorflow", "cupy")


def check(case: Case) -> Verdict:
    """Count the packages of each folder."""
    for folder in _FOLDERS:
        names = twins()[folder].packages
        there = {name: case.packages[name] for name in names if name in case.packages}
        if len(there) > 1:
            keep = next(iter(there))
            return error(
                "env.packages",
                steps=keep_one_steps(case, keep, there),
                folder=folder,
                packages=", ".join(f"{name} {version}" for name, version in there.items()),
                uninstall=uninstall_command(case, *there),
                command=install_command(case, "--no-deps", f"{keep}=={there[keep]}"),
            )
    return None
