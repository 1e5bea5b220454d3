import pytest
from packaging.version import Version

from bringup.knowledge.conflicts import conflicts, conflicts_of
from bringup.knowledge.releases import releases
from bringup.stack.answer.model import REASONS

ALL = conflicts()


def test_ids_are_unique_and_reasons_are_codes():
    assert len({row.id for row in ALL}) == len(ALL)
    codes = {code for group in REASONS for code in group}
    assert {row.reason for row in ALL} <= codes


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.id)
def test_every_row_is_of_one_kind_and_tells_what_a_person_sees(row):
    kinds = [row.against, row.needs, row.floor or row.ceiling, row.glibc, row.cpu, row.extra]
    alone = [row.python and str(row.python), row.os if row.against is None else None]
    found = [kind for kind in (*kinds, *alone) if kind]
    assert len(found) == 1 or row.warning, row.id
    assert row.effect
    assert not row.effect.endswith(".")
    if row.against:
        assert row.against_when is not None


def test_the_releases_that_a_row_speaks_of():
    (row,) = [row for row in ALL if row.id == "torch-numpy2"]
    assert row.applies("torch", Version("2.2.2"))
    assert not row.applies("torch", Version("2.3.0"))
    assert not row.applies("torchvision", Version("0.1"))


def test_rows_by_package():
    for package in ("torch", "tensorflow", "torchtext"):
        rows = conflicts_of(package)
        assert rows
        assert {row.package for row in rows} == {package}
    assert conflicts_of("pandas") == ()


def test_empty_ranges_mean_all_releases():
    (row,) = [row for row in ALL if row.id == "jax-windows-gpu"]
    assert all(row.applies("jax", release.version) for release in releases("jax"))
    assert row.gpu
    assert row.os == "windows"
