import os
import tomllib
from pathlib import Path

import pytest
from stack_fixtures import OWN_PYTHON, make_machine, make_project, make_wheel

from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.base.processes import Completed
from bringup.machine.model import Fact, Interpreter
from bringup.stack.lock import lock_environment, locked_packages
from bringup.stack.model import Source, Stack
from bringup.stack.settings import uv_settings
from bringup.stack.uv import find_uv, run_uv
from bringup.stack.uv_errors import error_of


@pytest.fixture(autouse=True)
def quick_uv(monkeypatch):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)


def make_stack(*requirements, serve=(), file=None, source=None):
    return Stack(
        python=Interpreter(**OWN_PYTHON),
        build="cpu",
        requested="auto",
        requirements=requirements,
        requirements_file=file,
        serve_requirements=serve,
        torch="1.0" if source else None,
        source=source,
        tables_checked="2026-11-21",
    )


def lock(stack, folder, settings, **options):
    project = make_project(folder)
    return lock_environment(
        stack,
        machine=make_machine(settings=settings),
        folder=folder,
        state_folder=project.state_folder,
        **options,
    )


def links_only(folder):
    return {"find_links": [str(folder)], "no_index": True}


def test_locks_hold_exact_versions_and_hashes(server, tmp_path):
    wheels = tmp_path / "wheels"
    server.wheels = [
        make_wheel(wheels, "alpha", "1.0", requires=["beta>=1"]),
        make_wheel(wheels, "beta", "1.5"),
        make_wheel(wheels, "beta", "1.4"),
        make_wheel(wheels, "gamma", "3.0", tag="cp311-cp311-manylinux_2_28_x86_64"),
    ]
    project = tmp_path / "p"
    project.mkdir()
    stack = make_stack("alpha", serve=("beta",))
    done = lock(stack, project, {"index": server.index()})
    assert done.packages["pylock.cpu.toml"] == {"alpha": "1.0", "beta": "1.5"}
    assert done.packages["pylock.serve.toml"] == {"beta": "1.5"}
    document = tomllib.loads(done.train.read_text())
    assert all(row["wheels"][0]["hashes"]["sha256"] for row in document["packages"])
    rest = tomllib.loads(done.rest.read_text())
    assert rest["schema_version"] == 2
    assert set(rest["tables"]) == {"frameworks", "os_packages"}
    (target,) = rest["target"]
    assert (target["name"], target["build"], target["requested"]) == ("cpu", "cpu", "auto")
    assert target["platform"] == {"os": "linux", "arch": "x86_64", "libc": "glibc"}
    digest = done.digests["pylock.cpu.toml"]
    assert target["train"] == {"file": "pylock.cpu.toml", "sha256": digest}
    assert target["serve"]["file"] == "pylock.serve.toml"
    assert "tmp" not in done.train.read_text().partition("lock-version")[0]
    assert sorted(path.name for path in project.iterdir()) == [
        ".bringup",
        "bringup.lock",
        "pylock.cpu.toml",
        "pylock.serve.toml",
    ]
    assert list((project / ".bringup").iterdir()) == []


def test_pins_stay_until_a_requirement_wants_otherwise(tmp_path):
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "alpha", "1.0")
    first = lock(make_stack("alpha"), tmp_path, links_only(wheels))
    make_wheel(wheels, "alpha", "2.0")
    again = lock(make_stack("alpha"), tmp_path, links_only(wheels))
    assert again.digests == first.digests
    moved = lock(make_stack("alpha>=2"), tmp_path, links_only(wheels))
    assert moved.packages["pylock.cpu.toml"] == {"alpha": "2.0"}
    assert moved.serve is None


def test_what_a_killed_lock_left_is_swept(tmp_path):
    make_wheel(tmp_path / "wheels", "alpha", "1.0")
    left = tmp_path / ".bringup" / "lock-killed"
    left.mkdir(parents=True)
    (left / "part").write_text("x")
    lock(make_stack("alpha"), tmp_path, links_only(tmp_path / "wheels"))
    assert not left.exists()


