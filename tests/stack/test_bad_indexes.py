"""Indexes that are slow, lie, want credentials or are down, asked by our own client."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from bad_index import CERTIFICATES, login_page, tls
from stack_fixtures import make_machine, make_wheel, serving

from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.machine.model import Fact
from bringup.stack.index import IndexClient
from bringup.stack.routes import goes_direct, netrc_path, proxy_for, way_to


def fact(machine, **facts):
    rows = {key.replace("__", "."): Fact(value, "test") for key, value in facts.items()}
    return machine.with_facts(rows)


def fault(machine, index, name="demo", attempts=2):
    """Ask for a page that cannot be had and return the error."""
    with IndexClient(machine, attempts=attempts) as client, pytest.raises(BringupError) as caught:
        client.files(index, name)
    assert "secret" not in f"{caught.value} {caught.value.hint} {caught.value.to_json()}"
    assert "bringup probe --section index" in caught.value.hint
    return caught.value


@pytest.fixture
def demo(server, tmp_path):
    server.wheels = [make_wheel(tmp_path / "wheels", "demo", "1.0")]
    return server


# --- slow


@pytest.mark.parametrize(
    ("key", "source", "named"),
    [
        ("index.uv.timeout", "UV_HTTP_TIMEOUT", "UV_HTTP_TIMEOUT"),
        ("index.pip.timeout", "/etc/pip.conf", "timeout, /etc/pip.conf"),
        ("index.pip.timeout", "PIP_DEFAULT_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
    ],
)
def test_silence_ends_at_the_limit_and_names_the_setting(demo, key, source, named):
    demo.hang_s = {"/simple/": 60}
    machine = make_machine(settings={"timeout_s": 0.2}).with_facts({key: Fact(0.2, source)})
    error = fault(machine, demo.index("me:secret@"), attempts=1)
    assert (error.code, error.exit_code) == ("STK015", ExitCode.UNREACHABLE)
    assert f"no answer within 0.2 s ({named})" in str(error)


def test_a_trickle_ends_too(demo):
    demo.trickle_s = {"/simple/": 0.05}
    machine = make_machine(settings={"timeout_s": 0.2})
    error = fault(machine, demo.index("me:secret@"))
    assert error.code == "STK015"
    assert "bytes of a page within 0.8 s" in str(error)


def test_a_trickle_that_ends_in_time_is_no_fault(demo):
    demo.trickle_s = {"/simple/": 0.0001}
    with IndexClient(make_machine(settings={"timeout_s": 20})) as client:
        assert len(client.files(demo.index(), "demo")) == 1


def test_a_file_that_stops_coming(demo):
    demo.trickle_s = {"/files/": 60}
    with IndexClient(make_machine(settings={"timeout_s": 0.2})) as client:
        (file,) = client.files(demo.index(), "demo")
        with client.stream(file.url) as download, pytest.raises(UnreachableError) as caught:
            list(download.chunks)
    assert caught.value.code == "STK015"


# --- lies


@pytest.mark.parametrize("form", ["json", "html"])
def test_the_page_of_another_project(demo, tmp_path, form):
    demo.form = form
    other = make_wheel(tmp_path / "wheels", "other", "1.0")
    kind, body = (demo._json if form == "json" else demo._html)("other", [other])
    demo.instead = {"/simple/demo": (kind, body)}
    error = fault(make_machine(), demo.index("me:secret@"))
    assert (error.code, error.exit_code) == ("STK018", ExitCode.FAULT)
    assert "holds no file of demo but files of other" in str(error)


def test_files_of_others_among_the_right_ones_are_left_out(demo, tmp_path):
    other = make_wheel(tmp_path / "wheels", "other", "9.0")
    demo.instead = {"/simple/demo": demo._json("demo", [*demo.wheels, other])}
    with IndexClient(make_machine()) as client:
        assert [file.project for file in client.files(demo.index(), "demo")] == ["demo"]


def test_a_page_to_log_in(demo):
    demo.instead = {"/simple/": login_page()}
    error = fault(make_machine(), demo.index("me:secret@"))
    assert (error.code, error.exit_code) == ("STK013", ExitCode.FAULT)
    assert "a page with a form, as for a log-in" in str(error)


def test_sent_on_to_a_page_elsewhere(demo, second_server):
    away = second_server.index().replace("127.0.0.1", "localhost")
    second_server.instead = {"/simple/": ("text/html", b"<html>welcome</html>")}
    demo.redirects = {"/simple/": f"{away}/welcome/"}
    error = fault(make_machine(), demo.index())
    assert error.code == "STK013"
    assert "a page elsewhere, at http://localhost" in str(error)


def test_an_empty_page_is_a_project_without_files(demo):
    demo.instead = {"/simple/": ("text/html", b"<!DOCTYPE html><html><body></body></html>")}
    with IndexClient(make_machine()) as client:
        assert client.files(demo.index(), "demo") == []


@pytest.mark.parametrize(
    "page",
    [
        ("application/vnd.pypi.simple.v1+json", b'{"files": '),
        ("application/vnd.pypi.simple.v1+json", b'{"files": [{"hashes": null}]}'),
        ("application/vnd.pypi.simple.v1+json", b"[]"),
        (
            "application/vnd.pypi.simple.v1+json",
            b'{"files": [{"filename": "x", "url": "y", "hashes": null}]}',
        ),
        ("text/plain", b"hello"),
    ],
)
def test_what_is_no_page(demo, page):
    demo.instead = {"/simple/": page}
    assert fault(make_machine(), demo.index("me:secret@")).code == "STK013"


def test_a_truncated_page(demo):
    demo.truncated = {"/simple/"}
    error = fault(make_machine(), demo.index("me:secret@"))
    assert error.code == "STK010"
    assert "the connection broke" in str(error)


def test_a_truncated_file(demo):
    demo.truncated = {"/files/"}
    with IndexClient(make_machine()) as client:
        (file,) = client.files(demo.index(), "demo")
        with client.stream(file.url) as download, pytest.raises(UnreachableError, match="broke"):
            list(download.chunks)


def test_redirects_without_end(demo):
    demo.redirects = {"/simple/": "/simple/demo/"}
    assert fault(make_machine(), demo.index("me:secret@")).code == "STK013"


# --- credentials


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("user", ["", "me:secret@"])
def test_an_index_that_wants_other_credentials(demo, status, user):
    demo.credentials, demo.refusal = "you:right", status
    error = fault(make_machine(), demo.index(user))
    assert (error.code, error.exit_code) == ("STK012", ExitCode.FAULT)
    assert f"(answer {status})" in str(error)
    assert len(demo.asked) == 1


@pytest.mark.parametrize("entry", ["machine 127.0.0.1", "default"])
def test_netrc_is_read(demo, tmp_path, monkeypatch, entry):
    demo.credentials = "you:right"
    netrc = tmp_path / "my netrc"
    netrc.write_text(f"{entry} login you password right\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert netrc_path() == netrc
    with IndexClient(make_machine()) as client:
        assert len(client.files(demo.index(), "demo")) == 1
    # What stands in the address is stronger.
    assert fault(make_machine(), demo.index("me:secret@")).code == "STK012"


def test_netrc_in_the_home_folder_and_a_broken_one(demo, tmp_path, monkeypatch):
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert netrc_path() is None
    demo.credentials = "you:right"
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login you password right\n")
    with IndexClient(make_machine()) as client:
        assert len(client.files(demo.index(), "demo")) == 1
    (tmp_path / ".netrc").write_text("what is this secret\n")
    assert fault(make_machine(), demo.index()).code == "STK012"


def test_a_redirect_to_another_host_carries_no_credentials(demo, second_server, tmp_path):
    second_server.wheels = demo.wheels
    demo.credentials = "me:secret"
    demo.redirects = {"/simple/": f"{second_server.index()}/demo/"}
    with IndexClient(make_machine()) as client:
        (file,) = client.files(demo.index("me:secret@"), "demo")
        with client.stream(file.url) as download:
            list(download.chunks)
    assert "secret" not in file.url
    assert second_server.authorizations == [None, None]


def test_a_redirect_within_the_host_keeps_them(demo):
    demo.credentials = "me:secret"
    demo.redirects = {"/simple/demo/": "/simple/demo"}
    with IndexClient(make_machine()) as client:
        (file,) = client.files(demo.index("me:secret@"), "demo")
        with client.stream(file.url) as download:
            assert b"".join(download.chunks) == demo.wheels[0].read_bytes()


# --- down


def test_nobody_listens(closed_port):
    error = fault(make_machine(), f"http://me:secret@{closed_port}/simple")
    assert (error.code, error.exit_code) == ("STK010", ExitCode.UNREACHABLE)
    assert "nobody listens there" in str(error)


def test_an_unknown_name():
    error = fault(make_machine(), "http://me:secret@no-such-index.invalid/simple", attempts=1)
    assert error.code == "STK010"
    assert "its name is not known" in str(error)


@pytest.mark.parametrize("address", ["http://[::1/simple", "http://h:99999/simple", "http:///x"])
def test_an_address_that_is_none(address):
    assert fault(make_machine(), address).exit_code == ExitCode.UNREACHABLE


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_down_for_a_moment(demo, status):
    demo.faults, demo.retry_after = {"/simple/": [status]}, "1"
    with IndexClient(make_machine(), attempts=2) as client:
        assert len(client.files(demo.index(), "demo")) == 1
    assert len(demo.asked) == 2


@pytest.mark.parametrize("status", [429, 500])
def test_down_for_long(demo, status):
    demo.faults = {"/simple/": [status] * 9}
    error = fault(make_machine(), demo.index("me:secret@"))
    assert (error.code, error.exit_code) == ("STK011", ExitCode.UNREACHABLE)
    assert f"the error {status}" in str(error)


def test_certificates(tmp_path):
    authority = str(CERTIFICATES / "authority.pem")
    with serving(tls("server")) as server:
        server.wheels = [make_wheel(tmp_path, "demo", "1.0")]
        error = fault(make_machine(), server.index("me:secret@"))
        assert (error.code, error.exit_code) == ("STK016", ExitCode.UNREACHABLE)
        assert "unable to get local issuer certificate" in str(error)
        assert not server.asked
        for settings in ({"ca_bundle": authority}, {"trusted_hosts": ["127.0.0.1"]}):
            with IndexClient(make_machine(settings=settings)) as client:
                assert len(client.files(server.index(), "demo")) == 1
                said = client.last_answer.certificate_until
                assert said == ("Jan  1 00:00:00 2120 GMT" if "ca_bundle" in settings else None)
        other_name = server.index().replace("127.0.0.1", "localhost")
        mismatch = fault(make_machine(settings={"ca_bundle": authority}), other_name)
        assert mismatch.code == "STK016"
        assert "mismatch" in str(mismatch)
    with serving(tls("expired")) as server:
        error = fault(make_machine(settings={"ca_bundle": authority}), server.index())
        assert "certificate has expired" in str(error)


def test_a_server_that_speaks_no_tls(demo):
    error = fault(make_machine(), demo.index().replace("http:", "https:"))
    assert error.code == "STK010"
    assert "does not speak TLS" in str(error)


def test_a_connection_that_is_cut(demo):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cut():
            for _ in range(2):
                listener.accept()[0].close()

        thread = threading.Thread(target=cut)
        thread.start()
        error = fault(make_machine(), f"http://127.0.0.1:{listener.getsockname()[1]}/simple")
        thread.join()
    assert error.code == "STK010"
    assert "the connection broke" in str(error)


# --- the ways


def test_a_proxy_that_is_not_there(closed_port):
    machine = make_machine(settings={"proxy": f"http://me:secret@{closed_port}"})
    error = fault(machine, "http://index.invalid/simple")
    assert error.code == "STK010"
    assert f"through the proxy http://****@{closed_port}: nobody listens there" in str(error)


def test_a_proxy_that_wants_credentials(demo):
    demo.faults = {"index.invalid": [407] * 3}
    machine = make_machine(settings={"proxy": f"http://{demo.address}"})
    error = fault(machine, "http://index.invalid/simple")
    assert (error.code, error.params["status"]) == ("STK012", 407)


@pytest.mark.parametrize("proxy", ["ftp://me:secret@p:1", "socks4://me:secret@p", "http://", "p:x"])
def test_a_proxy_address_that_cannot_be_used(proxy):
    error = fault(make_machine(settings={"proxy": proxy}), "http://index.invalid/simple")
    assert (error.code, error.exit_code) == ("STK017", ExitCode.FAULT)
    assert "socks5://" in str(error)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("user", ["", "me:secret@"])
def test_a_socks_proxy(demo, socks, scheme, user):
    socks.user = user.rstrip("@")
    socks.names = {"index.invalid": "127.0.0.1"}
    machine = make_machine(settings={"proxy": f"{scheme}://{user}{socks.address}"})
    port = demo.address.rpartition(":")[2]
    with IndexClient(machine) as client:
        assert len(client.files(f"http://index.invalid:{port}/simple", "demo")) == 1
    assert socks.asked == [f"index.invalid:{port}"]


def test_a_proxy_of_this_process_serves_a_saved_machine_too(demo, socks, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", f"socks5://{socks.address}")
    with IndexClient(make_machine()) as client:
        assert len(client.files(demo.index(), "demo")) == 1
    assert socks.asked == [demo.address]
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    with IndexClient(make_machine()) as client:
        assert len(client.files(demo.index(), "demo")) == 1
    assert socks.asked == [demo.address]


def test_which_proxy():
    machine = fact(
        make_machine(settings={"proxy": "http://merged:1"}),
        index__network__http_proxy="plain:1",
        index__network__https_proxy="http://secure:1",
        index__network__no_proxy="10.0.0.0/8,.corp.example",
    )
    assert proxy_for(machine, "http") == "http://plain:1"
    assert way_to(machine, "https://index.example/simple").proxy == "http://secure:1"
    assert way_to(machine, "https://10.1.2.3/simple").proxy is None
    assert way_to(machine, "https://a.corp.example:8443/simple").proxy is None
    pips = fact(machine, index__pip__proxy="http://pips:1")
    assert {proxy_for(pips, scheme) for scheme in ("http", "https")} == {"http://pips:1"}


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "direct"),
    [
        ("", "a.example", 443, False),
        ("*", "a.example", 443, True),
        ("x, a.example", "a.example", 443, True),
        ("example.org", "a.example.org", 443, True),
        (".example.org", "a.example.org", 443, True),
        ("*.example.org", "a.example.org", 443, True),
        ("example.org", "notexample.org", 443, False),
        ("EXAMPLE.org", "Example.ORG", 443, True),
        ("example.org:8443", "example.org", 443, False),
        ("example.org:8443", "example.org", 8443, True),
        ("10.0.0.0/8", "10.200.1.1", 80, True),
        ("10.0.0.0/8", "11.0.0.1", 80, False),
        ("10.0.0.5/8", "10.9.9.9", 80, True),
        ("10.0.0.0/8", "ten.example", 80, False),
        ("192.168.1.7", "192.168.1.7", 80, True),
        ("fd00::/8", "fd12::1", 80, True),
        ("::1", "::1", 80, True),
        ("[::1]:80", "::1", 80, True),
        ("10.0.0.0/99,a:b:c", "10.0.0.1", 80, False),
    ],
)
def test_what_no_proxy_names(no_proxy, host, port, direct):
    assert goes_direct(no_proxy, host, port) is direct


@pytest.mark.parametrize(
    ("trusted", "checked"),
    [
        ("127.0.0.1", False),
        ("127.0.0.1:8443", False),
        ("https://127.0.0.1:8443", False),
        ("127.0.0.1:1", True),
        ("example.org", True),
    ],
)
def test_trusted_hosts(trusted, checked):
    machine = make_machine(settings={"trusted_hosts": [trusted]})
    assert way_to(machine, "https://127.0.0.1:8443/simple").verify is checked


def test_a_folder_of_certificates_and_a_broken_bundle(tmp_path):
    from bringup.stack.routes import certificates

    assert isinstance(certificates(str(tmp_path)), ssl.SSLContext)
    broken = Path(tmp_path / "b.pem")
    broken.write_text("no certificate")
    with pytest.raises(BringupError) as caught:
        certificates(str(broken))
    assert caught.value.code == "STK014"
