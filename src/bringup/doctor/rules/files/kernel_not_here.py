"""The notebook wants a kernel that is not here.

It was saved with the kernel {kernel}, and the kernels here are: {known}.

Finds: a kernelspec in the notebook's metadata that no kernel of this machine has.

Why: running it without a person (nbconvert, papermill) fails with "No such kernel".

Evidence: the file.

Fix: register it, `python -m ipykernel install --user --name {kernel}`, or name one: `jupyter
nbconvert --execute --ExecutePreprocessor.kernel_name=python3`.

False alarms: notebooks that run elsewhere.

References: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs how
kernels are found

---

笔记本需要的内核不在这里。

它以内核 {kernel} 保存，而这里的内核有：{known}。

发现：笔记本元数据中的内核在本机不存在。

原因：无人值守运行（nbconvert、papermill）会以 "No such kernel" 失败。

修复：注册它：`python -m ipykernel install --user --name {kernel}`，或指定一个：`jupyter
nbconvert --execute --ExecutePreprocessor.kernel_name=python3`。

误报：在别处运行的笔记本。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.NOTEBOOK,)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield the kernel, where the machine's kernels are known and it is not among them."""
    spec = source.settings.get("kernelspec")
    name = str(spec.get("name", "")) if isinstance(spec, dict) else ""
    known = [str(row["name"]) for row in case.records("jupyter.kernelspecs")]
    # python3 is made by whatever Jupyter runs in.
    if name and name != "python3" and known and name not in known:
        yield warning(line=1, kernel=name, known=", ".join(known))
