"""A CPU build, wherever one can be had, before gigabytes of CUDA libraries nobody can use."""

from __future__ import annotations

from bringup.base.errors import BringupError, UnreachableError
from bringup.machine.model import Interpreter
from bringup.stack.candidates import Candidate
from bringup.stack.search import Search, newest


def choose_cpu(search: Search) -> Candidate:
    """Return the CPU build to take, else the default index's build with a warning.

    The order: for each interpreter, ours first, the user's own settings, then the framework's
    own index; then an older CPU release of the default index; then a build for an accelerator.

    Raises:
        UnreachableError: STK010, STK011, an index that is needed does not answer.
        BringupError: STK023, there is no build at all for this machine.
    """
    for interpreter in search.interpreters:
        for find in (_own, _framework):
            if chosen := find(search, interpreter):
                return _said(search, chosen)
    for interpreter in search.interpreters:
        if chosen := _best_cpu(search, search.at(search.own, interpreter)):
            return _said(search, chosen)
    for interpreter in search.interpreters:
        rows = search.at(search.own, interpreter)
        last = next((row for row in rows if search.complete(row)), None)
        if last is not None:
            search.note("STK033", torch=str(last.version), build=last.build, warning=True)
            return last
    raise no_build(search)


def no_build(search: Search, build: str | None = None) -> BringupError:
    """Return the error for a framework that cannot be had here, or not in the build asked for.

    An index that did not answer comes first: nobody knows what it would have offered.
    """
    if search.silence is not None:
        return search.silence
    interpreter = search.interpreters[0]
    params = {
        "name": search.framework.name,
        "limits": str(search.limits(interpreter) or "") or "any version",
        "python": ", ".join(dict.fromkeys(row.version for row in search.interpreters)),
        "places": ", ".join(source.shown for source in search.own) or "no place",
    }
    if build is not None:
        if reason := search.lost_reason(place := search.framework_source(build)):
            shown = "" if place is None else place.shown
            return UnreachableError("STK076", build=build, place=shown, reason=reason)
        return BringupError("STK024", build=build, **params)
    return BringupError("STK023", **params)


def _own(search: Search, interpreter: Interpreter) -> Candidate | None:
    sources = search.own
    if not search.default_is_builtin:
        return _best_cpu(search, search.at(sources, interpreter))
    # A default index that nobody chose counts here only where its newest release is a CPU build
    # (macOS, Windows); its older ones come after the framework's own index.
    set_by_user = [source for source in sources if source.kind != "index"]
    if chosen := _best_cpu(search, search.at(set_by_user, interpreter)):
        return chosen
    rows = search.at([source for source in sources if source.kind == "index"], interpreter)
    newest_release = newest(rows)
    return _best_cpu(search, [row for row in rows if row.version == newest_release])


def _framework(search: Search, interpreter: Interpreter) -> Candidate | None:
    source = search.framework_source("cpu")
    asked_before = search.is_lost(source)
    chosen = _best_cpu(search, search.at([source], interpreter))
    if chosen is None and source is not None and not asked_before and not search.is_lost(source):
        search.note("STK031", place=source.shown, python=interpreter.version)
    return chosen


def _best_cpu(search: Search, rows: list[Candidate]) -> Candidate | None:
    return next((row for row in rows if row.is_cpu and search.complete(row)), None)


def _said(search: Search, chosen: Candidate) -> Candidate:
    latest = newest(search.at(search.own, chosen.interpreter))
    if latest is not None and chosen.version < latest:
        search.note("STK038", torch=str(chosen.version), newest=str(latest))
    return chosen
