"""Curves from what a training script prints: best effort, for the terminal and the report.

Understood are lines such as ``epoch 3 loss 0.12 accuracy 97.1%``, ``Epoch [3/10], Loss: 0.12``,
``Epoch 3/10 - loss: 0.1 - val_loss: 0.2``, ``test: loss=0.2 acc=0.93`` and the two-line form
of the PyTorch tutorial (``Test Error:`` and below it ``Accuracy: 97.0%, Avg loss: 0.08``).
"""

from __future__ import annotations

import math
import re
import time
from typing import Any, Final

_EPOCH: Final = re.compile(r"\bepochs?\b\W{0,4}(\d+)", re.IGNORECASE)
_PAIR: Final = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_ ]*?)\s*(?:[:=]\s*|\s)"
    r"(?P<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<percent>%?)"
)
_NAMES: Final = {
    "loss": "loss",
    "acc": "accuracy",
    "accuracy": "accuracy",
    "rmse": "rmse",
    "mse": "mse",
    "mae": "mae",
    "r2": "r2",
    "f1": "f1",
    "auc": "roc_auc",
    "perplexity": "perplexity",
    "ppl": "perplexity",
}
_HELD_OUT: Final = ("val", "valid", "validation", "test", "eval", "dev")


class Curves:
    """Reads lines as they come and gives an epoch's values when the next epoch begins."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._train: dict[str, float] = {}
        self._validation: dict[str, float] = {}
        self._held_out = False
        self._started = time.monotonic()

    def read(self, line: str) -> dict[str, Any] | None:
        """Take a line in; return the fields of the epoch that it ends, if it ends one."""
        ended = None
        if match := _EPOCH.search(line):
            epoch = int(match[1])
            if epoch != self._epoch:
                ended = self.end()
                self._epoch = epoch
            self._held_out = False
            line = line[: match.start()] + line[match.end() :]
        pairs = [row for row in map(_value, _PAIR.finditer(line)) if row is not None]
        if not pairs:
            # A heading such as "Test Error:" speaks of the next line.
            self._held_out = _starts_held_out(line)
            return ended
        held_out_line = self._held_out or _starts_held_out(line)
        for name, value, held_out in pairs:
            values = self._validation if held_out or held_out_line else self._train
            values[name] = value
        return ended

    def end(self) -> dict[str, Any] | None:
        """Return the fields of the ``epoch`` event of the epoch at hand, None without values."""
        if self._epoch is None or not (self._train or self._validation):
            return None
        now = time.monotonic()
        fields = {
            "epoch": self._epoch,
            "seconds": round(now - self._started, 3),
            "train": self._train,
            "validation": self._validation,
        }
        self._epoch, self._train, self._validation = None, {}, {}
        self._started = now
        return fields


def _value(match: re.Match[str]) -> tuple[str, float, bool] | None:
    """Return (metric, value, whether of held-out rows), None for numbers of other things."""
    words = re.split(r"[_\s]+", match["name"].lower())
    name = _NAMES.get(words[-1])
    value = float(match["value"])
    if name is None or not math.isfinite(value):
        return None
    if match["percent"]:
        value /= 100
    return name, value, any(word in _HELD_OUT for word in words)


def _starts_held_out(line: str) -> bool:
    words = re.findall(r"[a-z]+", line.lower())
    return bool(words) and words[0] in _HELD_OUT
