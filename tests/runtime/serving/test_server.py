"""The process: what keeps it from starting, how it stops."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from bringup.base.errors import BringupError
from bringup.serving.server import listen

COMMAND = [sys.executable, "-P", "-m", "bringup.serving"]


def refused(bundle, *arguments):
    done = subprocess.run(
        [*COMMAND, "--bundle", str(bundle), *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.fixture
def copy(digits_bundle, tmp_path):
    return shutil.copytree(digits_bundle, tmp_path / "bundle")


def test_a_missing_bundle_is_said_with_the_next_step(tmp_path):
    code, text = refused(tmp_path / "nowhere", "--error-file", str(tmp_path / "error.json"))

    assert code == 1
    assert "[SRV001]" in text and "hint: " in text and "Traceback" not in text
    assert json.loads((tmp_path / "error.json").read_text())["code"] == "SRV001"


def test_a_tampered_model_is_not_loaded(copy):
    data = bytearray((copy / "model.onnx").read_bytes())
    data[-50] ^= 1
    (copy / "model.onnx").write_bytes(data)

    code, text = refused(copy)

    assert code == 1
    assert "[SRV003]" in text and "model.onnx" in text


def test_a_tampered_preprocessing_is_found_too(copy):
    (copy / "preprocessing.json").write_text("{}")

    assert "[SRV003]" in refused(copy)[1]


def test_a_missing_file_is_named(copy):
    (copy / "preprocessing.json").unlink()

    assert "names preprocessing.json, which is missing" in refused(copy)[1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schema_version": 9}, "schema_version"),
        ({"files": {}}, "no digest of model.onnx"),
        (
            {"model": "../model.onnx", "files": {"../model.onnx": "sha256:0"}},
            "outside of the bundle",
        ),
        ({"inputs": [{}]}, "name"),
        ({"max_batch_rows": None}, "TypeError"),
    ],
)
def test_a_manifest_that_is_none_is_said(copy, change, word):
    path = copy / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    code, text = refused(copy)

    assert code == 1
    assert "[SRV002]" in text and word in text


def test_a_manifest_of_another_model_is_refused(copy):
    path = copy / "manifest.json"
    path.write_text(path.read_text().replace('"pixels"', '"picture"'))

    assert "[SRV006]" in refused(copy)[1]


def test_a_port_in_use_is_said(digits_bundle):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code, text = refused(digits_bundle, "--port", str(port))

    assert code == 1
    assert f"port {port} of 127.0.0.1 is in use" in text
    assert "--port 0" in text


def test_an_address_of_another_machine_is_said(digits_bundle):
    assert "[SRV012]" in refused(digits_bundle, "--host", "192.0.2.1")[1]


def test_a_port_that_is_none_is_a_usage_error(digits_bundle):
    assert refused(digits_bundle, "--port", "70000")[0] == 2


def test_listening_on_a_free_port_of_both_families():
    for host in ("127.0.0.1", "::1"):
        try:
            listener = listen(host, 0)
        except BringupError:
            assert host == "::1"
            continue
        with listener:
            assert listener.getsockname()[1] > 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_stops_it_and_takes_the_ready_file_away(
    digits_bundle, tmp_path, run_server, number, code
):
    with run_server(digits_bundle, tmp_path) as server:
        assert server.ready == {
            "url": server.url, "pid": server.process.pid, "model": "tiny", "version": "3",
        }  # fmt: skip

        assert server.stop(number) == code

        assert not (tmp_path / "ready.json").exists()
        assert server.process.stderr.read() == ""


def test_a_running_request_is_answered_before_it_stops(digits_bundle, tmp_path, run_server):
    rows = np.zeros((64, 8, 8), np.uint8)
    document = {"inputs": [{
        "name": "pixels", "shape": [64, 8, 8], "datatype": "UINT8", "data": rows.ravel().tolist(),
    }]}  # fmt: skip
    body = json.dumps(document).encode()
    with run_server(digits_bundle, tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            head = (
                "POST /v2/models/tiny/infer HTTP/1.1\r\nHost: x\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            connection.sendall(head.encode() + body[:1000])
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            assert server.process.poll() is None

            connection.sendall(body[1000:])
            answer = connection.recv(20)

        assert answer.startswith(b"HTTP/1.1 200")
        assert server.process.wait(30) == 0


def test_the_log_goes_into_a_file(digits_bundle, tmp_path, run_server):
    log = tmp_path / "logs" / "server.log"
    with run_server(digits_bundle, tmp_path, "--log-file", str(log)) as server:
        server.ask("GET", "/")
        server.stop()

    assert f"ready: {{'url': '{server.url}'" in log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_it_ends_with_its_parent_when_asked(digits_bundle, tmp_path):
    ready = tmp_path / "ready.json"
    command = [*COMMAND, "--bundle", str(digits_bundle), "--port", "0", "--ready-file", str(ready)]
    parent = subprocess.Popen([
        sys.executable, "-c",
        f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(120)",
    ], env={**os.environ, "BRINGUP_DIE_WITH_PARENT": "1"})  # fmt: skip
    while not ready.exists():
        assert parent.poll() is None
        time.sleep(0.05)
    pid = json.loads(ready.read_text())["pid"]

    parent.kill()
    parent.wait()

    for _ in range(200):
        if not _alive(pid):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the server outlived its parent")


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_it_needs_no_training_framework(digits_bundle, tmp_path):
    code = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from bringup.serving import server\n"
        "from bringup.serving.app import Server\n"
        "from bringup.serving.bundle import open_bundle\n"
        "from bringup.serving.model import Model\n"
        "bundle = open_bundle(Path(sys.argv[1]))\n"
        "Server(bundle, Model(bundle).infer).app()\n"
        "heavy = ('torch', 'sklearn', 'scipy', 'onnx', 'bringup.pipeline')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(digits_bundle)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == "[]"


def test_too_many_requests_at_once_get_503(digits_bundle):
    import asyncio

    from bringup.serving import app
    from bringup.serving.bundle import open_bundle

    bundle = open_bundle(digits_bundle)
    release = threading.Event()

    def infer(inputs):
        release.wait(30)
        rows = len(inputs["pixels"])
        return {"probabilities": np.zeros((rows, 10)), "label": np.zeros(rows, int)}

    application = app.Server(bundle, infer).app()
    row = {"name": "pixels", "shape": [1, 8, 8], "datatype": "UINT8", "data": [0] * 64}
    body = json.dumps({"inputs": [row]}).encode()

    async def ask():
        sent = []
        scope = {
            "type": "http", "method": "POST", "path": "/v2/models/tiny/infer", "headers": [],
            "query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "",
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        await application(scope, receive, send)
        return sent[0]["status"]

    async def ask_all():
        tasks = [asyncio.create_task(ask()) for _ in range(app.WAITING + 3)]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        early = [task.result() for task in done]
        release.set()
        return early, [await task for task in tasks]

    early, statuses = asyncio.run(ask_all())

    assert set(early) == {503}
    assert statuses.count(503) == 3
    assert statuses.count(200) == app.WAITING
