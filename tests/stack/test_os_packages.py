from packaging.utils import canonicalize_name

from bringup.stack.os_packages import FAMILIES, checked, libraries, os_packages


def test_each_row_says_where_it_comes_from():
    for row in libraries():
        assert row.source, row.soname
        assert row.confidence in {"official", "derived", "third-party"}
        assert set(row.names) == set(FAMILIES)
        assert row.packages == {canonicalize_name(name) for name in row.packages}
        assert checked() <= row.checked


def test_only_what_the_locked_packages_load():
    assert os_packages(["safetensors"], libc="glibc") == {
        "debian": ["libgcc-s1"],
        "fedora": ["libgcc"],
    }
    assert os_packages(["numpy"], libc="glibc")["debian"] == ["libgcc-s1", "libstdc++6", "zlib1g"]
    assert os_packages(["Scikit_Learn"], libc="glibc")["fedora"] == ["libgcc", "libstdc++"]


def test_nothing_is_made_up():
    assert os_packages(["starlette"], libc="glibc") == {}
    assert os_packages(["numpy"], libc="musl") == {}
    assert os_packages(["numpy"], libc=None) == {}
