from __future__ import annotations

import dataclasses
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.datasets import dataset_folder, fetch, sources
from bringup.knowledge.datasets import DataSet, IndexSource, InstalledSource, MirrorSource
from bringup.machine.model import Fact, Machine

from .conftest import CONTENT, MIB, FileServer, digest, offer_archive, offer_mirror, zip_of

NOWHERE = "http://127.0.0.1:9/"


def with_sources(row: DataSet, *given: object) -> DataSet:
    return dataclasses.replace(row, sources=tuple(given))


def contents(paths: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in paths.items()}


class Notes(list[tuple[str, dict]]):
    def __call__(self, code: str, params: dict) -> None:
        self.append((code, params))

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self]


def test_a_mirror_gives_the_files_unpacked(server, machine, row, mirror, cache):
    offer_mirror(server, CONTENT)
    seen: list[tuple[str, int, int | None]] = []
    notes = Notes()
    paths = fetch(
        with_sources(row, mirror),
        machine=machine,
        cache=cache,
        notify=notes,
        progress=lambda *step: seen.append(step),
    )
    assert contents(paths) == CONTENT
    assert paths["big.bin"].parent == dataset_folder(cache, "demo")
    size = len(server.files["/mirror/big.bin.gz"])
    assert ("big.bin.gz", size, size) in seen
    assert notes.codes == ["DAT013"]


def test_the_next_source_gives_only_what_is_missing(
    server, machine, row, mirror, index_source, archive, cache
):
    offer_mirror(server, {"big.bin": CONTENT["big.bin"]})
    offer_archive(server, archive)
    notes = Notes()
    paths = fetch(
        with_sources(row, mirror, index_source), machine=machine, cache=cache, notify=notes
    )
    assert contents(paths) == CONTENT
    assert notes.codes == ["DAT010", "DAT013", "DAT013"]
    assert "404" in notes[0][1]["reason"]
    assert [params["files"] for code, params in notes if code == "DAT013"] == [1, 1]


def test_unreachable_mirrors_are_named_and_the_index_archive_is_taken(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive)
    files = {name: name for name in CONTENT}
    gone = [MirrorSource(f"{NOWHERE}{number}/", files) for number in (1, 2)]
    notes = Notes()
    paths = fetch(
        with_sources(row, *gone, index_source), machine=machine, cache=cache, notify=notes
    )
    assert contents(paths) == CONTENT
    assert [params["source"] for code, params in notes if code == "DAT010"] == [
        mirror.base for mirror in gone
    ]


def test_a_mirror_that_never_answers_is_passed_over(
    server, machine, row, mirror, index_source, archive, cache, monkeypatch
):
    monkeypatch.setattr(sources, "MIRROR_LIMIT_S", 0.3)
    offer_archive(server, archive)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        silent = MirrorSource(f"http://127.0.0.1:{port}/", mirror.files)
        notes = Notes()
        paths = fetch(
            with_sources(row, silent, index_source), machine=machine, cache=cache, notify=notes
        )
    assert contents(paths) == CONTENT
    assert "0.3 s" in notes[0][1]["reason"]


def test_only_the_archive_needed_is_downloaded_and_nothing_stays_of_it(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive)
    server.files["/simple/demo-data/"] += b'<a href="/files/demo_data-2-py3-none-any.whl">x</a>'
    fetch(with_sources(row, index_source), machine=machine, cache=cache)
    files = [path for path, _ in server.asked if path.startswith("/files/")]
    assert files == ["/files/demo_data-1-py3-none-any.whl"]
    left = {path.name for path in dataset_folder(cache, "demo").iterdir()}
    assert left - {".lock"} == {*CONTENT, ".stamps.json"}


def test_a_find_links_folder_serves_without_any_index(row, index_source, archive, cache, tmp_path):
    place = tmp_path / "wheels"
    place.mkdir()
    (place / index_source.archive).write_bytes(archive)
    settings = {"find_links": [str(place)], "no_index": True}
    machine = Machine({"index.settings": Fact(settings, "test")})
    paths = fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert contents(paths) == CONTENT


