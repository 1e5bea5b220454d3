import datetime

import pytest
from packaging.version import Version

from bringup.knowledge.frameworks import cuda_major, cuda_number, framework_table


def test_every_row_says_where_it_comes_from():
    table = framework_table()
    rows = [
        *table.frameworks.values(),
        *table.cuda_families.values(),
        *table.releases,
        *table.builds,
    ]
    for row in rows:
        assert len(row.provenance.source) > 10, row
        assert row.provenance.checked >= datetime.date(2026, 11, 1), row
        assert row.provenance.confidence in {"official", "derived", "third-party"}, row


def test_rows_are_unique_and_their_numbers_are_sane():
    table = framework_table()
    keys = [(row.version, row.build) for row in table.builds]
    assert len(keys) == len(set(keys))
    assert len({row.version for row in table.releases}) == len(table.releases)
    for row in table.builds:
        assert cuda_major(row.build) in table.cuda_families
        archs = [Version(arch) for arch in row.archs]
        assert archs == sorted(archs)
        assert row.archs
    for release in table.releases:
        assert cuda_number(release.default_build) > 0
        names = {row.build for row in table.builds if row.version == release.version}
        assert set(release.on.values()) <= names | {"cpu"}
        assert set(release.on) <= {"linux_x86_64", "linux_aarch64", "windows", "macos"}


@pytest.mark.parametrize(
    ("version", "platform", "kind"),
    [
        ("2.15.0", "linux_x86_64", "cu132"),
        ("2.14.1", "linux_x86_64", "cu130"),
        ("2.10.0", "linux_aarch64", "cpu"),
        ("2.11.0", "linux_aarch64", "cu130"),
        ("2.15.0", "windows", "cpu"),
        ("2.15.0", "macos", "cpu"),
        ("99.0", "linux_x86_64", "cu132"),
        ("2.4.0", "linux_x86_64", "cu121"),
        ("2.13.0", "somewhere", "cpu"),
    ],
)
def test_default_kind_of_a_wheel_without_local_version(version, platform, kind):
    assert framework_table().default_kind(Version(version), platform) == kind


def test_a_build_is_looked_up_in_its_release_or_the_last_before_that_had_it():
    table = framework_table()
    assert table.build(Version("2.14.1+cu126"), "cu126").version == Version("2.14.1")
    assert table.build(Version("2.20.0"), "cu126").version == Version("2.14.1")
    assert table.build(Version("2.4.0"), "cu132") is None
    assert "7.0" in table.build(Version("2.13.0"), "cu126").archs
    assert "7.0" not in table.build(Version("2.13.0"), "cu130").archs


def test_drivers_by_family():
    table = framework_table()
    assert table.min_driver("cu126") == "525.60.13"
    assert table.min_driver("cu126", windows=True) == "527.41"
    assert table.min_driver("cu132") == "580.65.06"
    assert table.min_driver("rocm7.2") is None


def test_builds_have_an_index_of_their_own():
    assert framework_table().rocm_builds()[0].startswith("rocm")
    assert framework_table().frameworks["torch"].index_of("cu126").endswith("/cu126")
