import sys

import pytest
from packaging.tags import Tag
from stack_fixtures import make_machine

from bringup.machine.model import Interpreter
from bringup.machine.probe import probe
from bringup.stack.markers import marker_values
from bringup.stack.platforms import (
    platform_name,
    platform_variables,
    python_arguments,
    wheel_tags,
)

PY = Interpreter("/x", "3.12.4")


def tags(**facts):
    return wheel_tags(make_machine(**facts), PY)


@pytest.mark.parametrize(
    ("facts", "fits", "misfits"),
    [
        (
            {},
            ["cp312-cp312-manylinux_2_36_x86_64", "cp38-abi3-manylinux2014_x86_64", "py3-none-any"],
            ["cp312-cp312-manylinux_2_37_x86_64", "cp311-cp311-manylinux_2_17_x86_64"],
        ),
        (
            {"libc_version": None},
            ["cp312-cp312-manylinux_2_17_x86_64"],
            ["cp312-cp312-manylinux_2_18_x86_64"],
        ),
        (
            {"libc_family": "musl", "libc_version": "1.2"},
            ["cp312-cp312-musllinux_1_2_x86_64", "cp312-cp312-musllinux_1_1_x86_64"],
            ["cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-musllinux_1_3_x86_64"],
        ),
        (
            {"os_arch": "aarch64"},
            ["cp312-cp312-manylinux_2_28_aarch64"],
            ["cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-manylinux2010_aarch64"],
        ),
        (
            {"os_family": "macos", "os_arch": "aarch64", "os_version": "14.5"},
            ["cp312-cp312-macosx_14_0_arm64", "cp312-cp312-macosx_11_0_universal2"],
            ["cp312-cp312-macosx_15_0_arm64", "cp312-cp312-macosx_11_0_x86_64"],
        ),
        ({"os_family": "windows"}, ["cp312-cp312-win_amd64"], ["cp312-cp312-win_arm64"]),
        ({"os_family": "freebsd"}, ["py3-none-any"], ["cp312-cp312-manylinux_2_17_x86_64"]),
    ],
)
def test_tags_are_those_of_the_machine_not_of_our_process(facts, fits, misfits):
    found = tags(**facts)
    for text in fits:
        assert Tag(*text.split("-")) in found, text
    for text in misfits:
        assert Tag(*text.split("-")) not in found, text


def test_platform_names_and_markers():
    assert platform_name(make_machine()) == "linux_x86_64"
    assert platform_name(make_machine(os_family="macos")) == "macos"
    values = marker_values(make_machine(os_family="windows"), PY)
    assert (values["sys_platform"], values["platform_machine"]) == ("win32", "AMD64")
    assert values["python_version"] == "3.12"
    other = marker_values(make_machine(os_family="freebsd"), PY)
    assert (other["sys_platform"], other["platform_system"]) == ("freebsd", "Freebsd")


@pytest.mark.parametrize(
    ("facts", "platform"),
    [
        ({"libc_version": "2.28"}, "x86_64-manylinux_2_28"),
        ({"libc_version": "2.34", "os_arch": "aarch64"}, "aarch64-manylinux_2_34"),
        ({"libc_version": "2.30"}, "x86_64-manylinux_2_28"),
        ({"libc_version": "2.5"}, "x86_64-manylinux_2_17"),
        ({"os_family": "macos", "os_arch": "aarch64"}, "aarch64-apple-darwin"),
        ({"os_family": "windows"}, "x86_64-pc-windows-msvc"),
        ({"libc_family": "musl"}, "x86_64-unknown-linux-musl"),
    ],
)
def test_uv_is_told_of_a_python_that_is_not_here(facts, platform):
    elsewhere = Interpreter(path="/not/here/python", version="3.12.4")
    arguments = python_arguments(make_machine(**facts), elsewhere, "3.12")
    assert arguments[-4:] == ["--python-version", "3.12", "--python-platform", platform]


def test_uv_takes_a_python_that_is_here():
    here = Interpreter(path=sys.executable, version="3.11.0")
    arguments = python_arguments(probe(), here, "3.11")
    assert arguments == ["--python", sys.executable, "--python-version", "3.11"]


def test_a_python_of_the_same_path_on_another_machine_is_another_one():
    here = Interpreter(path=sys.executable, version="3.11.0")
    arguments = python_arguments(make_machine(os_family="windows"), here, "3.11")
    assert "--python-platform" in arguments


def test_uv_is_told_the_version_of_macos():
    mac = make_machine(os_family="macos", os_version="14.5.1")
    assert platform_variables(mac) == {"MACOSX_DEPLOYMENT_TARGET": "14.5"}
    assert platform_variables(make_machine()) == {}
