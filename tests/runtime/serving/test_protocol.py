"""The protocol, spoken to a real server by the standard library's client."""

import json
import threading

import numpy as np
import pytest

INFER = "/v2/models/tiny/infer"
ZEROS = [0] * 64


def pixels(**changes):
    return {"name": "pixels", "shape": [1, 8, 8], "datatype": "UINT8", "data": ZEROS, **changes}


@pytest.fixture(scope="module")
def rows(exported_digits):
    folder = exported_digits.root / "export" / "parity"
    return np.load(folder / "inputs.npy"), np.load(folder / "expected.npy")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/tiny/ready", {"name": "tiny", "ready": True}),
        ("/v2/models/tiny/versions/3/ready", {"name": "tiny", "ready": True}),
    ],
)
def test_health(server, path, expected):
    status, document, _ = server.ask("GET", path)

    assert (status, document) == (200, expected)


@pytest.mark.parametrize("path", ["/v2/models/tiny", "/v2/models/tiny/versions/3"])
def test_metadata(server, path):
    status, document, _ = server.ask("GET", path)

    assert status == 200
    assert document == {
        "name": "tiny",
        "versions": ["3"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "pixels", "datatype": "UINT8", "shape": [-1, 8, 8]}],
        "outputs": [
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
            {"name": "label", "datatype": "INT64", "shape": [-1]},
        ],
    }


def test_the_server_names_itself_and_its_extensions(server):
    _, document, _ = server.ask("GET", "/v2")

    assert document["name"] == "bringup"
    assert document["extensions"] == ["binary_tensor_data"]


@pytest.mark.parametrize("nested", [False, True])
def test_rows_are_answered_as_the_trained_model_answered_them(server, rows, nested):
    inputs, expected = rows[0][:7], rows[1][:7]
    data = inputs.tolist() if nested else inputs.ravel().tolist()

    status, document, _ = server.ask(
        "POST",
        INFER,
        {
            "id": "seven",
            "parameters": {"why": "test"},
            "inputs": [pixels(shape=[7, 8, 8], data=data)],
        },
    )

    assert status == 200
    assert (document["model_name"], document["model_version"]) == ("tiny", "3")
    assert (document["id"], document["parameters"]) == ("seven", {"why": "test"})
    probabilities, label = document["outputs"]
    assert (probabilities["name"], probabilities["shape"]) == ("probabilities", [7, 10])
    assert probabilities["data"] == pytest.approx(expected.ravel(), abs=1e-5)
    assert label == {
        "name": "label", "datatype": "INT64", "shape": [7],
        "data": expected.argmax(axis=1).tolist(),
    }  # fmt: skip


def test_only_the_outputs_asked_for_come_back(server):
    _, document, _ = server.ask(
        "POST", INFER, {"inputs": [pixels()], "outputs": [{"name": "label"}]}
    )

    assert [row["name"] for row in document["outputs"]] == ["label"]


def test_binary_tensors_go_in_and_out(server, rows):
    inputs, expected = rows[0][:3], rows[1][:3]
    blob = inputs.tobytes()
    header = json.dumps({
        "inputs": [{
            "name": "pixels", "shape": [3, 8, 8], "datatype": "UINT8",
            "parameters": {"binary_data_size": len(blob)},
        }],
        "outputs": [
            {"name": "label"},
            {"name": "probabilities", "parameters": {"binary_data": True}},
        ],
    }).encode()  # fmt: skip

    status, data, reply = server.ask(
        "POST", INFER, body=header + blob,
        headers={"Inference-Header-Content-Length": str(len(header))},
    )  # fmt: skip

    assert status == 200
    length = int(reply.headers["Inference-Header-Content-Length"])
    document = json.loads(data[:length])
    assert document["outputs"][0]["data"] == expected.argmax(axis=1).tolist()
    assert document["outputs"][1]["parameters"] == {"binary_data_size": 3 * 10 * 4}
    found = np.frombuffer(data[length:], "<f4").reshape(3, 10)
    assert found == pytest.approx(expected, abs=1e-5)


