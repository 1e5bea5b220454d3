import pytest
from stack_fixtures import make_machine

from bringup.machine.model import Interpreter
from bringup.stack.floors import platform_floor

PY = Interpreter("/x", "3.12.4")


def pylock(folder, *packages):
    rows = [
        f'[[packages]]\nname = "p{number}"\nversion = "1"\nwheels = ['
        + ", ".join(f'{{ url = "https://x/p{number}-1-{tag}.whl" }}' for tag in tags)
        + "]\n"
        for number, tags in enumerate(packages)
    ]
    path = folder / "pylock.x.toml"
    path.write_text("".join(rows))
    return path


@pytest.mark.parametrize(
    ("facts", "packages", "floor"),
    [
        ({}, [["py3-none-any"]], None),
        ({}, [["cp312-cp312-manylinux_2_28_x86_64"], ["py3-none-any"]], "2.28"),
        ({}, [["cp312-cp312-manylinux_2_28_x86_64"], ["cp312-abi3-manylinux2014_x86_64"]], "2.28"),
        ({}, [["cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64"]], "2.17"),
        # The installer takes what runs: the lower of two wheels of a package counts.
        ({}, [["cp312-cp312-manylinux_2_34_x86_64", "cp312-cp312-manylinux1_x86_64"]], "2.5"),
        ({}, [["cp312-cp312-manylinux_2_34_x86_64", "py3-none-any"]], None),
        # Wheels of other systems do not count.
        ({}, [["cp312-cp312-macosx_14_0_arm64", "cp312-cp312-manylinux_2_17_x86_64"]], "2.17"),
        (
            {"libc_family": "musl", "libc_version": "1.2"},
            [["cp312-cp312-musllinux_1_2_x86_64"]],
            "1.2",
        ),
        (
            {"os_family": "macos", "os_arch": "aarch64", "os_version": "14.0", "libc_family": None},
            [["cp312-cp312-macosx_11_0_arm64", "cp312-cp312-macosx_14_0_arm64"]],
            "11.0",
        ),
        ({"os_family": "windows", "libc_family": None}, [["cp312-cp312-win_amd64"]], None),
        ({}, [["not-a-wheel"]], None),
    ],
)
def test_the_floor_is_what_all_packages_together_ask(tmp_path, facts, packages, floor):
    path = pylock(tmp_path, *packages)
    assert platform_floor(make_machine(**facts), PY, [path]) == floor
