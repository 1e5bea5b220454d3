"""What several rules ask about a job on several machines: is there one, and which way it talks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.kernels import is_loopback

_NODE_COUNTS: Final = ("SLURM_JOB_NUM_NODES", "SLURM_NNODES", "PET_NNODES", "NNODES")
_INWARD: Final = frozenset({"loopback", "bridge"})
"""Kinds of interfaces that lead to no other machine."""


def count_in(case: Case, *names: str) -> int | None:
    """Return the first of some variables that is a number, None when none is."""
    found = (case.variables.get(name, "") for name in names)
    return next((int(value) for value in found if value.isdigit()), None)


def several_machines(case: Case) -> bool:
    """Say whether a job on more than one machine is meant: by peers, scheduler or variables."""
    if case.peers or (count_in(case, *_NODE_COUNTS) or 1) > 1:
        return True
    world, local = count_in(case, "WORLD_SIZE"), count_in(case, "LOCAL_WORLD_SIZE")
    if world is not None and local is not None:
        return world > local
    master = case.variables.get("MASTER_ADDR")
    return master is not None and not is_here(case, master)


def is_here(case: Case, address: str) -> bool:
    """Say whether an address or name is surely this machine's."""
    name = case.text("network.hostname")
    if is_loopback(address) or (name is not None and address in {name, name.partition(".")[0]}):
        return True
    return any(address in row.get("addresses", ()) for row in case.records("network.interfaces"))


def outward(case: Case) -> Iterator[Record]:
    """Yield the interfaces that have an address and may lead to other machines."""
    for row in case.records("network.interfaces"):
        addresses = [text for text in row.get("addresses", ()) if not re.match(r"fe80:", text)]
        if row.get("kind") not in _INWARD and addresses and row.get("up") is not False:
            yield row


def best_interface(case: Case) -> str | None:
    """Return the interface for talk between machines, a wired one first."""
    rows = sorted(outward(case), key=lambda row: _ORDER.get(str(row.get("kind")), len(_ORDER)))
    return str(rows[0]["name"]) if rows else None


_ORDER: Final = {"ethernet": 0, "infiniband": 1, "wireless": 2}
