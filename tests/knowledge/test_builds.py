import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.builds import builds, builds_of, cuda_major, cuda_number, framework_names
from bringup.knowledge.cuda import cuda_families
from bringup.knowledge.libraries import is_library, known_releases, releases_within
from bringup.knowledge.releases import releases
from bringup.knowledge.rocm import rocm_versions
from bringup.machine import machine_by_hand
from bringup.stack.answer.place import place_of


@pytest.mark.parametrize(
    ("name", "number", "major"),
    [
        ("cu126", 126, 12),
        ("cu118", 118, 11),
        ("cu12", 120, 12),
        ("cuda13", 130, 13),
        ("cpu", 0, 0),
        ("rocm6.4", 0, 0),
        ("and-cuda", 0, 0),
    ],
)
def test_numbers_of_cuda_builds(name, number, major):
    assert (cuda_number(name), cuda_major(name)) == (number, major)


@pytest.mark.parametrize("framework", sorted(framework_names()))
def test_builds_are_the_newest_first_and_of_known_releases(framework):
    rows = builds(framework)
    assert [row.version for row in rows] == sorted((row.version for row in rows), reverse=True)
    known = {row.version for row in releases(framework)}
    for row in rows:
        assert row.version in known, row.label
        assert row.is_cuda + row.is_rocm + (row.build == "cpu") == 1
        assert not row.is_cuda or cuda_major(row.build) in cuda_families()


def test_every_release_of_torch_has_builds_and_one_default_for_linux():
    for release in releases("torch"):
        if release.yanked:
            continue
        rows = builds_of("torch", release.version)
        assert [row.build for row in rows if "linux_x86_64" in row.default_on] != [], release
        assert sum("linux_x86_64" in row.default_on for row in rows) == 1, release.label
        assert "cpu" in {row.build for row in rows}


def test_builds_of_one_release_whatever_its_local_version():
    rows = builds_of("torch", Version("2.8.0"))
    assert rows == builds_of("torch", Version("2.8.0+cu126"))
    assert {"cu126", "cu128", "cu129", "cpu"} <= {row.build for row in rows}
    assert rows[0].label == f"torch 2.8.0 {rows[0].build}"
    assert builds_of("torch", Version("2.8.99")) == ()


def test_what_has_no_builds():
    assert builds("numpy") == ()


def test_every_rocm_build_of_torch_names_its_gpus():
    for row in builds("torch"):
        if row.is_rocm:
            known = rocm_versions().get(row.build.removeprefix("rocm"))
            assert known is not None or row.archs, row.label
            if known is not None:
                assert "gfx90a" in known.gfx


def test_cudnn_is_a_library_by_its_packages():
    assert is_library("nvidia-cudnn-cu12")
    assert not is_library("nvidia-cublas-cu12")
    for name in ("nvidia-cudnn-cu11", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13"):
        versions = [row.version for row in known_releases(name)]
        assert versions == sorted(versions, reverse=True)
        assert versions
    assert known_releases("numpy") == releases("numpy")
    assert known_releases("pandas") == ()


def test_a_pin_on_a_library_newer_than_its_table_is_taken_at_its_word():
    name = "nvidia-cudnn-cu12"
    (row,) = releases_within(name, SpecifierSet("==99.1.0.5"))
    assert (row.package, str(row.version)) == (name, "99.1.0.5")
    assert releases_within(name, SpecifierSet("==99.1.0.5,<99")) == []
    assert releases_within(name, SpecifierSet(">=99")) == []
    assert releases_within(name, SpecifierSet("==99.*")) == []
    assert releases_within("numpy", SpecifierSet("==99.0")) == []
    assert releases_within(name, SpecifierSet(">=9,<10"))[0].version < Version("10")


def test_places_find_targets_of_amd_in_the_table_of_gpus():
    (device,) = place_of(machine_by_hand({"gpu": "Instinct MI300X"}, "test")).devices
    assert device.gfx in rocm_versions()["6.4"].gfx