def test_an_installed_package_gives_its_files(machine, row, cache, tmp_path):
    folder = tmp_path / "site-packages" / "demo"
    folder.mkdir(parents=True)
    (folder / "big.bin.gz").write_bytes(gzip.compress(CONTENT["big.bin"], 1))
    (folder / "small.txt").write_bytes(CONTENT["small.txt"])
    source = InstalledSource("demo", {"big.bin": "demo/big.bin.gz", "small.txt": "demo/small.txt"})
    paths = fetch(
        with_sources(row, source), machine=machine, cache=cache, site_packages=folder.parent
    )
    assert contents(paths) == CONTENT


def test_what_is_cached_is_not_asked_for_again(server, machine, row, mirror, cache):
    offer_mirror(server, CONTENT)
    wanted = with_sources(row, mirror)
    first = fetch(wanted, machine=machine, cache=cache)
    server.asked.clear()
    assert fetch(wanted, machine=machine, cache=cache) == first
    assert server.asked == []


def test_files_put_there_by_hand_are_taken_when_their_digest_is_right(machine, row, cache):
    folder = dataset_folder(cache, "demo")
    folder.mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    assert contents(fetch(row, machine=machine, cache=cache)) == CONTENT


def test_a_file_damaged_in_the_cache_is_fetched_anew(server, machine, row, mirror, cache):
    offer_mirror(server, CONTENT)
    wanted = with_sources(row, mirror)
    path = fetch(wanted, machine=machine, cache=cache)["small.txt"]
    path.write_bytes(b"1,2\n3,5\n")
    notes = Notes()
    assert contents(fetch(wanted, machine=machine, cache=cache, notify=notes)) == CONTENT
    assert notes[0] == ("DAT014", {"name": "demo", "file": "small.txt"})


def test_a_wrong_digest_everywhere_says_expected_and_found(server, machine, row, mirror, cache):
    changed = {**CONTENT, "small.txt": b"9,9\n9,9\n"}
    offer_mirror(server, changed)
    with pytest.raises(BringupError) as caught:
        fetch(with_sources(row, mirror), machine=machine, cache=cache)
    error = caught.value
    assert (error.code, error.exit_code) == ("DAT003", ExitCode.FAULT)
    assert digest(CONTENT["small.txt"]) in str(error)
    assert digest(changed["small.txt"]) in str(error)
    assert "small.txt" in (error.hint or "")
    folder = dataset_folder(cache, "demo")
    assert not (folder / "small.txt").exists()
    assert not list(folder.rglob("*.part"))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"1,2\n", "4 bytes, expected 8"), (b"1,2\n3,4\n" * 2, "9 bytes, expected 8")],
)
def test_a_file_of_another_size_is_refused(server, machine, row, mirror, cache, content, words):
    offer_mirror(server, {**CONTENT, "small.txt": content})
    with pytest.raises(BringupError, match=words):
        fetch(with_sources(row, mirror), machine=machine, cache=cache)


def test_a_mirror_with_broken_files_is_followed_by_the_index(
    server, machine, row, mirror, index_source, archive, cache
):
    offer_mirror(server, CONTENT)
    server.files["/mirror/big.bin.gz"] = b"<html>a captive portal</html>"
    offer_archive(server, archive)
    notes = Notes()
    paths = fetch(
        with_sources(row, mirror, index_source), machine=machine, cache=cache, notify=notes
    )
    assert contents(paths) == CONTENT
    assert notes.codes == ["DAT010", "DAT013"]


def test_an_archive_with_another_digest_is_refused(
    server, machine, row, index_source, archive, cache
):
    other = archive[:-1] + bytes([archive[-1] ^ 1])
    offer_archive(server, other)
    with pytest.raises(BringupError, match=index_source.archive_sha256) as caught:
        fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert digest(other) in str(caught.value)


def test_an_archive_of_another_size_is_refused_before_its_bytes_come(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive + b"more")
    with pytest.raises(BringupError, match=f"{len(archive) + 4} bytes, expected {len(archive)}"):
        fetch(with_sources(row, index_source), machine=machine, cache=cache)


@pytest.mark.parametrize(
    ("body", "words"),
    [(zip_of({"else": b""}), "holds no inside/big.bin"), (b"no zip at all", "is damaged")],
)
def test_an_archive_that_holds_something_else_is_refused(
    server, machine, row, index_source, cache, body, words
):
    source = dataclasses.replace(index_source, archive_bytes=len(body), archive_sha256=digest(body))
    offer_archive(server, body)
    with pytest.raises(BringupError, match=words):
        fetch(with_sources(row, source), machine=machine, cache=cache)


