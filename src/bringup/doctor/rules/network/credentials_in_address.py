"""A password stands in an address.

The address {address} holds a password or token; logs, locks and images may carry it on.

Finds: addresses of indexes, pages of files and conda channels with a user and password, or with a
token.

Why: installers print addresses, `pip freeze` and locks repeat them, and what is given as a build
argument or ENV stays in the image's history. Bringup itself writes addresses without credentials.

Evidence: `index.settings`; also `index.conda.channels`.

Fix: keep it in ~/.netrc: write `machine {host} login USER password TOKEN`, then `chmod 600
~/.netrc`, and take it out of the address; pip, uv and bringup read that file. Or use a keyring:
`uv auth login {host}`. In a Dockerfile: `RUN --mount=type=secret,id=netrc ...`. Change a password
that was already shown.

False alarms: a public token that everybody may have; a user's name alone is not reported.

References: https://pip.pypa.io/en/stable/topics/authentication/ netrc and keyring instead of
addresses
https://docs.astral.sh/uv/concepts/authentication/http/ uv and netrc
https://docs.docker.com/build/building/secrets/ secrets in builds

---

地址中带有密码。

地址 {address} 含有密码或令牌；日志、锁文件和镜像可能会把它传出去。

发现：带有用户名和密码或令牌的索引、文件页面和 conda 频道地址。

原因：安装程序会输出地址，`pip freeze` 和锁文件会重复它们，作为构建参数或 ENV 给出的内容会留在镜像
历史中。bringup 自己写出的地址不含凭据。

修复：保存在 ~/.netrc 中：写入 `machine {host} login USER password TOKEN`，再运行 `chmod 600
~/.netrc`，并从地址中去掉；pip、uv 和 bringup 会读取该文件。或使用密钥环：`uv auth login {host}`。
在 Dockerfile 中：`RUN --mount=type=secret,id=netrc ...`。已经泄露的密码请更换。

误报：人人可用的公开令牌；只有用户名时不会报告。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.machine.redact import redacted

_HIDDEN = "****"
_TOKEN_CHARS = 20
"""A user's name alone of this length is a token; shorter ones are names such as __token__."""
_CONDA_TOKEN = re.compile(r"/t/[^/\s]{8,}/")


def check(case: Case) -> Verdict:
    """Find addresses with credentials."""
    for address in _addresses(case):
        if _holds_secret(address):
            host = urlsplit(address).hostname or ""
            return warning("index.settings", address=redacted(address), host=host)
    return None


def _addresses(case: Case) -> Iterator[str]:
    settings = case.machine.index_settings
    yield from filter(None, (settings.index, *settings.extra_indexes, *settings.find_links))
    yield from case.value("index.conda.channels") or ()


def _holds_secret(address: str) -> bool:
    try:
        parts = urlsplit(address)
        user, password = parts.username or "", parts.password or ""
    except ValueError:
        return False
    if not parts.scheme.startswith("http"):
        return False
    if _CONDA_TOKEN.search(address):
        return True
    # Addresses of a saved machine are hidden already: what stood there nobody knows.
    return password not in {"", _HIDDEN} or len(user) >= _TOKEN_CHARS
