"""docker talks to another machine.

DOCKER_HOST is {address}: images, containers, GPUs and mounted folders are those over there.

Finds: DOCKER_HOST with an address over the network, outside containers.

Why: a variable that was left behind decides where all containers run. `-v $PWD:/work` mounts a
folder of the other machine, mostly an empty one; published ports open there; without the machine
all ends with "Cannot connect to the Docker daemon at tcp://...".

Evidence: `containers.engines`, `variables.set`; also `surroundings.container`.

Fix: `unset DOCKER_HOST` when it is not meant, and take it out of the shell's start files. When it
is meant, a context says so: `docker context create far --docker host={address}`.

False alarms: another machine on purpose. Inside containers (a service beside a CI job) nothing is
said.

References: https://docs.docker.com/engine/manage-resources/contexts/ contexts instead of the
variable https://docs.docker.com/engine/security/protect-access/ how to reach a daemon safely
https://github.com/docker/compose/issues/4181 a variable that was left

---

docker 连接的是另一台机器。

DOCKER_HOST 是 {address}：镜像、容器、GPU 和挂载的文件夹都在那台机器上。

发现：在容器之外，DOCKER_HOST 是网络地址。

原因：遗留的变量决定了所有容器在哪里运行。`-v $PWD:/work` 挂载的是另一台机器的文件夹，多半是空的；
发布的端口也在那里；那台机器不在时，会以 "Cannot connect to the Docker daemon at tcp://..." 结束。

修复：如果不是有意的：`unset DOCKER_HOST`，并从 shell 的启动文件中去掉。如果是有意的，请用 context
表达：`docker context create far --docker host={address}`。

误报：有意使用另一台机器。在容器内（CI 作业旁的服务）不会报告。
"""

from __future__ import annotations

import re

from bringup.doctor.case import Case
from bringup.doctor.engines import docker
from bringup.doctor.rule import NO_ENGINE, Verdict, warning
from bringup.doctor.steps import SetVariable


def check(case: Case) -> Verdict:
    """Look for a client that is sent away."""
    if docker(case) is None:
        return NO_ENGINE
    address = case.variables.get("DOCKER_HOST", "")
    if case.in_container or not re.match(r"(?:tcp|ssh|https?)://", address):
        return None
    return warning(
        "variables.set",
        "containers.engines",
        address=address,
        steps=(SetVariable("DOCKER_HOST", None),),
    )
