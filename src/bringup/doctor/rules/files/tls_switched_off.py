"""Certificates are not checked.

`{what}` switches the check of certificates off: whoever sits between may change what is
installed.

Finds: --trusted-host, curl -k, wget --no-check-certificate, PYTHONHTTPSVERIFY=0,
GIT_SSL_NO_VERIFY and npm strict-ssl false.

Why: a download without the check can be replaced on its way, also by accident.

Evidence: the file.

Fix: give the authority's certificate instead: `PIP_CERT`, `SSL_CERT_FILE`,
`REQUESTS_CA_BUNDLE`, `curl --cacert`.

False alarms: a plain http mirror inside a closed network.

References: https://pip.pypa.io/en/stable/topics/https-certificates/ certificates of one's own

---

没有检查证书。

`{what}` 关闭了证书检查：中间人可以更改安装的内容。

发现：--trusted-host、curl -k、wget --no-check-certificate、PYTHONHTTPSVERIFY=0、
GIT_SSL_NO_VERIFY 和 npm strict-ssl false。

原因：不检查证书的下载可能在途中被替换，也可能是意外。

修复：改为提供颁发机构的证书：`PIP_CERT`、`SSL_CERT_FILE`、`REQUESTS_CA_BUNDLE`、`curl
--cacert`。

误报：封闭网络中的普通 http 镜像。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = tuple(Kind)

_COMMANDS: Final = re.compile(
    r"--trusted-host\b|\bcurl\b[^|;&]{0,200}\s(?:-k|--insecure)\b|--no-check-certificate"
    r"|strict-ssl\s+false|http\.sslVerify\s+false"
)
_OFF: Final = {"PYTHONHTTPSVERIFY": "0", "NODE_TLS_REJECT_UNAUTHORIZED": "0"}


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield commands, options and variables that do so."""
    del case
    for command in source.commands:
        if match := _COMMANDS.search(command.text):
            yield warning(line=command.line, what=match[0][:60])
    for install in source.installs:
        if source.kind is Kind.REQUIREMENTS and "--trusted-host" in install.options:
            yield warning(line=install.line, what="--trusted-host")
    for row in source.variables:
        if _OFF.get(row.name) == row.value or row.name in {"GIT_SSL_NO_VERIFY", "PIP_TRUSTED_HOST"}:
            yield warning(line=row.line, what=f"{row.name}={row.value}")
