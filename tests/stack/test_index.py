import hashlib

import pytest
from stack_fixtures import make_machine, make_wheel

from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.machine.model import Fact
from bringup.stack.index import (
    IndexClient,
    configured_indexes,
    default_index,
    redacted,
)
from bringup.stack.uv import builtin_index


def client(**settings):
    return IndexClient(make_machine(settings=settings), attempts=2)


def test_the_default_index_is_uvs_own_unless_set():
    assert default_index(make_machine()) == builtin_index()
    assert builtin_index().startswith("https://")
    machine = make_machine(settings={"index": "http://a/simple", "extra_indexes": ["http://b"]})
    assert configured_indexes(machine) == ["http://a/simple", "http://b"]
    assert configured_indexes(make_machine(settings={"no_index": True})) == []


@pytest.mark.parametrize("form", ["json", "html"])
def test_files_of_a_project(server, tmp_path, form):
    wheel = make_wheel(tmp_path, "Some-Thing", "1.0+cpu")
    server.wheels, server.form, server.yanked = [wheel], form, {wheel.name}
    with client() as index:
        (file,) = index.files(server.index(), "some.thing")
    assert file.filename == wheel.name
    assert file.project == "some-thing"
    assert file.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert file.yanked
    assert file.size == (wheel.stat().st_size if form == "json" else None)


def test_a_page_is_asked_once(server, tmp_path):
    server.wheels = [make_wheel(tmp_path, "demo", "1.0")]
    with client() as index:
        assert index.files(server.index(), "demo") == index.files(server.index(), "demo")
    assert len(server.asked) == 1


def test_a_project_that_is_not_there_has_no_files(server):
    with client() as index:
        assert index.files(server.index(), "nothing") == []


def test_transient_faults_are_tried_again(server, tmp_path):
    server.wheels = [make_wheel(tmp_path, "demo", "1.0")]
    server.faults = {"/simple/demo": [503]}
    with client() as index:
        assert len(index.files(server.index(), "demo")) == 1
    assert len(server.asked) == 2


def test_an_index_that_keeps_failing_is_unreachable(server):
    server.faults = {"/simple/demo": [500, 500, 500]}
    with client() as index, pytest.raises(UnreachableError) as caught:
        index.files(server.index(), "demo")
    assert caught.value.code == "STK011"
    assert caught.value.exit_code == ExitCode.UNREACHABLE


def test_nobody_listens(closed_port):
    with client() as index, pytest.raises(UnreachableError, match=closed_port) as caught:
        index.files(f"http://user:secret@{closed_port}/simple", "demo")
    assert caught.value.code == "STK010"
    assert "secret" not in str(caught.value)


def test_credentials_in_the_address_are_used_for_pages_and_files(server, tmp_path):
    wheel = make_wheel(tmp_path, "demo", "1.0")
    server.wheels, server.credentials = [wheel], "user:secret"
    with client() as index:
        (file,) = index.files(server.index("user:secret@"), "demo")
        with index.stream(file.url) as download:
            assert b"".join(download.chunks) == wheel.read_bytes()
        assert "secret" not in redacted(file.url)
        with pytest.raises(BringupError) as caught:
            index.files(server.index(), "demo")
    assert caught.value.code == "STK012"


def test_what_is_no_index_page(server):
    with client() as index:
        server.faults = {"/simple/demo": [200]}
        with pytest.raises(BringupError) as caught:
            index.files(server.index(), "demo")
    assert caught.value.code == "STK013"


@pytest.mark.parametrize("resumes", [True, False])
def test_a_stream_resumes_where_the_server_can(server, tmp_path, resumes):
    wheel = make_wheel(tmp_path, "demo", "1.0")
    data = wheel.read_bytes()
    server.wheels, server.resumes = [wheel], resumes
    with client() as index:
        url = index.files(server.index(), "demo")[0].url
        with index.stream(url, offset=10) as download:
            assert download.start == (10 if resumes else 0)
            assert download.total_bytes == len(data)
            assert b"".join(download.chunks) == data[download.start :]
        if resumes:
            with index.stream(url, offset=len(data)) as download:
                assert (download.start, list(download.chunks)) == (len(data), [])


