from __future__ import annotations

import json
from pathlib import Path

import pytest
from doctor_cases import RULES, case_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.base.errors import BringupError
from bringup.doctor.codes import FILE_CODES
from bringup.doctor.files import examine_files
from bringup.doctor.files.dockerfile import read_dockerfile
from bringup.doctor.files.readers import read_source
from bringup.doctor.files.shell import installs_in
from bringup.doctor.registry import rule

HERE = {"facts": {"jupyter.kernelspecs": [{"name": "python3"}, {"name": "mnist"}]}}
TUTORIAL = """\
FROM tensorflow/tensorflow:latest
RUN pip install pandas \\
    tensorflow-gpu keras-tensorflow
COPY . /app
CMD jupyter lab --allow-root --ip=0.0.0.0 --NotebookApp.token=''
"""


def folder_of(code):
    return RULES / "files" / FILE_CODES[code]


def findings(path, code=None):
    select = () if code is None else (code,)
    rows = examine_files([path], case_of(HERE), select).results
    assert not any(row.crashed for row in rows), [row.reason for row in rows]
    return [row for row in rows if row.found is not None]


@pytest.mark.parametrize("code", FILE_CODES)
def test_a_rule_finds_its_fault_on_the_right_lines(code):
    (path,) = (folder_of(code) / "bad").iterdir()
    expected = json.loads((folder_of(code) / "expect.json").read_text(encoding="utf-8"))["lines"]
    found = findings(path, code)
    assert found
    assert all("{" not in row.message + row.fix.replace('{"gpu"', "") for row in found)
    if expected is not None:
        assert sorted(row.found.line for row in found) == expected
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(1 <= row.found.line <= len(lines) for row in found)


@pytest.mark.parametrize("code", FILE_CODES)
def test_a_rule_is_quiet_where_all_is_well(code):
    (path,) = (folder_of(code) / "good").iterdir()
    assert findings(path, code) == []


@pytest.mark.parametrize("code", FILE_CODES)
def test_a_rule_has_a_text_with_references(code):
    text = rule(code).text
    assert text.references[0].startswith("https://")
    assert text.zh.title != text.en.title


def test_the_tutorial_shows_all_its_faults(tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text(TUTORIAL, encoding="utf-8")
    codes = {row.rule.code for row in findings(path)}
    assert {"IMG001", "REQ001", "REQ002", "IMG002", "IMG007", "IMG008"} <= codes


def test_a_package_is_found_on_its_own_line():
    source = read_dockerfile("Dockerfile", TUTORIAL)
    lines = {row.name: row.line for row in source.wanted}
    assert lines == {"pandas": 2, "tensorflow-gpu": 3, "keras-tensorflow": 3}


def test_stages_start_anew_and_arguments_fill_names():
    text = "ARG V=3.12\nFROM python:${V} AS a\nUSER app\nFROM a AS b\nFROM scratch\nCOPY x /\n"
    source = read_dockerfile("Dockerfile", text)
    assert [row.name for row in source.images] == ["python:3.12"]
    assert source.users == []
    assert [row.name for row in source.copies] == ["x"]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("pip install -U pip && pip install a b==1", ["pip", "a", "b"]),
        ("python3 -m pip install -r r.txt -c c.txt x", ["x"]),
        ("uv pip install --system --index-url https://m.example/simple y", ["y"]),
        ("%pip install -q z", ["z"]),
        ("echo pip", []),
        ("pip install 'q[extra]>=1'", ["q"]),
    ],
)
def test_installs_are_read_out_of_commands(command, names):
    rows = [row.name for install in installs_in(command, 1) for row in install.wanted]
    assert rows == names


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("notes.md", "hello", "DOC141"),
        ("values.yaml", "a: 1", "DOC141"),
        ("compose.yaml", "services: [", "DOC142"),
        ("lab.ipynb", "{}", "DOC142"),
        ("devcontainer.json", "{", "DOC142"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, text, code):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BringupError) as caught:
        read_source(path)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_missing_file_is_said():
    with pytest.raises(BringupError) as caught:
        read_source(Path("nowhere/Dockerfile"))
    assert caught.value.code == "DOC140"


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\x00"), max_size=400))
def test_any_dockerfile_is_judged_without_a_crash(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "Dockerfile"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    if "\0" not in text:
        findings(path)
        return
    with pytest.raises(BringupError) as caught:
        findings(path)
    assert caught.value.code == "DOC142"
