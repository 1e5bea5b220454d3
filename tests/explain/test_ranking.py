"""Roots, echoes, harmless lines, facts: over small causes made for the purpose."""

import pytest

from bringup.base.messages import choose_language
from bringup.explain import explain
from bringup.explain.library import library_of

HEAD = """
label = "{label}"
area = "x"
{follows}
title = {{ en = "{label}", zh = "标题" }}
why = {{ en = "Because.", zh = "原因。" }}
"""
FIX = '[[fix]]\nen = "Do it."\nzh = "这样做。"\n'


def made(label, signatures, follows=(), fix=FIX):
    head = HEAD.format(label=label, follows=f"follows = {list(follows)}" if follows else "")
    return {f"{label}.toml": (head + fix + signatures).encode()}


def answer(log, *parts, harmless="", **given):
    sources = {}
    for part in parts:
        sources |= part
    if harmless:
        sources["benign.toml"] = harmless.encode()
    return explain(log, causes=library_of(sources), **given)


def labels(found):
    return [cause.label for cause in found.causes if not cause.alike]


DISK = made("disk_full", "[[signature]]\nweight = 0.8\nall = ['no space left']\n")
TMP = made(
    "tmp_full", "[[signature]]\nweight = 0.7\nall = ['no space left', 'under /tmp']\nnear = 2\n"
)


def test_the_best_signature_counts():
    assert labels(answer("no space left\n", DISK, TMP)) == ["disk_full"]
    found = answer("no space left\nunder /tmp\n", DISK, TMP)
    assert labels(found) == ["disk_full", "tmp_full"]
    assert [cause.confidence for cause in found.causes] == [0.8, 0.7]


def test_near_means_near():
    far = "no space left\n" + "x\n" * 5 + "under /tmp\n"
    assert labels(answer(far, DISK, TMP)) == ["disk_full"]


def test_of_many_matches_those_that_are_near_are_taken():
    log = "no space left a\nx\nx\nx\nx\nno space left b\nunder /tmp\n"
    (cause,) = [c for c in answer(log, DISK, TMP).causes if c.label == "tmp_full"]
    assert [number for number, _ in cause.lines] == [6, 7]


def test_the_root_comes_before_what_follows_from_it():
    log = "no space left\nprocess killed\n"
    killed = "[[signature]]\nweight = 0.95\nall = ['process killed']\n"
    alone = made("host_out_of_memory", killed)
    assert labels(answer(log, DISK, alone))[0] == "host_out_of_memory"
    echo = made("host_out_of_memory", killed, follows=["disk_full"])
    assert labels(answer(log, DISK, echo)) == ["disk_full", "host_out_of_memory"]


def test_an_echo_counts_less_beside_a_text_of_its_own():
    signature = "[[signature]]\nweight = 0.85\nall = ['exit code 1']\nfollow = true\n"
    echo = made("host_out_of_memory", signature)
    assert labels(answer("exit code 1\nno space left\n", DISK, echo))[0] == "disk_full"
    alone = answer("exit code 1\n", DISK, echo)
    assert (alone.verdict, labels(alone)) == ("failure", ["host_out_of_memory"])


def test_none_is_a_veto():
    veto = made(
        "disk_full", "[[signature]]\nweight = 0.8\nall = ['no space']\nnone = ['inotify']\n"
    )
    assert answer("no space\ninotify\n", veto).verdict != "failure"
    assert answer("no space\n", veto).verdict == "failure"


HARMLESS = """
[[harmless]]
all = ['warning: could not load the plugin']
why = { en = "It is optional.", zh = "可选。" }
"""


def test_a_harmless_line_is_no_failure():
    weak = made("shared_library_missing", "[[signature]]\nweight = 0.6\nall = ['could not load']\n")
    log = "warning: could not load the plugin\n"
    found = answer(log, weak, harmless=HARMLESS)
    assert found.verdict == "benign"
    assert labels(found) == ["benign"]
    assert found.causes[0].lines == ((1, "warning: could not load the plugin"),)
    other = answer(log + "could not load libx\n", weak, harmless=HARMLESS)
    assert (other.verdict, other.causes[0].lines[0][0]) == ("failure", 2)


