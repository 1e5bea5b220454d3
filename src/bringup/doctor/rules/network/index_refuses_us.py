"""An index does not let us in.

{place} refuses us: {reason}.

Finds: an index that answers "401 Unauthorized" or "403 Forbidden".

Why: credentials are missing, wrong or have run out; tokens of cloud registries last for hours
only. pip asks for a user and hangs where nobody can answer, or ends with "401 Client Error"; uv
ends with "Missing credentials" or takes the package from another index.

Evidence: `network.places`; also `index.settings`.

Fix: renew the token or log in again (`uv auth login {host}`, `gcloud auth login`, `aws
codeartifact login --tool pip ...`), and keep it in ~/.netrc with mode 600: `machine {host} login
USER password TOKEN`. An answer 403 to a valid token means that this account may not read the
index, or that the network's address is blocked.

False alarms: an index that refuses its front page but hands out packages.

References: https://pip.pypa.io/en/stable/topics/authentication/ where pip takes credentials from
https://docs.astral.sh/uv/concepts/authentication/http/ where uv takes credentials from
https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html tokens that last for
hours

---

某个索引拒绝我们访问。

{place} 拒绝我们：{reason}。

发现：应答 "401 Unauthorized" 或 "403 Forbidden" 的索引。

原因：凭据缺失、错误或已过期；云端仓库的令牌只有几小时有效。pip 会询问用户名，在无人应答时卡住，或
以 "401 Client Error" 结束；uv 以 "Missing credentials" 结束，或改从其他索引获取该包。

修复：更新令牌或重新登录（`uv auth login {host}`、`gcloud auth login`、`aws codeartifact login
--tool pip ...`），并以 600 权限保存在 ~/.netrc 中：`machine {host} login USER password TOKEN`。若
令牌有效仍得到 403，说明该账号无权读取此索引，或网络地址被屏蔽。

误报：拒绝访问首页但仍提供软件包的索引。
"""

from __future__ import annotations

from bringup.doctor.asked import PACKAGES, asked, failed, host_of, reason
from bringup.doctor.case import Case
from bringup.doctor.rule import OFFLINE, Verdict, error


def check(case: Case) -> Verdict:
    """Find indexes that want other credentials than ours, or any."""
    places = asked(case, *PACKAGES)
    if not places:
        return OFFLINE
    found = failed(places, "auth")
    if not found:
        return None
    place = str(found[0]["place"])
    return error("network.places", place=place, reason=reason(found[0]), host=host_of(place))
