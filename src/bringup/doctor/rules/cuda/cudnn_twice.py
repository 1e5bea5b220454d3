"""Two cuDNN of the same major version can be loaded together.

cuDNN {one} ({here}) and cuDNN {other} ({there}) are both found.

Finds: cuDNN of one major version in two different versions: twice on the loader's path, or on
LD_LIBRARY_PATH beside the one that a wheel brings.

Why: cuDNN is a set of libraries that load each other by name. Parts of two versions end with
"CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH", or torch says that it was compiled against another
version than it found.

Evidence: `cuda.libraries`; also `env.packages`, `cuda.library_path`.

Fix: take {folder} out of LD_LIBRARY_PATH, or remove that cuDNN (`sudo apt remove "libcudnn*"`):
wheels of torch and JAX bring their own.

False alarms: two versions in one toolkit's folder, of which one is a link; it is counted once.

References: https://github.com/pytorch/pytorch/issues/185512 parts of the wheel's and of the
system's https://github.com/pytorch/pytorch/issues/80637 cuDNN of a cluster's module on
LD_LIBRARY_PATH https://github.com/koharu-rs/koharu/issues/694 system 9.22 beside bundled 9.21

---

同一主版本的两个 cuDNN 可能被一起加载。

同时找到 cuDNN {one}（{here}）和 cuDNN {other}（{there}）。

发现：同一主版本的 cuDNN 有两个不同版本：在加载路径上出现两次，或 LD_LIBRARY_PATH 上有一个，
而 wheel 又自带一个。

原因：cuDNN 由一组按名称互相加载的库组成。混用两个版本的部件会以
"CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH" 结束，或者 torch 说编译时的版本与找到的版本不同。

修复：从 LD_LIBRARY_PATH 中去掉 {folder}，或卸载那个 cuDNN（`sudo apt remove "libcudnn*"`）：
torch 和 JAX 的 wheel 自带 cuDNN。

误报：同一工具包文件夹中的两个版本，其中一个是链接；只计一次。
"""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, warning

FOLLOWS = ("CUDA004",)

_WHEEL: Final = "nvidia-cudnn-cu"
_PARTS: Final = 3
"""Numbers of a version that count: 9.10.2 of 9.10.2.21, which is how a header tells it."""


def check(case: Case) -> Verdict:
    """Look for a second cuDNN that the loader could mix with the first."""
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    rows = [row for row in case.records("cuda.libraries") if row.get("name") == "cudnn"]
    found = [(_version(str(row.get("version"))), str(row["path"]), row.get("via")) for row in rows]
    places = [(version, path, via) for version, path, via in found if version is not None]
    pair = _pair(places) or _with_wheel(case, places)
    if pair is None:
        return None
    (one, here), (other, there) = pair
    return warning(
        "cuda.libraries",
        "cuda.library_path",
        one=one,
        here=here,
        other=other,
        there=there,
        folder=here.rpartition("/")[0],
    )


_Place = tuple[Version, str]


def _pair(places: list[tuple[Version, str, object]]) -> tuple[_Place, _Place] | None:
    for position, (one, here, _) in enumerate(places):
        for other, there, _ in places[position + 1 :]:
            if one.major == other.major and one != other:
                return (one, here), (other, there)
    return None


def _with_wheel(
    case: Case, places: list[tuple[Version, str, object]]
) -> tuple[_Place, _Place] | None:
    for name, text in case.packages.items():
        wheel = _version(text) if name.startswith(_WHEEL) else None
        for one, here, via in places if wheel is not None else ():
            # Without LD_LIBRARY_PATH the wheel's own folder comes first.
            if via == "LD_LIBRARY_PATH" and wheel and one.major == wheel.major and one != wheel:
                return (one, here), (wheel, name)
    return None


def _version(text: str) -> Version | None:
    """Return the part of a version that counts, None when only the major one is known."""
    version = version_of(text)
    if version is None or len(version.release) < _PARTS:
        return None
    return Version(".".join(map(str, version.release[:_PARTS])))
