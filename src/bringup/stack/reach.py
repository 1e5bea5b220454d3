"""Which of the places that packages come from answer, how fast, and what follows from it.

All places are asked at once, each within a time limit: a small page each, of ``pip``, which pip
itself asks for. Nothing is installed and nothing is kept.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Final, Literal

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.messages import text_of
from bringup.knowledge.frameworks import framework_table
from bringup.machine.model import IndexSettings, Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import is_local, local_path
from bringup.stack.index import Answer, IndexClient, default_index
from bringup.stack.model import Note
from bringup.stack.pages import folder_files
from bringup.stack.routes import way_to

REACH_LIMIT_S: Final = 5.0
"""Of the check alone; what installs has the limit of the settings."""
_PAGE: Final = "pip"
_FRAMEWORK: Final = "torch"

Role = Literal["find_links", "extra_index", "index", "framework_index"]
State = Literal["answered", "failed", "not_asked"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that packages come from. ``address`` may hold credentials."""

    role: Role
    address: str
    source: str
    """The file or variable that names it; empty when nobody did."""

    @property
    def shown(self) -> str:
        """The address, fit for people and files."""
        return redacted(self.address)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a place answered. Texts and addresses hold no credentials."""

    place: Place
    state: State
    first_byte_s: float | None = None
    """From the request to the first byte of the page, the connection made for it included."""
    status: int | None = None
    """Of HTTP."""
    files: int | None = None
    """On the page, or in the folder."""
    sent_to: str | None = None
    """Where it redirects to."""
    proxy: str | None = None
    certificate: str | None = None
    """Until when it is valid; None when none was checked."""
    verified: bool | None = None
    """Whether the certificate was checked; None without TLS."""
    date: str | None = None
    """The time there, as HTTP's Date says."""
    error: BringupError | None = None
    follows: Note | None = None
    """What bringup does about it."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, without credentials."""
        return {
            "role": self.place.role,
            "address": self.place.shown,
            "source": redacted(self.place.source),
            "state": self.state,
            "first_byte_s": None if self.first_byte_s is None else round(self.first_byte_s, 4),
            "status": self.status,
            "files": self.files,
            "sent_to": self.sent_to,
            "proxy": self.proxy,
            "certificate_until": self.certificate,
            "certificate_checked": self.verified,
            "error": None if self.error is None else self.error.to_json(),
            "follows": None if self.follows is None else self.follows.to_json(),
        }


def places_of(machine: Machine) -> list[Place]:
    """Return the places that a lock would ask, in its order; the framework's own index last."""
    settings = machine.index_settings
    found = [
        Place("find_links", place, _source(machine, "find_links", place))
        for place in settings.find_links
    ]
    if settings.no_index:
        return found
    found += [
        Place("extra_index", place, _source(machine, "index", place, "extra_index_url"))
        for place in settings.extra_indexes
    ]
    default = default_index(machine)
    if default not in settings.extra_indexes:
        found.append(Place("index", default, _source(machine, "default_index", default)))
    framework = framework_table().frameworks[_FRAMEWORK].index_of("cpu")
    if framework not in {place.address for place in found}:
        found.append(Place("framework_index", framework, ""))
    return found


def reach(machine: Machine, *, limit_s: float = REACH_LIMIT_S, ask: bool = True) -> list[Reach]:
    """Ask all places at once and return how each answered, in the order of ``places_of``.

    Args:
        machine: its settings say which places, and which ways to them.
        limit_s: after so long a place counts as silent.
        ask: False asks nobody over a network; folders are looked at all the same.
    """
    places = places_of(machine)
    offline = not ask or bool(machine.value("index.uv.offline"))
    answers: dict[int, Reach] = {}

    def visit(number: int, place: Place) -> None:
        answers[number] = _visited(place, machine, limit_s=limit_s, offline=offline)

    threads = [threading.Thread(target=visit, args=row, daemon=True) for row in enumerate(places)]
    for thread in threads:
        thread.start()
    # The look-up of a name knows no limit of its own, and a trickle meets none.
    deadline = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [
        answers.get(number) or _late(place, machine, limit_s) for number, place in enumerate(places)
    ]


def not_asked(machine: Machine) -> list[Reach]:
    """Return the places of a saved machine, of which nobody here can say how they answer."""
    return [Reach(place, "not_asked", follows=Note("IDX091")) for place in places_of(machine)]


