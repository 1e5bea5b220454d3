"""Files with credentials can be read by other users.

{files}: others on this machine may read them.

Finds: files with tokens, passwords or keys in the home folder that others may read; for SSH keys
also the group. An error for SSH keys, which ssh then refuses.

Why: on a shared machine everybody may then load models, push packages or log in under this name.
ssh ends with "UNPROTECTED PRIVATE KEY FILE!", kubectl warns.

Evidence: `security.secret_files`; also `surroundings.container`.

Fix: `{command}`; `bringup doctor --apply` does it, and `--undo` takes it back. When others may
have read them, make new tokens.

False alarms: a home folder that others cannot enter. In containers, where nobody else is, nothing
is said.

References: https://man.openbsd.org/ssh which files ssh ignores
https://huggingface.co/docs/hub/security-tokens tokens and what they allow
https://docs.docker.com/reference/cli/docker/login/ what config.json keeps

---

其他用户可以读取含有凭据的文件。

{files}：这台机器上的其他人可以读取。

发现：主目录中含有令牌、密码或密钥的文件可被他人读取；对 SSH 密钥也检查组权限。SSH 密钥为错误，因
为 ssh 会拒绝使用。

原因：在共用的机器上，任何人都能以此身份下载模型、发布软件包或登录。ssh 会以 "UNPROTECTED PRIVATE
KEY FILE!" 结束，kubectl 会发出警告。

修复：`{command}`；`bringup doctor --apply` 可以代劳，`--undo` 可以撤销。如果他人可能已经读取，请
更换令牌。

误报：他人不能进入的主目录。容器中没有其他用户，不会报告。
"""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.doctor.steps import Privilege, SetMode

_OTHERS: Final = 0o007
_ANYBODY: Final = 0o077
"""What ssh looks at; for other files the group is often the user's own."""
_OWNER_ONLY: Final = 0o600


def check(case: Case) -> Verdict:
    """Look at the permissions of files with credentials."""
    rows = [row for row in case.records("security.secret_files") if _open(row)]
    if not rows or case.in_container:
        return None
    paths = [str(row["path"]) for row in rows]
    keys = any(row.get("kind") == "SSH" for row in rows)
    values = {
        "files": ", ".join(f"{row['path']} ({row['kind']}, {row['mode']})" for row in rows),
        "command": shlex.join(["chmod", f"{_OWNER_ONLY:o}", *paths]),
    }
    steps = tuple(SetMode(PurePosixPath(path), _OWNER_ONLY, Privilege.USER) for path in paths)
    severity = Severity.ERROR if keys else Severity.WARNING
    return Found(severity, values, ("security.secret_files",), steps)


def _open(row: Record) -> bool:
    mask = _ANYBODY if row.get("kind") == "SSH" else _OTHERS
    return bool(int(str(row["mode"]), 8) & mask)
