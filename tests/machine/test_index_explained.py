from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bringup.base.messages import choose_language, text_of
from bringup.machine import Fact, load_machine
from bringup.machine.index_explained import explain, explain_here, explain_saved
from bringup.machine.probe import probe, probe_world

HOME = "/home/user"


@pytest.fixture(autouse=True)
def english():
    choose_language("en")


def explained(world):
    return explain(probe_world(world, {}), world)


def told(row):
    """Return what people read of a setting's fate."""
    return row.status if row.code is None else f"{row.status}: {text_of(row.code, **row.params)}"


def fates(world, tool):
    return {(row.name, row.source): told(row) for row in explained(world).said if row.tool == tool}


def test_pip_who_lost_against_whom(make_world):
    world = make_world(
        env={"HOME": HOME, "PIP_INDEX_URL": "https://variable", "PIP_RETRIES": "2"},
        files={
            "/etc/pip.conf": "[global]\nindex-url = https://global\ntimeout =\n"
            "[install]\nproxy = http://install\n[download]\nindex-url = https://download\n",
            f"{HOME}/.config/pip/pip.conf": "[global]\nindex-url = https://user\nproxy = http://u\n"
            "format = json\n",
        },
    )
    user = f"{HOME}/.config/pip/pip.conf"
    assert fates(world, "pip") == {
        ("index-url", "PIP_INDEX_URL"): "used",
        ("index-url", user): "lost: lost against PIP_INDEX_URL",
        ("index-url", "/etc/pip.conf"): "lost: lost against PIP_INDEX_URL",
        ("index-url", "/etc/pip.conf [download]"): "ignored: ignored: it stands in [download], "
        "which does not count for installing",
        ("proxy", "/etc/pip.conf [install]"): "used",
        ("proxy", user): "lost: lost against /etc/pip.conf",
        ("timeout", "/etc/pip.conf"): "ignored: ignored: it is empty",
        ("retries", "PIP_RETRIES"): "ignored: ignored: pip alone follows it, and bringup installs "
        "through uv",
    }
    names = [(row.name, row.source) for row in explained(world).said if row.name == "index-url"]
    assert names[0] == ("index-url", "PIP_INDEX_URL")
    assert names[1] == ("index-url", user)


def test_uv_explicit_indexes_strategies_and_what_uv_alone_reads(make_world):
    world = make_world(
        env={
            "HOME": HOME,
            "UV_DEFAULT_INDEX": "https://variable",
            "UV_INDEX_STRATEGY": "first-index",
            "UV_KEYRING_PROVIDER": "subprocess",
            "UV_INDEX_TORCH_PASSWORD": "geheim",
        },
        files={
            f"{HOME}/.config/uv/uv.toml": """
index-url = "https://file"
no-proxy = "10.0.0.0/8"
[[index]]
name = "torch"
url = "https://torch"
explicit = true
[[index]]
url = "https://more"
"""
        },
    )
    user = f"{HOME}/.config/uv/uv.toml"
    only = "used: used by uv itself; bringup's own questions to indexes do not follow it"
    assert fates(world, "uv") == {
        ("default-index", "UV_DEFAULT_INDEX"): "used",
        ("default-index", user): "lost: lost against UV_DEFAULT_INDEX",
        ("index-strategy", "UV_INDEX_STRATEGY"): "used",
        ("index", user): "ignored: ignored: an explicit index serves only packages that name it",
        ("keyring-provider", "UV_KEYRING_PROVIDER"): only,
        ("no-proxy", user): only,
        ("credentials", "UV_INDEX_TORCH_PASSWORD"): "used",
    }
    indexes = [row for row in explained(world).said if row.name == "index"]
    assert [(row.value, row.status) for row in indexes] == [
        (["https://more"], "used"),
        (["https://torch"], "ignored"),
    ]
    shown = {row.name: row.value for row in explained(world).redacted().said}
    assert shown["credentials"] == "****"


def test_the_table_pip_of_uv_is_the_stronger_one(make_world):
    files = {"/p/uv.toml": 'index-url = "https://top"\n[pip]\nindex-url = "https://pip"\n'}
    world = make_world(folder="/p", files=files)
    assert probe_world(world, {}).value("index.uv.default_index") == "https://pip"


def test_credentials_of_named_indexes(make_world):
    env = {
        "UV_DEFAULT_INDEX": "my.mirror=https://a/simple",
        "UV_INDEX_MY_MIRROR_USERNAME": "me",
        "UV_INDEX_MY_MIRROR_PASSWORD": "a/b@c",
        "UV_INDEX": "t=https://b/simple own=https://x:y@c/simple",
        "UV_INDEX_T_PASSWORD": "token",
        "UV_INDEX_OWN_USERNAME": "other",
    }
    machine = probe_world(make_world(env=env), {})
    assert machine.value("index.uv.default_index") == "https://me:a%2Fb%40c@a/simple"
    assert machine.value("index.uv.index") == [
        "https://:token@b/simple",
        "https://x:y@c/simple",
    ]