def test_constraints_and_the_requirements_file_count(tmp_path):
    wheels = tmp_path / "wheels"
    for version in ("1.0", "2.0"):
        make_wheel(wheels, "alpha", version)
        make_wheel(wheels, "beta", version)
    limit = tmp_path / "with space.txt"
    limit.write_text("alpha<2\n")
    (tmp_path / "requirements.txt").write_text("beta==1.0\n")
    settings = {**links_only(wheels), "constraints": [str(limit)]}
    done = lock(make_stack("alpha", file=tmp_path / "requirements.txt"), tmp_path, settings)
    assert done.packages["pylock.cpu.toml"] == {"alpha": "1.0", "beta": "1.0"}


def test_extra_indexes_are_compared_and_absent_ones_left_out(
    server, second_server, closed_port, tmp_path
):
    server.wheels = [make_wheel(tmp_path / "a", "alpha", "1.0")]
    second_server.wheels = [make_wheel(tmp_path / "b", "alpha", "2.0")]
    settings = {
        "index": server.index(),
        "extra_indexes": [
            second_server.index(),
            "file:///no/such/index",
            f"http://me:secret@{closed_port}/simple",
        ],
        "find_links": ["/no/such/folder"],
    }
    heard = []
    done = lock(
        make_stack("alpha"), tmp_path, settings, notify=lambda code, params: heard.append(code)
    )
    assert done.packages["pylock.cpu.toml"] == {"alpha": "2.0"}
    assert heard == ["STK039", "STK039", "STK039", "STK040"]
    assert "secret" not in done.rest.read_text()


def test_the_frameworks_index_is_one_more(server, second_server, tmp_path):
    server.wheels = [make_wheel(tmp_path / "a", "alpha", "1.0")]
    second_server.wheels = [make_wheel(tmp_path / "b", "torch", "1.0+cpu")]
    source = Source("framework_index", second_server.index())
    stack = make_stack("torch==1.0+cpu", "alpha", source=source)
    done = lock(stack, tmp_path, {"index": server.index()})
    assert done.packages["pylock.cpu.toml"] == {"alpha": "1.0", "torch": "1.0+cpu"}
    (target,) = tomllib.loads(done.rest.read_text())["target"]
    assert target["torch"]["kind"] == "framework_index"


def test_credentials_never_reach_the_lock(server, tmp_path):
    server.wheels = [make_wheel(tmp_path / "a", "alpha", "1.0")]
    server.credentials = "user:secret"
    done = lock(make_stack("alpha"), tmp_path, {"index": server.index("user:secret@")})
    assert "secret" not in done.train.read_text()
    assert server.address in done.train.read_text()


@pytest.mark.parametrize(
    ("requirements", "settings", "code", "said"),
    [
        (("alpha>1", "alpha<1"), None, "STK050", "unsatisfiable"),
        (("nowhere",), None, "STK050", "nowhere"),
    ],
)
def test_no_solution_is_told_in_uvs_words(tmp_path, requirements, settings, code, said):
    make_wheel(tmp_path / "wheels", "alpha", "1.0")
    (tmp_path / "pylock.cpu.toml").write_text("lock-version = '1.0'\ncreated-by='t'\npackages=[]\n")
    before = (tmp_path / "pylock.cpu.toml").read_text()
    with pytest.raises(BringupError, match=said) as caught:
        lock(make_stack(*requirements), tmp_path, settings or links_only(tmp_path / "wheels"))
    assert caught.value.code == code
    assert "Because" in str(caught.value)
    assert (tmp_path / "pylock.cpu.toml").read_text() == before


def test_an_unreachable_index_ends_with_exit_code_4(closed_port, tmp_path):
    settings = {"index": f"http://me:secret@{closed_port}/simple"}
    with pytest.raises(UnreachableError, match=closed_port) as caught:
        lock(make_stack("alpha"), tmp_path, settings)
    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "pylock.cpu.toml").exists()


