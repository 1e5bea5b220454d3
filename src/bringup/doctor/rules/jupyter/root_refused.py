"""Jupyter refuses to start as root.

We are root, and {package} {version} is not allowed to run so: `jupyter lab` ends at once.

Finds: root, an installed Jupyter server without the setting allow_root, and no server that runs.

Why: whoever reaches a notebook runs commands; as root that is the whole machine. So the server
ends with "Running as root is not recommended. Use --allow-root to bypass". In containers people
meet it first.

Evidence: `security.root`, `env.packages`, `jupyter.config`; also `jupyter.servers`,
`surroundings.container`.

Fix: run it as a plain user. Where root is meant, in a container of your own: `jupyter lab
--allow-root`, or `c.ServerApp.allow_root = True` in `~/.jupyter/jupyter_server_config.py`.

False alarms: the option is given on the command line each time.

References: https://jupyter-server.readthedocs.io/en/latest/operators/security.html what a server
can do https://github.com/anaconda/docker-images/issues/94 a container that ends at once
https://github.com/microsoft/vscode-python/issues/7584 in WSL as root

---

Jupyter 拒绝以 root 身份启动。

我们是 root，而 {package} {version} 不允许这样运行：`jupyter lab` 会立即结束。

发现：当前是 root，已安装 Jupyter 服务器而没有设置 allow_root，也没有正在运行的服务器。

原因：能打开笔记本的人就能运行命令；以 root 运行等于交出整台机器。因此服务器会以 "Running as root
is not recommended. Use --allow-root to bypass" 结束。通常在容器中首先遇到。

修复：以普通用户运行。确实要用 root 时（例如自己的容器）：`jupyter lab --allow-root`，或在
`~/.jupyter/jupyter_server_config.py` 中写 `c.ServerApp.allow_root = True`。

误报：每次都在命令行给出该选项。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.kernels import server_installed, setting
from bringup.doctor.rule import NO_JUPYTER, Verdict, warning


def check(case: Case) -> Verdict:
    """Look for root, and for a server that is not told to bear it."""
    package = server_installed(case)
    if package is None:
        return NO_JUPYTER
    allowed = (setting(case, "allow_root") or "").lower() == "true"
    running = any(row.get("alive") is not False for row in case.records("jupyter.servers"))
    if not case.value("security.root") or allowed or running:
        return None
    return warning(
        "security.root",
        "env.packages",
        "jupyter.config",
        package=package,
        version=case.packages[package],
    )