def _visited(place: Place, machine: Machine, *, limit_s: float, offline: bool) -> Reach:
    try:
        if is_local(place.address):
            return _looked_at(place, machine)
        if offline:
            return Reach(place, "not_asked", follows=Note("IDX090"))
        return _asked(place, machine, limit_s)
    except BringupError as error:
        return Reach(place, "failed", error=error, follows=_follows(place, error, machine))


def _looked_at(place: Place, machine: Machine) -> Reach:
    path = local_path(place.address)
    began = time.monotonic()
    if not path.exists():
        raise UnreachableError("STK010", place=path, reason=text_of("IDX034"))
    count = len(folder_files(path)) if path.is_dir() and place.role == "find_links" else None
    seconds = time.monotonic() - began
    return Reach(
        place,
        "answered",
        first_byte_s=seconds,
        files=count,
        follows=_follows(place, None, machine),
    )


def _asked(place: Place, machine: Machine, limit_s: float) -> Reach:
    way = way_to(machine, place.address)
    proxy = None if way.proxy is None else redacted(way.proxy)
    name = _FRAMEWORK if place.role == "framework_index" else _PAGE
    error: BringupError | None = None
    files: int | None = None
    with IndexClient(machine, connect_timeout_s=limit_s, attempts=1) as client:
        try:
            files = len(
                client.links(place.address, name)
                if place.role == "find_links"
                else client.files(place.address, name)
            )
        except BringupError as fault:
            error = fault
        answer = client.last_answer
    return Reach(
        place,
        "answered" if error is None else "failed",
        proxy=proxy,
        files=files,
        error=error,
        follows=_follows(place, error, machine),
        **_measured(answer, place, verified=way.verify),
    )


def _measured(answer: Answer | None, place: Place, *, verified: bool) -> dict[str, Any]:
    if answer is None:
        return {}
    sent_to = redacted(answer.address)
    stays = redacted(answer.address).startswith(place.shown.rstrip("/"))
    return {
        "first_byte_s": answer.first_byte_s,
        "status": answer.status,
        "sent_to": None if stays else sent_to,
        "certificate": answer.certificate_until,
        "date": answer.date,
        "verified": verified if place.address.startswith("https:") else None,
    }


def _late(place: Place, machine: Machine, limit_s: float) -> Reach:
    reason = text_of("IDX020", limit_s=f"{limit_s:g}", setting=text_of("IDX035"))
    error = UnreachableError("STK015", place=place.shown, reason=reason)
    return Reach(place, "failed", error=error, follows=_follows(place, error, machine))


def _follows(place: Place, error: BringupError | None, machine: Machine) -> Note:
    """Return what a lock does about an answer, or about none."""
    if error is None:
        return Note({"find_links": "IDX080", "framework_index": "IDX081"}.get(place.role, "IDX082"))
    if place.role == "framework_index":
        return Note("IDX083")
    params = {"exit_code": int(error.exit_code)}
    if place.role in {"find_links", "extra_index"} and _is_left_out(place, error, machine):
        return Note("IDX084", warning=True)
    return Note("IDX085", params, warning=True)


def _is_left_out(place: Place, error: BringupError, machine: Machine) -> bool:
    """Say whether a lock goes on without the place: where nobody can be connected to."""
    if is_local(place.address):
        return True
    if error.code != "STK010" or way_to(machine, place.address).proxy is not None:
        return False
    return not _said_to_uv(place, machine.index_settings, machine)


def _said_to_uv(place: Place, settings: IndexSettings, machine: Machine) -> bool:
    # uv reads its own settings itself, and stops where one of them does not answer.
    names = ("index.uv.index", "index.uv.find_links")
    return any(place.address in (machine.value(name) or ()) for name in names)


def _source(machine: Machine, name: str, address: str, pip_name: str = "") -> str:
    pips = {"default_index": "index_url"}.get(name, pip_name or name)
    for key in (f"index.uv.{name}", f"index.pip.{pips}"):
        fact = machine.facts.get(key)
        if (
            fact is not None
            and fact.value
            and (address == fact.value if isinstance(fact.value, str) else address in fact.value)
        ):
            return fact.source
    settings = machine.facts.get("index.settings")
    set_by_user = name != "default_index" or machine.index_settings.index is not None
    return settings.source if settings is not None and set_by_user else ""
