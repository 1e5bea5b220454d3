"""Installed packages lack what they require.

{count} requirements are not met: {requirements}.

Finds: packages of pip or uv that require a package which is missing (an error) or is of another
version (a warning). What other rules judge is left out: torch's companions and libraries, protobuf,
JAX; and a package whose twin does the same work.

Why: pip installs one command after the other and only prints "pip's dependency resolver does not
currently take into account all the packages that are installed". A missing package is an
ImportError later, a wrong version an AttributeError deep inside.

Evidence: `env.unmet`, `env.packages`; also `env.python`, `env.has_pip`, `env.kind`.

Fix: `{command}`, then look again with `{python} -m pip check`. Requirements that exclude each other
want an environment each; `bringup lock` says which ones do.

False alarms: a package that was installed with --no-deps on purpose.

References: https://pip.pypa.io/en/stable/cli/pip_check/ the same from pip
https://pip.pypa.io/en/stable/topics/dependency-resolution/ how it comes about

---

已安装的软件包缺少其所需的内容。

有 {count} 项要求未满足：{requirements}。

发现：由 pip 或 uv 安装的软件包所需的软件包缺失（错误）或版本不同（警告）。其他规则判断的内容不
计：torch 的配套软件包和库、protobuf、JAX；以及由同类软件包承担其工作的情况。

原因：pip 逐条执行安装命令，只会提示 "pip's dependency resolver does not currently take into account
all the packages that are installed"。缺失的软件包之后会成为 ImportError，版本错误会在深处成为
AttributeError。

修复：`{command}`，然后用 `{python} -m pip check` 再次检查。互相排斥的要求应各用一个环境；`bringup
lock` 会指出是哪些。

误报：有意使用 --no-deps 安装的软件包。
"""

from __future__ import annotations

from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bringup.doctor.case import Case, Record
from bringup.doctor.installed import HAND_INSTALLERS, install_command, installers
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.knowledge.installs import twins

_ELSEWHERE: Final = frozenset({"protobuf", "jaxlib", "triton", "pytorch-triton", "cuda-toolkit"})
_TORCH_PAIRS: Final = frozenset({"torchvision", "torchaudio", "xformers", "torchtext"})
_SAME_WORK: Final = (
    frozenset({"psycopg2", "psycopg2-binary"}),
    frozenset({"tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos"}),
    frozenset({"pynvml", "nvidia-ml-py"}),
    frozenset({"mysqlclient", "pymysql"}),
)
_SHOWN: Final = 5


def check(case: Case) -> Verdict:
    """Take the unmet requirements that no other rule speaks of."""
    rows = [row for row in case.records("env.unmet") if _counts(case, row)]
    if not rows:
        return None
    rows.sort(key=lambda row: row.get("found") is not None)
    words = list(dict.fromkeys(_word(str(row["requires"])) for row in rows))
    told = [
        f"{row['package']}: {_word(str(row['requires']))} ({row.get('found') or '-'})"
        for row in rows[:_SHOWN]
    ]
    more = " ..." if len(rows) > _SHOWN else ""
    missing = any(row.get("found") is None for row in rows)
    values = {
        "count": len(rows),
        "requirements": ", ".join(told) + more,
        "command": install_command(case, *words[:_SHOWN]),
        "python": case.text("env.python") or "python",
    }
    severity = Severity.ERROR if missing else Severity.WARNING
    return Found(severity, values, ("env.unmet",))


def _counts(case: Case, row: Record) -> bool:
    package, name = str(row["package"]), _name(str(row["requires"]))
    # Distributions and conda rename and patch: their own metadata is not the truth there.
    if name is None or installers(case).get(package) not in HAND_INSTALLERS:
        return False
    if name in _ELSEWHERE or name.startswith("nvidia-"):
        return False
    if name == "torch" and package in _TORCH_PAIRS:
        return False
    return row.get("found") is not None or not _has_twin(case, name)


def _has_twin(case: Case, name: str) -> bool:
    groups = [*_SAME_WORK, *(frozenset(row.packages) for row in twins().values())]
    return any(name in group and group & set(case.packages) for group in groups)


def _name(text: str) -> str | None:
    try:
        return canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return None


def _word(text: str) -> str:
    wanted = Requirement(text)
    return f"{wanted.name}{wanted.specifier}"