def test_an_index_that_wants_credentials(server, tmp_path):
    server.credentials = "user:secret"
    with pytest.raises(BringupError, match=server.address) as caught:
        lock(make_stack("alpha"), tmp_path, {"index": server.index()})
    assert caught.value.code == "STK012"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("error: failed to write\n  cause: No space left on device (os error 28)", "FIL001"),
        ("error: Failed to open\n  cause: Permission denied (os error 13)", "FIL002"),
        ("  × Failed to build `x==1`\n  ├─▶ The build backend returned an error", "STK055"),
        ("error: Hash mismatch for `x`\n\nExpected: a\nComputed: b", "STK054"),
        ("error: Failed to fetch: `http://h/s`\n  cause: 401 Unauthorized", "STK012"),
        ("error: Failed to fetch: `http://h/s`\n  cause: dns error", "STK010"),
        ("error: Failed to fetch: `http://h/s`\n  cause: operation timed out", "STK015"),
        ("error: Failed to fetch: `h`\n  cause: invalid peer certificate: Expired", "STK016"),
        ("error: Failed to fetch: `h`\n cause: HTTP status server error (502 Bad)", "STK011"),
        ("error: Failed to download `x==1`\n  cause: error decoding response body", "STK019"),
        ("error: Received some unexpected JSON from `http://h/s`", "STK013"),
        (
            "error: No solution found\nhint: index at `h` listed a wheel for `a` when "
            "queried for `b`",
            "STK018",
        ),
        ("error: No solution found\n  cause: there are no versions of x", "STK050"),
        ("error: something new", "STK053"),
        ("", "STK053"),
    ],
)
def test_uvs_errors_have_codes(tmp_path, said, code):
    error = error_of(Completed(("uv",), 2, "", said), folder=tmp_path)
    assert error.code == code
    assert str(error)


@pytest.mark.parametrize(
    ("cause", "place"),
    [
        (
            "failed to write to file `/c/uv/wheels/x/.tmpSrZ`: No space left on device",
            "/c/uv/wheels/x",
        ),
        ("failed to write to file `/c/uv/.tmp06/python/i.py`: No space left on device", "/c/uv"),
        ("failed to copy file from /c/a.py to /p/x/.tmpM: No space left on device", "/p/x"),
        ('Permission denied (os error 13) at path "/c/uv/.tmpAYUXiw"', "/c/uv"),
        ("Permission denied (os error 13)", None),
    ],
)
def test_a_refusal_names_the_disk_that_uv_names(tmp_path, cause, place):
    said = f"error: Failed to write to the cache\n  cause: {cause}"
    error = error_of(Completed(("uv",), 2, "", said), folder=tmp_path)
    assert error.params["path"] == (tmp_path if place is None else Path(place))


def test_a_broken_lock_is_not_overwritten(tmp_path):
    make_wheel(tmp_path / "wheels", "alpha", "1.0")
    text = "<<<<<<< ours\nlock-version = '1.0'\n"
    (tmp_path / "pylock.cpu.toml").write_text(text)
    with pytest.raises(BringupError) as caught:
        lock(make_stack("alpha"), tmp_path, links_only(tmp_path / "wheels"))
    assert caught.value.code == "STK056"
    assert "line 1" in str(caught.value)
    assert (tmp_path / "pylock.cpu.toml").read_text() == text


def test_a_broken_lock_file(tmp_path):
    path = tmp_path / "pylock.toml"
    path.write_text("not [toml")
    with pytest.raises(BringupError) as caught:
        locked_packages(path)
    assert caught.value.code == "STK056"


def test_what_uv_knows_itself_is_not_said_twice(tmp_path):
    for name in ("c.txt", "d e.txt"):
        (tmp_path / name).write_text("alpha<9\n")
    own, more = str(tmp_path / "c.txt"), str(tmp_path / "d e.txt")
    machine = make_machine(
        settings={
            "index": "http://mine/simple",
            "extra_indexes": ["file:///"],
            "find_links": ["/", "/usr"],
            "trusted_hosts": ["a", "b"],
            "constraints": [own, more, "/no/such.txt"],
            "proxy": "http://proxy:1",
            "ca_bundle": "/",
            "timeout_s": 7.0,
        },
        **{
            "index_uv__default_index": "http://mine/simple",
            "index_uv__index": ["file:///"],
            "index_uv__find_links": ["/"],
            "index_uv__insecure_host": ["a"],
            "index_uv__constraint": [own],
        },
    )
    settings = uv_settings(machine, environ={"UV_FIND_LINKS": "/own", "HTTP_PROXY": "http://p:2"})
    assert settings.arguments == ()
    assert settings.env == {
        "UV_FIND_LINKS": "/own,/usr",
        "UV_INSECURE_HOST": "b",
        # uv passes over its variable when it is given arguments: all stand in the variable.
        "UV_CONSTRAINT": f"{own} {(tmp_path / 'd e.txt').as_uri()}",
        "HTTPS_PROXY": "http://proxy:1",
        "HTTP_PROXY": "http://p:2",
        "SSL_CERT_DIR": "/",
        "UV_HTTP_TIMEOUT": "7",
    }
    assert [(note.code, note.params["place"]) for note in settings.notes] == [
        ("STK039", "/no/such.txt")
    ]


