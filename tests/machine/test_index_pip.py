from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bringup.machine.index_settings import merged_settings
from bringup.machine.probe import probe, probe_world
from bringup.machine.probes.index_pip import SOURCES, pip_files
from bringup.machine.sources import first_answer

HOME = "/home/user"


def said(world, name):
    return first_answer(world, SOURCES[f"index.pip.{name}"])


def conf(**settings):
    lines = [f"{name.replace('_', '-')} = {value}" for name, value in settings.items()]
    return "[global]\n" + "\n".join(lines) + "\n"


def test_files_in_order(make_world):
    world = make_world(env={"HOME": HOME}, host={"interpreter": {"prefix": "/venv"}})
    assert pip_files(world) == [
        "/etc/xdg/pip/pip.conf",
        "/etc/pip.conf",
        "/home/user/.pip/pip.conf",
        "/home/user/.config/pip/pip.conf",
        "/venv/pip.conf",
    ]


def test_files_by_variables(make_world):
    env = {
        "HOME": HOME,
        "XDG_CONFIG_DIRS": "/a:/b",
        "XDG_CONFIG_HOME": "/c",
        "VIRTUAL_ENV": "/v",
        "PIP_CONFIG_FILE": "/nowhere",
    }
    assert pip_files(make_world(env=env)) == [
        "/a/pip/pip.conf",
        "/b/pip/pip.conf",
        "/etc/pip.conf",
        "/home/user/.pip/pip.conf",
        "/c/pip/pip.conf",
        "/v/pip.conf",
        "/nowhere",
    ]


def test_files_elsewhere(make_world):
    windows = make_world(platform="windows", env={"USERPROFILE": "C:\\U", "APPDATA": "C:\\A"})
    assert pip_files(windows) == [
        "C:/ProgramData/pip/pip.ini",
        "C:/U/pip/pip.ini",
        "C:/A/pip/pip.ini",
    ]
    macos = make_world(platform="macos", env={"HOME": HOME, "XDG_CONFIG_HOME": "/c"})
    assert pip_files(macos)[-1] == "/home/user/.config/pip/pip.conf"
    assert pip_files(make_world(env={})) == ["/etc/xdg/pip/pip.conf", "/etc/pip.conf"]


def test_later_files_override(make_world):
    world = make_world(
        env={"HOME": HOME},
        files={
            "/etc/pip.conf": conf(index_url="https://global", timeout="10"),
            f"{HOME}/.pip/pip.conf": conf(index_url="https://legacy"),
            f"{HOME}/.config/pip/pip.conf": conf(index_url="https://user"),
        },
    )
    fact = said(world, "index_url")
    assert (fact.value, fact.source) == ("https://user", f"{HOME}/.config/pip/pip.conf")
    assert said(world, "timeout").value == 10.0


def test_config_file_variable_replaces_the_user_and_beats_all_files(make_world):
    files = {
        "/etc/pip.conf": conf(index_url="https://global", proxy="http://p"),
        f"{HOME}/.config/pip/pip.conf": conf(index_url="https://user", cert="/user.pem"),
        "/my.conf": conf(index_url="https://mine"),
    }
    world = make_world(env={"HOME": HOME, "PIP_CONFIG_FILE": "/my.conf"}, files=files)
    assert said(world, "index_url").value == "https://mine"
    assert said(world, "proxy").value == "http://p"
    assert said(world, "cert").value is None


def test_null_device_switches_files_off(make_world):
    env = {"PIP_CONFIG_FILE": "/dev/null", "PIP_PROXY": "http://p"}
    world = make_world(env=env, files={"/etc/pip.conf": conf(index_url="https://global")})
    assert said(world, "index_url").value is None
    assert said(world, "proxy").source == "PIP_PROXY"


def test_section_of_the_command_beats_the_global_one_of_a_later_file(make_world):
    world = make_world(
        env={"HOME": HOME},
        files={
            "/etc/pip.conf": "[install]\nindex_url = https://install\n[list]\nformat = json\n",
            f"{HOME}/.config/pip/pip.conf": conf(index_url="https://user"),
        },
    )
    assert said(world, "index_url").value == "https://install"


