"""The uv binary: where it is, what it takes as the default index."""

from __future__ import annotations

import re
import shutil
from functools import cache
from typing import Final

from bringup.base.errors import BringupError
from bringup.base.processes import run

_DEFAULT_INDEX: Final = re.compile(r"--default-index.*?by default:\s*<([^>]+)>", re.DOTALL)


def find_uv() -> str:
    """Return the path of the uv binary that came with us, else the one on the PATH.

    Raises:
        BringupError: STK001, there is none.
    """
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError:
        if path := shutil.which("uv"):
            return path
        raise BringupError("STK001") from None


@cache
def builtin_index() -> str:
    """Return the index that uv takes when nobody set one, as uv itself says."""
    completed = run([find_uv(), "pip", "compile", "--help"], timeout_s=30)
    match = _DEFAULT_INDEX.search(completed.stdout)
    if match is None:
        raise BringupError("STK002", output=completed.stdout[:200])
    return match[1]