def test_the_users_own_constraint_counts_beside_pips(tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    for version in ("1.0", "2.0", "3.0"):
        make_wheel(wheels, "alpha", version)
        make_wheel(wheels, "beta", version)
    (tmp_path / "uvs.txt").write_text("alpha<3\n")
    (tmp_path / "pips.txt").write_text("beta<2\n")
    own, pips = str(tmp_path / "uvs.txt"), str(tmp_path / "pips.txt")
    monkeypatch.setenv("UV_CONSTRAINT", own)
    machine = make_machine(
        settings={**links_only(wheels), "constraints": [own, pips]},
        index_uv__constraint=[own],
    )
    (tmp_path / "p").mkdir()
    done = lock_environment(
        make_stack("alpha", "beta"),
        machine=machine,
        folder=tmp_path / "p",
        state_folder=tmp_path / "p" / ".bringup",
    )
    assert done.packages["pylock.cpu.toml"] == {"alpha": "2.0", "beta": "1.0"}


def test_pips_own_proxy_is_stronger_than_the_variables():
    machine = make_machine(index_pip__proxy="pips:3128")
    environ = {"https_proxy": "http://small", "HTTP_PROXY": "http://big", "NO_PROXY": "x"}
    assert uv_settings(machine, environ=environ).env == {
        "HTTPS_PROXY": "http://pips:3128",
        "HTTP_PROXY": "http://pips:3128",
        "NO_PROXY": "x",
    }


def test_a_strategy_that_was_said_to_uv_stays():
    machine = make_machine(settings={"extra_indexes": ["file:///"]})
    assert uv_settings(machine, environ={}).env["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    machine = machine.with_facts({"index.uv.index_strategy": Fact("first-index", "uv.toml")})
    found = uv_settings(machine, environ={})
    assert "UV_INDEX_STRATEGY" not in found.env
    assert found.notes == ()


def test_uv_is_stopped_when_it_takes_too_long(tmp_path):
    (tmp_path / "in.txt").write_text("alpha\n")
    import socket

    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        arguments = ["pip", "compile", tmp_path / "in.txt", "--no-python-downloads"]
        env = {**os.environ, "UV_DEFAULT_INDEX": f"http://127.0.0.1:{port}/simple"}
        with pytest.raises(BringupError) as caught:
            run_uv(arguments, env=env, timeout_s=0.5)
    assert caught.value.code == "PRC002"


def test_uv_is_found_on_the_path_when_none_came_with_us(monkeypatch, tmp_path):
    import uv

    own = find_uv()

    def none():
        raise FileNotFoundError

    monkeypatch.setattr(uv, "find_uv_bin", none)
    (tmp_path / "uv").symlink_to(own)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_uv() == str(tmp_path / "uv")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BringupError) as caught:
        find_uv()
    assert caught.value.code == "STK001"


def test_relative_places_begin_where_the_user_stands(tmp_path, monkeypatch):
    here = tmp_path / "meine Räder"
    make_wheel(here / "wheels", "alpha", "1.0")
    make_wheel(here / "wheels", "alpha", "2.0")
    (here / "limits.txt").write_text("alpha<2\n")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(here)
    settings = {"find_links": ["wheels"], "constraints": ["limits.txt"], "no_index": True}
    done = lock(make_stack("alpha"), tmp_path / "project", settings)
    assert done.packages["pylock.cpu.toml"] == {"alpha": "1.0"}
