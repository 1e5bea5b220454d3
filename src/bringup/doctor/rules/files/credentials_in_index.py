"""The address of an index holds a password.

The address {address} holds a user and a password, in a file that is kept and copied.

Finds: user:password@ in --index-url, --extra-index-url, find-links or requirements.

Why: files go into repositories and layers; the password goes with them.

Evidence: the file.

Fix: keep it in a netrc file, a keyring or a build secret, and leave it out of the address.

False alarms: variables that are filled in at run time.

References: https://pip.pypa.io/en/stable/topics/authentication/ netrc and keyring

---

索引地址中含有密码。

地址 {address} 含有用户名和密码，且文件会被保存和复制。

发现：--index-url、--extra-index-url、find-links 或 requirements 中的 user:password@。

原因：文件会进入仓库和镜像层，密码也随之泄露。

修复：把密码放入 netrc、密钥环或构建机密，不要写在地址中。

误报：运行时填入的变量。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error
from bringup.machine.redact import redacted

KINDS: Final = tuple(Kind)

_SECRET: Final = re.compile(r"https?://[^\s/:@$]+:[^\s/@$]{2,}@[\w.-]+\S*")


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield addresses with credentials, shown without them."""
    del case
    for number, line in enumerate(source.text.splitlines(), start=1):
        if match := _SECRET.search(line):
            yield error(line=number, address=redacted(match[0]))
