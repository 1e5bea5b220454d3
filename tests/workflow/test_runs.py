from bringup.base.files import read_json
from bringup.workflow.runs import latest_run_id, open_run


def test_a_run_that_did_not_finish_goes_on(tmp_path):
    assert latest_run_id(tmp_path) is None
    first = open_run(tmp_path)
    assert open_run(tmp_path) == first
    first.finish("done", ["probe"])
    second = open_run(tmp_path)
    assert second.id > first.id
    assert latest_run_id(tmp_path) == second.id
    document = read_json(first.folder / "run.json")
    assert (document["status"], document["stages"]) == ("done", ["probe"])
    assert document["finished_at"] >= document["started_at"]


def test_a_torn_run_record_does_not_stop_anybody(tmp_path):
    run = open_run(tmp_path)
    (run.folder / "run.json").write_text("{")
    assert open_run(tmp_path).id == run.id
