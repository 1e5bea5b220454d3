import os
import time

import pytest
from stack_fixtures import make_machine, make_wheel

from bringup.base.errors import BringupError
from bringup.knowledge.refresh.asking import Asking, today
from bringup.stack.index import IndexClient


@pytest.fixture
def demo(server, tmp_path):
    server.wheels.append(make_wheel(tmp_path / "wheels", "demo", "1.0", requires=["numpy"]))
    return server


def kept(tmp_path, kind):
    return list((tmp_path / "cache" / kind).iterdir())


def test_answers_are_kept(demo, asking, tmp_path):
    first = asking.files("demo")
    assert asking.files("demo") == first
    assert asking.metadata(first[0]) == asking.metadata(first[0])
    assert asking.asked == ["demo", "demo-1.0-py3-none-any.whl"]
    assert len(kept(tmp_path, "pages")) == len(kept(tmp_path, "metadata")) == 1


def test_pages_are_asked_for_again_after_a_day(demo, asking, tmp_path):
    asking.files("demo")
    (page,) = kept(tmp_path, "pages")
    day_old = time.time() - 25 * 3600
    os.utime(page, (day_old, day_old))
    asking.files("demo")
    assert asking.asked == ["demo", "demo"]


def test_a_broken_page_in_the_cache_is_asked_for_again(demo, asking, tmp_path):
    files = asking.files("demo")
    (page,) = kept(tmp_path, "pages")
    page.write_text('[{"filename": 1', encoding="utf-8")
    assert asking.files("demo") == files
    assert asking.asked == ["demo", "demo"]


def test_nothing_is_kept_without_a_folder(demo, tmp_path):
    asked = []
    with IndexClient(make_machine(), attempts=1) as client:
        asking = Asking(client, demo.index(), on_question=asked.append)
        for file in asking.files("demo") + asking.files("demo"):
            asking.metadata(file)
    assert len(asked) == 4
    assert not (tmp_path / "cache").exists()


def test_credentials_are_never_kept(demo, tmp_path):
    demo.credentials = "reader:secret"
    with IndexClient(make_machine(), attempts=1) as client:
        asking = Asking(client, demo.index("reader:secret@"), cache=tmp_path / "cache")
        (file,) = asking.files("demo")
        assert "Requires-Dist: numpy" in asking.metadata(file)
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files
    assert not any(b"secret" in path.read_bytes() for path in files)


def test_a_file_with_another_digest_is_refused(demo, asking):
    demo.wrong_hash = True
    (file,) = asking.files("demo")
    with pytest.raises(BringupError) as caught:
        asking.content(file)
    assert caught.value.code == "KNW004"


def test_the_bytes_of_a_file_are_kept(demo, asking):
    (file,) = asking.files("demo")
    assert asking.content(file) == asking.content(file) == demo.wheels[0].read_bytes()
    assert asking.asked == ["demo", file.filename]


def test_the_first_fault_among_many_is_raised(asking):
    def function(number):
        if number == 3:
            raise BringupError("KNW003", package="demo")
        return number

    assert asking.each(lambda number: number * 2, range(4)) == [0, 2, 4, 6]
    with pytest.raises(BringupError):
        asking.each(function, range(40))


def test_the_date_can_be_set(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    assert today().isoformat() == "2026-09-21"
