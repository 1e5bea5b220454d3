import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.gates import judge
from bringup.serving import check
from bringup.serving.client import Client


def test_a_right_server_passes_and_is_measured(server, exported_digits, tmp_path):
    out = tmp_path / "check.json"
    done = subprocess.run(
        [
            sys.executable, "-P", "-m", "bringup.serving.check", "--url", server.url,
            "--export-folder", str(exported_digits.root / "export"), "--out", str(out),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(out.read_text())
    point = document["point"]
    gates = judge({"max_difference": "<= 1e-4", "equal_labels": ">= 0.999"}, point)
    assert all(gate["holds"] for gate in gates.values())
    exported = json.loads((exported_digits.root / "export" / "result.json").read_text())
    assert point["metric"] == exported["details"]["parity"]["points"]["eager"]["metric"]
    assert (
        0
        < document["metrics"]["latency_p50_ms"]["value"]
        <= document["metrics"]["latency_p99_ms"]["value"]
    )
    assert document["metrics"]["rows_per_s"]["value"] > 0
    # 200 rows, and no more than the manifest's 64 a request.
    assert (document["details"]["rows"], document["details"]["requests"]) == (200, 4)
    assert {row["name"] for row in document["checks"]} >= {
        "ready",
        "metadata",
        "parity",
        "wrong shape",
    }


def test_a_regression_with_missing_values_passes(table_server, exported_table):
    document = check.check(table_server.url, exported_table.root / "export")

    assert document["point"].keys() == {"max_difference", "metric"}
    assert document["point"]["max_difference"] < 1e-4


def test_missing_values_travel_as_null():
    manifest = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2], "missing": True}]}

    body = check.request_body(manifest, np.array([[1.5, np.nan]], np.float32))

    assert json.loads(body)["inputs"][0]["data"] == [1.5, None]


@pytest.fixture
def export(exported_digits, tmp_path):
    return shutil.copytree(exported_digits.root / "export", tmp_path / "export")


def test_a_server_with_another_model_shows_in_the_parity_point(server, export):
    expected = np.load(export / "parity" / "expected.npy")
    np.save(export / "parity" / "expected.npy", np.roll(expected, 1, axis=1))

    point = check.check(server.url, export)["point"]

    assert point["max_difference"] > 0.5
    assert point["equal_labels"] < 0.1


def test_metadata_that_differ_from_the_bundle_are_a_fault(server, export):
    path = export / "bundle" / "manifest.json"
    path.write_text(path.read_text().replace('"UINT8"', '"FP32"'))

    with pytest.raises(BringupError, match="describes another model") as found:
        check.check(server.url, export)
    assert found.value.code == "SRV022"


def test_a_server_that_accepts_nonsense_fails_that_check(export):
    manifest = json.loads((export / "bundle" / "manifest.json").read_text())
    rows = check.Rows.read(export / "parity")

    class Agreeable(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Agreeable) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        client = Client(f"http://127.0.0.1:{found.server_port}", "tiny")
        checks = check._check_errors(client, manifest, rows)
        found.shutdown()

    assert [row["ok"] for row in checks] == [False] * 5
    assert "wrong shape; expected 400, found 200" in checks[0]["detail"]


def test_an_answer_that_is_not_200_is_a_fault_with_its_text(server):
    with pytest.raises(BringupError, match=r"404: unknown model other"):
        Client(server.url, "other").get("/v2/models/other")


def test_an_export_without_its_rows_is_a_fault(server, export):
    (export / "parity" / "targets.npy").unlink()

    with pytest.raises(BringupError) as found:
        check.check(server.url, export)
    assert found.value.code == "SRV024"


def test_nobody_there_is_unreachable():
    with pytest.raises(UnreachableError) as found:
        check.wait_ready(Client("http://127.0.0.1:9"), limit_s=0.2)
    assert found.value.code == "SRV020"


def test_an_independent_client_gets_the_same_answers(server, exported_digits):
    triton = pytest.importorskip("tritonclient.http")
    folder = exported_digits.root / "export" / "parity"
    inputs, expected = (np.load(folder / f"{name}.npy")[:5] for name in ("inputs", "expected"))
    client = triton.InferenceServerClient(server.url.removeprefix("http://"))
    for binary in (True, False):
        tensor = triton.InferInput("pixels", inputs.shape, "UINT8")
        tensor.set_data_from_numpy(inputs, binary_data=binary)
        wanted = [triton.InferRequestedOutput("probabilities", binary_data=binary)]

        assert client.is_server_ready() and client.is_model_ready("tiny")
        found = client.infer("tiny", [tensor], outputs=wanted, request_id="r1").as_numpy(
            "probabilities"
        )

        assert found == pytest.approx(expected, abs=1e-5)
    client.close()
