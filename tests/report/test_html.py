from __future__ import annotations

import html.parser
import json
import re

import pytest

from bringup.base.messages import choose_language
from bringup.report.document import build_document
from bringup.report.html import render_html, write_html

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    """What stands in a page: its tags in order, ids, visible text; checks that tags match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.words, self.links = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[key] for key in ("src", "href") if key in found]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["mnist", "regression", "own_script", "failed", "broken_gate"])
def test_every_page_is_well_formed_and_needs_nothing_else(name, language, request):
    choose_language(language)
    text = render_html(request.getfixturevalue(name))
    page = Page(text)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert "@import" not in text
    assert "url(http" not in text
    assert len(page.ids) == len(set(page.ids))


def test_the_page_tells_the_whole_story(mnist):
    page = Page(render_html(mnist))
    wanted = ["probe", "lock", "verify", "prepare", "train", "evaluate", "export", "serve"]
    assert [one for one in page.ids if one in wanted] == wanted
    for words in ("Every stage is done. Every gate holds.", "99.25 %", "torch 2.13.0+cpu",
                  "54,000", "Confusion matrix", "ROC curves", "Mistakes", "over HTTP",
                  "3.6e-7", "14,820 /s", "← train/model.safetensors", "bringup up"):  # fmt: skip
        assert words.lower() in page.text.lower(), words
    assert page.tags.count("img") == 20 + 14
    assert "Ran because" not in page.text


def test_a_changed_setting_is_named_where_it_made_a_stage_run(mnist):
    mnist["stages"]["train"]["because"] = ["[train].epochs changed from 5 to 10", "b", "c", "d"]
    assert "[train].epochs changed from 5 to 10, b, c, 1 more" in Page(render_html(mnist)).text


def test_a_failure_stands_first_with_its_hint(failed):
    page = Page(render_html(failed))
    assert "Stopped at prepare." in page.text
    assert "DAT012" in page.text
    assert failed["stages"]["prepare"]["error"]["hint"] in page.text
    assert page.text.index("What went wrong") < page.text.index("The machine")
    assert "evaluate" not in page.ids


def test_a_broken_gate_is_named_with_what_was_measured(broken_gate):
    page = Page(render_html(broken_gate))
    assert "the gate accuracy ≥ 99.5 % does not hold: measured 99.25 %" in page.text
    assert "the gate calibration ≤ 0.02 does not hold: nothing was measured" in page.text
    assert "0 of 2 gates hold" in page.text


def test_a_failed_stage_without_a_section_of_its_own_gets_one(mnist):
    stages = mnist["stages"]
    evidence = {"probe": stages["probe"], "sync": {**stages["sync"], "status": "failed"}}
    evidence["sync"]["error"] = {"code": "ENV003", "text": "the disk is full", "hint": None}
    document = build_document(
        project=mnist["project"], run_id="r", machine=mnist["machine"], evidence=evidence
    )
    page = Page(render_html(document))
    assert "sync" in page.ids
    assert page.text.count("the disk is full") >= 2


def test_a_regression_is_drawn_as_scatter(regression):
    text = render_html(regression)
    assert text.count('class="point"') == 240
    assert "Confusion" not in text
    assert "RMSE" in text


def test_an_own_script_has_curves_and_its_command(own_script):
    page = Page(render_html(own_script))
    assert "python train.py --epochs 6" in page.text
    assert "Every stage is done" in page.text
    assert "Accuracy" in page.text
    assert "saved model.pt" in page.text
    assert "Optimizer" not in page.text
    assert "export" not in page.ids


def test_a_pass_that_stopped_early_says_so(mnist):
    for name in ("evaluate", "export", "serve"):
        del mnist["stages"][name]
    assert "Done up to train. Every gate holds." in Page(render_html(mnist)).text


def test_hostile_names_stay_text(mnist):
    def poisoned(value):
        if isinstance(value, dict):
            return {(HOSTILE if k == "4" else k): poisoned(v) for k, v in value.items()}
        if isinstance(value, list):
            return [poisoned(item) for item in value]
        is_free = isinstance(value, str) and not re.match(r"sha256:|done|20\d\d|[<>=]|eager", value)
        return HOSTILE if is_free else value

    document = {**poisoned(mnist), "status": "done", "run": HOSTILE}
    document["stages"]["export"]["parity"]["points"][HOSTILE] = {"metric": 0.5}
    text = render_html(document)
    page = Page(text)
    assert page.tags.count("script") == 1
    assert "onerror=alert(1)>" not in text.replace("onerror=alert(1)&gt;", "")
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert HOSTILE in page.text


def test_a_skipped_check_has_a_mark_of_its_own(mnist):
    check = mnist["stages"]["verify"]["checks"][0]
    check |= {"ok": False, "status": "skipped", "detail": "no compiler here"}
    page = render_html(mnist)
    assert '<tr class="skipped">' in page
    assert '<tr class="broken">' not in page


def test_checks_without_times_have_no_column_for_them(mnist):
    for name in ("verify", "serve"):
        for check in mnist["stages"][name]["checks"]:
            check.pop("seconds")
    assert 'class="meter"' not in render_html(mnist)


def test_the_date_is_that_of_the_last_stage(mnist):
    mnist["stages"]["export"]["started_at"] = "2026-11-23T10:00:00+00:00"
    assert "2026-11-23 10:00:00 UTC" in Page(render_html(mnist)).text


def test_the_document_stands_in_the_page_without_pixels(mnist):
    text = render_html(mnist)
    shown = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)[1]
    document = json.loads(html.unescape(shown))
    assert document["stages"]["prepare"]["samples"][0]["pixels"] == "…"
    assert document["stages"]["evaluate"]["confusion"] == mnist["stages"]["evaluate"]["confusion"]


def test_the_page_speaks_chinese(mnist):
    choose_language("zh")
    text = render_html(mnist)
    assert '<html lang="zh-CN">' in text
    assert "所有阶段均已完成" in text
    assert "混淆矩阵" in text


def test_empty_evidence_still_gives_a_page():
    bare = {"status": "done", "seconds": 0.5}
    names = ("probe", "lock", "sync", "verify", "prepare", "train", "evaluate", "export", "serve")
    document = build_document(
        project={"project": {"name": "bare"}}, run_id="r", machine={},
        evidence=dict.fromkeys(names, bare),
    )  # fmt: skip
    Page(render_html(document))
    Page(render_html(build_document(project={}, run_id="r", machine={}, evidence={})))


def test_the_page_is_written_whole(mnist, tmp_path):
    path = write_html(mnist, tmp_path / "new" / "report.html")
    assert path.read_text(encoding="utf-8") == render_html(mnist)
    assert list(path.parent.iterdir()) == [path]
