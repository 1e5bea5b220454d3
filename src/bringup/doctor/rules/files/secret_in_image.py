"""A secret goes into the image or the file.

{name} is set in the file: whoever has the image or the repository has it.

Finds: ENV, ARG and environment entries whose name says token, key, secret or password and that
have a value; copied files such as .env, .netrc or id_rsa; tokens of known forms in commands.

Why: layers keep every value, also one that a later layer removes; `docker history` shows ARGs.

Evidence: the file.

Fix: give it at run time, or to the build as a secret: `RUN --mount=type=secret,id={name} ...`.
Change the secret: it is known now.

False alarms: values that only look like secrets; defaults of a local test service.

References: https://docs.docker.com/build/building/secrets/ why ARG and ENV are wrong for
secrets

---

机密信息进入了镜像或文件。

{name} 写在文件中：拥有镜像或仓库的人都能得到它。

发现：名称含 token、key、secret 或 password 且有值的 ENV、ARG 和 environment 项；复制 .env
、.netrc、id_rsa 等文件；命令中形式已知的令牌。

原因：层会保留每个值，即使后续层将其删除；`docker history` 会显示 ARG。

修复：在运行时提供，或作为构建机密：`RUN --mount=type=secret,id={name} ...`。请更换该机密
：它已泄露。

误报：只是看起来像机密的值；本地测试服务的默认值。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error

KINDS: Final = (Kind.DOCKERFILE, Kind.COMPOSE, Kind.DEVCONTAINER)

_NAME: Final = re.compile(
    r"(?:^|_)(?:TOKEN|API_?KEY|SECRET|PASSWORD|PASSWD|ACCESS_KEY)(?:_|$)", re.I
)
_FILES: Final = re.compile(
    r"(?:^|/)(?:\.env|\.netrc|id_rsa|id_ed25519|\.pypirc|kaggle\.json|.*\.pem)$"
)
_FORMS: Final = re.compile(
    r"\bhf_[A-Za-z0-9]{30,}|\bgh[pousr]_[A-Za-z0-9]{36,}|\bAKIA[0-9A-Z]{16}\b|\bsk-[A-Za-z0-9_-]{32,}"
)
_HARMLESS: Final = frozenset({"", "changeme", "none", "false", "true"})


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield variables, files and texts that hold secrets."""
    del case
    for row in source.variables:
        given = row.value.strip("\"'")
        if _NAME.search(row.name) and given.lower() not in _HARMLESS and not given.startswith("$"):
            yield error(line=row.line, name=row.name)
    for row in source.copies:
        if _FILES.search(row.name):
            yield error(line=row.line, name=row.name)
    for command in source.commands:
        if match := _FORMS.search(command.text):
            yield error(line=command.line, name=f"{match[0][:6]}...")
