"""A credential is written into a file of the project.

{place} holds what looks like: {kind}; {count} such places in all.

Finds: tokens, keys and passwords in the texts of the project, `.env` files left out; for private
keys and passwords in addresses also tests, examples and prose.

Why: what lies in the project goes with it: into git, images, notebooks that are shared. Tokens in
public places are found and used within minutes.

Evidence: `project.secrets`; also `variables.set`.

Fix: make the token invalid where it comes from, then take it from a variable or a file outside of
the project. When it was committed, taking it out of the newest version is not enough: `git log -p
-- {path}` still shows it.

False alarms: made-up tokens in documentation.

References:
https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning what
is searched for in public https://huggingface.co/docs/hub/security-tokens how to end a token
https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository
taking it out of git

---

项目的文件中写有凭据。

{place} 中有疑似内容：{kind}；共有 {count} 处。

发现：项目文本中的令牌、密钥和密码，不含 `.env` 文件；对私钥和地址中的密码，也不含测试、示例和文
档。

原因：项目中的内容会随项目一起传播：进入 git、镜像和共享的笔记本。公开位置的令牌几分钟内就会被发现
和使用。

修复：先在来源处使令牌失效，然后改为从变量或项目之外的文件读取。如果已经提交，从最新版本中删除是不
够的：`git log -p -- {path}` 仍会显示它。

误报：文档中虚构的令牌。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.rule import Verdict, warning

_ENV_FILE: Final = re.compile(r"(?:^|/)\.env(?:\.[\w.-]+)?$")
_SHOWN_OFF: Final = re.compile(
    r"(?:^|/)(?:tests?|testing|fixtures?|testdata|examples?|docs?)/|\.(?:md|rst|txt)$"
)
_OFTEN_MADE_UP: Final = frozenset({"private key", "address with a password"})


def check(case: Case) -> Verdict:
    """Look at the places that the probe found."""
    rows = [row for row in case.records("project.secrets") if _counts(row)]
    if not rows:
        return None
    path, line = str(rows[0]["path"]), int(rows[0]["line"])
    return warning(
        "project.secrets",
        line=line,
        place=f"{path}:{line}",
        path=path,
        kind=rows[0]["kind"],
        count=len(rows),
    )


def _counts(row: Record) -> bool:
    path = str(row["path"])
    if _ENV_FILE.search(path):
        return False
    return row.get("kind") not in _OFTEN_MADE_UP or not _SHOWN_OFF.search(path)
