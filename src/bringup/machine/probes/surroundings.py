"""What stands between us and the bare machine: a container, WSL, a virtual machine, a scheduler."""

from __future__ import annotations

import re
from typing import Final

from bringup.machine.probes.cpu import cpu_flags, sysctl
from bringup.machine.probes.system import LINUX, MACOS
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World

_CGROUP_MARKS: Final = (
    ("kubepods", "kubernetes"),
    ("/docker", "docker"),
    ("libpod", "podman"),
    ("/lxc", "lxc"),
    ("containerd", "containerd"),
)
_DMI_MARKS: Final = (
    ("kvm", "kvm"),
    ("qemu", "qemu"),
    ("vmware", "vmware"),
    ("virtualbox", "virtualbox"),
    ("microsoft corporation virtual machine", "hyper-v"),
    ("xen", "xen"),
    ("amazon ec2", "aws"),
    ("google compute engine", "gcp"),
    ("alibaba cloud", "alibaba"),
    ("tencent cloud", "tencent"),
    ("huawei", "huawei"),
    ("openstack", "openstack"),
    ("bochs", "qemu"),
)
_JOBS: Final = (
    ("SLURM_JOB_ID", "slurm"),
    ("PBS_JOBID", "pbs"),
    ("LSB_JOBID", "lsf"),
    ("COBALT_JOBID", "cobalt"),
    ("JOB_ID", "sge"),
)


def container(world: World) -> Answer | None:
    """Return the kind of container that we are in, None outside one."""
    if world.env.get("KUBERNETES_SERVICE_HOST"):
        return Answer("kubernetes", "KUBERNETES_SERVICE_HOST")
    if world.exists("/run/.containerenv"):
        return Answer("podman", "/run/.containerenv")
    if world.exists("/.dockerenv"):
        return Answer("docker", "/.dockerenv")
    if world.env.get("SINGULARITY_NAME") or world.env.get("APPTAINER_NAME"):
        return Answer("apptainer", "APPTAINER_NAME")
    if world.platform == "linux":
        groups = world.text("/proc/1/cgroup" if world.exists("/proc/1/cgroup") else _OWN_GROUPS)
        for mark, name in _CGROUP_MARKS:
            if mark in groups:
                return Answer(name, "/proc/1/cgroup")
    return None


_OWN_GROUPS: Final = "/proc/self/cgroup"


def wsl(world: World) -> str | None:
    """Return the version of WSL that we are in, None outside it."""
    version = world.text("/proc/version")
    if "microsoft" not in version.lower():
        return None
    # The first WSL has no Linux kernel; it says "4.4.0-19041-Microsoft".
    return "1" if re.search(r"\d-Microsoft\b", version) else "2"


def _vm_by_dmi(world: World) -> Answer | None:
    names = ("sys_vendor", "product_name", "bios_vendor")
    texts = [world.text_or(f"/sys/class/dmi/id/{name}").strip() for name in names]
    if not any(texts):
        raise NoAnswer("no such file")
    said = " ".join(texts).lower()
    for mark, name in _DMI_MARKS:
        # Clouds sell bare machines too: without a hypervisor their name proves nothing.
        if mark in said and "hypervisor" in cpu_flags(world):
            return Answer(name, "/sys/class/dmi/id")
    if "hypervisor" in cpu_flags(world):
        return Answer("unknown hypervisor", "/proc/cpuinfo")
    return None


def _vm_by_flag(world: World) -> str | None:
    if not (flags := cpu_flags(world)):
        raise NoAnswer("only an x86 processor tells")
    return "unknown hypervisor" if "hypervisor" in flags else None


def _macos_vm(world: World) -> str | None:
    return "unknown hypervisor" if sysctl(world).get("kern.hv_vmm_present") == "1" else None


def _cluster(world: World) -> Answer | None:
    for variable, name in _JOBS:
        # Sun's Grid Engine uses a name that anybody may use: it counts with its fellow only.
        if world.env.get(variable) and (name != "sge" or world.env.get("SGE_TASK_ID")):
            return Answer(name, variable)
    if world.env.get("KUBERNETES_SERVICE_HOST"):
        return Answer("kubernetes", "KUBERNETES_SERVICE_HOST")
    return None


def _job(world: World) -> Answer | None:
    cluster = _cluster(world)
    if cluster is None or cluster.value == "kubernetes":
        return None
    return Answer(world.env[cluster.source], cluster.source)


SOURCES: Sources = {
    "surroundings.container": (Source("/.dockerenv, cgroups", container),),
    "surroundings.wsl": (
        absent_on("macos", "windows"),
        Source("/proc/version", wsl, LINUX),
    ),
    "surroundings.vm": (
        Source("/sys/class/dmi/id", _vm_by_dmi, LINUX),
        Source("/proc/cpuinfo", _vm_by_flag, LINUX),
        Source("sysctl", _macos_vm, MACOS),
    ),
    "surroundings.cluster": (Source("environment", _cluster),),
    "surroundings.cluster_job": (Source("environment", _job),),
}
