"""Scales and ticks: where a value lies on an axis, and which values an axis names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_NICE_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A map from values ``low..high`` to places ``start..end``, linear or logarithmic."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of ``value``; values outside lie outside."""
        if self.log:
            low, high, value = math.log10(self.low), math.log10(self.high), math.log10(value)
        else:
            low, high = self.low, self.high
        share = (value - low) / (high - low) if high != low else 0.5
        return self.start + share * (self.end - self.start)

    def clamped(self, value: float) -> float:
        """Return the place of ``value``, moved onto the axis when it lies outside."""
        return self(min(max(value, self.low), self.high))


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about ``count`` round values, from at or below ``low`` to at or above ``high``."""
    if not (math.isfinite(low) and math.isfinite(high)):
        raise AssertionError("an axis needs finite bounds")
    if high <= low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    step = _step(low, high, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [_clean(index * step, step) for index in range(first, last + 1)]


def integer_ticks(low: int, high: int, count: int = 8) -> list[int]:
    """Return whole numbers between ``low`` and ``high``, both included when they are few."""
    if high - low < count:
        return list(range(low, high + 1))
    step = max(1, round(_step(low, high, count)))
    first = math.ceil(low / step) * step
    inner = [value for value in range(first, high + 1, step) if value - low >= step / 2]
    return [low, *inner]


def log_ticks(low: float, high: float) -> list[float]:
    """Return powers of ten around ``low..high`` (both above 0), with 2 and 5 between when few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    if first == last:
        last += 1
    if last - first > 3:
        stride = max(1, math.ceil((last - first) / 6))
        return [10.0**power for power in range(first, last + stride, stride)]
    between = [m * 10.0**power for power in range(first, last) for m in (1, 2, 5)]
    values = [*between, 10.0**last]
    inside = [value for value in values if low <= value <= high]
    start = max((value for value in values if value <= low), default=values[0])
    end = min((value for value in values if value >= high), default=values[-1])
    return sorted({start, *inside, end, *([values[-1]] if start == end else [])})


def tick_text(value: float) -> str:
    """Return a tick's value with as few digits as say it."""
    if value == 0:
        return "0"
    if abs(value) >= 1e5 or abs(value) < 1e-4:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return f"{value:.6f}".rstrip("0").rstrip(".")


def finite(values: Iterable[float | None]) -> list[float]:
    """Return the values that are numbers, without NaN and infinities."""
    return [value for value in values if value is not None and math.isfinite(value)]


def _step(low: float, high: float, count: int) -> float:
    rough = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(nice for nice in _NICE_STEPS if rough <= nice * power * (1 + 1e-9))


def _clean(value: float, step: float) -> float:
    # 3 * 0.1 is not 0.3; the tick must be.
    return round(value, max(0, 2 - math.floor(math.log10(step))))
