"""Every text has a code, in both languages, with the same parameters."""

import ast
import re
import string
from pathlib import Path

import pytest

import bringup
from bringup.base import messages
from bringup.base.errors import BringupError, ErrorGroup, ExitCode, UnreachableError

PACKAGE = Path(bringup.__file__).parent
CODE = re.compile(r"(?:{})\d{{3}}".format("|".join(messages.FAMILIES)))


def named_codes():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and CODE.fullmatch(value):
                yield path.relative_to(PACKAGE).as_posix(), value


def rows():
    for family in sorted(set(messages.FAMILIES.values())):
        yield from messages.catalogue(family).items()


def fields(text):
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_that_the_source_names_is_in_the_catalogue():
    known = {code for code, _ in rows()}
    missing = {(path, code) for path, code in named_codes() if code not in known}
    assert not missing


def test_every_row_is_used():
    used = {code for _, code in named_codes()}
    unused = {code for code, _ in rows() if code not in used}
    assert not unused


@pytest.mark.parametrize(("code", "row"), list(rows()))
def test_both_languages_say_the_same_thing(code, row):
    assert set(row) in ({"en", "zh"}, {"en", "zh", "hint_en", "hint_zh"}), code
    assert fields(row["en"]) == fields(row["zh"])
    assert fields(row.get("hint_en", "")) == fields(row.get("hint_zh", ""))
    words = re.sub(r"\{[^}]*\}", "", row["en"])
    is_chinese = re.search(r"[\u4e00-\u9fff]", row["zh"]) is not None
    assert is_chinese or len(re.findall("[a-z]", words)) < 6, "not translated"


@pytest.mark.parametrize(
    ("wanted", "env", "chosen"),
    [
        ("zh", {}, "zh"),
        (None, {"BRINGUP_LANG": "zh_CN"}, "zh"),
        (None, {"BRINGUP_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LC_ALL": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "Chinese (Simplified)_China"}, "zh"),
    ],
)
def test_language_choice(monkeypatch, wanted, env, chosen):
    for name in ("BRINGUP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    try:
        assert messages.choose_language(wanted) == chosen
        assert messages.current_language() == chosen
    finally:
        messages.choose_language("en")


def test_an_error_crosses_a_process_boundary():
    error = BringupError("FIL001", path=Path("x"))
    again = BringupError.from_json(error.to_json())
    assert (str(again), again.hint) == (str(error), error.hint)
    lost = UnreachableError("FIL004", path="x")
    assert BringupError.from_json(lost.to_json()).exit_code is ExitCode.UNREACHABLE


def test_a_group_shows_all_and_hints_once():
    group = ErrorGroup([BringupError("FIL004", path="a"), BringupError("FIL001", path="b")])
    assert "a" in str(group)
    assert "b" in str(group)
    assert "df -h" in group.hint
    assert [row["code"] for row in group.to_json()["errors"]] == ["FIL004", "FIL001"]
    with pytest.raises(AssertionError):
        ErrorGroup([])
