"""Gates: the condition a measured value must meet, as people write it (``">= 0.983"``)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from bringup.base.errors import BringupError

_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_FORM: Final = re.compile(r"\s*(>=|<=|==|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison with a bound."""

    symbol: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``">= 0.983"``.

        Raises:
            BringupError: GAT001, the text is no comparison with a number.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise BringupError("GAT001", condition=text)
        return cls(match[1], float(match[2]))

    def holds(self, value: float) -> bool:
        """Say whether ``value`` meets the bound. NaN meets none."""
        return _OPERATORS[self.symbol](value, self.bound)


def judge(gates: Mapping[str, str], values: Mapping[str, float | None]) -> dict[str, Any]:
    """Hold measured ``values`` against ``gates``, both by metric name.

    Returns a gate record per name: ``{"condition", "value", "holds"}``. A metric that was not
    measured does not hold.
    """
    records: dict[str, Any] = {}
    for name, text in gates.items():
        value = values.get(name)
        holds = value is not None and Condition.parse(text).holds(value)
        records[name] = {"condition": text, "value": value, "holds": holds}
    return records
