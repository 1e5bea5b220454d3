"""The scanner against tomllib, over texts written by hand, at random, and by others."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bringup.project.positions import KeyPath, Positions, Span, find_positions

ROOT = Path(__file__).parents[2]
TOMLLIB_TEXTS = Path(tomllib.__file__).parents[1] / "test/test_tomllib/data/valid"


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths_of(item, (*path, index))


def at_path(document: Any, path: KeyPath) -> Any:
    for step in path:
        document = document[step]
    return document


def check(text: str) -> Positions:
    """Compare all paths, key spans and value spans with what tomllib reads."""
    text = text.replace("\r\n", "\n")
    document = tomllib.loads(text)
    positions = find_positions(text)
    assert set(positions.entries) == set(paths_of(document))
    assert positions.repeats == []
    for path, entry in positions.entries.items():
        if isinstance(path[-1], str):
            written = text[entry.key.start : entry.key.end]
            assert tomllib.loads(f"{written} = 1") == {path[-1]: 1}
        if entry.value is not None:
            value = text[entry.value.start : entry.value.end]
            # repr, because nan is not equal to itself.
            assert repr(tomllib.loads(f"v = {value}")["v"]) == repr(at_path(document, path))
        elif not isinstance(at_path(document, path), (dict, list)):
            pytest.fail(f"no value at {path}")
    return positions


def place(text: str, span: Span | None) -> str:
    assert span is not None
    return text[span.start : span.end]


def test_keys_and_values_of_a_plain_document() -> None:
    text = '# start\nname = "a # b"  # c\n[train]\nepochs=4\n  hidden = [ 1, 22 ] # x\n'
    entries = check(text).entries
    assert place(text, entries["name",].value) == '"a # b"'
    assert place(text, entries["train",].key) == "train"
    assert place(text, entries["train", "epochs"].key) == "epochs"
    assert place(text, entries["train", "epochs"].value) == "4"
    assert place(text, entries["train", "hidden"].value) == "[ 1, 22 ]"
    assert place(text, entries["train", "hidden", 1].value) == "22"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n# only a comment",
        "a.b.c = 1\na.b.d = 2\na.e = 3",
        "a.\"b.c\" . 'd]' = 1",
        '"\\u0041 \\"" = 1',
        "[ a . b ]\nc = 1\n[a]\nd = 2",
        "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\nf = 4\n[[a.e]]",
        "a = [\n  1, # one ]\n  2,\n\n  [3, [4]],\n]\nb = 2",
        "a = {b = 1, c.d = [2, {e = 3}], f = {}}",
        "a = [{b = 1}, {b = 2}]",
        'a = """one\n[two]\nthree = 3 \\\n  \\""" four"""\nb = 1',
        'a = """""quoted"""""\nb = 1',
        "a = '''''quoted'''''\nb = 1",
        "a = '''\n# no comment\\'''\nb = 1",
        "a = \"\"\nb = ''\nc = \"\"\"\"\"\"\nd = ''''''",
        r'a = "\\" # "' + "\nb = 'c:\\'",
        "a = 1979-05-27 07:32:00.5Z # time\nb = 07:32:00\nc = +1e5\nd = -inf\ne = 0xf",
        "a = [ ]\nb = {}\nc = [[], []]",
        "1 = 2\n3.4 = 5\n- = 6\n_ = 7",
        "a = 1\r\n[b]\r\nc = '''x\r\ny'''\r\n",
        '"名" = "值 # 井"\n["表"]',
        "[a]\n[a.b]\n[c.d.e]\n[c]\n",
        "a.b = 1\n[c]\nd.e = 2\nd.f.g = 3",
    ],
)
def test_agrees_with_tomllib(text: str) -> None:
    check(text)


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("src/**/*.toml")), ROOT / "pyproject.toml"])
def test_agrees_with_tomllib_on_files_of_this_repository(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))


@pytest.mark.skipif(not TOMLLIB_TEXTS.is_dir(), reason="this Python came without its own tests")
def test_agrees_with_tomllib_on_its_own_test_texts() -> None:
    texts = sorted(TOMLLIB_TEXTS.rglob("*.toml"))
    assert len(texts) > 10
    for path in texts:
        check(path.read_bytes().decode())


NAMES = ["a", "b-c", "d_1", "9", "x y", "q#", "]", "", "ü", "a.b", '"', "\\"]
TEXTS = ["", "a", "# no", "[x]", "k = 1", '"', "'", "\\", "end]", "{,}", "ü 名", '""', "tab\t"]


