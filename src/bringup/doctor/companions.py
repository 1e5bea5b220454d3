"""torchvision and torchaudio beside torch: the pairs that their releases and builds make."""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    accepts,
    companion_for,
    install_command,
    installers,
    local_build,
    not_installed,
    release_of,
    row_of,
    torch_index,
)
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.knowledge.builds import cuda_major, cuda_number
from bringup.knowledge.conflicts import conflicts_of
from bringup.knowledge.frameworks import framework_table
from bringup.stack.answer.pairs import limits_in, parsed

_OWN_HANDS: Final = frozenset({"pip", "uv"})


def judge(case: Case, package: str, *, same_cuda: bool) -> Verdict:
    """Hold a companion's release and build against torch's.

    Args:
        case: the case.
        package: torchvision or torchaudio.
        same_cuda: it refuses a torch of another CUDA minor version too, not only of another major.
    """
    version, torch = case.packages.get(package), case.packages.get("torch")
    if version is None or torch is None:
        return not_installed(*(name for name in (package, "torch") if name not in case.packages))
    wanted = _wanted_release(package, version, torch) or _wanted_build(case, package, same_cuda)
    if wanted is None:
        return None
    command = install_command(case, *_words(case, package, torch))
    values = {"version": version, "wanted": wanted, "torch": _told(case, torch)}
    return Found(Severity.ERROR, {**values, "command": command}, ("env.packages",))


def _wanted_release(package: str, version: str, torch: str) -> str | None:
    """Return what the release asks of torch when this torch is not that, None when it is."""
    row, release = row_of(package, version), release_of(torch)
    if row is None or release is None:
        return None
    texts = [*row.requires]
    for conflict in conflicts_of(package):
        if conflict.needs is not None and conflict.applies(package, row.version):
            texts.append(conflict.needs)
    for text in texts:
        wanted = parsed(text)
        if wanted is not None and wanted.name == "torch":
            limits = limits_in([text], "torch")
            if limits is not None and not accepts(limits, release):
                return str(wanted.specifier)
    return None


def _wanted_build(case: Case, package: str, same_cuda: bool) -> str | None:
    """Return the companion's build when it cannot work with torch's, None otherwise."""
    mine = local_build(case.packages[package]) or _default_build(case, package)
    torch = case.text("env.torch_build")
    if mine is None or torch is None or mine == torch:
        return None
    if mine == "cpu":
        # torchaudio has no kernels of its own for the GPU; torchvision has (nms, roi_align).
        return None if same_cuda or torch == "cpu" else f"+{mine}"
    if cuda_major(mine) and torch == "cpu":
        return f"+{mine}"
    if bool(cuda_major(mine)) != bool(cuda_major(torch)):
        return f"+{mine}"
    number = cuda_number if same_cuda else cuda_major
    return f"+{mine}" if number(mine) != number(torch) else None


def _default_build(case: Case, package: str) -> str | None:
    """Return the build of a wheel that names none: what the default index has for the platform.

    Only beside a torch that names its own: then the two came from different indexes. A pair without
    names is one of NVIDIA's for Jetson, of conda's or of the default index, and goes together.
    """
    release = release_of(case.packages["torch"])
    named = local_build(case.packages["torch"]) is not None
    foreign = installers(case).get(package) not in _OWN_HANDS
    if release is None or not named or foreign or "+" in case.packages[package]:
        return None
    platform = case.machine.os
    if platform == "linux":
        platform = f"linux_{case.machine.arch}"
    return None if platform is None else framework_table().default_kind(release, platform)


def _told(case: Case, torch: str) -> str:
    build = case.text("env.torch_build")
    return torch if "+" in torch or build is None else f"{torch} ({build})"


def _words(case: Case, package: str, torch: str) -> tuple[str, ...]:
    release = release_of(torch)
    version = None if release is None else companion_for(package, release)
    word = package if version is None else f"{package}=={version}"
    build = local_build(torch)
    index = () if build is None else ("--index-url", torch_index(build))
    return ("--force-reinstall", "--no-deps", word, *index)
