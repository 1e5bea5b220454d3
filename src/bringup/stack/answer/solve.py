"""The newest set of releases and builds that go together: a small graph, solved by resolvelib.

Only packages with tables take part. All other packages are uv's to resolve.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, Resolver
from resolvelib.resolvers import ResolutionTooDeep

from bringup.knowledge.libraries import is_library, known_releases
from bringup.knowledge.releases import Release, package_names
from bringup.stack.answer.model import Chosen, Question
from bringup.stack.answer.options import Judged, judged
from bringup.stack.answer.pairs import Needs, limits_of, optional_limits, parsed
from bringup.stack.answer.place import Place

_ROUNDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Wish:
    """One requirement on a package with tables, with who asks."""

    name: str
    specifier: SpecifierSet
    extras: frozenset[str]
    parent: str | None

    @classmethod
    def of(cls, requirement: Requirement, parent: str | None = None) -> Wish:
        """Return the wish that a requirement is."""
        name = canonicalize_name(requirement.name)
        return cls(name, requirement.specifier, frozenset(requirement.extras), parent)


class Known:
    """All releases that a question may use, each judged once.

    ``more`` are releases that the tables do not have, read from the index.
    """

    def __init__(
        self,
        question: Question,
        place: Place,
        more: Mapping[str, Sequence[Release]],
        asked: Iterable[str],
    ) -> None:
        self.question = question
        self.place = place
        self.needs = Needs(place)
        self.more = more
        self.asked = frozenset(asked)
        self.serves_all = False
        """Whether only builds count that serve every GPU."""
        self._judged: dict[tuple[str, Version, frozenset[str]], Judged] = {}

    def releases(self, name: str) -> list[Release]:
        """Return the releases of a package, the newest first."""
        rows = [*self.more.get(name, ()), *known_releases(name)]
        return sorted(rows, key=lambda row: row.version, reverse=True)

    def within(self, name: str, specifier: SpecifierSet) -> list[Release]:
        """Return the releases that a specifier allows, the newest first.

        A release that was yanked counts only when it is named. So does one without wheels, unless
        the package has no others: nothing is known of what it needs until it is built.
        """
        rows = self.releases(name)
        if not any(row.operator == "==" for row in specifier):
            rows = [row for row in rows if not row.yanked]
            rows = [row for row in rows if row.wheels] or rows
        return [row for row in rows if specifier.contains(row.version, True)]

    def judge(self, release: Release, extras: frozenset[str]) -> Judged:
        """Return the usable builds of a release at the place, or why there is none."""
        key = (release.package, release.version, extras)
        if key not in self._judged:
            self._judged[key] = judged(
                release,
                extras,
                self.question,
                self.place,
                asked=release.package in self.asked,
            )
        return self._judged[key]


def takes_part(name: str) -> bool:
    """Say whether a package is in the tables."""
    return name in package_names() or is_library(name)


def solve(wishes: Sequence[Wish], known: Known) -> list[Chosen] | None:
    """Return the newest set that satisfies the wishes; None when there is none.

    The first wish's package is as new as it can be, then the second's, and so on. Where GPUs
    differ, an older set that serves all of them goes before a newer one that leaves some out.
    """
    for serves_all in (True, False) if len(known.place.devices) > 1 else (False,):
        known.serves_all = serves_all
        if (solved := _solved(wishes, known)) is not None:
            return solved
    return None


def _solved(wishes: Sequence[Wish], known: Known) -> list[Chosen] | None:
    order = {wish.name: number for number, wish in enumerate(wishes)}
    resolver: Any = Resolver(_Provider(known, order), BaseReporter())
    try:
        result = resolver.resolve(wishes, max_rounds=_ROUNDS)
    except (ResolutionImpossible, ResolutionTooDeep):
        return None
    chosen: Mapping[str, Chosen] = result.mapping
    return list(chosen.values())


class _Provider(AbstractProvider):  # type: ignore[type-arg]
    """What resolvelib asks: candidates of a package, what each needs, who goes first."""

    def __init__(self, known: Known, order: Mapping[str, int]) -> None:
        self._known = known
        self._order = order

    def identify(self, requirement_or_candidate: Any) -> str:
        if isinstance(requirement_or_candidate, Wish):
            return requirement_or_candidate.name
        return str(requirement_or_candidate.release.package)

    def get_preference(
        self, identifier: str, resolutions: Any, candidates: Any, information: Any,
        backtrack_causes: Any,
    ) -> Any:  # fmt: skip
        return (self._order.get(identifier, len(self._order)), identifier)

    def find_matches(self, identifier: str, requirements: Any, incompatibilities: Any) -> Any:
        wishes: list[Wish] = list(requirements[identifier])
        specifier, extras = SpecifierSet(), frozenset[str]()
        for wish in wishes:
            specifier &= wish.specifier
            extras |= wish.extras
        refused = {(row.version, row.build) for row in incompatibilities[identifier]}
        return lambda: self._matches(identifier, specifier, extras, refused)

    def _matches(
        self,
        name: str,
        specifier: SpecifierSet,
        extras: frozenset[str],
        refused: set[tuple[Version, str | None]],
    ) -> Iterator[Chosen]:
        for release in self._known.within(name, specifier):
            for option in self._known.judge(release, extras).options:
                if self._known.serves_all and option.left_out:
                    continue
                build = None if option.build is None else option.build.build
                if (release.version, build) not in refused:
                    yield Chosen(
                        release, build, option.build, tuple(sorted(extras)), option.left_out
                    )

    def is_satisfied_by(self, requirement: Wish, candidate: Chosen) -> bool:
        if not requirement.extras <= set(candidate.extras):
            return False
        return requirement.specifier.contains(candidate.version, prereleases=True)

    def get_dependencies(self, candidate: Chosen) -> Iterable[Wish]:
        parent = candidate.release.package
        rows = self._known.needs.of(candidate.release, candidate.extras, candidate.row)
        found = [Wish.of(row, parent) for row in rows]
        found += [wish for wish in _of_build(candidate) if wish is not None]
        found += self._unguarded(candidate)
        return [wish for wish in found if takes_part(wish.name)]

    def _unguarded(self, candidate: Chosen) -> Iterator[Wish]:
        """Yield the limits that the metadata forgets, on packages that are asked for as well."""
        package = candidate.release.package
        for row in limits_of(candidate.release, self._known.place, self._order):
            if row.warning:
                continue
            if row.needs and (needed := parsed(row.needs)):
                wish = Wish.of(needed, package)
                if wish.name in self._order:
                    yield wish
            elif row.against is not None and row.against in self._order:
                yield from self._avoiding(row.against, row.against_when, package)
        for name in self._order:
            limits = optional_limits(candidate.release, name)
            if limits is not None:
                yield Wish(name, limits, frozenset(), package)

    def _avoiding(self, name: str, when: SpecifierSet, parent: str) -> Iterator[Wish]:
        bad = [row for row in self._known.releases(name) if when.contains(row.version, True)]
        text = ",".join(f"!={row.version}" for row in bad)
        yield Wish(name, SpecifierSet(text), frozenset(), parent)


def _of_build(candidate: Chosen) -> Iterator[Wish | None]:
    """Yield what a build needs beyond its release's metadata: JAX's plugin for its CUDA."""
    row = candidate.row
    if row is None or row.framework != "jax" or not row.is_cuda:
        return
    rows = candidate.release.extras.get(row.build, ())
    for requirement in map(parsed, rows):
        if requirement is not None:
            yield Wish.of(requirement, candidate.release.package)
