"""Which place answers, how fast, and what a lock does about it."""

import json

import pytest
from bad_index import CERTIFICATES, login_page, tls
from stack_fixtures import make_machine, make_wheel, serving

from bringup.machine.model import Fact
from bringup.stack.reach import Place, not_asked, places_of, reach
from bringup.stack.uv import builtin_index


def own(reaches):
    """Return how the places answered that the settings name, the framework's own left out."""
    return [row for row in reaches if row.place.role != "framework_index"]


def codes(reaches):
    return [row.follows.code for row in own(reaches)]


@pytest.fixture
def pip_page(server, tmp_path):
    server.wheels = [make_wheel(tmp_path / "w", "pip", "1.0")]
    return server


def test_places_in_the_order_of_a_lock_with_their_source():
    settings = {"index": "http://i/s", "extra_indexes": ["http://e/s"], "find_links": ["/f"]}
    machine = make_machine(settings=settings).with_facts(
        {
            "index.pip.index_url": Fact("http://i/s", "/etc/pip.conf"),
            "index.uv.index": Fact(["http://e/s"], "UV_INDEX"),
        }
    )
    rows = places_of(machine)
    assert rows[:3] == [
        Place("find_links", "/f", "test"),
        Place("extra_index", "http://e/s", "UV_INDEX"),
        Place("index", "http://i/s", "/etc/pip.conf"),
    ]
    assert rows[3].role == "framework_index"
    assert places_of(make_machine())[0] == Place("index", builtin_index(), "")
    assert places_of(make_machine(settings={"no_index": True, "find_links": ["/f"]})) == rows[:1]


def test_who_answers_is_measured(pip_page, second_server, tmp_path):
    settings = {
        "index": pip_page.index("me:secret@"),
        "extra_indexes": [second_server.index()],
        "find_links": [str(tmp_path / "w"), f"http://{pip_page.address}/links"],
    }
    rows = own(reach(make_machine(settings=settings), limit_s=20))
    assert [row.state for row in rows] == ["answered"] * 4
    assert [row.files for row in rows] == [1, 1, 0, 1]
    assert [row.status for row in rows] == [None, 200, 404, 200]
    assert codes(rows) == ["IDX080", "IDX080", "IDX082", "IDX082"]
    assert all(row.first_byte_s is not None for row in rows)
    assert "secret" not in json.dumps([row.to_json() for row in rows])
    assert all(path.startswith(("/simple/pip/", "/links")) for path in pip_page.asked)


def test_who_does_not_answer_and_what_follows(closed_port, pip_page, tmp_path):
    settings = {
        "index": f"http://me:secret@{closed_port}/simple",
        "extra_indexes": [f"http://{closed_port}/more", "file:///no/such", pip_page.index()],
        "find_links": ["/no/such/folder"],
    }
    pip_page.instead = {"/simple/": login_page()}
    rows = own(reach(make_machine(settings=settings), limit_s=20))
    assert [row.error.code for row in rows] == ["STK010", "STK010", "STK010", "STK013", "STK010"]
    assert codes(rows) == ["IDX084", "IDX084", "IDX084", "IDX085", "IDX085"]
    assert [row.follows.params.get("exit_code") for row in rows] == [None, None, None, 1, 4]
    assert "secret" not in json.dumps([row.to_json() for row in rows])


def test_what_uv_was_told_itself_stops_it(closed_port):
    index = f"http://{closed_port}/simple"
    machine = make_machine(settings={"extra_indexes": [index], "index": index + "2"})
    machine = machine.with_facts({"index.uv.index": Fact([index], "UV_INDEX")})
    assert codes(reach(machine, limit_s=20)) == ["IDX085", "IDX085"]


def test_all_at_once_and_late_ones_are_told(pip_page, second_server):
    pip_page.hang_s = {"/simple/": 60}
    second_server.wheels, second_server.trickle_s = pip_page.wheels, {"/simple/": 60}
    settings = {
        "index": pip_page.index(),
        "extra_indexes": [second_server.index()],
        "timeout_s": 90,
    }
    rows = own(reach(make_machine(settings=settings), limit_s=1))
    assert [row.error.code for row in rows] == ["STK015", "STK015"]
    assert "no answer within 1 s (the limit of this check)" in str(rows[0].error)


def test_nobody_is_asked_when_nobody_may_be(pip_page, tmp_path):
    settings = {"index": pip_page.index(), "find_links": [str(tmp_path)]}
    machine = make_machine(settings=settings)
    offline = machine.with_facts({"index.uv.offline": Fact(True, "UV_OFFLINE")})
    for rows in (reach(machine, ask=False), reach(offline)):
        assert [row.state for row in rows] == ["answered", "not_asked", "not_asked"]
    assert {row.state for row in not_asked(machine)} == {"not_asked"}
    assert pip_page.asked == []


def test_certificates_proxies_and_redirects_are_told(pip_page, tmp_path):
    with serving(tls("server")) as server:
        server.wheels = pip_page.wheels
        bundle = {"ca_bundle": str(CERTIFICATES / "authority.pem")}
        (row,) = own(reach(make_machine(settings={"index": server.index(), **bundle}), limit_s=20))
        assert (row.verified, row.certificate) == (True, "Jan  1 00:00:00 2120 GMT")
        trusted = {"index": server.index(), "trusted_hosts": ["127.0.0.1"]}
        (row,) = own(reach(make_machine(settings=trusted), limit_s=20))
        assert (row.verified, row.certificate) == (False, None)
        (row,) = own(reach(make_machine(settings={"index": server.index()}), limit_s=20))
        assert row.error.code == "STK016"
        assert row.verified is None
    settings = {
        "index": "http://index.invalid/simple",
        "proxy": f"http://me:secret@{pip_page.address}",
    }
    (row,) = own(reach(make_machine(settings=settings), limit_s=20))
    assert (row.status, row.proxy) == (404, f"http://****@{pip_page.address}")
    pip_page.redirects = {"/simple/pip/": f"http://{pip_page.address}/links"}
    (row,) = own(reach(make_machine(settings={"index": pip_page.index()}), limit_s=20))
    assert row.sent_to == f"http://{pip_page.address}/links"


def test_a_proxy_that_cannot_be_used():
    settings = {"index": "http://index.invalid/simple", "proxy": "ftp://me:secret@p:1"}
    (row,) = own(reach(make_machine(settings=settings), limit_s=20))
    assert row.error.code == "STK017"
    assert row.follows.params == {"exit_code": 1}