def test_without_any_source_each_is_listed_with_its_reason(row, index_source, cache):
    machine = Machine({"index.settings": Fact({"no_index": True}, "test")})
    mirror = MirrorSource(NOWHERE, {name: name for name in CONTENT})
    installed = InstalledSource("scikit-learn", {name: name for name in CONTENT})
    with pytest.raises(UnreachableError) as caught:
        fetch(with_sources(row, mirror, installed, index_source), machine=machine, cache=cache)
    error, text = caught.value, str(caught.value)
    assert (error.code, error.exit_code) == ("DAT002", ExitCode.UNREACHABLE)
    assert f"{NOWHERE}: cannot reach" in text
    assert "scikit-learn is not in the project's environment" in text
    assert "no package index is configured" in text
    assert str(dataset_folder(cache, "demo")) in (error.hint or "")


def test_an_index_without_the_archive_says_so(server, machine, row, index_source, cache):
    with pytest.raises(UnreachableError, match=f"does not offer {index_source.archive}"):
        fetch(with_sources(row, index_source), machine=machine, cache=cache)


def test_a_line_that_breaks_is_taken_up_where_it_broke(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive)
    server.cut_at = [2 * MIB + 10, 2 * MIB]
    paths = fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert contents(paths) == CONTENT
    ranges = [wanted for path, wanted in server.asked if path.startswith("/files/")]
    assert ranges == [None, f"bytes={2 * MIB}-", f"bytes={4 * MIB}-"]


def test_a_line_that_brings_nothing_more_is_given_up(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive)
    server.cut_at = [2 * MIB, 0]
    with pytest.raises(UnreachableError) as caught:
        fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert caught.value.code == "DAT002"
    part = next(dataset_folder(cache, "demo").rglob("*.part"))
    assert archive.startswith(part.read_bytes())


@pytest.mark.parametrize("ranges", [True, False])
def test_a_part_of_something_else_does_not_spoil_the_file(
    server, machine, row, index_source, archive, cache, ranges
):
    offer_archive(server, archive)
    server.ranges = ranges
    part = dataset_folder(cache, "demo") / ".partial" / f"{index_source.archive_sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * MIB)
    paths = fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert contents(paths) == CONTENT


def test_a_part_longer_than_the_file_does_not_spoil_it(server, machine, row, mirror, cache):
    offer_mirror(server, CONTENT)
    wanted = with_sources(row, mirror)
    server.cut_at = [0, 0, 0]
    with pytest.raises(UnreachableError):
        fetch(wanted, machine=machine, cache=cache)
    server.cut_at = []
    part = next(dataset_folder(cache, "demo").rglob("*.part"), None)
    assert part is not None
    part.write_bytes(b"x" * (7 * MIB))
    assert contents(fetch(wanted, machine=machine, cache=cache)) == CONTENT


FETCH = """
import dataclasses, json, sys
from pathlib import Path
from bringup.datasets import fetch
from bringup.knowledge.datasets import DataFile, IndexSource, dataset
from bringup.machine.model import Fact, Machine
asked = json.loads(sys.argv[1])
row = dataclasses.replace(
    dataset("iris"), name="demo", files=tuple(DataFile(**file) for file in asked["files"]),
    sources=(IndexSource(**asked["source"]),),
)
fetch(row, machine=Machine({"index.settings": Fact({"index": asked["index"]}, "test")}),
      cache=Path(asked["cache"]))
"""


def start_fetching(
    server: FileServer, row: DataSet, source: IndexSource, cache: Path
) -> subprocess.Popen[bytes]:
    asked = {
        "files": [dataclasses.asdict(file) for file in row.files],
        "source": dataclasses.asdict(source),
        "index": f"{server.url}/simple",
        "cache": str(cache),
    }
    return subprocess.Popen([sys.executable, "-c", FETCH, json.dumps(asked)])


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize("ranges", [True, False])
def test_after_a_kill_in_mid_download_the_rest_is_fetched(
    server, machine, row, index_source, archive, cache, ranges
):
    offer_archive(server, archive)
    server.ranges = ranges
    server.pause_at = 3 * MIB + 5
    process = start_fetching(server, row, index_source, cache)
    assert server.paused.wait(30)
    part = dataset_folder(cache, "demo") / ".partial" / f"{index_source.archive_sha256[:16]}.part"
    while not part.exists() or part.stat().st_size < 3 * MIB:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert not (dataset_folder(cache, "demo") / "big.bin").exists()
    server.asked.clear()

    notes = Notes()
    paths = fetch(with_sources(row, index_source), machine=machine, cache=cache, notify=notes)
    assert contents(paths) == CONTENT
    assert ("DAT012", {"file": index_source.archive, "done_bytes": 3 * MIB}) in notes
    assert server.asked[-1][1] == f"bytes={3 * MIB}-"


