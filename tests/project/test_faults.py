"""Single faults: their places, and what they advise."""

from __future__ import annotations

import json

import pytest

from bringup.base.errors import BringupError
from bringup.project.faults import did_you_mean, listed, nearest
from bringup.project.positions import Span
from bringup.project.source import Source

START = '[project]\nname = "x"\n'
DATA = START + '[data]\ndataset = "mnist"\n'
TRAIN = DATA + '[train]\nmodel = "mlp"\n'


def only(faults):
    (fault,) = faults
    return fault


@pytest.mark.parametrize(
    ("text", "code", "line", "marked"),
    [
        (TRAIN + "epochs = 0x0", "PRJ016", 7, "0x0"),
        (TRAIN + 'task = """\nclass"""', "PRJ017", 7, '"""'),
        (TRAIN + "threads = 0", "PRJ016", 7, "0"),
        (TRAIN + "learning_rate = inf", "PRJ019", 7, "inf"),
        (TRAIN + "args = []", "PRJ034", 7, "args"),
        (DATA + "[train]\nepochs = 1", "PRJ039", 5, "train"),
        (DATA, "PRJ039", 1, "["),
        (START + "[data]\n[train]\nmodel = 'mlp'", "PRJ033", 3, "data"),
        (START + "[train]\nmodel = 'mlp'", "PRJ038", 1, "["),
        (TRAIN + "[evaluate.gates]\n'accu racy' = '> 1'", "PRJ041", 8, "'accu racy'"),
        (TRAIN + "[evaluate.gates]\naccuracy = 1", "GAT001", 8, "1"),
        (TRAIN + "[evaluate.gates]\naccuracy = true", "PRJ015", 8, "true"),
        (TRAIN + "[evaluate]\ngates.roc_auc = '.5'", "GAT001", 8, "'.5'"),
        (TRAIN + "[serve]\nport = '1'", "PRJ015", 8, "'1'"),
        ("train = 3\n" + START, "PRJ015", 1, "3"),
        ("train.model = 1\n" + DATA, "PRJ015", 1, "1"),
        (TRAIN + "[project.a.b]\nc = 1", "PRJ010", 7, "a"),
    ],
)
def test_marks_the_exact_place(judge, text, code, line, marked):
    faults = judge(text)
    fault = next(fault for fault in faults if fault.code == code)
    mark = fault.mark
    assert mark.line == line
    assert mark.source[mark.column - 1 : mark.column - 1 + mark.length] == marked


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (TRAIN + "deterministic = 'off'", "write `deterministic = false`"),
        (TRAIN + "deterministic = 'maybe'", None),
        (TRAIN + "epochs = 2.5", None),
        (TRAIN + "epochs = 'ten'", None),
        (TRAIN + "epochs = '-3'", "write `epochs = -3`"),
        (TRAIN + "hidden = 3", "write `hidden = [3]`"),
        (TRAIN + "schedule = 3", None),
        (TRAIN + "wd = 0.1", "did you mean `weight_decay`?"),
        (TRAIN + "gates = 1", None),
        (TRAIN + "[evaluate]\ngates = '0.9'", None),
        (TRAIN + "[prepare]\ntest_size = 0.1", "did you mean `test`?"),
        (TRAIN + "[evaluate.gates]\naccuracy = '= 0.9'", 'write `accuracy = ">= 0.9"`'),
        (TRAIN + "[export.gates]\nmax_difference = 1", 'write `max_difference = "<= 1"`'),
        (TRAIN + "[environment]\npython = 'Python 3.12'", 'write `python = "==3.12.*"`'),
        (TRAIN + "[environment]\npython = 'new'", 'for example `python = ">=3.11"`'),
        (TRAIN + "[environment]\nrequirements = ['a=<2']", 'for example `"a<=2"`'),
        (TRAIN + "[environment]\nrequirements = ['a v2.1']", 'for example `"a==2.1"`'),
        ("lr = 1\n" + TRAIN, "`learning_rate` belongs in [train]"),
        ("nmae = 1\n" + TRAIN, "`name` belongs in [project]"),
        ("zzzzz = 1\n" + TRAIN, None),
        (
            DATA.replace('name = "x"', "") + "[train]\nmodel = 'mlp'",
            'for example `name = "houses"`',
        ),
    ],
)
def test_advises_what_is_most_likely_meant(judge, text, advice):
    found = only(judge(text)).advice
    if "gates = 1" in text:
        assert str(found).startswith("the keys there are: `model`")
    else:
        assert (None if found is None else str(found)) == advice


def test_valid_documents_in_other_forms(judge):
    assert judge('project.name = "x"\ndata = {dataset = "mnist"}\ntrain = {model = "cnn"}\n') == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project\n", "the name of a table is not closed with `]`"),
        ("[[project]\n", "the name of a table is not closed with `]`"),
        ("a = [1, 2\n", "an array is not closed with `]`, or a comma is missing"),
        ("a = [1 2]\n", "an array is not closed with `]`, or a comma is missing"),
        ("a = {b = 1\n", "an inline table is not closed with `}`, or a comma is missing"),
        ("a = 1 b = 2\n", "expected the end of the line here"),
        ("epochs 3\n", "expected `=` after a key"),
        ("= 3\n", "a key or the name of a table cannot begin like this"),
        ('a = "C:\\data"\n', 'a backslash in "..." begins an escape, and this is none'),
        ("a = 'x\nb = 1\n", "the string that begins here is not closed"),
        ('a = """x\nb = 1\n', "the string that begins here is not closed"),
        ("a = '''x\nb = 1\n", "the string that begins here is not closed"),
        ('a = "x', "the string that begins here is not closed"),
        ("a = 1979-02-31\n", "Invalid date or datetime"),
        ("a = \n", "this is not a value"),
    ],
)
def test_says_what_is_no_toml(judge, text, said):
    fault = only(judge(text))
    assert str(fault).splitlines()[0].endswith(f": not valid TOML: {said}")
    assert 1 <= fault.mark.line <= 2


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [("a = 1\na = 2", "a", 2), ("[a]\n[b]\n[a]\n", "a", 3), ("a = {b = 1, b = 2}", "b", 1),
     ("[a]\nb.c = 1\nb.c = 2", "c", 3)],
)  # fmt: skip
def test_marks_what_is_given_twice(judge, text, key, line):
    fault = only(judge(text))
    assert (fault.code, fault.params["key"], fault.mark.line) == ("PRJ004", key, line)


