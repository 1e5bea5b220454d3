"""A notebook holds a secret.

{kind} stands in a cell or in an output that was saved.

Finds: tokens of known forms (Hugging Face, GitHub, AWS, OpenAI) in the cells and the saved
outputs of a notebook.

Why: notebooks are shared and committed with their outputs.

Evidence: the file.

Fix: read it from a variable (`os.environ`), clear the outputs, and change the secret.

False alarms: examples that only have the form.

References: https://jupyterlab.readthedocs.io/en/stable/user/notebook.html outputs are saved
with the notebook

---

笔记本中含有机密。

单元格或已保存的输出中有 {kind}。

发现：笔记本单元格和已保存输出中形式已知的令牌（Hugging Face、GitHub、AWS、OpenAI）。

原因：笔记本会连同输出一起共享和提交。

修复：从变量（`os.environ`）读取，清除输出，并更换该机密。

误报：仅有此形式的示例。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error

KINDS: Final = (Kind.NOTEBOOK,)

_FORMS: Final = (
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}")),
    ("an AWS key", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("an OpenAI key", re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}")),
)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield the first of each kind."""
    del case
    for kind, form in _FORMS:
        for row in (*source.commands, *source.outputs):
            if form.search(row.text):
                yield error(line=row.line, kind=kind)
                break
