"""Several packages of OpenCV are installed over each other.

{packages} all write the folder cv2.

Finds: more than one of opencv-python, opencv-contrib-python and their headless forms. Different
versions are an error, one version a warning.

Why: each brings the whole of cv2, and pip lets one overwrite the other. With different versions the
files mix, and importing ends with "partially initialized module 'cv2' has no attribute ..." or
"cannot import name '_registerMatType'". With one version the last one wins: `cv2.imshow` may be
missing, or libGL be wanted on a server. Taking one out breaks the other.

Evidence: `env.packages`; also `surroundings.container`, `env.python`, `env.has_pip`, `env.kind`,
`env.prefix`.

Fix: take all out and put one back: `{uninstall}`, then `{command}`.

False alarms: None known.

References: https://github.com/opencv/opencv-python#installation-and-usage choose one of the four
https://github.com/opencv/opencv-python/issues/467 packages that want different ones
https://github.com/opencv/opencv-python/issues/591 what an import of mixed files says

---

多个 OpenCV 软件包相互覆盖安装。

{packages} 都写入文件夹 cv2。

发现：opencv-python、opencv-contrib-python 及其 headless 形式中安装了不止一个。版本不同为错误，版本
相同为警告。

原因：每个软件包都带有完整的 cv2，pip 允许一个覆盖另一个。版本不同时文件会混在一起，导入会以
"partially initialized module 'cv2' has no attribute ..." 或 "cannot import name '_registerMatType'"
结束。版本相同时后安装的生效：可能缺少 `cv2.imshow`，或在服务器上需要 libGL。卸载其中一个会破坏另一
个。

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
    """Count the packages of OpenCV."""
    there = twins_installed(case, "cv2")
    if not there:
        return not_installed("opencv-python")
    if len(there) == 1:
        return None
    same = len(set(there.values())) == 1
    keep = _best(case, list(there))
    values = {
        "packages": ", ".join(f"{name} {version}" for name, version in there.items()),
        "uninstall": uninstall_command(case, *there),
        "command": install_command(case, "--no-deps", f"{keep}=={there[keep]}"),
    }
    return Found(
        Severity.WARNING if same else Severity.ERROR,
        values,
        ("env.packages",),
        keep_one_steps(case, keep, there),
    )


def _best(case: Case, names: list[str]) -> str:
    """Return the package that holds most: contrib; without windows in a container."""

    def rank(name: str) -> tuple[bool, bool]:
        return ("contrib" not in name, ("headless" in name) != case.in_container)

    return min(names, key=rank)
