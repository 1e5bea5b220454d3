"""Whatever is fed to it, explain answers, and the same in whatever pieces it arrives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steps import sample

from bringup.explain import explain
from bringup.explain.library import library
from bringup.explain.linear import bounded

PIECES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            sample(list(bounded(pattern.text)), most).encode()
            for pattern in library().patterns
            for most in (False, True)
        ]
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"\0", b"\x1b[31m", b"\xff\xfe", b"{" * 5000, b"\x08"]),
)
LOGS = st.lists(PIECES, max_size=20).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(LOGS, st.integers(1, 5000))
def test_any_bytes(log, size):
    answer = explain(log)
    assert answer.verdict in {"failure", "benign", "unknown"}
    assert all(0 <= cause.confidence <= 1 for cause in answer.causes)
    answer.to_json()
    pieces = (log[start : start + size] for start in range(0, len(log), size))
    assert explain(pieces).to_json() == answer.to_json()


@settings(max_examples=100, deadline=None)
@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_any_text_and_any_facts(log, facts):
    explain(log, facts)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["os", "gpu", "driver", "cuda", "torch", "python"]), st.text())
)
def test_facts_of_any_form_with_every_condition(facts):
    for cause in library().causes:
        for signature in cause.signatures:
            for condition in (*signature.when, *(part.when for part in signature.plus)):
                condition.holds(facts)


@pytest.mark.parametrize(
    "log",
    [
        b"(" * 200_000,
        b"error " * 50_000,
        b'{"log":"' * 30_000,
        b"\x1b[" * 100_000,
        b"\x1b]" + b"0" * 200_000,
        b"\\u0000" * 50_000,
        b"2024-03-01T10:00:00Z " * 10_000,
        b"[rank0]: " * 20_000 + b"end",
        bytes(range(256)) * 500,
        b"a" * 1_000_000,
        "错误".encode() * 60_000,
        b"x\x08" * 100_000,
    ],
)
def test_logs_made_to_hurt(log):
    assert explain(log).verdict in {"failure", "benign", "unknown"}
