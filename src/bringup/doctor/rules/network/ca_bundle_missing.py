"""A CA bundle is set that is not there.

{name} names {path}, which does not exist: programs that read it cannot check any certificate.

Finds: a variable or setting that names a file of certificates that is missing.

Why: requests, pip and conda stop with "Could not find a suitable TLS CA certificate bundle,
invalid path", others with "CERTIFICATE_VERIFY_FAILED". It happens when a conda environment that
set SSL_CERT_FILE is removed, when a variable from the host comes into a container, or when the
image has no package ca-certificates.

Evidence: `network.ca_bundles`; also `index.network.ca_bundle`, `surroundings.container`.

Fix: `unset {name}` (a setting: `pip config unset global.cert`, `conda config --remove-key
ssl_verify`), or put the file there: `sudo apt-get install ca-certificates`, in a container mount
the host's file to the same path.

False alarms: a path that only another program can see.

References: https://github.com/python-poetry/poetry/issues/7202 could not find a suitable TLS CA
certificate bundle
https://pip.pypa.io/en/stable/topics/https-certificates/ the bundles that pip reads
https://docs.python.org/3/library/ssl.html#ssl.get_default_verify_paths SSL_CERT_FILE and
SSL_CERT_DIR

---

设置了不存在的 CA 证书包。

{name} 指向 {path}，而它不存在：读取它的程序无法检查任何证书。

发现：某个变量或设置指向的证书文件缺失。

原因：requests、pip 和 conda 会以 "Could not find a suitable TLS CA certificate bundle, invalid
path" 停止，其他程序以 "CERTIFICATE_VERIFY_FAILED" 停止。当设置了 SSL_CERT_FILE 的 conda 环境被删
除、主机的变量被带入容器，或镜像缺少 ca-certificates 软件包时，就会这样。

修复：`unset {name}`（若是设置：`pip config unset global.cert`、`conda config --remove-key
ssl_verify`），或把文件放到那里：`sudo apt-get install ca-certificates`；在容器中请把主机的文件挂载
到同一路径。

误报：只有其他程序才能看到的路径。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error
from bringup.doctor.steps import SetVariable


def check(case: Case) -> Verdict:
    """Find bundles that are named and missing."""
    row = next((row for row in case.records("network.ca_bundles") if not row["exists"]), None)
    if row is None:
        return None
    name = str(row["name"])
    steps = (SetVariable(name, None),) if name.isupper() else ()
    return error("network.ca_bundles", steps=steps, name=name, path=row["path"])
