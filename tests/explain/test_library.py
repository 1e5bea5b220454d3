import json

import pytest

from bringup.base.errors import ErrorGroup
from bringup.explain.labels import LABELS
from bringup.explain.library import BENIGN_FILE, CAUSES, library, library_of, read_library
from bringup.explain.model import BENIGN

CAUSE = """
label = "disk_full"
area = "system"
follows = ["tmp_full"]
checked = 2026-11-24
[title]
en = "The disk is full."
zh = "磁盘已满。"
[why]
en = "No room on {path}."
zh = "{path} 已无空间。"
[values]
needed = "driver_needed(cuda)"
[[fix]]
en = "Free some space on {path}, see {needed}."
zh = "请清理 {path},见 {needed}。"
else_en = "Free some space."
else_zh = "请清理空间。"
command = "df -h"
when = ["is(os, 'linux')"]
[[signature]]
weight = 0.9
all = ["no space left on device: '(?P<path>[^']{1,80})'"]
none = ["inotify"]
span = 2
near = 3
plus = [{ when = "known(gpu)", weight = -0.1 }]
"""


def codes_of(text, name="disk_full.toml"):
    with pytest.raises(ErrorGroup) as caught:
        library_of({name: text.encode()})
    for error in caught.value.errors:
        assert name in str(error) or "->" in str(error)
    return {error.code for error in caught.value.errors}


def test_a_whole_cause_file_is_read():
    (cause,) = library_of({"disk_full.toml": CAUSE.encode()}).causes
    assert cause.label == "disk_full"
    assert cause.signatures[0].patterns[0].span == 2
    assert cause.fix[0].otherwise.en == "Free some space."


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('area = "system"', 'area = "system"\ncolour = "red"', "LOG020"),
        ("span = 2", "spam = 2", "LOG020"),
        ('zh = "磁盘已满。"', "", "LOG021"),
        ("weight = 0.9\n", "", "LOG021"),
        ("weight = 0.9\n", 'weight = "high"\n', "LOG022"),
        ("span = 2", "span = true", "LOG022"),
        ("checked = 2026-11-24", 'checked = "today"', "LOG022"),
        ('none = ["inotify"]', 'none = ["(inotify"]', "LOG023"),
        ('none = ["inotify"]', 'none = ["\\\\d+"]', "LOG024"),
        ("is(os, 'linux')", "os == linux or eval('x')", "LOG025"),
        ("Free some space on {path}", "Free some space on {path", "LOG026"),
        ("Free some space on {path}", "Free some space on {disk}", "LOG027"),
        ("known(gpu)", "known(weather)", "LOG027"),
        ("span = 2", "span = 99", "LOG028"),
        ("weight = 0.9\n", "weight = 2\n", "LOG028"),
        ('none = ["inotify"]', 'none = ["‘inotify’"]', "LOG029"),
        ('label = "disk_full"', 'label = "disk_is_full"', "LOG030"),
        ('follows = ["tmp_full"]', 'follows = ["no_such_label"]', "LOG031"),
        ('area = "system"', "area = ", "LOG032"),
        ('none = ["inotify"]', 'none = ["(inotify[a-z]*)+x"]', "LOG034"),
    ],
)
def test_a_fault_names_the_file_and_the_field(old, new, code):
    assert old in CAUSE
    assert codes_of(CAUSE.replace(old, new)) == {code}


def test_causes_that_follow_each_other_in_a_circle():
    other = CAUSE.replace("disk_full", "tmp_full").replace('["tmp_full"]', '["disk_full"]')
    with pytest.raises(ErrorGroup) as caught:
        library_of({"disk_full.toml": CAUSE.encode(), "tmp_full.toml": other.encode()})
    assert [error.code for error in caught.value.errors] == ["LOG033"]


def test_all_faults_are_told_at_once():
    text = CAUSE.replace("span = 2", "span = 99").replace('area = "system"', "area = 3")
    assert codes_of(text) == {"LOG028", "LOG022"}


def test_harmless_texts_are_checked_too():
    assert codes_of("[[harmless]]\nall = ['[0-9]']\n", BENIGN_FILE) == {"LOG024", "LOG021"}


def test_the_causes_that_ship_are_whole():
    known = library()
    assert known.causes
    assert known.harmless
    files = {path.stem for path in CAUSES.glob("*.toml")}
    assert {cause.label for cause in known.causes} == files - {BENIGN}
    assert files <= LABELS
    for cause in known.causes:
        assert max(signature.weight for signature in cause.signatures) >= 0.5, cause.label


def test_what_is_kept_is_what_was_read(tmp_path):
    keep = tmp_path / "kept"
    read = read_library(CAUSES, keep=keep)
    assert len(list(keep.iterdir())) == 1
    assert read_library(CAUSES, keep=keep) == read == read_library(CAUSES)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "causes"
    folder.mkdir()
    (folder / "disk_full.toml").write_text(CAUSE, encoding="utf-8")
    return folder


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"digest": 1}', "\ufeff\udc80"])
def test_a_spoilt_cache_is_read_anew(tmp_path, folder, content):
    keep = tmp_path / "kept"
    whole = read_library(folder, keep=keep)
    (file,) = keep.iterdir()
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    assert read_library(folder, keep=keep) == whole
    json.loads(file.read_text(encoding="utf-8"))


def test_a_cache_of_right_digest_and_wrong_content_is_read_anew(tmp_path, folder):
    keep = tmp_path / "kept"
    whole = read_library(folder, keep=keep)
    (file,) = keep.iterdir()
    document = json.loads(file.read_text(encoding="utf-8"))
    for name in ("needs", "documents"):
        file.write_text(json.dumps({**document, name: [["x"]]}), encoding="utf-8")
        assert read_library(folder, keep=keep) == whole


def test_a_folder_that_takes_no_cache_is_no_fault(tmp_path, folder):
    (tmp_path / "file").write_text("")
    assert read_library(folder, keep=tmp_path / "file") == read_library(folder)


def test_a_changed_file_is_seen(tmp_path, folder):
    keep = tmp_path / "kept"
    for weight in (0.9, 0.8, 0.7, 0.65, 0.6, 0.55):
        changed = CAUSE.replace("weight = 0.9", f"weight = {weight}")
        (folder / "disk_full.toml").write_text(changed, encoding="utf-8")
        (cause,) = read_library(folder, keep=keep).causes
        assert cause.signatures[0].weight == weight
    # What is long gone is not kept for ever.
    assert len(list(keep.iterdir())) == 4
