"""TensorBoard is installed twice.

{packages} both write the folder tensorboard, and TensorBoard finds each of its plugins twice.

Finds: tensorboard beside tb-nightly, or two sets of metadata of tensorboard in one folder.

Why: both announce the same plugins. Starting it ends with "ValueError: Duplicate plugins for name
projector".

Evidence: `env.packages`, `env.duplicates`; also `env.python`, `env.has_pip`, `env.kind`,
`env.prefix`.

Fix: `{uninstall}`, then `{command}`. Where pip takes out only one set of metadata, delete the older
tensorboard-*.dist-info folder.

False alarms: None known.

References: https://github.com/tensorflow/tensorboard/issues/3443 the message and its cause
https://github.com/pytorch/pytorch/issues/22676 how torch's users got there

---

TensorBoard 安装了两次。

{packages} 都写入文件夹 tensorboard，TensorBoard 会把每个插件都找到两次。

发现：tensorboard 与 tb-nightly 并存，或同一文件夹中有 tensorboard 的两份元数据。

原因：两者登记相同的插件。启动时会以 "ValueError: Duplicate plugins for name projector" 结束。

修复：`{uninstall}`，然后 `{command}`。若 pip 只卸载了一份元数据，请删除较旧的
tensorboard-*.dist-info 文件夹。

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
from bringup.doctor.rule import Verdict, error
from bringup.knowledge.installs import twins


def check(case: Case) -> Verdict:
    """Count the packages of TensorBoard and their metadata."""
    names = twins()["tensorboard"].packages
    there = twins_installed(case, "tensorboard")
    if not there:
        return not_installed("tensorboard")
    doubled = [str(name) for name in case.value("env.duplicates") or () if name in names]
    if len(there) == 1 and not doubled:
        return None
    rows = [row for row in case.records("env.packages") if row["name"] in names]
    keep = "tensorboard" if "tensorboard" in there else next(iter(there))
    return error(
        "env.packages",
        "env.duplicates",
        steps=keep_one_steps(case, keep, there) if not doubled else (),
        packages=", ".join(f"{row['name']} {row['version']}" for row in rows),
        uninstall=uninstall_command(case, *there),
        command=install_command(case, keep),
    )