def test_a_file_that_is_gone(server):
    with client() as index, pytest.raises(UnreachableError) as caught:
        index.stream(f"http://{server.address}/files/gone.whl").__enter__()
    assert caught.value.code == "STK011"


def test_find_links_folders_and_pages(server, tmp_path):
    wheel = make_wheel(tmp_path / "links", "demo", "1.0+cpu")
    make_wheel(tmp_path / "links", "other", "1.0")
    (tmp_path / "links" / "readme.txt").write_text("no wheel")
    server.wheels = [wheel]
    page = tmp_path / "page.html"
    page.write_text(f'<base href="{wheel.parent.as_uri()}/"><a href="{wheel.name}">x</a><a>y</a>')
    places = [str(wheel.parent), wheel.parent.as_uri(), str(page), f"http://{server.address}/links"]
    with client() as index:
        for place in places:
            (file,) = index.links(place, "demo")
            assert file.filename == wheel.name, place
            with index.stream(file.url, offset=2) as download:
                assert b"".join(download.chunks) == wheel.read_bytes()[2:]


def test_places_on_disk_that_are_not_there(tmp_path):
    with client() as index:
        for ask in (
            lambda: index.links(str(tmp_path / "no"), "demo"),
            lambda: index.files((tmp_path / "no").as_uri(), "demo"),
            lambda: index.stream((tmp_path / "no.whl").as_uri()).__enter__(),
        ):
            with pytest.raises(UnreachableError) as caught:
                ask()
            assert caught.value.code == "STK010"


def test_an_index_of_files_on_disk(tmp_path):
    wheel = make_wheel(tmp_path / "simple" / "demo", "demo", "1.0")
    paged = make_wheel(tmp_path / "simple" / "files", "paged", "1.0")
    page = tmp_path / "simple" / "paged"
    page.mkdir()
    (page / "index.html").write_text(f'<a href="../files/{paged.name}">x</a>')
    root = (tmp_path / "simple").as_uri()
    with client() as index:
        assert [row.url for row in index.files(root, "demo")] == [wheel.as_uri()]
        assert [row.url for row in index.files(root, "paged")] == [paged.as_uri()]
        assert index.files(root, "nothing") == []


def test_a_ca_bundle_that_is_not_there(server):
    with client(ca_bundle="/no/such.pem") as index, pytest.raises(BringupError) as caught:
        index.files(server.index(), "demo")
    assert caught.value.code == "STK014"


def test_a_proxy_is_asked(server, tmp_path):
    server.wheels = [make_wheel(tmp_path, "demo", "1.0")]
    with client(proxy=f"http://{server.address}") as index:
        assert index.files("http://index.invalid/simple", "demo") == []
    assert server.asked == ["http://index.invalid/simple/demo/"]


def test_a_proxy_may_be_given_without_a_scheme(server, tmp_path):
    server.wheels = [make_wheel(tmp_path, "demo", "1.0")]
    with client(proxy=server.address) as index:
        assert index.files("http://index.invalid/simple", "demo") == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "example.org, 127.0.0.1", "*"])
def test_hosts_without_proxy_are_asked_directly(server, tmp_path, no_proxy):
    server.wheels = [make_wheel(tmp_path, "demo", "1.0")]
    settings = {"proxy": "http://proxy.invalid:3128"}
    machine = make_machine(settings=settings)
    machine = machine.with_facts({"index.network.no_proxy": Fact(no_proxy, "test")})
    with IndexClient(machine, attempts=1) as index:
        assert len(index.files(server.index(), "demo")) == 1
    with client(**settings) as index, pytest.raises(UnreachableError):
        index.files(server.index(), "demo")


def test_old_files_have_a_project_too():
    from bringup.stack.pages import IndexFile

    assert IndexFile("demo-1.0.tar.gz", "x").project == "demo"
    assert IndexFile("Odd_Name-bad-version-x.whl", "x").project == "odd-name"
    assert IndexFile("noversion.zip", "x").project is None
