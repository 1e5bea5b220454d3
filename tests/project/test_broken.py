"""Broken files and what is said of them, word by word: ``broken/NAME.toml`` and ``NAME.txt``.

After a wanted change of a text, write them anew with ``BRINGUP_WRITE_EXPECTED=1 pytest`` and read
the difference.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from bringup.base.errors import ErrorGroup
from bringup.base.messages import choose_language
from bringup.project import load_project

BROKEN = Path(__file__).with_name("broken")
CASES = sorted(path.stem for path in BROKEN.glob("*.toml"))
PLACE = re.compile(r"^\S+:\d+:\d+: ", re.MULTILINE)


@pytest.fixture
def group(request, folder, datasets):
    shutil.copytree(BROKEN / "files", folder, dirs_exist_ok=True)
    # As text, so that no tool of ours stumbles over a file that is wrong on purpose.
    (folder / "slip.py.txt").rename(folder / "slip.py")
    shutil.copy(BROKEN / f"{request.param}.toml", folder / "bringup.toml")
    with pytest.raises(ErrorGroup) as caught:
        load_project(folder, datasets=datasets)
    return caught.value


@pytest.mark.parametrize(("group", "name"), [(name, name) for name in CASES], indirect=["group"])
def test_says_what_is_wrong(group, name):
    expected = BROKEN / f"{name}.txt"
    text = f"{group}\nhint: {group.hint}\n"
    if os.environ.get("BRINGUP_WRITE_EXPECTED"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("group", CASES, indirect=True)
def test_says_the_same_in_chinese(group):
    english, places = str(group).splitlines(), PLACE.findall(str(group))
    choose_language("zh")
    chinese = str(group).splitlines()
    assert PLACE.findall(str(group)) == places
    # The lines of the file and the carets are the same, all others are in Chinese.
    assert len(chinese) == len(english)
    for theirs, ours in zip(english, chinese, strict=True):
        is_text = bool(theirs) and not re.match(r" *\d* \|", theirs)
        assert is_text == bool(re.search("[一-鿿]", ours)) or theirs == ours
        assert not is_text or theirs != ours
    assert re.search("[一-鿿]", str(group.hint))


def test_there_are_at_least_ten_and_they_cover_the_codes():
    assert len(CASES) >= 10
