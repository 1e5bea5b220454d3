"""The chain of digests: what each stage took in, and which stage had left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bringup.report.sections.common import Digest, digest, is_digest

_SHOWN_SETTINGS: Final = 12


@dataclass(frozen=True, slots=True)
class Taken:
    """An input that is a digest, and the output that it is: ``train/model.safetensors``."""

    digest: Digest
    origin: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """One stage of the chain."""

    stage: str
    taken: tuple[Taken, ...]
    left: tuple[Digest, ...]
    settings: tuple[tuple[str, str], ...]
    more_settings: int


def digest_chain(stages: Mapping[str, Mapping[str, Any]]) -> list[Link]:
    """Return one link per stage, in order; an input is traced to the earlier output it equals."""
    origins: dict[str, str] = {}
    links = []
    for stage, evidence in stages.items():
        links.append(_link(stage, evidence, origins))
        for name, value in (evidence.get("outputs") or {}).items():
            if is_digest(value):
                origins[value] = f"{stage}/{name}"
    return links


def _link(stage: str, evidence: Mapping[str, Any], origins: Mapping[str, str]) -> Link:
    inputs = evidence.get("inputs") or {}
    settings = [(name, _shown(value)) for name, value in inputs.items() if not is_digest(value)]
    return Link(
        stage,
        tuple(
            Taken(digest(name, value), origins.get(value))
            for name, value in inputs.items()
            if is_digest(value)
        ),
        tuple(
            digest(name, value)
            for name, value in (evidence.get("outputs") or {}).items()
            if is_digest(value)
        ),
        tuple(settings[:_SHOWN_SETTINGS]),
        max(0, len(settings) - _SHOWN_SETTINGS),
    )


def _shown(value: Any, limit: int = 60) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
