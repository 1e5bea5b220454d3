import dataclasses
import html
import json
import re
import shutil
import subprocess

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


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl")
@pytest.mark.parametrize("name", ["server", "table_server"])
def test_the_command_to_copy_is_answered(request, name):
    server = request.getfixturevalue(name)
    text = server.ask("GET", "/")[1].decode()
    shown = re.search(r'<pre id="curl">(.*?)</pre>', text, re.DOTALL)[1]
    command = html.unescape(re.sub(r"<[^>]+>", "", shown))
    assert len(command) < 350

    # The browser puts in where the page came from.
    here = command.replace("http://127.0.0.1:8000", server.url)
    done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["outputs"][0]["shape"][0] == 1


def test_the_example_is_one_row(bundle):
    assert example(bundle)["inputs"][0]["shape"] == [1, 8, 8]


def test_names_cannot_break_out_of_the_page(bundle):
    evil = "</script><script>alert(1)</script>"
    text = page(dataclasses.replace(bundle, class_names=(evil, *bundle.class_names[1:])))

    assert "<script>alert" not in text
    assert facts(text)["classes"][0] == evil