def test_a_part_that_is_whole_is_not_asked_for_again(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive)
    part = dataset_folder(cache, "demo") / ".partial" / f"{index_source.archive_sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(archive)
    paths = fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert contents(paths) == CONTENT
    assert [path for path, _ in server.asked if path.startswith("/files/")] == []


def test_an_answer_without_a_byte_is_noticed(server, machine, row, index_source, archive, cache):
    offer_archive(server, b"")
    server.says_length = False
    with pytest.raises(UnreachableError, match=f"up to 0 of {len(archive)} bytes"):
        fetch(with_sources(row, index_source), machine=machine, cache=cache)


def test_a_file_cut_short_on_the_server_is_noticed(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive[: 2 * MIB])
    server.says_length = False
    with pytest.raises(BringupError, match=f"{2 * MIB} bytes, expected {len(archive)}"):
        fetch(with_sources(row, index_source), machine=machine, cache=cache)


def test_a_server_that_sends_too_much_is_noticed(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive + b"more")
    server.says_length = False
    with pytest.raises(BringupError, match=f"{len(archive) + 4} bytes, expected {len(archive)}"):
        fetch(with_sources(row, index_source), machine=machine, cache=cache)


def test_an_index_that_cannot_be_reached_is_named(row, index_source, cache, tmp_path):
    settings = {"index": f"{tmp_path.as_uri()}/none/simple", "find_links": [str(tmp_path / "no")]}
    machine = Machine({"index.settings": Fact(settings, "test")})
    with pytest.raises(UnreachableError) as caught:
        fetch(with_sources(row, index_source), machine=machine, cache=cache)
    assert str(tmp_path / "no") in str(caught.value)
    assert str(tmp_path / "none") in str(caught.value)


def test_what_a_kill_left_of_a_file_is_swept(server, machine, row, mirror, cache):
    offer_mirror(server, CONTENT)
    torn = dataset_folder(cache, "demo") / ".big.bin.abc.part"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"torn")
    fetch(with_sources(row, mirror), machine=machine, cache=cache)
    assert not torn.exists()


def test_two_at_once_fetch_once(server, machine, row, index_source, archive, cache):
    offer_archive(server, archive)
    server.pause_at = MIB
    wanted = with_sources(row, index_source)
    results: list[dict[str, Path]] = []

    def first() -> None:
        results.append(fetch(wanted, machine=machine, cache=cache))

    def release(code: str, params: dict) -> None:
        if code == "DAT011":
            server.go_on.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert server.paused.wait(30)
    results.append(fetch(wanted, machine=machine, cache=cache, notify=release))
    thread.join(30)
    assert server.go_on.is_set()
    assert results[0] == results[1]
    assert contents(results[0]) == CONTENT
    assert [path for path, _ in server.asked].count(f"/files/{index_source.archive}") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_said_and_no_other_source_is_tried(
    server, machine, row, index_source, archive, cache
):
    offer_archive(server, archive)
    part = dataset_folder(cache, "demo") / ".partial" / f"{index_source.archive_sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(BringupError) as caught:
        fetch(with_sources(row, index_source, index_source), machine=machine, cache=cache)
    assert caught.value.code == "FIL001"


def test_a_cache_that_cannot_be_made_is_said(machine, row, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BringupError) as caught:
        fetch(row, machine=machine, cache=tmp_path / "file" / "cache")
    assert caught.value.code == "FIL003"


def test_damaged_stamps_are_as_good_as_none(server, machine, row, mirror, cache):
    offer_mirror(server, CONTENT)
    wanted = with_sources(row, mirror)
    fetch(wanted, machine=machine, cache=cache)
    stamps = dataset_folder(cache, "demo") / ".stamps.json"
    for broken in ("{", "[]", '{"small.txt": 1}'):
        stamps.write_text(broken)
        server.asked.clear()
        assert contents(fetch(wanted, machine=machine, cache=cache)) == CONTENT
        assert server.asked == []
