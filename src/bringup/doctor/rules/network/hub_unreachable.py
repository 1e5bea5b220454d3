"""The hub of models does not answer.

{place} cannot be reached: {reason}. Models and data sets are not downloaded.

Finds: a hub that does not answer, where a package is meant to run that downloads from it, or
nobody knows what is meant to run.

Why: transformers, diffusers and datasets ask the hub even for models that are in their cache, try
again several times, and end with "We couldn't connect to 'https://huggingface.co' to load the
files".

Evidence: `network.places`; also `variables.set`, `env.packages`.

Fix: where the hub is blocked, name a mirror before Python starts: `export HF_ENDPOINT=ADDRESS`.
Behind a proxy set HTTPS_PROXY. Without a network download elsewhere with `hf download NAME`, copy
the cache ({cache}), and `export HF_HUB_OFFLINE=1`.

False alarms: a machine that takes no models from the hub.

References: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
HF_ENDPOINT and HF_HUB_OFFLINE
https://github.com/padeoe/hf-mirror-site/issues/16 the variable must be set before the import
https://github.com/huggingface/huggingface_hub/issues/2152 HF_ENDPOINT and what still asks the hub

---

模型中心没有应答。

无法访问 {place}：{reason}。模型和数据集无法下载。

发现：模型中心没有应答，而要运行的包会从中下载，或不知道要运行什么。

原因：transformers、diffusers 和 datasets 即使模型已在缓存中也会询问模型中心，重试多次后以 "We
couldn't connect to 'https://huggingface.co' to load the files" 结束。

修复：若模型中心被屏蔽，请在 Python 启动前指定镜像：`export HF_ENDPOINT=地址`。在代理之后请设置
HTTPS_PROXY。没有网络时，在别处用 `hf download NAME` 下载，复制缓存（{cache}），并设置 `export
HF_HUB_OFFLINE=1`。

误报：不从模型中心获取模型的机器。
"""

from __future__ import annotations

from bringup.doctor.asked import asked, failed, reason
from bringup.doctor.case import Case
from bringup.doctor.meant import packages_known, packages_meant
from bringup.doctor.rule import OFFLINE, Verdict, warning

FOLLOWS = ("NET002", "NET003", "NET004", "NET005", "NET009", "NET001")
_UNREACHABLE = ("refused", "timeout", "dns", "tls", "proxy_auth", "proxy_blocked", "error")
_ASK_THE_HUB = (
    "huggingface-hub",
    "transformers",
    "datasets",
    "diffusers",
    "sentence-transformers",
    "timm",
    "vllm",
)
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_YES = {"1", "on", "yes", "true"}


def check(case: Case) -> Verdict:
    """Report a hub that cannot be reached where somebody may want it."""
    places = asked(case, "hub")
    if not places or any(case.variables.get(name, "").lower() in _YES for name in _OFFLINE):
        return OFFLINE
    found = failed(places, *_UNREACHABLE)
    wanted = any(name in packages_meant(case) for name in _ASK_THE_HUB)
    if not found or (packages_known(case) and not wanted):
        return None
    return warning(
        "network.places",
        "variables.set",
        place=found[0]["place"],
        reason=reason(found[0]),
        cache=case.variables.get("HF_HOME", "~/.cache/huggingface"),
    )
