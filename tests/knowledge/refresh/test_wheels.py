import pytest

from bringup.knowledge.refresh.wheels import releases_of, short_wheels, telling_wheel, wheel_name
from bringup.stack.index import IndexFile


def files(*names, yanked=()):
    return [IndexFile(name, f"https://a/{name}", yanked=name in yanked) for name in names]


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("torch-2.13.0-cp313-cp313-win_amd64.whl", "cp313"),
        ("torch-2.13.0-cp314-cp314t-win_amd64.whl", "cp314t"),
        ("vllm-0.9-cp38-abi3-manylinux1_x86_64.whl", "cp38-abi3"),
        ("jax-0.8-py3-none-any.whl", "py3-none"),
        ("protobuf-3.19.0-py2.py3-none-any.whl", "py2.py3-none"),
        ("torch-1.13.0-cp37-cp37m-win_amd64.whl", "cp37-cp37m"),
        ("demo-1.0-1-cp310-cp310-win_amd64.whl", "cp310"),
    ],
)
def test_pairs(name, pair):
    assert wheel_name(name).pair == pair


def test_short_forms_have_an_order():
    names = [
        "t-1-cp310-cp310-macosx_11_0_arm64.whl",
        "t-1-cp39-cp39-manylinux_2_28_aarch64.whl",
        "t-1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "t-1-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "t-1-cp313-cp313t-win_amd64.whl",
        "t-1-cp313-cp313-win_amd64.whl",
        "t-1-1-cp313-cp313-win_amd64.whl",
    ]
    assert short_wheels(map(wheel_name, names)) == [
        "manylinux_2_17_x86_64.manylinux2014_x86_64 cp39 cp310",
        "manylinux_2_28_aarch64 cp39",
        "win_amd64 cp313 cp313t",
        "macosx_11_0_arm64 cp310",
    ]


def test_what_is_no_release_of_the_package_is_left_out():
    names = [
        "demo-1.0.tar.gz",
        "demo-1.1.dev3.tar.gz",
        "demo-1.2b1-py3-none-any.whl",
        "demo-1.3.post1-py3-none-any.whl",
        "demo_other-1.0.tar.gz",
        "demo-cuda.tar.gz",
        "demo-1.4-py3-none-any.whl",
        "demo-0.9-py3-none-any.whl",
    ]
    found = releases_of("demo", files(*names, yanked=("demo-1.4-py3-none-any.whl",)), "1.0")
    assert [str(row.version) for row in found] == ["1.4", "1.3.post1", "1.0"]
    assert [row.yanked for row in found] == [True, False, False]
    assert found[2].sdist.filename == "demo-1.0.tar.gz"
    assert found[2].files == [found[2].sdist]
    assert telling_wheel(found[2]) is None


def test_the_newest_cpython_on_linux_speaks_for_a_release():
    names = [
        "t-1-cp314-cp314t-manylinux_2_28_x86_64.whl",
        "t-1-cp39-cp39-manylinux_2_28_x86_64.whl",
        "t-1-cp313-cp313-manylinux_2_28_x86_64.whl",
        "t-1-cp315-cp315-win_amd64.whl",
    ]
    (release,) = releases_of("t", files(*names), "0")
    assert telling_wheel(release).filename == names[2]
    (release,) = releases_of("t", files(names[3], "t-1-cp311-cp311-win_amd64.whl"), "0")
    assert telling_wheel(release).filename == "t-1-cp311-cp311-win_amd64.whl"
