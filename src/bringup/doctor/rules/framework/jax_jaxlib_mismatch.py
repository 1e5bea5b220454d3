"""jax, jaxlib and its CUDA plugin are not of one release.

{package} {version} does not go with {other} {other_version}; wanted is {wanted}.

Finds: a jaxlib that the installed jax does not accept, or a CUDA plugin whose version is not
jaxlib's.

Why: jax refuses a jaxlib that is too old or newer than itself when it is imported. A plugin of
another version "is not compatible with the installed jaxlib version, so it will not be used": the
work goes on on the processor, and some pairs end with a segmentation fault.

Evidence: `env.packages`; also `env.python`, `env.has_pip`, `env.kind`, `os.family`.

Fix: install the three together: `{command}`.

False alarms: None known.

References: https://docs.jax.dev/en/latest/jep/9419-jax-versioning.html which pairs are allowed
https://github.com/jax-ml/jax/issues/24901 a plugin of another version ends the process
https://github.com/jax-ml/jax/issues/22416 mismatched PJRT plugin

---

jax、jaxlib 与其 CUDA 插件不是同一版本。

{package} {version} 与 {other} {other_version} 不配套；需要的是 {wanted}。

发现：已安装的 jax 不接受该 jaxlib，或 CUDA 插件的版本与 jaxlib 不同。

原因：jax 在导入时会拒绝过旧或比自己更新的 jaxlib。版本不同的插件会被提示 "is not compatible with
the installed jaxlib version, so it will not be used"：计算转到处理器上继续，某些组合还会以段错误结
束。

修复：把三者一起安装：`{command}`。

误报：未知。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import accepts, install_command, not_installed, release_of, row_of
from bringup.doctor.rule import Found, Verdict, error
from bringup.stack.answer.pairs import limits_in

_PLUGINS = {
    "cuda13": ("jax-cuda13-plugin", "jax-cuda13-pjrt"),
    "cuda12": ("jax-cuda12-plugin", "jax-cuda12-pjrt"),
}


def check(case: Case) -> Verdict:
    """Hold jax, jaxlib and the plugins against each other."""
    packages = case.packages
    jax, jaxlib = release_of(packages.get("jax")), release_of(packages.get("jaxlib"))
    if jax is None or jaxlib is None:
        return not_installed(*(name for name in ("jax", "jaxlib") if name not in packages))
    row = row_of("jax", packages["jax"])
    limits = None if row is None else limits_in(row.requires, "jaxlib")
    if limits is not None and not accepts(limits, jaxlib):
        return _found(case, "jax", "jaxlib", f"jaxlib{limits}")
    if jaxlib > jax:
        return _found(case, "jax", "jaxlib", f"jaxlib<={jax}")
    for names in _PLUGINS.values():
        for name in names:
            plugin = release_of(packages.get(name))
            # Post releases of a plugin go with their release; so does jax itself compare them.
            if plugin is not None and plugin.release != jaxlib.release:
                return _found(case, "jaxlib", name, f"{name}=={jaxlib}")
    return None


def _found(case: Case, package: str, other: str, wanted: str) -> Found:
    extras = [key for key, names in _PLUGINS.items() if names[0] in case.packages]
    extra = f"[{extras[0]}]" if extras else ""
    jax = release_of(case.packages["jax"])
    return error(
        "env.packages",
        package=package,
        version=case.packages[package],
        other=other,
        other_version=case.packages[other],
        wanted=wanted,
        command=install_command(case, "--upgrade", f"jax{extra}=={jax}"),
    )
