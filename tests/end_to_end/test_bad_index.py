"""Bad indexes through the real command and the real uv: the exit code, the index, what to do."""

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "stack"))

from bad_index import CERTIFICATES, login_page, socks, tls  # noqa: E402, F401
from small_project import Small  # noqa: E402
from stack_fixtures import closed_port, make_wheel, second_server, server, serving  # noqa: E402, F401


@pytest.fixture
def small(tmp_path):
    return Small(tmp_path)


@pytest.fixture
def demo(server, tmp_path, small):  # noqa: F811
    server.wheels = [make_wheel(tmp_path / "wheels", "demo", "1.0")]
    small.env["PIP_INDEX_URL"] = server.index("me:secret@")
    return server


def test_a_good_index(small, demo):
    demo.credentials = "me:secret"
    done = small.bringup("sync", "--json")
    assert done.returncode == 0, done.stderr
    lock = (small.folder / "pylock.cpu.toml").read_text()
    assert demo.address in lock
    assert "secret" not in lock


@pytest.mark.parametrize(
    ("setting", "named"),
    [("UV_HTTP_TIMEOUT", "UV_HTTP_TIMEOUT"), ("PIP_TIMEOUT", "PIP_TIMEOUT")],
)
def test_a_silent_index_ends_at_the_limit_of_the_setting(small, demo, setting, named):
    demo.hang_s = {"/simple/": 90}
    where = f"{demo.address}/simple/demo/"
    error = small.fails("lock", 4, where, f"no answer within 1 s ({named})", **{setting: "1"})
    assert error["code"] == "STK015"
    assert "UV_HTTP_TIMEOUT" in error["hint"]


def test_a_file_that_does_not_come(small, demo):
    assert small.bringup("lock").returncode == 0
    demo.hang_s = {"/files/": 90}
    error = small.fails("sync", 4, f"{demo.address}/files/demo", UV_HTTP_TIMEOUT="1")
    assert error["code"] == "STK015"
    assert not list((small.folder / ".bringup" / "envs").glob("*/.bringup-complete.json"))
    demo.hang_s = {}
    assert small.bringup("sync").returncode == 0


@pytest.mark.parametrize("lie", ["wrong_hash", "wrong_size"])
def test_a_file_that_is_not_the_one_that_was_locked(small, demo, lie):
    setattr(demo, lie, True)
    assert small.bringup("lock").returncode == 0
    error = small.fails("sync", 1, f"{demo.address}/files/demo", "mismatch")
    assert error["code"] == "STK054"
    assert "`bringup lock`" in error["hint"]


