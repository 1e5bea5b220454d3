from __future__ import annotations

import pytest
from doctor_cases import case_of

from bringup.doctor.asked import asked, failed, host_of, hosts, reason

PLACES = [
    {"kind": "index", "place": "https://mirror.example/simple/", "status": "ok"},
    {"kind": "extra_index", "place": "file:///srv/simple", "status": "not_asked"},
    {"kind": "hub", "place": "https://hub.example", "status": "dns"},
    {"kind": "framework_index", "place": "https://hub.example/whl", "status": "tls"},
]


def test_chooses_places_by_kind_and_by_what_came_of_them():
    case = case_of({"facts": {"network.places": PLACES}})
    assert [row["kind"] for row in asked(case)] == ["index", "hub", "framework_index"]
    assert asked(case, "extra_index") == ()
    assert [row["kind"] for row in failed(asked(case), "tls", "timeout")] == ["framework_index"]
    assert hosts(asked(case)) == "mirror.example, hub.example"


@pytest.mark.parametrize(
    ("detail", "status", "said"),
    [
        ("cannot reach https://a.example/simple/torch/: its name is not known.", None, "its name"),
        ("无法访问 https://a.example:8443/simple/：名称未知。", None, "名称未知"),
        ("cannot reach http://10.0.0.1:3128/: refused", None, "refused"),
        ("[Errno 111] Connection refused", None, "[Errno 111] Connection refused"),
        (None, 403, "HTTP 403"),
        (None, None, "error"),
    ],
)
def test_says_why_in_few_words(detail, status, said):
    row = {"place": "x", "status": "error", "detail": detail, "http_status": status}
    assert reason(row).startswith(said)
    assert "https://" not in reason(row)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://user@mirror.example:8443/simple", "mirror.example"),
        ("proxy.example:3128", "proxy.example"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_finds_the_host(address, host):
    assert host_of(address) == host
