import dataclasses
import json
import re

import pytest

from bringup.serving.bundle import open_bundle
from bringup.serving.page import example, page


@pytest.fixture
def bundle(digits_bundle):
    return open_bundle(digits_bundle)


def facts(text):
    return json.loads(re.search(r'id="facts">(.*?)</script>', text)[1])


def test_the_page_is_served_and_asks_nobody_else(server):
    status, data, reply = server.ask("GET", "/")

    text = data.decode()
    assert status == 200
    assert reply.headers.get_content_type() == "text/html"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "<title>tiny</title>" in text
    outside = [url for url in re.findall(r"https?://[^\s\"'<]+", text) if "127.0.0.1" not in url]
    assert outside == []


def test_an_image_gets_a_canvas_and_a_table_a_form(bundle, table_server):
    assert facts(page(bundle))["kind"] == "image"
    table = facts(table_server.ask("GET", "/")[1].decode())
    assert (table["kind"], table["features"][0], table["target"]) == ("table", "age", "target")


def test_large_images_get_neither(bundle):
    large = dataclasses.replace(bundle.inputs[0], shape=(-1, 224, 224))

    assert facts(page(dataclasses.replace(bundle, inputs=(large,))))["kind"] == "other"


def test_the_request_to_copy_is_answered(server, bundle):
    status, document, _ = server.ask("POST", "/v2/models/tiny/infer", example(bundle))

    assert status == 200
    assert document["outputs"][1]["shape"] == [1]


def test_names_cannot_break_out_of_the_page(bundle):
    evil = "</script><script>alert(1)</script>"
    text = page(dataclasses.replace(bundle, class_names=(evil, *bundle.class_names[1:])))

    assert "<script>alert" not in text
    assert facts(text)["classes"][0] == evil
