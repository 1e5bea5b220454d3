import pytest

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter, read_events
from bringup.workflow.context import StageFolder, file_parts, section_parts


@pytest.mark.parametrize("status", ["running", "failed"])
def test_only_a_stage_that_is_done_is_read(paper, status):
    context = paper.context
    for prepared in (None, status):
        if prepared:
            paper.leave("train", status=prepared, outputs={"weights": "w"})
        with pytest.raises(BringupError) as caught:
            context.state("train")
        assert caught.value.code == "RUN003"
    paper.leave("train", outputs={"weights": "w"}, details="kept")
    assert context.evidence("train")["details"] == "kept"
    assert context.stage_folder("train").name == "train"


def test_digests_are_named_after_the_stage_and_may_leave_some_out(paper):
    paper.leave("train", outputs={"weights": "w", "history": "h"})
    context = paper.context
    assert list(context.digests("train")) == ["train/weights", "train/history"]
    assert list(context.digests("train", leave_out={"history"})) == ["train/weights"]


def test_equal_labels_bind_classifications_alone(paper):
    assert set(paper.context.export_gates) == {"max_difference", "equal_labels"}
    paper.edit("[train]\n", "[train]\ntask = 'regression'\n")
    assert set(paper.context.export_gates) == {"max_difference"}


def test_what_a_stage_tells_goes_to_the_file_and_to_who_watches(paper):
    heard = []

    class Listener:
        def event(self, event):
            heard.append(event)

    path = paper.folder / "events.jsonl"
    writer = EventWriter(path, "lock")
    folder = StageFolder(paper.folder, writer, Listener())
    folder.notify("RUN101", {})
    folder.emit("progress", done=1)
    writer.close()
    assert read_events(path) == heard
    assert [event["kind"] for event in heard] == ["note", "progress"]


def test_parts_are_named_as_people_write_them(paper, tmp_path):
    assert section_parts("train", {"a": 1, "b": 2}, leave_out={"b"}) == {"[train].a": 1}
    outside = tmp_path / "outside.py"
    outside.write_text("")
    parts = file_parts([paper.folder / "model.py", outside], paper.folder)
    assert list(parts) == ["model.py", outside.as_posix()]
