from __future__ import annotations

import pytest

from bringup.doctor.text import TextFault, read_text

GOOD = """A title.

The message with {value}.

Finds: what.

Why: because.

Evidence: `os.name`, `os.version`; also `os.arch`.

Fix: do {value}.

False alarms: none known.

References: https://a.example/x says so
https://b.example/y says it, too

---

标题。

带 {value} 的
消息。

发现：什么。

原因：因为。

修复：做 {value}。

误报：暂无。
"""


def test_a_text_is_read_in_both_languages():
    text = read_text(GOOD)
    assert (text.en.title, text.zh.title) == ("A title.", "标题。")
    assert text.needs == ("os.name", "os.version")
    assert text.helps == ("os.arch",)
    assert text.references == ("https://a.example/x says so", "https://b.example/y says it, too")


def test_a_broken_line_of_chinese_is_joined_without_a_blank():
    assert read_text(
        GOOD.replace("带 {value} 的\n消息", "带的\n消息 {value} ")
    ).zh.message.startswith("带的消息")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("---", "", "Chinese"),
        ("Fix: do {value}.\n\n", "", "Fix:"),
        ("修复：做 {value}。\n\n", "", "修复："),
        ("Why: because.", "Why: because.\n\nWhy: again.", "twice"),
        ("Evidence: `os.name`, `os.version`", "Evidence: nothing", "no fact"),
        (
            "References: https://a.example/x says so\nhttps://b.example/y says it, too",
            "References: -",
            "",
        ),
        ("修复：做 {value}", "修复：做 {other}", "fix"),
    ],
)
def test_a_wrong_text_is_refused(old, new, said):
    if new == "References: -":
        # Something that is no address is kept as it is, and the tests of the rules see it.
        assert read_text(GOOD.replace(old, new)).references == ("-",)
        return
    with pytest.raises(TextFault, match=said):
        read_text(GOOD.replace(old, new))


def test_a_rule_over_files_needs_no_fact():
    text = read_text(GOOD.replace("`os.name`, `os.version`", "the file"), over_files=True)
    assert text.needs == ()