def test_variables_beat_files_and_lists_are_split(make_world):
    world = make_world(
        env={"PIP_FIND_LINKS": "/x /y", "PIP_NO_INDEX": "", "PIP_DEFAULT_TIMEOUT": "180"},
        files={
            "/etc/pip.conf": conf(
                find_links="/a",
                no_index="true",
                trusted_host="\n    one\n    two",
                constraint="c.txt",
            )
        },
    )
    assert said(world, "find_links").value == ["/x", "/y"]
    assert said(world, "find_links").source == "PIP_FIND_LINKS"
    # pip skips empty values, so the file's one holds.
    assert said(world, "no_index").value is True
    assert said(world, "trusted_host").value == ["one", "two"]
    assert said(world, "constraint").value == ["c.txt"]
    assert said(world, "timeout").value == 180.0


def test_a_broken_file_makes_the_settings_unknown(make_world):
    world = make_world(files={"/etc/pip.conf": "index-url = x\n"})
    fact = said(world, "index_url")
    assert fact.value is None
    assert "/etc/pip.conf" in (fact.unknown or "")
    assert "/etc/pip.conf" in merged_settings({"index.pip.index_url": fact}).tried[0]


def test_a_number_that_is_none(make_world):
    assert said(make_world(env={"PIP_TIMEOUT": "soon"}), "timeout").unknown is not None


def test_merged(make_world):
    env = {
        "UV_INDEX": "https://uv.example",
        "UV_NO_INDEX": "false",
        "PIP_INDEX_URL": "https://pip.example",
        "PIP_EXTRA_INDEX_URL": "https://extra.example https://uv.example",
        "HTTPS_PROXY": "http://proxy",
        "CONDA_SSL_VERIFY": "/conda.pem",
    }
    settings = probe_world(make_world(env=env), {}).index_settings
    assert settings.index == "https://pip.example"
    assert settings.extra_indexes == ("https://uv.example", "https://extra.example")
    assert (settings.proxy, settings.ca_bundle) == ("http://proxy", "/conda.pem")
    assert settings.no_index is False


def test_conda_true_is_no_bundle(make_world):
    settings = probe_world(make_world(env={"CONDA_SSL_VERIFY": "true"}), {}).index_settings
    assert settings.ca_bundle is None


@pytest.mark.skipif(shutil.which("pip") is None, reason="no pip to compare with")
def test_pip_itself_agrees(tmp_path):
    home, dirs = tmp_path / "home", tmp_path / "dirs"
    for path, name in (
        (dirs / "pip/pip.conf", "dirs"),
        (home / ".pip/pip.conf", "legacy"),
        (home / ".config/pip/pip.conf", "user"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(conf(index_url=f"https://{name}", **{f"extra_{name}": "x"}))
    (dirs / "pip/pip.conf").write_text(conf(proxy="http://dirs", cert="/dirs", timeout="7"))
    (home / ".pip/pip.conf").write_text(conf(proxy="http://legacy", cert="/legacy"))
    (home / ".config/pip/pip.conf").write_text(conf(proxy="http://user"))
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        "HOME": str(home),
        "XDG_CONFIG_DIRS": str(dirs),
        "PIP_TRUSTED_HOST": "one two",
    }
    env.pop("XDG_CONFIG_HOME", None)
    # pyenv's pip is a script that looks for its own files in HOME.
    env["PYENV_ROOT"] = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    listed = subprocess.run(
        ["pip", "config", "list"], env=env, capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout
    pairs = re.findall(r"^(?:global|:env:)\.([\w-]+)='(.*)'$", listed, re.MULTILINE)
    theirs = dict(pairs)
    machine = probe(env=env, folder=tmp_path)
    assert theirs["proxy"] == machine.value("index.pip.proxy") == "http://user"
    assert theirs["cert"] == machine.value("index.pip.cert") == "/legacy"
    assert float(theirs["timeout"]) == machine.value("index.pip.timeout") == 7.0
    assert theirs["trusted-host"].split() == machine.value("index.pip.trusted_host")
    assert json.dumps(machine.to_json())