REFUSED = [
    ("unknown input", {"inputs": [pixels(name="pixel")]}, "SRV104", ["'pixel'", "pixels"]),
    ("input twice", {"inputs": [pixels(), pixels()]}, "SRV104", ["pixels"]),
    ("a name that is no text", {"inputs": [pixels(name=[])]}, "SRV104", ["[]"]),
    ("no input", {"inputs": []}, "SRV105", ["pixels"]),
    ("inputs missing", {}, "SRV103", ["`inputs`"]),
    ("inputs no objects", {"inputs": [1]}, "SRV103", ["`inputs`"]),
    ("wrong datatype", {"inputs": [pixels(datatype="FP32")]}, "SRV107", ["UINT8", "FP32"]),
    ("no datatype", {"inputs": [{"name": "pixels"}]}, "SRV107", ["UINT8", "None"]),
    (
        "wrong shape",
        {"inputs": [pixels(shape=[1, 28, 28])]},
        "SRV110",
        ["[-1, 8, 8]", "[1, 28, 28]"],
    ),
    ("wrong rank", {"inputs": [pixels(shape=[64])]}, "SRV110", ["[64]"]),
    ("no rows", {"inputs": [pixels(shape=[0, 8, 8], data=[])]}, "SRV110", ["[0, 8, 8]"]),
    ("shape of floats", {"inputs": [pixels(shape=[1.0, 8, 8])]}, "SRV110", ["1.0"]),
    ("shape no list", {"inputs": [pixels(shape="1")]}, "SRV110", ["'1'"]),
    (
        "too many rows",
        {"inputs": [pixels(shape=[65, 8, 8], data=ZEROS * 65)]},
        "SRV111",
        ["64", "65"],
    ),
    ("too few numbers", {"inputs": [pixels(data=ZEROS[1:])]}, "SRV112", ["64", "63"]),
    ("data no list", {"inputs": [pixels(data=7)]}, "SRV113", ["7"]),
    ("no data", {"inputs": [pixels(data=None)]}, "SRV113", ["None"]),
    ("nested otherwise", {"inputs": [pixels(data=[ZEROS])]}, "SRV110", ["another nesting"]),
    (
        "ragged",
        {"inputs": [pixels(data=[[[0] * 8] * 7 + [[0] * 7]])]},
        "SRV110",
        ["another nesting"],
    ),
    ("text", {"inputs": [pixels(data=["0", *ZEROS[1:]])]}, "SRV113", ["whole numbers", "'0'"]),
    ("null", {"inputs": [pixels(data=[*ZEROS[1:], None])]}, "SRV113", ["None"]),
    ("true", {"inputs": [pixels(data=[*ZEROS[1:], True])]}, "SRV113", ["True"]),
    ("a fraction", {"inputs": [pixels(data=[0.5, *ZEROS[1:]])]}, "SRV113", ["0.5"]),
    ("256 is no byte", {"inputs": [pixels(data=[256, *ZEROS[1:]])]}, "SRV114", ["0 to 255", "256"]),
    ("-1 is no byte", {"inputs": [pixels(data=[*ZEROS[1:], -1])]}, "SRV114", ["0 to 255", "-1"]),
    (
        "unknown output",
        {"inputs": [pixels()], "outputs": [{"name": "logits"}]},
        "SRV108",
        ["logits", "label"],
    ),
    ("outputs no list", {"inputs": [pixels()], "outputs": "label"}, "SRV103", ["`outputs`"]),
    ("id no text", {"id": 1, "inputs": [pixels()]}, "SRV103", ["`id`"]),
    ("parameters no object", {"parameters": [], "inputs": [pixels()]}, "SRV103", ["`parameters`"]),
    (
        "size without bytes",
        {"inputs": [pixels(parameters={"binary_data_size": 64})]},
        "SRV112",
        ["64 bytes", "0"],
    ),
    (
        "size no number",
        {"inputs": [pixels(parameters={"binary_data_size": "64"})]},
        "SRV103",
        ["binary_data_size"],
    ),
    ("no object", [], "SRV101", ["object"]),
]


