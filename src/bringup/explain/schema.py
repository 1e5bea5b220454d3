"""From a cause file to a value: every field is checked, all faults of a file are told at once."""

from __future__ import annotations

import datetime
import re
import string
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

from bringup.base.errors import BringupError, ErrorGroup
from bringup.explain.conditions import Condition, ConditionError
from bringup.explain.facts import NAMES
from bringup.explain.labels import LABELS
from bringup.explain.linear import NotLinearError, check_linear
from bringup.explain.model import (
    BENIGN,
    MAX_SPAN,
    Adjustment,
    Cause,
    FixStep,
    Harmless,
    Pattern,
    Signature,
    Text,
)
from bringup.explain.normal import unseen_characters
from bringup.explain.outcome import ENDINGS
from bringup.explain.words import need_of

MAX_NEAR: Final = 200
_SIGNATURE: Final = {"weight", "all", "any", "none", "span", "near", "when", "plus", "follow"}
_CAUSE: Final = {"label", "area", "doctor", "follows", "sources", "checked", "title", "why"} | {
    "fix",
    "signature",
    "values",
    "ending",
}
_FIX: Final = {"en", "zh", "else_en", "else_zh", "command", "when"}
_HARMLESS: Final = {"all", "any", "none", "span", "near", "when", "why", "sure"}
_QUOTED: Final = re.compile(r"\[[^\]]*\]|\\.")


