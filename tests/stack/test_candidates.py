import pytest
from packaging.specifiers import SpecifierSet
from stack_fixtures import make_machine

from bringup.knowledge.frameworks import framework_table
from bringup.machine.model import Interpreter
from bringup.stack.candidates import Target, fitting
from bringup.stack.model import Source
from bringup.stack.pages import IndexFile

SOURCE = Source("index", "http://me:secret@host/simple")


def found(*files, limits=""):
    target = Target(make_machine(), Interpreter("/x", "3.11.7"), SpecifierSet(limits))
    return [
        (str(row.version), row.build)
        for row in fitting(list(files), SOURCE, target, framework_table())
    ]


def wheel(version, **fields):
    name = f"torch-{version}-cp311-cp311-manylinux_2_28_x86_64.whl"
    return IndexFile(name, f"http://host/{name}", **fields)


def test_the_newest_first_with_its_build():
    assert found(wheel("2.13.0+cpu"), wheel("2.15.0"), wheel("2.14.1+cu126")) == [
        ("2.15.0", "cu132"),
        ("2.14.1+cu126", "cu126"),
        ("2.13.0+cpu", "cpu"),
    ]


@pytest.mark.parametrize(
    ("fields", "limits", "kept"),
    [
        ({"requires_python": ">=3.12"}, "", False),
        ({"requires_python": ">=3.10"}, "", True),
        ({"requires_python": "garbage"}, "", True),
        ({"yanked": True}, "", False),
        ({"yanked": True}, "==2.13.0", True),
        ({}, "<2.13", False),
    ],
)
def test_which_files_count(fields, limits, kept):
    assert bool(found(wheel("2.13.0", **fields), limits=limits)) is kept


def test_pre_releases_are_for_those_who_name_them():
    assert found(wheel("2.16.0rc1")) == []
    assert found(wheel("2.16.0rc1"), limits=">=2.16.0rc1") == [("2.16.0rc1", "cu132")]


def test_no_credentials_are_shown():
    assert "secret" not in SOURCE.shown
