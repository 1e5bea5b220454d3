import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from stack_fixtures import make_machine, make_wheel

from bringup.base.errors import BringupError, UnreachableError
from bringup.environment.kit.fetch import authorised, fetch_files
from bringup.environment.kit.locked import NeededFile
from bringup.machine.model import IndexSettings

DATA = os.urandom(3 << 20)
SHA = hashlib.sha256(DATA).hexdigest()


def locked(name, place, data, *, size=True):
    digest = hashlib.sha256(data).hexdigest()
    return NeededFile("alpha", "1.0", name, digest, place, len(data) if size else None)


def fetch(files, cache, *, settings=None, progress=lambda done, total: None):
    machine = make_machine(settings=settings)
    return fetch_files(files, machine=machine, cache=cache, progress=progress)


class Stalling(BaseHTTPRequestHandler):
    """Gives the bytes; the first request stalls in the middle while ``stalls`` is set."""

    def do_GET(self):
        state = self.server.state
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        state["starts"].append(start)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        half = len(DATA) // 2
        if state["stalls"]:
            self.wfile.write(DATA[start:half])
            self.wfile.flush()
            state["go"].wait(30)
            return
        self.wfile.write(DATA[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def stalling():
    http = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    http.state = {"starts": [], "stalls": True, "go": threading.Event()}
    http.state["url"] = f"http://127.0.0.1:{http.server_port}/big-1.0-py3-none-any.whl"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield http.state
    http.state["go"].set()
    http.shutdown()
    thread.join()
    http.server_close()


FETCH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from stack_fixtures import make_machine
from bringup.environment.kit.fetch import fetch_files
from bringup.environment.kit.locked import NeededFile
file = NeededFile("big", "1.0", "big-1.0-py3-none-any.whl", sys.argv[2], sys.argv[1])
fetch_files([file], machine=make_machine(), cache=Path(sys.argv[3]), progress=lambda *_: None)
"""


def test_a_killed_download_goes_on_where_it_stopped(stalling, tmp_path):
    fixtures = Path(__file__).parents[2] / "stack"
    argv = [sys.executable, "-c", FETCH, stalling["url"], SHA, tmp_path, fixtures]
    process = subprocess.Popen(argv)
    part = tmp_path / "wheels" / SHA / ".partial"
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    held = part.stat().st_size
    assert 0 < held < len(DATA)
    stalling["stalls"] = False
    file = locked("big-1.0-py3-none-any.whl", stalling["url"], DATA, size=False)
    seen = []
    found = fetch([file], tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert found[SHA].read_bytes() == DATA
    assert stalling["starts"] == [0, held]
    assert seen[-1] == (len(DATA), None)
    assert not part.exists()


def test_what_an_earlier_try_left_wrong_is_fetched_anew(stalling, tmp_path):
    stalling["stalls"] = False
    part = tmp_path / "wheels" / SHA / ".partial"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    file = locked("big-1.0-py3-none-any.whl", stalling["url"], DATA)
    assert fetch([file], tmp_path)[SHA].read_bytes() == DATA
    assert stalling["starts"] == [1000, 0]


def test_several_files_come_once_and_are_kept(server, tmp_path):
    paths = [make_wheel(tmp_path / "w", f"pkg{n}", "1.0") for n in range(9)]
    server.wheels = paths
    files = [
        locked(path.name, f"http://{server.address}/files/{path.name}", path.read_bytes())
        for path in paths
    ]
    seen = []
    found = fetch(
        [*files, *files[:3]],
        tmp_path / "cache",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert {sha: path.read_bytes() for sha, path in found.items()} == {
        file.sha256: path.read_bytes() for file, path in zip(files, paths, strict=True)
    }
    whole = sum(path.stat().st_size for path in paths)
    assert seen[-1] == (whole, whole)
    asked = len(server.asked)
    assert asked == len(paths)
    # A file of the cache that was damaged is fetched again, the others are not.
    found[files[0].sha256].write_bytes(b"damaged")
    fetch(files, tmp_path / "cache")
    assert len(server.asked) == asked + 1


@pytest.mark.parametrize("size", [True, False])
def test_other_bytes_than_locked_are_refused(server, tmp_path, size):
    path = make_wheel(tmp_path / "w", "alpha", "1.0")
    server.wheels = [path]
    url = f"http://user:secret@{server.address}/files/{path.name}"
    file = locked(path.name, url, path.read_bytes() + b"more", size=size)
    with pytest.raises(BringupError) as caught:
        fetch([file], tmp_path / "cache")
    assert caught.value.code == "KIT004"
    assert "secret" not in str(caught.value)
    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_files_on_this_machine_are_used_where_they_lie(tmp_path, closed_port):
    path = make_wheel(tmp_path / "w", "alpha", "1.0")
    data = path.read_bytes()
    settings = {"find_links": [str(tmp_path / "w")]}
    far = locked(path.name, f"http://{closed_port}/{path.name}", data)
    assert fetch([far], tmp_path / "cache", settings=settings) == {far.sha256: path}
    near = locked(path.name, path.as_uri(), data)
    assert fetch([near], tmp_path / "cache") == {near.sha256: path}
    path.write_bytes(data + b"x")
    with pytest.raises(BringupError) as caught:
        fetch([near], tmp_path / "cache")
    assert caught.value.code == "KIT004"
    path.unlink()
    with pytest.raises(UnreachableError) as caught:
        fetch([near], tmp_path / "cache")
    assert caught.value.code == "KIT006"


def test_an_index_that_is_gone(tmp_path, closed_port):
    file = locked("alpha-1.0-py3-none-any.whl", f"http://{closed_port}/a.whl", b"data")
    with pytest.raises(UnreachableError, match=closed_port):
        fetch([file], tmp_path / "cache")


def test_credentials_come_from_the_settings(server, tmp_path):
    path = make_wheel(tmp_path / "w", "alpha", "1.0")
    server.wheels, server.credentials = [path], "user:secret"
    file = locked(path.name, f"http://{server.address}/files/{path.name}", path.read_bytes())
    settings = {"index": server.index("user:secret@")}
    assert fetch([file], tmp_path / "cache", settings=settings)
    with pytest.raises(BringupError) as caught:
        fetch([file], tmp_path / "other")
    assert caught.value.code == "STK012"


def test_credentials_go_to_their_own_host_alone():
    settings = IndexSettings(extra_indexes=("https://u:p@a.org/simple",), find_links=("/folder",))
    assert authorised("https://a.org/f.whl", settings) == "https://u:p@a.org/f.whl"
    for other in ("https://b.org/f.whl", "http://a.org/f.whl", "https://a.org:444/f.whl"):
        assert authorised(other, settings) == other
