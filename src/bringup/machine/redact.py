"""Addresses without their secrets, for people and for files that are sent around."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bringup.machine.model import Machine

_HIDDEN: Final = "****"
# A proxy is often given without a scheme: user:password@host:3128.
_BARE: Final = re.compile(r"[^\s/@:\\]+:[^\s/\\]+@([\w.\[\]:-]+/?)")
_RULES: Final = (
    # user:password@ and token@
    (re.compile(r"(?<=://)[^/@\s]*(?:@[^/@\s]*)*@"), f"{_HIDDEN}@"),
    # conda's https://host/t/TOKEN/channel
    (re.compile(r"(?<=/t/)[^/\s]+"), _HIDDEN),
    (
        re.compile(
            r"([?&][\w-]*(?:token|key|secret|password|signature|sig|auth)[\w-]*=)[^&\s#]+", re.I
        ),
        rf"\g<1>{_HIDDEN}",
    ),
)


def redacted(url: str) -> str:
    """Return ``url`` without credentials: user and password, tokens in the path or the query."""
    if "://" not in url:
        bare = _BARE.fullmatch(url)
        return url if bare is None else f"{_HIDDEN}@{bare[1]}"
    for form, replacement in _RULES:
        url = form.sub(replacement, url)
    return url


def redacted_value(value: Any) -> Any:
    """Return a JSON value with all addresses in it redacted."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, (list, tuple)):
        return [redacted_value(item) for item in value]
    if isinstance(value, Mapping):
        return {name: redacted_value(item) for name, item in value.items()}
    return value


def redacted_machine(machine: Machine) -> Machine:
    """Return the machine with all addresses redacted. Who replays it has no credentials."""
    facts = {
        key: replace(
            fact,
            value=redacted_value(fact.value),
            unknown=None if fact.unknown is None else redacted(fact.unknown),
            tried=tuple(redacted(line) for line in fact.tried),
        )
        for key, fact in machine.facts.items()
    }
    return Machine(facts)
