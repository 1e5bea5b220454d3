"""What conditions may call: comparisons of versions, and what the tables of knowledge say."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")
_CUDA_TAG: Final = re.compile(r"\bcu(\d{2,3})\b", re.IGNORECASE)
_SM: Final = re.compile(r"(?:sm|compute)?_?(\d{2,3})[af]?")

Release = tuple[int, ...]


def release_of(text: Any) -> Release | None:
    """Return the numbers of a version: "2.1.0+cu121" gives (2, 1, 0), "cu118" (11, 8).

    A bare CUDA number as the runtime gives it (11040) is read as 11.4.
    """
    text = str(text).strip()
    if text.lower().startswith("cu") and (tag := _CUDA_TAG.match(text)):
        digits = tag[1]
        if len(digits) == 3:
            return int(digits[:2]), int(digits[2])
        return (int(digits),) if digits.startswith("1") else (int(digits[0]), int(digits[1]))
    match = _NUMBERS.search(text)
    if match is None or len(match[0]) > 60:
        return None
    numbers = tuple(int(part) for part in match[0].split("."))
    if len(numbers) == 1 and 5000 <= numbers[0] < 20000 and numbers[0] % 10 == 0:
        return numbers[0] // 1000, numbers[0] % 1000 // 10
    return numbers


def release(text: Any) -> str | None:
    """Return a version as people write it: "11040" gives "11.4", "cu118" gives "11.8"."""
    numbers = release_of(text)
    return ".".join(map(str, numbers)) if numbers else None


def older(left: Any, right: Any) -> bool | None:
    """Say whether a version is older: compared as far as both are given (525 is any 525.x)."""
    order = _order(left, right)
    return None if order is None else order < 0


def newer(left: Any, right: Any) -> bool | None:
    """Say whether a version is newer, compared as far as both are given."""
    order = _order(left, right)
    return None if order is None else order > 0


def equal(left: Any, right: Any) -> bool | None:
    """Say whether two versions agree as far as both are given; other texts by their letters."""
    order = _order(left, right)
    if order is None:
        return str(left).strip().lower() == str(right).strip().lower()
    return order == 0


def same_major(left: Any, right: Any) -> bool | None:
    """Say whether the first numbers agree."""
    return _same(left, right, 1)


def same_minor(left: Any, right: Any) -> bool | None:
    """Say whether the first two numbers agree; unknown when one has no second."""
    return _same(left, right, 2)


def number(value: Any) -> float | None:
    """Return the first number of a text: "11.60 GiB" gives 11.6."""
    if isinstance(value, (int, float)):
        return float(value)
    match = re.search(r"-?\d{1,15}(?:\.\d{1,15})?", str(value).replace(",", ""))
    return float(match[0]) if match else None


def is_like(value: Any, pattern: Any) -> bool:
    """Say whether the text holds the pattern, whatever the case."""
    return re.search(str(pattern), str(value), re.IGNORECASE) is not None


def wsl(os: Any) -> bool:
    """Say whether a system is Linux inside Windows."""
    return is_like(os, r"\bwsl")


def sm(value: Any) -> str | None:
    """Return a compute capability from its short form: "sm_86" or "86" gives "8.6"."""
    text = str(value).strip().lower()
    if re.fullmatch(r"\d{1,2}\.\d", text):
        return text
    match = _SM.fullmatch(text)
    return f"{match[1][:-1]}.{match[1][-1]}" if match else None


def capability(gpu: Any) -> str | None:
    """Return the compute capability of a GPU by its name, None when the tables do not know it."""
    from bringup.knowledge.gpus import gpu_called

    known = gpu_called(str(gpu))
    return known.compute_capability if known else None


def driver_cuda(driver: Any) -> str | None:
    """Return the newest CUDA of the newest major version that a driver runs."""
    from bringup.knowledge.cuda import cuda_families, toolkits

    if release_of(driver) is None:
        return None
    majors = [
        family.major
        for family in cuda_families().values()
        if not older(driver, family.min_driver_linux)
    ]
    if not majors:
        return None
    found = [row.cuda for row in toolkits() if (release_of(row.cuda) or (0,))[0] == max(majors)]
    return found[0] if found else str(max(majors))


def driver_needed(cuda: Any) -> str | None:
    """Return the oldest Linux driver that runs a CUDA version (by minor-version compatibility)."""
    from bringup.knowledge.cuda import cuda_families

    release = release_of(cuda)
    family = cuda_families().get(release[0]) if release else None
    return family.min_driver_linux if family else None


def _order(left: Any, right: Any) -> int | None:
    a, b = release_of(left), release_of(right)
    if a is None or b is None:
        return None
    count = min(len(a), len(b))
    return (a[:count] > b[:count]) - (a[:count] < b[:count])


def _same(left: Any, right: Any, count: int) -> bool | None:
    a, b = release_of(left), release_of(right)
    if a is None or b is None or min(len(a), len(b)) < count:
        return None
    return a[:count] == b[:count]


FUNCTIONS: Final[dict[str, tuple[Callable[..., Any], int]]] = {
    "is_": (is_like, 2),
    "older": (older, 2),
    "newer": (newer, 2),
    "equal": (equal, 2),
    "same_major": (same_major, 2),
    "same_minor": (same_minor, 2),
    "number": (number, 1),
    "release": (release, 1),
    "wsl": (wsl, 1),
    "sm": (sm, 1),
    "capability": (capability, 1),
    "driver_cuda": (driver_cuda, 1),
    "driver_needed": (driver_needed, 1),
}
"""Name -> function, number of arguments. ``known`` is part of the language itself."""
