"""Python is built for another processor than this machine has.

{python} is built for {found}, the machine is {machine}: its programs are translated.

Finds: on macOS and Linux, a Python for another processor than the system's; on a Mac also one that
runs under Rosetta.

Why: an Intel Homebrew or conda was moved to a new Mac by the migration assistant, or a terminal is
opened with Rosetta. Torch has no Intel wheels for macOS since 2.3, so pip finds nothing or
something old; mixed parts end with "incompatible architecture (have 'x86_64', need 'arm64')"; and
the GPU (MPS) cannot be used.

Evidence: `env.arch`, `os.arch`, `os.family`; also `env.python`, `cpu.emulated`.

Fix: install a native Python: `{command}`, and make the environments anew with it. Switch off "Open
using Rosetta" of the terminal; `python -c "import platform; print(platform.machine())"` must say
{machine}.

False alarms: a foreign system that is tried out under emulation on purpose.

References: https://github.com/vllm-project/vllm-metal/pull/388 an installer that refuses it
https://github.com/zackees/transcribe-anything/pull/77 how pip's message hides it
https://docs.pytorch.org/docs/stable/notes/mps.html what MPS wants

---

Python 是为另一种处理器构建的。

{python} 为 {found} 构建，而机器是 {machine}：其程序需要转译运行。

发现：在 macOS 和 Linux 上，Python 的处理器类型与系统不同；在 Mac 上还包括在 Rosetta 下运行的
Python。

原因：迁移助理把 Intel 版的 Homebrew 或 conda 搬到了新 Mac 上，或终端以 Rosetta 方式打开。torch 自
2.3 起没有 macOS 的 Intel 轮子，因此 pip 找不到或只找到旧版本；混用时会以 "incompatible architecture
(have 'x86_64', need 'arm64')" 结束；GPU（MPS）也无法使用。

修复：安装原生 Python：`{command}`，并用它重建环境。关闭终端的“使用 Rosetta 打开”；`python -c
"import platform; print(platform.machine())"` 必须显示 {machine}。

误报：有意在模拟下试用其他系统。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error

FOLLOWS = ("PY005",)
_NAMES: Final = {"arm64": "aarch64", "amd64": "x86_64", "x64": "x86_64"}


def check(case: Case) -> Verdict:
    """Hold Python's processor against the machine's."""
    found, machine = _known(case.text("env.arch")), _known(case.text("os.arch"))
    if found is None or machine is None or case.machine.os not in {"linux", "macos"}:
        return None
    # Under Rosetta the system itself claims to be an Intel machine.
    if case.machine.os == "macos" and case.text("cpu.emulated") == "rosetta":
        machine = "aarch64"
    if found == machine:
        return None
    mac = case.machine.os == "macos"
    return error(
        "env.arch",
        "os.arch",
        python=case.text("env.python") or "python",
        found=found,
        machine="arm64" if mac and machine == "aarch64" else machine,
        command="arch -arm64 /opt/homebrew/bin/brew install python@3.12"
        if mac
        else "uv python install 3.12",
    )


def _known(name: str | None) -> str | None:
    return None if name is None else _NAMES.get(name.lower(), name.lower())
