"""METADATA of wheels: beside them, or out of them."""

import pytest
from stack_fixtures import make_machine, make_wheel, metadata_of

from bringup.base.errors import BringupError, UnreachableError
from bringup.stack.index import IndexClient


@pytest.fixture
def large(server, tmp_path):
    """Put a wheel on the index that is larger than what is read of it."""
    noise = {f"demo/part{number}.txt": "0123456789abcdef" * 32768 for number in range(8)}
    path = make_wheel(tmp_path, "demo", "1.0", requires=["numpy>=2"], files=noise)
    server.wheels.append(path)
    return path


def read(server, **settings):
    with IndexClient(make_machine(settings=settings), attempts=2) as client:
        (file,) = client.files(server.index(), "demo")
        return client.metadata(file)


def test_beside_the_wheel(server, large):
    server.metadata = True
    assert read(server) == metadata_of(large)
    assert server.asked[-1].endswith(".whl.metadata")
    assert len(server.asked) == 2


@pytest.mark.parametrize("resumes", [True, False])
def test_out_of_the_wheel(server, large, resumes):
    server.resumes = resumes
    assert read(server) == metadata_of(large)
    # The size, the directory at the end, the member: a handful of questions.
    assert len([path for path in server.asked if path.endswith(".whl")]) <= 6


def test_out_of_a_wheel_in_a_folder(tmp_path, large):
    (tmp_path / "demo").mkdir()
    large = large.rename(tmp_path / "demo" / large.name)
    with IndexClient(make_machine()) as client:
        (file,) = client.files(tmp_path.as_uri(), "demo")
        assert client.metadata(file) == metadata_of(large)


@pytest.mark.parametrize("body", [b"", b"no archive at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_wheel(server, large, body):
    large.write_bytes(body)
    with pytest.raises(BringupError) as caught:
        read(server)
    assert caught.value.code == "STK029"


def test_a_server_that_fails(server, large):
    server.faults = {".whl": [500] * 9}
    with pytest.raises(UnreachableError) as caught:
        read(server)
    assert caught.value.code == "STK011"


def test_the_day_of_an_upload(server, large):
    server.uploaded = {large.name: "2026-07-08T16:03:12.649577Z"}
    with IndexClient(make_machine()) as client:
        (file,) = client.files(server.index(), "demo")
    assert file.uploaded.isoformat() == "2026-07-08"
