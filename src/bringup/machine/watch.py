"""What a probe looked at: paths with their signatures, so that a later call can see a change.

Only the topics that decide about locks and environments are watched. What a command answers cannot
be watched; the files that change with its answer are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.base.signatures import Signature, signature
from bringup.machine.world import World

WITH_THE_ANSWERS: Final = (
    "/proc/sys/kernel/random/boot_id",
    # NVIDIA: the driver, the GPUs, and which of them this container was given; WSL keeps the
    # driver's libraries in folders of its own.
    "/proc/driver/nvidia/version",
    "/proc/driver/nvidia/gpus",
    "/sys/module/nvidia/version",
    "/dev/nvidiactl",
    "/dev/nvidia0",
    "/usr/lib/wsl/lib",
    "/usr/lib/wsl/drivers",
    "/dev/dxg",
    # AMD, Intel and others; Ascend.
    "/dev/kfd",
    "/dev/dri",
    "/dev/davinci0",
)
"""Files that change with what nvidia-smi and its kin answer, and when a machine starts anew."""


class Watch:
    """Path -> its signature at the first look."""

    def __init__(self) -> None:
        self.seen: dict[str, Signature] = {}
        self.active = False

    def look(self, path: str) -> None:
        """Keep the signature of a path, unless it was looked at before."""
        if self.active and path not in self.seen:
            self.seen[path] = signature(path)

    def look_at_answers(self) -> None:
        """Keep the signatures of what changes with the answers of commands."""
        for path in WITH_THE_ANSWERS:
            self.look(path)


class WatchedWorld(World):
    """This machine, with a watch over what is looked at."""

    def __init__(self, watch: Watch, **world: Any) -> None:
        super().__init__(**world)
        self._watch = watch

    def at(self, path: str) -> Path:
        """Return where ``path`` lies, and keep its signature as it is before it is read."""
        self._watch.look(path)
        return super().at(path)

    def command(self, *argv: str, **limits: Any) -> str:
        """Run a command, and keep the signature of its program."""
        self._watch.look(argv[0])
        return super().command(*argv, **limits)
