"""Two packages bring the same module.

{packages} write into the same folder: the one that is installed last wins, and removing one
breaks the other.

Finds: onnxruntime beside onnxruntime-gpu, several builds of opencv, tensorflow beside
tensorflow-cpu, tensorboard beside tb-nightly.

Why: which one is imported depends on the order; the GPU build is often overwritten.

Evidence: the file.

Fix: ask for one of {packages}.

False alarms: none known.

References: https://onnxruntime.ai/docs/install/ only one of the packages;
https://github.com/opencv/opencv-python#installation-and-usage only one of the four

---

两个软件包提供同一模块。

{packages} 写入同一目录：后安装者生效，卸载其一会破坏另一个。

发现：同时安装 onnxruntime 与 onnxruntime-gpu、多个 opencv 版本、tensorflow 与
tensorflow-cpu、tensorboard 与 tb-nightly。

原因：导入哪个取决于顺序；GPU 版常被覆盖。

修复：只安装 {packages} 之一。

误报：暂无。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error

KINDS: Final = tuple(Kind)

_FAMILIES: Final = (
    frozenset({"onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"}),
    frozenset({"opencv-python", "opencv-contrib-python", "opencv-python-headless"})
    | frozenset({"opencv-contrib-python-headless"}),
    frozenset({"tensorflow", "tensorflow-cpu", "tf-nightly", "tensorflow-rocm"}),
    frozenset({"tensorboard", "tb-nightly"}),
    frozenset({"pillow", "pillow-simd"}),
)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield each family of which two members are asked for."""
    del case
    lines = {row.name: row.line for row in reversed(source.wanted) if row.name}
    for family in _FAMILIES:
        both = sorted(family & lines.keys())
        if len(both) > 1:
            yield error(line=max(lines[name] for name in both), packages=", ".join(both))
