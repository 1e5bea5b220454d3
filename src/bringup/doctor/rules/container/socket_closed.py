"""Docker runs, and this user may not talk to it.

{socket} may not be opened by {user}: docker works with sudo only.

Finds: a socket of Docker's daemon that is there and not writable for us.

Why: the socket belongs to root and the group docker. Others get "permission denied while trying
to connect to the Docker daemon socket". A new membership counts from the next login on.

Evidence: `containers.details`; also `containers.docker_group`, `surroundings.container`,
`surroundings.cluster`, `variables.set`.

Fix: `{command}`. Who may talk to the daemon is root on this machine; rootless Docker does
without.

False alarms: a shared machine where only administrators may use Docker; inside a job of a
scheduler nothing is said.

References: https://docs.docker.com/engine/install/linux-postinstall/ the group, and what it means
https://docs.docker.com/engine/security/rootless/ the way without it

---

Docker 正在运行，但当前用户不能使用它。

{user} 不能打开 {socket}：docker 只能用 sudo 运行。

发现：Docker 守护进程的套接字存在，但我们没有写权限。

原因：套接字属于 root 和 docker 组。其他人会得到 "permission denied while trying to connect to the
Docker daemon socket"。新的组成员身份在下次登录后才生效。

修复：`{command}`。能使用守护进程的人等同于这台机器的 root；rootless Docker 则不需要。

误报：只允许管理员使用 Docker 的共用机器；在调度器的作业中不会报告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.engines import details
from bringup.doctor.nvidia import steps_of
from bringup.doctor.rule import NO_ENGINE, Verdict, warning


def check(case: Case) -> Verdict:
    """Look for a socket that is there and closed."""
    row = details(case)
    if row.get("socket_writable") is None:
        return NO_ENGINE
    if row["socket_writable"] or case.in_container or case.value("surroundings.cluster"):
        return None
    user = case.variables.get("USER", "$USER")
    # Named in the group and yet shut out: the login is older than the membership.
    member = case.value("containers.docker_group") is True
    command = "newgrp docker" if member else f"sudo usermod -aG docker {user}"
    return warning(
        "containers.details",
        "containers.docker_group",
        socket=row.get("socket") or "/var/run/docker.sock",
        user=user,
        command=command if member else f"{command} && newgrp docker",
        steps=() if member else steps_of(command, reboot=True),
    )
