"""The locale's encoding is not UTF-8.

The locale is {locale}: Python reads and writes text files as {encoding}, not as UTF-8.

Finds: a locale with an encoding of its own other than UTF-8, such as zh_CN.GBK or
de_DE.ISO-8859-1.

Why: `open()` without an encoding takes the locale's. Source texts, tokenizers, labels and READMEs
are UTF-8; they are read as garbage, or end with "UnicodeDecodeError: 'gbk' codec can't decode
byte".

Evidence: `system.encoding`; also `system.locale`, `env.python_version`.

Fix: `export LANG=C.UTF-8` (or zh_CN.UTF-8, ...) and unset LC_ALL and LC_CTYPE, in ~/.profile or
the image's ENV. For Python alone `export PYTHONUTF8=1` is enough.

False alarms: a C, POSIX or unset locale is well: Python 3.7 and newer take UTF-8 then. Data that
really is in that encoding.

References: https://peps.python.org/pep-0540/ UTF-8 mode
https://peps.python.org/pep-0686/ UTF-8 becomes the default in Python 3.15
https://github.com/bndr/pipreqs/issues/241 UnicodeDecodeError: 'gbk' codec

---

区域设置的编码不是 UTF-8。

区域设置是 {locale}：Python 以 {encoding} 而不是 UTF-8 读写文本文件。

发现：区域设置自带 UTF-8 以外的编码，例如 zh_CN.GBK 或 de_DE.ISO-8859-1。

原因：未指定编码的 `open()` 采用区域设置的编码。源代码文本、分词器、标签和 README 都是 UTF-8；它们
会被读成乱码，或以 "UnicodeDecodeError: 'gbk' codec can't decode byte" 结束。

修复：在 ~/.profile 或镜像的 ENV 中设置 `export LANG=C.UTF-8`（或 zh_CN.UTF-8 等），并取消 LC_ALL
和 LC_CTYPE。若只针对 Python，`export PYTHONUTF8=1` 即可。

误报：C、POSIX 或未设置的区域设置没有问题：Python 3.7 及更新版本此时采用 UTF-8。数据确实使用该编码
时也属误报。
"""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import SetVariable

_WELL = {"utf-8", "utf8", "ascii", "unknown"}
"""With ascii, the C locale, Python 3.7 and newer work in UTF-8 (PEP 538, PEP 540)."""
_UTF8_BY_DEFAULT = Version("3.15")


def check(case: Case) -> Verdict:
    """Find a locale with an old encoding."""
    encoding = case.text("system.encoding")
    if encoding is None or encoding.lower() in _WELL or _new_python(case):
        return None
    return warning(
        "system.encoding",
        "system.locale",
        steps=(SetVariable("PYTHONUTF8", "1"),),
        locale=case.text("system.locale") or "?",
        encoding=encoding,
    )


def _new_python(case: Case) -> bool:
    try:
        return Version(case.text("env.python_version") or "0") >= _UTF8_BY_DEFAULT
    except InvalidVersion:
        return False