class Reader:
    """Reads one file; collects the faults."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[BringupError] = []

    def fault(self, code: str, field: str, **params: Any) -> None:
        """Note a fault of a field."""
        self.faults.append(BringupError(code, file=self.name, field=field, **params))

    def finish(self) -> None:
        """Raise what was found.

        Raises:
            ErrorGroup: something is wrong with the file.
        """
        if self.faults:
            raise ErrorGroup(self.faults)

    def keys(self, row: Mapping[str, Any], known: set[str], field: str) -> None:
        """Note keys that there are not."""
        for key in row:
            if key not in known:
                self.fault("LOG020", f"{field}{key}", known=", ".join(sorted(known)))

    def value(self, row: Mapping[str, Any], key: str, kind: type, default: Any, field: str) -> Any:
        """Return a value of the right type, ``default`` when absent; None there means needed."""
        if key not in row:
            if default is None:
                self.fault("LOG021", f"{field}{key}")
                return kind()
            return default
        value = row[key]
        fits = isinstance(value, (int, float) if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            self.fault("LOG022", f"{field}{key}", expected=kind.__name__, found=repr(value)[:60])
            return kind() if default is None else default
        return value

    def texts(self, row: Mapping[str, Any], key: str, field: str) -> tuple[str, ...]:
        """Return a list of texts, empty when absent."""
        values = self.value(row, key, list, [], field)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value:
                self.fault(
                    "LOG022", f"{field}{key}[{index}]", expected="str", found=repr(value)[:60]
                )
        return tuple(value for value in values if isinstance(value, str))

    def text(self, row: Any, field: str, prefix: str = "") -> Text:
        """Return a text in both languages."""
        if not isinstance(row, Mapping):
            self.fault("LOG021", f"{field}{prefix}en")
            return Text("", "")
        found = [self.value(row, f"{prefix}{part}", str, None, field) for part in ("en", "zh")]
        return Text(*(" ".join(text.split()) for text in found))

    def conditions(self, row: Mapping[str, Any], field: str, key: str = "when") -> Any:
        """Return the conditions of a field."""
        return tuple(
            condition
            for index, text in enumerate(self.texts(row, key, field))
            if (condition := self.condition(text, f"{field}{key}[{index}]"))
        )

    def condition(self, text: str, field: str) -> Condition | None:
        """Read one condition."""
        condition = Condition(text)
        try:
            condition.read()
            return condition
        except ConditionError as error:
            self.fault("LOG025", field, text=text, problem=str(error))
            return None

    def patterns(
        self, row: Mapping[str, Any], key: str, span: int, field: str
    ) -> tuple[Pattern, ...]:
        """Return the patterns of a field that can be used."""
        return tuple(
            Pattern(text, span)
            for index, text in enumerate(self.texts(row, key, field))
            if self._fits(text, f"{field}{key}[{index}]")
        )

    def _fits(self, text: str, field: str) -> bool:
        try:
            need = need_of(text)
            check_linear(text)
        except NotLinearError as error:
            self.fault("LOG034", field, text=text, problem=str(error))
            return False
        except (re.error, RecursionError, OverflowError) as error:
            self.fault("LOG023", field, text=text, problem=str(error))
            return False
        if not need.clauses:
            self.fault("LOG024", field, text=text)
            return False
        if unseen := unseen_characters(_QUOTED.sub("", text)):
            self.fault("LOG029", field, text=text, characters=unseen)
            return False
        return True

    def signature(self, row: Mapping[str, Any], field: str, weight: float | None) -> Signature:
        """Read one signature; ``weight`` is that of a harmless text, which has none of its own."""
        span = self.value(row, "span", int, 1, field)
        near = self.value(row, "near", int, 0, field)
        if not 1 <= span <= MAX_SPAN:
            self.fault("LOG028", f"{field}span", low=1, high=MAX_SPAN, found=span)
            span = 1
        if not 0 <= near <= MAX_NEAR:
            self.fault("LOG028", f"{field}near", low=0, high=MAX_NEAR, found=near)
        if weight is None:
            faults = len(self.faults)
            weight = float(self.value(row, "weight", float, None, field))
            if len(self.faults) == faults and not 0 < weight <= 1:
                self.fault("LOG028", f"{field}weight", low=0, high=1, found=weight)
        every, some, none = (self.patterns(row, key, span, field) for key in ("all", "any", "none"))
        if not every and not some:
            self.fault("LOG021", f"{field}all")
        return Signature(
            every,
            some,
            none,
            weight,
            near,
            self.conditions(row, field),
            self._plus(row, field),
            self.value(row, "follow", bool, False, field),
        )

    def _plus(self, row: Mapping[str, Any], field: str) -> tuple[Adjustment, ...]:
        found = []
        for index, part in enumerate(self.value(row, "plus", list, [], field)):
            place = f"{field}plus[{index}]."
            if not isinstance(part, Mapping):
                self.fault("LOG022", place, expected="table", found=repr(part)[:60])
                continue
            self.keys(part, {"when", "weight"}, place)
            condition = self.condition(self.value(part, "when", str, None, place), f"{place}when")
            weight = float(self.value(part, "weight", float, None, place))
            if not -1 <= weight <= 1:
                self.fault("LOG028", f"{place}weight", low=-1, high=1, found=weight)
            if condition:
                found.append(Adjustment(condition, weight))
        return tuple(found)

    def tables(self, row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        """Return the tables ``[[key]]``."""
        found: list[Mapping[str, Any]] = self.value(row, key, list, [], "")
        if any(not isinstance(part, Mapping) for part in found):
            self.fault("LOG022", key, expected=f"[[{key}]]", found=repr(found)[:60])
            return []
        return found

    def names(self, known: set[str], texts: list[tuple[str, str]]) -> None:
        """Note placeholders that no value and no fact ever fills."""
        for field, text in texts:
            try:
                parts = [name for _, name, _, _ in string.Formatter().parse(text)]
            except ValueError as error:
                self.fault("LOG026", field, text=text, problem=str(error))
                continue
            for name in parts:
                if name is not None and name not in known:
                    self.fault("LOG027", field, name=name or "{}", known=", ".join(sorted(known)))


def groups_of(patterns: tuple[Pattern, ...]) -> set[str]:
    """Return the names of the values that patterns extract."""
    return {
        name for pattern in patterns for name in re.findall(r"\(\?P<([A-Za-z_]\w*)>", pattern.text)
    }


def read_cause(name: str, document: Mapping[str, Any]) -> Cause:
    """Return the cause that a file ``<label>.toml`` says.

    Raises:
        ErrorGroup: fields that are wrong, each with the file and the field.
    """
    reader = Reader(name)
    reader.keys(document, _CAUSE, "")
    label = reader.value(document, "label", str, None, "")
    if label != PurePath(name).stem or label not in LABELS or label == BENIGN:
        reader.fault("LOG030", "label", label=label)
    follows = reader.texts(document, "follows", "")
    for other in follows:
        if other not in LABELS or other in {label, BENIGN}:
            reader.fault("LOG031", "follows", label=other)
    day = document.get("checked", datetime.date.min)
    if not isinstance(day, datetime.date):
        reader.fault("LOG022", "checked", expected="date", found=repr(day))
    signatures = []
    for index, row in enumerate(reader.tables(document, "signature")):
        field = f"signature[{index}]."
        reader.keys(row, _SIGNATURE, field)
        signatures.append(reader.signature(row, field, None))
    if not signatures:
        reader.fault("LOG021", "signature")
    cause = Cause(
        label,
        reader.value(document, "area", str, None, ""),
        reader.text(document.get("title"), "title."),
        reader.text(document.get("why"), "why."),
        tuple(_steps(reader, document)),
        tuple(signatures),
        follows,
        reader.texts(document, "doctor", ""),
        reader.texts(document, "sources", ""),
        _values(reader, document),
        _ending(reader, document),
    )
    _check_names(reader, cause)
    reader.finish()
    return cause


def _steps(reader: Reader, document: Mapping[str, Any]) -> list[FixStep]:
    steps = []
    for index, row in enumerate(reader.tables(document, "fix")):
        field = f"fix[{index}]."
        reader.keys(row, _FIX, field)
        has_else = "else_en" in row or "else_zh" in row
        steps.append(
            FixStep(
                reader.text(row, field),
                reader.text(row, field, "else_") if has_else else None,
                reader.value(row, "command", str, "", field) or None,
                reader.conditions(row, field),
            )
        )
    if not steps:
        reader.fault("LOG021", "fix")
    return steps


def _ending(reader: Reader, document: Mapping[str, Any]) -> str:
    ending: str = reader.value(document, "ending", str, ENDINGS[0], "")
    if ending not in ENDINGS:
        reader.fault("LOG022", "ending", expected=" | ".join(ENDINGS), found=repr(ending)[:60])
    return ending


def _values(reader: Reader, document: Mapping[str, Any]) -> tuple[tuple[str, Condition], ...]:
    found = []
    for name, text in reader.value(document, "values", dict, {}, "").items():
        field = f"values.{name}"
        if not isinstance(text, str):
            reader.fault("LOG022", field, expected="str", found=repr(text)[:60])
        elif condition := reader.condition(text, field):
            found.append((name, condition))
    return tuple(found)


def _check_names(reader: Reader, cause: Cause) -> None:
    known = set(NAMES) | {name for name, _ in cause.values}
    for signature in cause.signatures:
        known |= groups_of(signature.patterns)
    texts = [("title", cause.title.en), ("title", cause.title.zh)]
    texts += [("why", cause.why.en), ("why", cause.why.zh)]
    conditions = [(f"values.{name}", condition) for name, condition in cause.values]
    for index, step in enumerate(cause.fix):
        field = f"fix[{index}]"
        texts += [(field, step.text.en), (field, step.text.zh), (field, step.command or "")]
        if step.otherwise:
            texts += [(f"{field}.else", step.otherwise.en), (f"{field}.else", step.otherwise.zh)]
        conditions += [(f"{field}.when", condition) for condition in step.when]
    for index, signature in enumerate(cause.signatures):
        field = f"signature[{index}]"
        conditions += [(f"{field}.when", condition) for condition in signature.when]
        conditions += [(f"{field}.plus", part.when) for part in signature.plus]
    reader.names(known, texts)
    for field, condition in conditions:
        for name in sorted(condition.names - known):
            reader.fault("LOG027", field, name=name, known=", ".join(sorted(known)))


def read_harmless(name: str, document: Mapping[str, Any]) -> tuple[Harmless, ...]:
    """Return the harmless texts that ``benign.toml`` says.

    Raises:
        ErrorGroup: fields that are wrong, each with the file and the field.
    """
    reader = Reader(name)
    reader.keys(document, {"harmless", "label", "area", "checked", "sources"}, "")
    found = []
    for index, row in enumerate(reader.tables(document, "harmless")):
        field = f"harmless[{index}]."
        reader.keys(row, _HARMLESS, field)
        signature = reader.signature(row, field, 1.0)
        sure = reader.value(row, "sure", bool, False, field)
        found.append(Harmless(signature, reader.text(row.get("why"), f"{field}why."), sure))
        known = set(NAMES) | groups_of(signature.patterns)
        for condition in signature.when:
            for unknown in sorted(condition.names - known):
                reader.fault("LOG027", f"{field}when", name=unknown, known=", ".join(sorted(known)))
    reader.finish()
    return tuple(found)
