"""Ask as a person does: machines and wishes by their short names. Tables are the real ones."""

from packaging.version import Version

from bringup.knowledge.releases import releases
from bringup.machine import machine_by_hand
from bringup.stack.answer.answer import answer, read_requirements, read_system
from bringup.stack.answer.model import Question
from bringup.stack.answer.options import rows_of
from bringup.stack.answer.place import place_of

UBUNTU = {
    "gpu": "none",
    "compute_capability": None,
    "driver": None,
    "os": "Ubuntu 22.04",
    "arch": "x86_64",
    "python": "3.12",
    "glibc": "2.35",
}
"""A machine without a GPU on which nearly everything installs."""

DRIVER = "580.95.05"
"""Runs every CUDA family of the tables."""


def machine(**facts):
    """Return the plain machine with some facts changed."""
    return machine_by_hand({**UBUNTU, **facts}, "test")


def gpu(capability, name="a GPU", **facts):
    """Return the plain machine with an NVIDIA GPU."""
    return machine(**{"gpu": name, "compute_capability": capability, "driver": DRIVER, **facts})


def with_gpus(*rows, driver=DRIVER, **facts):
    """Return the plain machine with several GPUs: pairs of a name and a compute capability."""
    devices = [
        {"vendor": "nvidia", "name": name, "compute_capability": capability}
        for name, capability in rows
    ]
    plain = {key: UBUNTU[key] for key in ("os", "arch", "python", "glibc")}
    return machine_by_hand(
        {**plain, "gpu.devices": devices, "gpu.nvidia_driver": driver, **facts}, "test"
    )


def windows(**facts):
    return machine(**{"os": "Windows 11", "glibc": None, **facts})


def mac(**facts):
    return machine(**{"os": "macOS 14.5", "arch": "arm64", "glibc": None, **facts})


def alpine(**facts):
    return machine(**{"os": "Alpine 3.20", "libc": "musl 1.2", "glibc": None, **facts})


def question(target, *requirements, build=None, default_index=False, system=()):
    return Question(
        target, read_requirements(requirements), build, default_index, read_system(system)
    )


def ask(target, *requirements, **options):
    """Return the answer to requirements as a person types them."""
    return answer(question(target, *requirements, **options))


def packages(found):
    """Return the answer's versions by name."""
    return {row.release.package: str(row.version) for row in found.chosen}


def codes(found):
    """Return the reason codes of an answer or of a list of reasons."""
    return [row.code for row in getattr(found, "reasons", found)]


def place(target):
    return place_of(target)


def release(package, version):
    """Return one release of the tables."""
    return next(row for row in releases(package) if row.version == Version(version))


def build(package, version, name):
    """Return one build of the tables."""
    return next(row for row in rows_of(release(package, version)) if row.build == name)
