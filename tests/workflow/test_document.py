import json

import pytest

from bringup.base.errors import BringupError
from bringup.workflow.document import project_document, stage_evidence, write_report

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
