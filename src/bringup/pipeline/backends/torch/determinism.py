"""Seeds, threads, device: everything that decides whether two runs give the same bits."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from bringup.base.errors import BringupError

_ACCELERATORS = ("cuda", "mps", "xpu")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a training run was given; part of what identifies its checkpoints."""

    device: torch.device
    threads: int
    seed: int
    deterministic: bool


def set_up(
    seed: int, *, device: str = "auto", threads: int | None = None, deterministic: bool = True
) -> Setting:
    """Seed every generator, set the threads and choose the device.

    Raises:
        BringupError: TRN011, the device is not there.
    """
    chosen = choose_device(device)
    count = threads or usable_cores()
    torch.set_num_threads(count)
    if deterministic and chosen.type == "cuda":
        # cuBLAS is deterministic only with a workspace of fixed size:
        # https://docs.nvidia.com/cuda/cublas/index.html#results-reproducibility
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic)
    # Filling fresh memory hides models that read it before they write it, for 3 % of every step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = not deterministic
    random.seed(seed)
    # User code that draws from numpy draws from the global generator.
    np.random.seed(seed)
    torch.manual_seed(seed)
    return Setting(chosen, count, seed, deterministic)


def choose_device(name: str) -> torch.device:
    """Return the device called ``name``; ``auto`` takes an accelerator where there is one.

    Raises:
        BringupError: TRN011, the device is not there.
    """
    if name == "auto":
        return torch.device(next((kind for kind in _ACCELERATORS if _count(kind)), "cpu"))
    device = torch.device(name)
    if device.type != "cpu" and _count(device.type) <= (device.index or 0):
        found = [kind for kind in _ACCELERATORS if _count(kind)]
        raise BringupError("TRN011", device=name, found=", ".join(["cpu", *found]))
    return device


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def random_state(device: torch.device) -> dict[str, Any]:
    """Return the state of every generator, in types that ``weights_only`` loading accepts."""
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    state: dict[str, Any] = {
        "torch": torch.get_rng_state(),
        "python": random.getstate(),
        "numpy": (kind, np.asarray(keys).tolist(), position, has_gauss, gauss),
    }
    if device.type != "cpu":
        state["device"] = getattr(torch, device.type).get_rng_state()
    return state


def restore_random_state(state: dict[str, Any], device: torch.device) -> None:
    """Put every generator back to where ``random_state`` found it."""
    torch.set_rng_state(state["torch"])
    random.setstate(state["python"])
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, np.asarray(keys, np.uint32), *rest))
    if device.type != "cpu":
        getattr(torch, device.type).set_rng_state(state["device"])


def epoch_order(rows: int, seed: int, epoch: int) -> torch.Tensor:
    """Return the order of the rows in one epoch, int64 [rows]; a function of its arguments."""
    # torch's CPU generator looks at 32 bits of its seed only, so both numbers are mixed into them.
    mixed = int(np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint32)[0])
    return torch.randperm(rows, generator=torch.Generator().manual_seed(mixed))


def _count(kind: str) -> int:
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    module = getattr(torch, kind, None)
    return int(module.device_count()) if module is not None and module.is_available() else 0