@pytest.mark.parametrize(
    ("document", "code", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_wrong_request_gets_400_with_what_was_expected_and_found(server, document, code, words):
    status, answer, _ = server.ask("POST", INFER, document)

    assert (status, answer["code"]) == (400, code)
    assert all(word in answer["error"] for word in words), answer["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff", b"nothing", b"[" * 60_000,
        b'{"inputs": NaN}', b'{"parameters": {"x": 1e999}, "inputs": []}',
    ],
    ids=["empty", "open", "not utf-8", "word", "deep", "NaN", "infinite parameter"],
)  # fmt: skip
def test_bad_json_gets_400(server, body):
    status, answer, _ = server.ask("POST", INFER, body=body)

    assert (status, answer["code"]) == (400, "SRV101")


@pytest.mark.parametrize("length", ["0", "99999", "-3", "x", "1" * 30])
def test_a_wrong_length_of_the_json_part_gets_400(server, length):
    headers = {"Inference-Header-Content-Length": length}

    status, answer, _ = server.ask("POST", INFER, {"inputs": [pixels()]}, headers=headers)

    assert (status, answer["code"]) == (400, "SRV102")


def test_bytes_that_nobody_claims_get_400(server):
    header = json.dumps({"inputs": [pixels()]}).encode()

    status, answer, _ = server.ask(
        "POST", INFER, body=header + b"abc",
        headers={"Inference-Header-Content-Length": str(len(header))},
    )  # fmt: skip

    assert (status, answer["code"]) == (400, "SRV106")


def test_a_body_that_is_too_large_gets_413(server):
    status, answer, _ = server.ask("POST", INFER, body=b" " * 200_000)

    assert (status, answer["code"]) == (413, "SRV116")
    assert "200000" in answer["error"]


def test_a_compressed_body_gets_415(server):
    status, answer, _ = server.ask("POST", INFER, body=b"x", headers={"Content-Encoding": "gzip"})

    assert (status, answer["code"]) == (415, "SRV115")


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/v2/models/other", 404, "serves tiny"),
        ("POST", "/v2/models/other/infer", 404, "serves tiny"),
        ("GET", "/v2/models/tiny/versions/2", 404, "serves version 3"),
        ("GET", "/nothing", 404, "/nothing"),
        ("GET", INFER, 405, "expected POST"),
        ("DELETE", "/v2/health/ready", 405, "DELETE"),
    ],
)
def test_wrong_places_and_methods(server, method, path, status, word):
    found, answer, _ = server.ask(method, path)

    assert found == status
    assert word in answer["error"]


def test_requests_at_once_each_get_their_own_answer(server, rows):
    inputs, expected = rows
    found = {}

    def ask(index):
        data = inputs[index].ravel().tolist()
        found[index] = server.ask("POST", INFER, {"id": str(index), "inputs": [pixels(data=data)]})[
            1
        ]

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for index, document in found.items():
        assert document["id"] == str(index)
        assert document["outputs"][0]["data"] == pytest.approx(expected[index], abs=1e-5)


def row(**changes):
    return {"name": "features", "shape": [1, 10], "datatype": "FP32", "data": [1.5] * 10, **changes}


def test_a_missing_value_of_a_table_is_filled_in_by_the_model(table_server, exported_table):
    fitted = json.loads((exported_table.root / "prepare" / "preprocessing.json").read_text())
    medians = fitted["fill"]

    answers = [
        table_server.ask("POST", INFER, {"inputs": [row(data=[first, *medians[1:]])]})[1]
        for first in (None, medians[0])
    ]

    assert answers[0]["outputs"] == answers[1]["outputs"]
    assert answers[0]["outputs"][0]["name"] == "prediction"


@pytest.mark.parametrize(
    ("data", "code"),
    [([1e999] + [0] * 9, "SRV114"), ([1e39] + [0] * 9, "SRV114"), ([10**400] + [0] * 9, "SRV114")],
    ids=["infinite", "beyond float32", "beyond float64"],
)
def test_numbers_that_float32_cannot_hold_get_400(table_server, data, code):
    body = json.dumps({"inputs": [row(data=data)]}).replace("Infinity", "1e999").encode()

    status, answer, _ = table_server.ask("POST", INFER, body=body)

    assert (status, answer["code"]) == (400, code)


def test_whole_numbers_are_numbers_for_a_table(table_server):
    status, _, _ = table_server.ask("POST", INFER, {"inputs": [row(data=[1] * 10)]})

    assert status == 200
