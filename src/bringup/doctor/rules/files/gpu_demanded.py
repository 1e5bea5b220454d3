"""The devcontainer starts only where there is a GPU.

runArgs ask for a GPU: on a machine without one the container does not start at all.

Finds: --gpus in runArgs without hostRequirements.gpu.

Why: colleagues with a laptop cannot open the project.

Evidence: the file.

Fix: write `"hostRequirements": {{"gpu": "optional"}}` and leave `--gpus` out of runArgs.

False alarms: projects that are of no use without a GPU.

References: https://containers.dev/implementors/json_reference/#min-host-reqs gpu may be
optional

---

devcontainer 只能在有 GPU 的机器上启动。

runArgs 要求 GPU：在没有 GPU 的机器上容器根本无法启动。

发现：runArgs 中有 --gpus 而没有 hostRequirements.gpu。

原因：使用笔记本电脑的同事无法打开项目。

修复：写入 `"hostRequirements": {{"gpu": "optional"}}` 并从 runArgs 去掉 `--gpus`。

误报：没有 GPU 就没有用的项目。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DEVCONTAINER,)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield the demand."""
    del case
    requirements = source.settings.get("hostRequirements")
    optional = isinstance(requirements, dict) and "gpu" in requirements
    if "--gpus" in str(source.settings.get("runArgs") or "") and not optional:
        lines = source.text.splitlines()
        at = next((number for number, line in enumerate(lines, 1) if "--gpus" in line), 1)
        yield warning(line=at)