class Author:
    """Writes random documents, with each form that TOML has for the same thing."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def document(self) -> str:
        lines = [*self.pairs(2), self.noise()]
        for name in self.names(3):
            header = self.key([name])
            if self.random.random() < 0.4:
                for _ in range(self.random.randint(1, 3)):
                    lines += [f"[[{header}]]{self.noise()}", *self.pairs(2)]
                    lines += [f"[{header}.sub]", *self.pairs(2)]
            else:
                lines += [f"[ {header} ]{self.noise()}", *self.pairs(3)]
        return self.random.choice(["\n", "\r\n"]).join(lines) + self.random.choice(["", "\n"])

    def names(self, most: int) -> list[str]:
        # Keys of the root and tables must differ, else the document is no TOML.
        return [f"table {name}" for name in self.some(NAMES, most)]

    def some(self, among: list[str], most: int) -> list[str]:
        return self.random.sample(among, self.random.randint(0, most))

    def pairs(self, most: int) -> list[str]:
        lines = []
        for name in self.some(NAMES, most):
            names = [name, *self.some(NAMES, 2)]
            lines.append(f"{self.key(names)} ={self.value(2)}{self.noise()}")
        return lines

    def key(self, names: list[str]) -> str:
        return self.random.choice([".", " . "]).join(map(self.name, names))

    def name(self, name: str) -> str:
        forms = [self.basic(name)]
        if "'" not in name:
            forms.append(f"'{name}'")
        if name and name.isascii() and name.replace("-", "").replace("_", "").isalnum():
            forms += [name] * 3
        return self.random.choice(forms)

    def basic(self, text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def value(self, depth: int) -> str:  # noqa: PLR0911
        kind = self.random.randrange(8 if depth else 6)
        text = self.random.choice(TEXTS)
        if kind == 0:
            return self.random.choice([" 1", "-2.5e3", " true", " 1979-05-27 07:32:00", "inf"])
        if kind == 1:
            return self.basic(text)
        if kind == 2:
            return f" '{text}'" if "'" not in text else " ''"
        if kind == 3:
            return f'"""\n{self.basic(text)[1:-1]}\n# line\n"""'
        if kind == 4:
            return f" '''{text}\n[x]\n'''"
        if kind == 5:
            return " 0x1F"
        if kind == 6:
            items = [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]
            gap = self.random.choice(["", " ", "\n", " # ], \n"])
            return f" [{gap}" + f"{gap},{gap}".join(items) + f"{gap}]"
        pairs = [f"{self.name(name)} = {self.value(depth - 1)}" for name in self.some(NAMES, 3)]
        return " { " + ", ".join(pairs) + " }"

    def noise(self) -> str:
        return self.random.choice(["", "", "  ", " # comment [x] = '", "\n", "\n\t# more\n"])


def test_agrees_with_tomllib_on_random_documents() -> None:
    deep = 0
    for seed in range(1500):
        text = Author(seed).document()
        deep += any(len(path) > 3 for path in check(text).entries)
    assert deep > 200


def test_a_repeated_key_is_reported_with_both_places() -> None:
    text = "[train]\nepochs = 1\nseed = 2\nepochs = 3\nmodel = 'x'\n"
    positions = find_positions(text)
    [repeat] = positions.repeats
    assert repeat.path == ("train", "epochs")
    assert repeat.first.start == text.index("epochs")
    assert repeat.second.start == text.rindex("epochs")
    assert place(text, positions.entries["train", "epochs"].value) == "1"
    assert ("train", "model") in positions.entries


def test_a_repeated_table_is_reported() -> None:
    text = "[a]\nb = 1\n[a]\nc = 2"
    [repeat] = find_positions(text).repeats
    assert (repeat.path, repeat.second.start) == (("a",), text.rindex("a"))


@pytest.mark.parametrize(
    "rest",
    ["b = ", "b", "b c", "b = [1 2", "b = 'x", "b = {c = 1 d = 2}", "[b", "= 1", 'b = "\\q" x',
     '"\\q" = 1', "b = 1 2 ]"],
)  # fmt: skip
def test_a_broken_text_keeps_what_came_before(rest: str) -> None:
    text = f"a = 1\n{rest}"
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert place(text, find_positions(text).entries["a",].value) == "1"