def test_a_file_that_was_shortened_since_the_lock(small, demo):
    assert small.bringup("lock").returncode == 0
    (wheel,) = demo.wheels
    data = wheel.read_bytes()
    wheel.write_bytes(data[: len(data) // 2])
    error = small.fails("sync", 1, f"{demo.address}/files/demo")
    assert error["code"] in {"STK054", "STK055"}


@pytest.mark.parametrize(("part", "verb"), [("/simple/", "lock"), ("/files/", "sync")])
def test_what_ends_in_the_middle(small, demo, part, verb):
    if verb == "sync":
        assert small.bringup("lock").returncode == 0
    demo.truncated = {part}
    error = small.fails(verb, 4, demo.address, "ended in the middle")
    assert error["code"] == "STK019"


def test_a_page_of_another_project(small, demo, tmp_path):
    other = make_wheel(tmp_path / "wheels", "other", "1.0")
    demo.instead = {"/simple/demo": demo._json("demo", [other])}
    error = small.fails("lock", 1, demo.address, "other", "demo")
    assert error["code"] == "STK018"


def test_a_page_to_log_in(small, demo):
    demo.instead = {"/simple/": login_page()}
    error = small.fails("lock", 1, f"{demo.address}/simple/demo/", "log-in")
    assert error["code"] == "STK013"
    assert "bringup probe --section index" in error["hint"]


@pytest.mark.parametrize(
    "page",
    [("application/vnd.pypi.simple.v1+json", b'{"files": '), ("text/plain", b"hello")],
)
def test_what_is_no_page(small, demo, page):
    demo.instead = {"/simple/": page}
    assert small.fails("lock", 1, demo.address)["code"] == "STK013"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("user", ["", "me:secret@"])
def test_an_index_that_wants_credentials(small, demo, status, user):
    demo.credentials, demo.refusal = "you:right", status
    small.env["PIP_INDEX_URL"] = demo.index(user)
    error = small.fails("lock", 1, demo.address, str(status))
    assert error["code"] == "STK012"
    assert "user name and a token" in error["hint"]


def test_files_that_want_credentials(small, demo):
    assert small.bringup("lock").returncode == 0
    demo.credentials = "you:right"
    error = small.fails("sync", 1, f"{demo.address}/files/demo", "401")
    assert error["code"] == "STK012"


def test_netrc_serves_both_worlds(small, demo):
    demo.credentials = "you:right"
    small.env["PIP_INDEX_URL"] = demo.index()
    netrc = Path(small.env["HOME"]) / ".netrc"
    netrc.write_text("machine 127.0.0.1 login you password right\n")
    assert small.bringup("sync").returncode == 0
    probed = json.loads(small.bringup("probe", "--section", "index", "--json").stdout)
    (place,) = [row for row in probed["places"] if row["role"] == "index"]
    assert place["state"] == "answered"
    assert ["127.0.0.1"] in [row["value"] for row in probed["settings"] if row["name"] == "netrc"]


def test_credentials_of_a_named_index(small, demo):
    demo.credentials = "you:ri/ght"
    del small.env["PIP_INDEX_URL"]
    given = {"UV_INDEX_MY_MIRROR_USERNAME": "you", "UV_INDEX_MY_MIRROR_PASSWORD": "ri/ght"}
    given["UV_DEFAULT_INDEX"] = f"my-mirror={demo.index()}"
    done = small.bringup("probe", "--section", "index", "--json", **given)
    (place,) = [row for row in json.loads(done.stdout)["places"] if row["role"] == "index"]
    assert place["state"] == "answered"
    assert small.bringup("sync", **given).returncode == 0


def test_no_credentials_go_to_another_host(small, demo, second_server):  # noqa: F811
    second_server.wheels = demo.wheels
    demo.credentials = "me:secret"
    demo.redirects = {"/simple/": f"{second_server.index()}/demo/"}
    done = small.bringup("sync")
    assert done.returncode == 0, done.stderr
    assert len(second_server.asked) >= 2
    assert set(second_server.authorizations) == {None}


def test_nobody_listens(small, closed_port):  # noqa: F811
    index = f"http://me:secret@{closed_port}/simple"
    error = small.fails("lock", 4, closed_port, "refused", PIP_INDEX_URL=index)
    assert error["code"] == "STK010"


def test_an_unknown_name(small):
    index = "http://me:secret@no-such-index.invalid/simple"
    error = small.fails("lock", 4, "no-such-index.invalid", PIP_INDEX_URL=index)
    assert error["code"] == "STK010"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_down_for_a_moment_and_for_long(small, demo, status):
    demo.faults = {"/simple/": [status]}
    done = small.bringup("lock", UV_HTTP_RETRIES="3")
    assert done.returncode == 0, done.stderr
    (small.folder / "pylock.cpu.toml").unlink()
    demo.faults = {"/simple/": [status] * 20}
    error = small.fails("lock", 4, demo.address, str(status), UV_CACHE_DIR=str(small.folder / "c"))
    assert error["code"] == "STK011"


def test_a_certificate_of_an_unknown_authority(small, tmp_path):
    with serving(tls("server")) as server:  # noqa: F811
        server.wheels = [make_wheel(tmp_path / "wheels", "demo", "1.0")]
        small.env["PIP_INDEX_URL"] = server.index("me:secret@")
        error = small.fails("lock", 4, server.address)
        assert error["code"] == "STK016"
        assert "pip config set global.cert" in error["hint"]
        authority = str(CERTIFICATES / "authority.pem")
        done = small.bringup("sync", PIP_CERT=authority)
        assert done.returncode == 0, done.stderr


def test_a_socks_proxy(small, demo, socks):  # noqa: F811
    socks.user, socks.names = "me:secret", {"index.invalid": "127.0.0.1"}
    port = demo.address.rpartition(":")[2]
    demo.credentials = "me:secret"
    given = {
        "PIP_INDEX_URL": f"http://me:secret@index.invalid:{port}/simple",
        "ALL_PROXY": f"socks5h://me:secret@{socks.address}",
    }
    done = small.bringup("sync", **given)
    assert done.returncode == 0, done.stderr
    probed = json.loads(small.bringup("probe", "--section", "index", "--json", **given).stdout)
    (place,) = [row for row in probed["places"] if row["role"] == "index"]
    assert (place["state"], place["proxy"]) == ("answered", f"socks5h://****@{socks.address}")


def test_a_proxy_that_cannot_be_used(small, demo):
    error = small.fails("lock", 1, "ftp://****@p:1", PIP_PROXY="ftp://me:secret@p:1")
    assert error["code"] == "STK017"


def test_without_any_network_the_probe_ends_soon_with_reasons(small):
    """Addresses that are never answered: the check has a limit for all of them together."""
    hole = "http://192.0.2.1/simple"
    done = small.bringup(
        "probe", "--section", "index", PIP_INDEX_URL=hole, PIP_EXTRA_INDEX_URL=f"{hole}2 {hole}3"
    )
    assert done.returncode == 0
    assert done.stdout.count(hole) >= 3
    assert "-> left out" in done.stdout or "-> `bringup lock` stops here" in done.stdout
    offline = small.bringup("probe", "--section", "index", "--offline", PIP_INDEX_URL=hole)
    assert "not asked: no network is wanted" in offline.stdout
