import pytest

from bringup.knowledge.systems import ended_system, ended_systems


@pytest.mark.parametrize(
    ("name", "version", "ended"),
    [
        ("CentOS Linux", "7", "2024-06-30"),
        ("Alpine Linux", "3.17.3", "2024-11-22"),
        ("Ubuntu", "16.04", "2026-04-30"),
    ],
)
def test_finds_an_ended_release(name, version, ended):
    assert str(ended_system(name, version).ended) == ended


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("Ubuntu", "24.04"),
        ("Debian GNU/Linux", "12"),
        ("CentOS Linux", "70"),
        ("Alpine Linux", "3.1"),
        ("Amazon Linux", "2023"),
        ("Something", "7"),
    ],
)
def test_says_nothing_of_others(name, version):
    assert ended_system(name, version) is None


def test_rows_were_past_when_they_were_checked():
    for row in ended_systems():
        assert row.ended < row.provenance.checked
        assert len(row.provenance.source) > 10


def test_no_row_stands_twice():
    keys = [(row.name, row.version) for row in ended_systems()]
    assert len(keys) == len(set(keys))
