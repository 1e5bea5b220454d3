from bringup.base.events import EventReader, EventWriter, read_events


def test_reader_gets_what_has_come_since(tmp_path):
    path = tmp_path / "x" / "events.jsonl"
    reader = EventReader(path)
    assert list(reader.new()) == []
    writer = EventWriter(path, "train")
    writer.emit("progress", done=1, total=2, unit="steps")
    assert [event["done"] for event in reader.new()] == [1]
    writer.note("FIL001", path="p")
    (event,) = reader.new()
    assert (event["kind"], event["code"], event["params"]) == ("note", "FIL001", {"path": "p"})
    assert list(reader.new()) == []
    writer.close()


def test_an_unfinished_line_waits_until_it_is_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"kind": "pro')
    reader = EventReader(path)
    assert list(reader.new()) == []
    with path.open("ab") as file:
        file.write(b'gress"}\n')
    assert [event["kind"] for event in reader.new()] == ["progress"]


def test_a_line_torn_by_a_kill_costs_one_event_only(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"kind": "a"}\n{"kind": "to')
    writer = EventWriter(path, "train")
    writer.emit("b")
    writer.emit("c")
    writer.close()
    assert [event["kind"] for event in read_events(path)] == ["a", "b", "c"]


def test_a_reader_can_start_behind_what_is_there(tmp_path):
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path, "prepare")
    writer.emit("old")
    reader = EventReader(path, offset=path.stat().st_size)
    writer.emit("new")
    writer.close()
    assert [event["kind"] for event in reader.new()] == ["new"]