def test_a_decisive_text_counts_on_a_harmless_line_too():
    sure = made(
        "shared_library_missing", "[[signature]]\nweight = 0.95\nall = ['could not load']\n"
    )
    log = "warning: could not load the plugin\n"
    assert answer(log, sure, harmless=HARMLESS).verdict == "failure"


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        ("", "benign"),
        ("step 1\nstep 2\n", "benign"),
        ("warning: could not load the plugin\n", "benign"),
        ("Traceback (most recent call last):\nValueError: x\n", "unknown"),
        ("warning: could not load the plugin\nValueError: x\n", "unknown"),
        ("no space left\n", "failure"),
    ],
)
def test_verdicts(log, verdict):
    assert answer(log, DISK, harmless=HARMLESS).verdict == verdict


def test_weak_candidates_are_shown_with_unknown():
    weak = made("disk_full", "[[signature]]\nweight = 0.3\nall = ['no space left']\n")
    found = answer("error: no space left\n", weak)
    assert (found.verdict, labels(found)) == ("unknown", ["disk_full"])


FACTS = made(
    "driver_too_old_for_cuda",
    "[[signature]]\nweight = 0.6\nall = ['no device found']\n"
    'when = ["older(driver, driver_needed(cuda))"]\n'
    "plus = [{ when = \"is(gpu, 'a100')\", weight = 0.2 }]\n",
    fix='[values]\nneeded = "driver_needed(cuda)"\n[[fix]]\nen = "Install {needed} for {gpu}."\n'
    'zh = "安装 {needed}。"\nelse_en = "Install a newer driver."\nelse_zh = "更新驱动。"\n',
)


def test_facts_decide_and_fill_the_fix():
    log = "error: no device found\n"
    assert answer(log, FACTS).verdict == "unknown"
    found = answer(log, FACTS, facts={"driver": "470.57", "cuda": "12.1"})
    assert found.causes[0].confidence == pytest.approx(0.6)
    assert found.causes[0].fix[0].text == "Install a newer driver."
    found = answer(log, FACTS, facts={"driver": "470.57", "cuda": "12.1", "GPU": "A100"})
    assert found.causes[0].confidence == pytest.approx(0.8)
    assert found.causes[0].fix[0].text == "Install 525.60.13 for A100."


def test_this_machine_never_overrules_what_is_known_of_the_log():
    log = "error: no device found\n"
    here = {"driver": "470.57", "cuda": "12.1"}
    found = answer(log, FACTS, here=here)
    assert 0.5 <= found.causes[0].confidence < 0.6
    assert answer(log, FACTS, facts={"driver": "580.10"}, here=here).verdict == "unknown"


def test_this_machine_is_not_looked_at_when_nothing_asks():
    def never():
        raise AssertionError("nobody asked")

    assert answer("all is well\n", FACTS, here=never).verdict == "benign"


def test_texts_are_in_the_current_language():
    (cause,) = answer("no space left\n", DISK).causes
    try:
        choose_language("zh")
        assert (cause.title, cause.why, cause.fix[0].text) == ("标题", "原因。", "这样做。")
    finally:
        choose_language("en")
    assert cause.title == "disk_full"


def test_trouble_that_the_program_got_over_is_none():
    log = "connection refused, retry in 1 s\nepoch 1 loss 0.3\n"
    assert answer(log, DISK).verdict == "benign"
    assert answer("connection refused, retry in 1 s\n", DISK).verdict == "unknown"
    assert answer(log + "ValueError: x\n", DISK).verdict == "unknown"


def test_a_harmless_text_does_not_hide_an_error_beside_it():
    calm = HARMLESS.replace("warning: could not load the plugin", "version [0-9.]{3,9} is here")
    log = "ValueError: a new kind of trouble with the thing whose version 1.2.3 is here\n"
    assert answer(log, DISK, harmless=calm).verdict == "unknown"
