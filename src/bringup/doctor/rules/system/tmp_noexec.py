"""Programs cannot be run from the folder of temporary files.

{path} is mounted with noexec: code that is compiled there cannot be loaded.

Finds: the mount option noexec on the folder of temporary files.

Why: torch.compile and Triton compile into that folder and load the result; pip and cmake run small
test programs there; self-extracting programs unpack there. They end with "failed to map segment
from shared object" or "Permission denied" though the file's mode is right.

Evidence: `disk.tmp_noexec`, `disk.tmp_path`.

Fix: give temporary files another place: `mkdir -p {better} && export TMPDIR={better}`. Or allow it
again: `sudo mount -o remount,exec {path}`; hardened systems forbid that on purpose.

False alarms: programs that compile nothing.

References: https://github.com/pytorch/pytorch/issues/91005 TorchInductor fails when /tmp is mounted
noexec
https://github.com/pytorch/pytorch/issues/123054 cuda_utils.so: failed to map segment from shared
object
https://github.com/LostRuins/koboldcpp/issues/1517 libpython cannot be loaded from /tmp

---

无法从临时文件夹运行程序。

{path} 以 noexec 挂载：在那里编译的代码无法加载。

发现：临时文件所在的文件夹带有挂载选项 noexec。

原因：torch.compile 和 Triton 在该文件夹中编译并加载结果；pip 和 cmake 在那里运行小型测试程序；自解
压程序在那里解压。尽管文件权限正确，它们仍会以 "failed to map segment from shared object" 或
"Permission denied" 结束。

修复：为临时文件换一个位置：`mkdir -p {better} && export TMPDIR={better}`。或重新允许：`sudo mount
-o remount,exec {path}`；经过加固的系统会有意禁止这样做。

误报：不编译任何内容的程序。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_LINUX, Verdict, warning
from bringup.doctor.steps import SetVariable


def check(case: Case) -> Verdict:
    """Report a folder of temporary files from which nothing can be run."""
    noexec = case.value("disk.tmp_noexec")
    if noexec is None:
        return NOT_LINUX if case.machine.os in {"macos", "windows"} else None
    if not noexec:
        return None
    better = case.variables.get("HOME", "~").rstrip("/") + "/tmp"
    return warning(
        "disk.tmp_noexec",
        "disk.tmp_path",
        steps=(SetVariable("TMPDIR", better),),
        path=case.text("disk.tmp_path") or "/tmp",
        better=better,
    )
