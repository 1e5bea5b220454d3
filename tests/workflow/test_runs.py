import pytest

from bringup.base.errors import BringupError
from bringup.base.files import read_json, write_json
from bringup.workflow.runs import latest_run_id, numbered_folder, open_run


def test_a_run_that_did_not_finish_goes_on(tmp_path):
    assert latest_run_id(tmp_path) is None
    first = open_run(tmp_path)
    assert open_run(tmp_path) == first
    for stage in ("train", "probe"):
        write_json(first.stage_folder(stage) / "evidence.json", {})
    first.stage_folder("export").mkdir()
    first.finish("done")
    second = open_run(tmp_path)
    assert second.id > first.id
    assert latest_run_id(tmp_path) == second.id
    document = read_json(first.folder / "run.json")
    assert (document["status"], document["stages"]) == ("done", ["probe", "train"])
    assert document["finished_at"] >= document["started_at"]


def test_a_torn_run_record_does_not_stop_anybody(tmp_path):
    run = open_run(tmp_path)
    (run.folder / "run.json").write_text("{")
    assert open_run(tmp_path).id == run.id


def test_folders_of_one_second_are_numbered_and_sort_by_age(tmp_path):
    folders = [numbered_folder(tmp_path / "runs" / "commands") for _ in range(12)]
    assert len(set(folders)) == 12
    assert sorted(folders) == folders
    assert all(folder.is_dir() for folder in folders)


def test_a_place_for_runs_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(BringupError) as caught:
        open_run(tmp_path)
    assert caught.value.code == "FIL003"
