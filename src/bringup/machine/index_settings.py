"""The settings of pip, uv and conda as one: what an installer on this machine should do.

What was said to uv comes first, since uv installs; then pip's; of conda's, proxy and CA only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bringup.machine.model import Fact

PARTS_PREFIXES: Final = ("index.pip.", "index.uv.", "index.conda.", "index.network.")


def merged_settings(facts: Mapping[str, Fact]) -> Fact:
    """Return the fact ``index.settings`` that follows from the facts per tool."""
    used: dict[str, None] = {}

    def first(*keys: str) -> Any:
        for key in keys:
            fact = facts.get(f"index.{key}")
            if fact is not None and fact.value:
                used[fact.source] = None
                return fact.value
        return None

    def both(*keys: str) -> list[str]:
        return list(dict.fromkeys(item for key in keys for item in first(key) or ()))

    value = {
        "index": first("uv.default_index", "pip.index_url"),
        "extra_indexes": both("uv.index", "pip.extra_index_url"),
        "find_links": both("uv.find_links", "pip.find_links"),
        "constraints": both("uv.constraint", "pip.constraint"),
        "trusted_hosts": both("uv.insecure_host", "pip.trusted_host"),
        "ca_bundle": first("pip.cert", "network.ca_bundle") or _conda_bundle(first),
        "proxy": first("pip.proxy", "network.https_proxy", "network.http_proxy", "conda.proxy"),
        "no_index": bool(first("uv.no_index", "pip.no_index")),
        "timeout_s": first("uv.timeout", "pip.timeout"),
    }
    return Fact(value, ", ".join(used) or "nobody set anything", tried=_unreadable(facts))


def _conda_bundle(first: Any) -> str | None:
    value = first("conda.ssl_verify")
    return value if value and value.lower() not in {"true", "false", "truststore"} else None


def _unreadable(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    reasons = [
        fact.unknown
        for key, fact in facts.items()
        if key.startswith(PARTS_PREFIXES) and fact.unknown is not None
    ]
    return tuple(dict.fromkeys(reasons))
