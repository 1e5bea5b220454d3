import json

import pytest

from bringup.base.errors import BringupError
from bringup.workflow.document import _belonging, project_document, stage_evidence, write_report

MACHINE = {"schema_version": 1, "facts": {}}


def test_nothing_to_report_before_the_first_stage(paper):
    with pytest.raises(BringupError) as caught:
        project_document(paper.context.project)
    assert caught.value.code == "RUN006"


def test_the_newest_evidence_of_each_stage_in_their_order(paper):
    paper.leave("train", metrics={"loss": {"value": 1.0}})
    paper.leave("probe", machine=MACHINE)
    paper.leave("evaluate", status="failed")
    paper.leave("export", status="running")
    evidence = stage_evidence(paper.context.project)
    assert list(evidence) == ["probe", "train", "evaluate"]
    document = project_document(paper.context.project)
    assert document["status"] == "failed"
    assert document["seconds"] == 3.0
    assert document["project"]["project"]["name"] == "small"
    assert document["machine"] == MACHINE


def test_a_stage_whose_evidence_is_gone_is_left_out(paper):
    paper.leave("probe", machine=MACHINE)
    paper.leave("train").evidence_path.unlink()
    assert list(stage_evidence(paper.context.project)) == ["probe"]


def test_the_page_holds_the_document(paper, tmp_path):
    paper.leave("probe", machine=MACHINE)
    paper.leave("train", because=["a </script> in a reason"])
    project = paper.context.project
    assert write_report(project) == project.folder / "report.html"
    page = write_report(project, tmp_path / "new" / "page.html")
    text = page.read_text(encoding="utf-8")
    assert "small" in text
    assert json.dumps("a </script>")[1:-1] not in text


def test_the_same_evidence_gives_the_same_page(paper):
    paper.leave("probe", machine=MACHINE)
    project = paper.context.project
    before = write_report(project).read_bytes()
    paper.leave("report", seconds=3.0)
    assert write_report(project).read_bytes() == before
    assert "report" in project_document(project)["stages"]


def test_a_probe_that_failed_can_be_reported(paper):
    paper.leave("probe", status="failed", error={"code": "FIL001", "text": "no space"})
    page = write_report(paper.context.project)
    assert "no space" in page.read_text(encoding="utf-8")


def test_evidence_of_other_outputs_is_left_out():
    def record(inputs, outputs, status="done"):
        return {"status": status, "inputs": inputs, "outputs": outputs}

    whole = {
        "probe": record({"os.arch": "x86_64"}, {"machine.json": "sha256:1"}),
        "train": record({"[train].epochs": 3}, {"weights": "sha256:2"}),
        "export": record({"train/weights": "sha256:2"}, {"bundle": "sha256:3"}),
        "serve": record({"export/bundle": "sha256:3"}, {}),
        "report": record({"serve/evidence": "sha256:9"}, {}),
    }
    assert list(_belonging(whole)) == list(whole)
    trained_again = {**whole, "train": record({"[train].epochs": 4}, {"weights": "sha256:4"})}
    assert list(_belonging(trained_again)) == ["probe", "train", "report"]
    failed = {**whole, "train": record({}, {"weights": "sha256:2"}, "failed")}
    assert list(_belonging(failed)) == ["probe", "train"]
