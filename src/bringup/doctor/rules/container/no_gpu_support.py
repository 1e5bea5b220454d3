"""Containers here cannot be given the GPU.

{gpu} is here, and {engine} has no way to hand it on: {missing} is missing.

Finds: an NVIDIA GPU beside a running Docker without NVIDIA's container toolkit, its runtime or a
CDI specification; or podman with the toolkit and without a specification.

Why: the engine knows nothing of GPUs by itself. `docker run --gpus all` ends with "could not
select device driver \"\" with capabilities: [[gpu]]", podman with "unresolvable CDI devices".

Evidence: `containers.engines`, `containers.nvidia_toolkit`, `containers.cdi_specs`,
`gpu.devices`; also `containers.details`, `surroundings.container`.

Fix: with NVIDIA's repository set up (the first reference): {fix}.

False alarms: a machine whose containers shall have no GPU. Docker Desktop brings its own support
and is not judged.

References:
https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html
repository, package, configuration https://github.com/NVIDIA/nvidia-docker/issues/1352 the message
https://github.com/NVIDIA/nvidia-docker/issues/1642 Docker from snap

---

这里的容器用不上 GPU。

这里有 {gpu}，而 {engine} 无法把它交给容器：缺少 {missing}。

发现：有 NVIDIA GPU，而正在运行的 Docker 没有 NVIDIA 容器工具包、它的运行时或 CDI 规范；或 podman
有工具包而没有规范。

原因：引擎本身不认识 GPU。`docker run --gpus all` 会以 "could not select device driver \"\" with
capabilities: [[gpu]]" 结束，podman 会以 "unresolvable CDI devices" 结束。

修复：先按第一条参考设置好 NVIDIA 的软件仓库，然后 {fix}。

误报：不打算让容器使用 GPU 的机器。Docker Desktop 自带支持，不作判断。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.engines import details, docker, engine
from bringup.doctor.nvidia import package_manager, steps_of
from bringup.doctor.rule import NO_ENGINE, NO_NVIDIA_GPU, Verdict, error, warning

_FACTS: Final = ("containers.engines", "containers.nvidia_toolkit", "containers.cdi_specs")
_GENERATE: Final = "sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"


def check(case: Case) -> Verdict:
    """Look for an engine that has no way to the GPU."""
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    row, podman = docker(case), engine(case, "podman")
    if row is None and podman is None:
        return NO_ENGINE
    # In a container, what is installed here says nothing of the host's engine.
    if case.value("containers.cdi_specs") or case.in_container:
        return None
    if row is not None:
        return _docker(case, row)
    # Fedora and its relatives bring podman unasked; with the toolkit somebody means it.
    return None if case.value("containers.nvidia_toolkit") is None else _podman(case)


def _docker(case: Case, row: Record) -> Verdict:
    toolkit = case.value("containers.nvidia_toolkit") is not None
    served = toolkit or row.get("nvidia_runtime") or row.get("daemon") is not True
    if served or details(case).get("product", "docker") != "docker":
        return None
    commands = (
        f"sudo {package_manager(case)} install nvidia-container-toolkit",
        "sudo nvidia-ctk runtime configure --runtime=docker",
        "sudo systemctl restart docker",
    )
    return error(
        *_FACTS,
        gpu=case.nvidia_gpus[0].name,
        engine="docker",
        missing="nvidia-container-toolkit",
        fix=f"`{' && '.join(commands)}`",
        steps=tuple(step for command in commands for step in steps_of(command)),
    )


def _podman(case: Case) -> Verdict:
    return warning(
        *_FACTS,
        gpu=case.nvidia_gpus[0].name,
        engine="podman",
        missing="/etc/cdi/nvidia.yaml",
        fix=f"`{_GENERATE}`",
        steps=steps_of(_GENERATE),
    )
