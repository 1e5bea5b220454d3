"""A notebook server is open to everybody without a token.

`{command}` listens on all addresses and asks for neither token nor password.

Finds: a start command of Jupyter with --ip=0.0.0.0 (or *) and an empty token or password.

Why: a notebook runs any code. Open servers are found within hours and used for mining.

Evidence: the file.

Fix: leave the token out of the command, so that Jupyter makes one, and publish the port on
127.0.0.1 only.

False alarms: a server behind a proxy that authenticates; say so in `[doctor] ignore`.

References: https://jupyter-server.readthedocs.io/en/latest/operators/security.html never
disable the token on an open address

---

笔记本服务器对所有人开放且没有令牌。

`{command}` 监听所有地址，且不要求令牌或密码。

发现：使用 --ip=0.0.0.0（或 *）且令牌或密码为空的 Jupyter 启动命令。

原因：笔记本可运行任意代码。开放的服务器数小时内就会被发现并用于挖矿。

修复：不要在命令中指定令牌，让 Jupyter 自动生成，并且只在 127.0.0.1 上发布端口。

误报：位于带认证代理之后的服务器；请在 `[doctor] ignore` 中说明。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error

KINDS: Final = (Kind.DOCKERFILE, Kind.COMPOSE, Kind.DEVCONTAINER)

_SERVER: Final = re.compile(
    r"\bjupyter(?:-lab|-notebook|-server| lab| notebook| server|lab)\b", re.I
)
_OPEN: Final = re.compile(r"--(?:\w+\.)?ip[= ]+['\"]?(?:0\.0\.0\.0|\*|::)", re.I)
_NO_TOKEN: Final = re.compile(
    r"--(?:\w+\.)?(?:token|password)(?:=|\s+)(?:''|\"\"|u''|(?=\s|$))", re.I
)
_SHOWN_CHARS: Final = 100


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield commands that start such a server."""
    del case
    for command in source.commands:
        text = command.text
        if _SERVER.search(text) and _OPEN.search(text) and _NO_TOKEN.search(text):
            yield error(line=command.line, command=text[:_SHOWN_CHARS])