def test_a_value_made_a_table_is_no_toml(judge):
    assert only(judge("a = 1\n[a.b]\n")).code == "PRJ003"


def test_columns_of_a_csv_file(folder, judge):
    (folder / "a.csv").write_text('x,"y, z", w\n1,2,3\n')
    text = START + '[data]\npath = "a.csv"\n{}[train]\nmodel = "mlp"\n'
    assert judge(text.format('target = "w"\nfeatures = ["x", "y, z"]\n')) == []
    fault = only(judge(text.format('target = "w"\nfeatures = ["x", "w"]\n')))
    assert (fault.code, fault.mark.line, fault.mark.column) == ("PRJ026", 6, 18)
    fault = only(judge(text.format('target = "12345"\n')))
    assert str(fault.advice) == "the columns there are: `x`, `y, z`, `w`"
    assert only(judge(text.format(""))).code == "PRJ032"


@pytest.mark.parametrize("content", [b"", b"a,,b\n", b"caf\xe9,b\n"])
def test_a_csv_file_without_a_header(folder, judge, content):
    (folder / "a.csv").write_bytes(content)
    text = START + '[data]\npath = "a.csv"\ntarget = "b"\n[train]\nmodel = "mlp"\n'
    assert only(judge(text)).code == "PRJ025"


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("class Net: pass", ...),
        ("from net import Net", ...),
        ("import net as Net", ...),
        ("try:\n    from a import Net\nexcept ImportError:\n    Net = None", ...),
        ("def make():\n    class Net: pass", "did you mean `Net`?"),
        ("class First: pass\nclass Second: pass", "the classes there are: `First`, `Second`"),
        ("", None),
    ],
)
def test_a_class_of_the_users_own(folder, judge, source, advice):
    (folder / "own.py").write_text(source)
    faults = judge(DATA + '[train]\nmodel = "own.py:Net"\n')
    if advice is ...:
        assert faults == []
    else:
        found = only(faults).advice
        assert (None if found is None else str(found)) == advice


def test_a_model_file_that_is_no_text(folder, judge):
    (folder / "own.py").write_bytes(b"a = 1\0")
    assert only(judge(DATA + '[train]\nmodel = "own.py:Net"\n')).code == "PRJ023"


def test_a_fault_as_json_has_its_place(judge):
    document = only(judge(TRAIN + "epoch = 3\n")).to_json()
    assert json.loads(json.dumps(document)) == document
    assert (document["code"], document["line"], document["column"]) == ("PRJ010", 7, 1)
    assert document["file"] == "bringup.toml"
    assert "^^^^^" in document["text"]
    assert str(BringupError.from_json(document)) == "unknown key `epoch` in [train]"


def test_params_that_are_texts_become_texts_in_json(judge):
    document = only(judge(TRAIN + "epochs = '3'\n")).to_json()
    assert document["params"]["expected"] == "an integer"


def excerpt(text, marked):
    start = text.index(marked)
    return Source("f", text).mark(Span(start, start + len(marked))).excerpt().splitlines()


def test_the_caret_stands_right_after_tabs_and_wide_characters():
    source, carets = excerpt('\t"名字" = 深', "深")
    assert source == '      1 | \t"名字" = 深'
    assert carets == "        | \t         ^^"


def test_a_long_line_is_cut_around_the_mark():
    text = "a" * 200 + "HERE" + "b" * 200
    source, carets = excerpt(text, "HERE")
    assert source.startswith("      1 | ...aaa")
    assert source.endswith("bbb...")
    assert len(source) < 120
    assert source[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    source, carets = excerpt("x" * 300, "x" * 300)
    assert len(source) < 120


def test_a_mark_of_several_lines_stays_on_the_first():
    text = 'a = """\nb\n"""\n'
    mark = Source("f", text).mark(Span(4, len(text)))
    assert (mark.line, mark.column, mark.length) == (1, 5, 3)


def test_a_mark_at_the_end_of_the_file():
    mark = Source("f", "a =").mark(Span(3, 4))
    assert (mark.line, mark.column) == (1, 4)
    assert mark.excerpt().splitlines()[1] == "        |    ^"


def test_nearest_names():
    assert nearest("EPOCHS", ["epochs", "epoch_s"]) == "epochs"
    assert nearest("auc", ["accuracy", "roc_auc"]) == "roc_auc"
    assert nearest("a", ["ab"]) == "ab"
    assert nearest("x", ["roc_auc"]) is None
    assert did_you_mean("zzz", ["a"]) is None
    assert listed(map(str, range(4)), most=2) == "`0`, `1`, ..."