def test_conda_and_the_network(make_world):
    world = make_world(
        env={
            "HOME": HOME,
            "CONDA_SSL_VERIFY": "false",
            "https_proxy": "http://small",
            "HTTPS_PROXY": "http://big",
            "NO_PROXY": "localhost",
        },
        files={
            f"{HOME}/.condarc": "channels:\n  - conda-forge\nssl_verify: /ca.pem\n"
            "proxy_servers:\n  https: http://conda\n",
            f"{HOME}/.netrc": "machine a.example login me password geheim\nmachine b.example\n",
        },
    )
    channels = "ignored: ignored: pip's packages do not come from conda's channels"
    assert fates(world, "conda") == {
        ("channels", f"{HOME}/.condarc"): channels,
        ("ssl_verify", "CONDA_SSL_VERIFY"): "ignored: ignored: certificates are always checked, "
        "and this names no file",
        ("ssl_verify", f"{HOME}/.condarc"): "lost: lost against CONDA_SSL_VERIFY",
        ("proxy_servers", f"{HOME}/.condarc"): "lost: lost against https_proxy",
    }
    assert fates(world, "network") == {
        ("https-proxy", "https_proxy"): "used",
        ("https-proxy", "HTTPS_PROXY"): "lost: lost against https_proxy",
        ("no-proxy", "NO_PROXY"): "used",
        ("netrc", f"{HOME}/.netrc"): "used",
    }
    (netrc,) = [row for row in explained(world).said if row.name == "netrc"]
    assert netrc.value == ["a.example", "b.example"]


def test_between_the_tools(make_world):
    world = make_world(
        env={
            "UV_DEFAULT_INDEX": "https://uv",
            "PIP_INDEX_URL": "https://pip",
            "UV_INDEX": "https://both https://own",
            "PIP_EXTRA_INDEX_URL": "https://both",
            "UV_HTTP_TIMEOUT": "5",
            "PIP_TIMEOUT": "5",
            "PIP_CONSTRAINT": "/here.txt /gone.txt",
            "PIP_FIND_LINKS": "/gone",
        },
        files={"/here.txt": "a<2\n"},
    )
    assert fates(world, "pip") == {
        ("index-url", "PIP_INDEX_URL"): "lost: lost against UV_DEFAULT_INDEX",
        ("extra-index-url", "PIP_EXTRA_INDEX_URL"): "used: said twice, counts once (UV_INDEX)",
        ("timeout", "PIP_TIMEOUT"): "used: said twice, counts once (UV_HTTP_TIMEOUT)",
        ("constraint", "PIP_CONSTRAINT"): "used: left out, not there: /gone.txt",
        ("find-links", "PIP_FIND_LINKS"): "ignored: left out, not there: /gone",
    }
    merged = {row.name: (row.value, row.sources) for row in explained(world).merged}
    assert merged["index"] == ("https://uv", ("UV_DEFAULT_INDEX",))
    both = (["https://both", "https://own"], ("UV_INDEX", "PIP_EXTRA_INDEX_URL"))
    assert merged["extra_indexes"] == both
    assert "proxy" not in merged


def test_behind_no_index(make_world):
    env = {"PIP_NO_INDEX": "1", "PIP_EXTRA_INDEX_URL": "https://x", "UV_DEFAULT_INDEX": "https://y"}
    world = make_world(env=env)
    behind = "ignored: ignored: no-index is set (PIP_NO_INDEX)"
    assert fates(world, "pip")["extra-index-url", "PIP_EXTRA_INDEX_URL"] == behind
    assert fates(world, "uv")["default-index", "UV_DEFAULT_INDEX"] == behind


def test_broken_files_are_told_and_the_others_explained(make_world):
    world = make_world(
        env={"HOME": HOME, "UV_CONFIG_FILE": "/uv.toml", "NO_PROXY": "x"},
        files={"/etc/pip.conf": "index-url = https://u:geheim@x\n", "/uv.toml": "index ="},
    )
    found = explained(world)
    assert [row.tool for row in found.said] == ["network"]
    assert len(found.unreadable) == 2
    assert "/etc/pip.conf" in found.unreadable[1]
    assert "geheim" not in str(found.redacted())


def test_an_override_is_the_source_of_all():
    settings = Fact({"index": "https://u:geheim@x"}, "override --fact")
    machine = load_machine(Path(__file__).parent.parent / "machines" / "macos-m3.json")
    found = explain_saved(machine.with_facts({"index.settings": settings}))
    (row,) = found.merged
    assert (row.name, row.sources) == ("index", ("override --fact",))
    assert "geheim" in str(found)
    assert "geheim" not in str(found.redacted())


def test_a_saved_machine_tells_what_its_facts_hold():
    machine = load_machine(Path(__file__).parent.parent / "machines" / "container-limits.json")
    found = explain_saved(machine)
    assert {row.tool for row in found.said} <= {"pip", "uv", "conda", "network"}
    assert ("pip", "trusted-host") in {(row.tool, row.name) for row in found.said}


def test_uv_itself_agrees(tmp_path):
    """uv shows the settings it works with: the ones that are told to be used must be there."""
    import uv

    (tmp_path / "uv.toml").write_text(
        'index-url = "https://top.example/simple"\nindex-strategy = "unsafe-first-match"\n'
        '[pip]\nindex-url = "https://pip.example/simple"\n'
    )
    (tmp_path / "in.txt").write_text("")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    env = {**kept, "HOME": str(tmp_path), "UV_EXTRA_INDEX_URL": "https://extra.example/simple"}
    command = [uv.find_uv_bin(), "pip", "compile", "in.txt", "--show-settings"]
    shown = subprocess.run(
        command, env=env, capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout
    machine = probe(env=env, folder=tmp_path)
    assert machine.value("index.uv.default_index") == "https://pip.example/simple"
    assert machine.value("index.uv.index_strategy") == "unsafe-first-match"
    assert "UnsafeFirstMatch" in shown
    for part in ("pip.example", "extra.example"):
        assert part in shown
    assert "top.example" not in shown


def test_this_machine_can_be_explained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "uv.toml").write_text("offline = true\n")
    rows = explain_here(probe()).said
    assert [row.value for row in rows if (row.tool, row.name) == ("uv", "offline")] == [True]
