"""Certificates are not trusted: something stands between us and the servers.

The certificate of {hosts} is not trusted here: {reason}.

Finds: connections that fail because the certificate's issuer is unknown.

Why: companies' gateways (Zscaler, Netskope, Blue Coat and others) open connections and sign them
with a certificate of their own. Browsers know it from the system's store; pip, requests and conda
bring stores of their own and end with "CERTIFICATE_VERIFY_FAILED: self-signed certificate in
certificate chain" or "unable to get local issuer certificate".

Evidence: `network.places`; also `index.settings`, `index.network.ca_bundle`,
`system.clock_offset_s`.

Fix: ask for the gateway's root certificate, add it to the system's store (Debian: copy it to
/usr/local/share/ca-certificates/NAME.crt and run `sudo update-ca-certificates`; RHEL:
/etc/pki/ca-trust/source/anchors and `sudo update-ca-trust`), then `export UV_SYSTEM_CERTS=1
SSL_CERT_FILE={bundle} REQUESTS_CA_BUNDLE={bundle}`. Do not switch the check off.

False alarms: a server of your own with a self-signed certificate; its certificate is added in the
same way.

References: https://pip.pypa.io/en/stable/topics/https-certificates/ which certificates pip trusts
https://docs.astral.sh/uv/concepts/authentication/certificates/ which certificates uv trusts
https://github.com/astral-sh/uv/issues/10724 uv behind Zscaler

---

证书不受信任：我们与服务器之间有东西介入。

{hosts} 的证书在这里不受信任：{reason}。

发现：因证书颁发者未知而失败的连接。

原因：公司的网关（Zscaler、Netskope、Blue Coat 等）会打开连接并用自己的证书重新签名。浏览器从系统证
书库得知该证书；pip、requests 和 conda 自带证书库，会以 "CERTIFICATE_VERIFY_FAILED: self-signed
certificate in certificate chain" 或 "unable to get local issuer certificate" 结束。

修复：索取网关的根证书并加入系统证书库（Debian：复制到 /usr/local/share/ca-certificates/NAME.crt 并
运行 `sudo update-ca-certificates`；RHEL：/etc/pki/ca-trust/source/anchors 和 `sudo
update-ca-trust`），然后设置 `export UV_SYSTEM_CERTS=1 SSL_CERT_FILE={bundle}
REQUESTS_CA_BUNDLE={bundle}`。不要关闭检查。

误报：您自己的、使用自签名证书的服务器；其证书以同样方式加入。
"""

from __future__ import annotations

from bringup.doctor.asked import asked, failed, hosts, reason
from bringup.doctor.case import Case
from bringup.doctor.rule import OFFLINE, Verdict, error
from bringup.doctor.steps import SetVariable

FOLLOWS = ("SYS015", "NET009")
_RED_HAT = ("Red Hat", "CentOS", "Rocky", "AlmaLinux", "Fedora", "Oracle Linux", "Amazon Linux")
_BUNDLES = {True: "/etc/pki/tls/certs/ca-bundle.crt", False: "/etc/ssl/certs/ca-certificates.crt"}


def check(case: Case) -> Verdict:
    """Find places whose certificates are not trusted."""
    places = asked(case)
    if not places:
        return OFFLINE
    found = failed(places, "tls")
    if not found:
        return None
    bundle = _BUNDLES[(case.text("os.name") or "").startswith(_RED_HAT)]
    return error(
        "network.places",
        "index.network.ca_bundle",
        steps=(SetVariable("UV_SYSTEM_CERTS", "1"), SetVariable("REQUESTS_CA_BUNDLE", bundle)),
        hosts=hosts(found),
        reason=reason(found[0]),
        bundle=bundle,
    )
