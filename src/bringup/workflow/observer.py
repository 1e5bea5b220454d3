"""Who watches a pass through the stages. The terminal's live view is one observer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Observer(Protocol):
    """Is told what happens, as it happens. Decides nothing."""

    def stage_started(self, stage: str, because: Sequence[str]) -> None:
        """``stage`` begins; ``because`` says why it must run, in words."""

    def event(self, event: dict[str, Any]) -> None:
        """A running stage says something (see ``bringup.base.events``)."""

    def stage_finished(self, stage: str, evidence: dict[str, Any]) -> None:
        """``stage`` has left its evidence, done or failed."""

    def stage_current(self, stage: str) -> None:
        """Nothing that ``stage`` depends on has changed; it does not run."""


class SilentObserver:
    """Watches and says nothing."""

    def stage_started(self, stage: str, because: Sequence[str]) -> None:
        """Say nothing."""

    def event(self, event: dict[str, Any]) -> None:
        """Say nothing."""

    def stage_finished(self, stage: str, evidence: dict[str, Any]) -> None:
        """Say nothing."""

    def stage_current(self, stage: str) -> None:
        """Say nothing."""
