"""Keras does not belong to the installed TensorFlow or transformers.

{package} {version} does not work with {other} {other_version}.

Finds: Keras 3 beside TensorFlow older than 2.16, and transformers 4 beside TensorFlow 2.16 or newer
without tf-keras.

Why: TensorFlow up to 2.15 takes Keras 2 from the same folder `keras`; with Keras 3 there,
`tf.keras` fails at its first use. transformers imports its TensorFlow models whenever TensorFlow is
there, also for work with torch, and stops with "Your currently installed version of Keras is Keras
3, but this is not yet supported in Transformers".

Evidence: `env.packages`; also `env.python`, `env.has_pip`, `env.kind`, `os.family`.

Fix: `{command}`. In a project with torch alone, taking TensorFlow out is better.

False alarms: None known.

References: https://keras.io/getting_started/ which TensorFlow goes with which Keras
https://github.com/huggingface/transformers/issues/34761 transformers and Keras 3
https://github.com/huggingface/transformers/issues/27377 why tf-keras mends it

---

Keras 与已安装的 TensorFlow 或 transformers 不配套。

{package} {version} 无法与 {other} {other_version} 一起工作。

发现：Keras 3 与早于 2.16 的 TensorFlow 同时安装，或 transformers 4 与 TensorFlow 2.16 及更新版本同
时安装而没有 tf-keras。

原因：2.15 及以前的 TensorFlow 从同一个文件夹 `keras` 使用 Keras 2；若其中是 Keras 3，`tf.keras` 首
次使用就会失败。只要有 TensorFlow，transformers 就会导入其 TensorFlow 模型，即使只使用 torch，并以
"Your currently installed version of Keras is Keras 3, but this is not yet supported in
Transformers" 停止。

修复：`{command}`。只用 torch 的项目中，卸载 TensorFlow 更好。

误报：未知。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import clashes_of, install_command, not_installed, release_of
from bringup.doctor.rule import Verdict, error


def check(case: Case) -> Verdict:
    """Look for the pairs around Keras that the tables speak against."""
    if "tensorflow" not in case.packages:
        return not_installed("tensorflow")
    found = clashes_of(case, "keras_incompatible")
    if not found:
        return None
    clash = found[0]
    word = "tf-keras"
    if clash.package == "keras":
        tensorflow = release_of(clash.other_version)
        # From 2.5 to 2.15, Keras bears TensorFlow's number.
        minor = "2.15" if tensorflow is None else f"{tensorflow.major}.{tensorflow.minor}"
        word = f"keras=={minor}.*"
    elif clash.row.unless is None:
        word = "tensorflow<2.16"
    return error(
        "env.packages",
        package=clash.package,
        version=clash.version,
        other=clash.other,
        other_version=clash.other_version,
        command=install_command(case, word),
    )
