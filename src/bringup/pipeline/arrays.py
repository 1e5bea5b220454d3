"""Arrays on disk: npy files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from bringup.base.files import atomic_file


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write ``array`` as an npy file, atomically.

    Raises:
        BringupError: FIL001, FIL002 or FIL003, the disk refuses.
    """
    whole = np.ascontiguousarray(array)
    with atomic_file(path) as file:
        npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(whole))
        # Not ndarray.tofile: its error on a full disk does not say that the disk is full.
        file.write(whole.reshape(-1).view(np.uint8).data)
