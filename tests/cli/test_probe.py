from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bringup.base.errors import BringupError
from bringup.base.messages import choose_language
from bringup.cli.columns import Row, cells, lines_of, wants_colour, width_of
from bringup.cli.probe import probe_command

MACHINES = Path(__file__).parent.parent / "machines"
app = typer.Typer()
app.command()(probe_command)


@pytest.fixture(autouse=True)
def english():
    choose_language("en")
    yield
    choose_language("en")


def probe(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def shown(name: str, *arguments: str) -> str:
    return probe("--machine", str(MACHINES / f"{name}.json"), *arguments)


def test_json_is_the_machine():
    document = json.loads(shown("linux-cpu", "--json"))
    assert document == json.loads((MACHINES / "linux-cpu.json").read_text(encoding="utf-8"))


def test_json_of_this_machine_replays(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(probe("--json"), encoding="utf-8")
    assert probe("--machine", str(path), "--json") == path.read_text(encoding="utf-8")


def test_secrets_are_hidden_unless_asked():
    for form in ([], ["--json"]):
        assert "secret@" not in shown("macos-m3", *form)
        assert "https://****@mirror.example/simple" in shown("macos-m3", *form)
        assert "https://user:secret@mirror.example/simple" in shown(
            "macos-m3", "--show-secrets", *form
        )


def test_table_has_topics_values_and_sources():
    lines = shown("rtx4090-driver535").splitlines()
    assert "Accelerators" in lines
    (gpu,) = [line for line in lines if "gpu.devices" in line]
    assert "GeForce RTX 4090 (nvidia), 24.0 GiB, compute capability 8.9, driver 535.161.08" in gpu
    assert gpu.endswith("nvidia-smi")
    text = "\n".join(lines)
    for part in ("docker 26.1.3, daemon answers, NVIDIA runtime", "12.2.2 /usr/local/cuda"):
        assert part in text


def test_table_says_what_is_unknown_and_what_is_absent():
    text = shown("windows11-rtx4080")
    assert "unknown: bringup has no source for it on windows" in text
    assert "cpu.quota" in text
    assert "none" in text


@pytest.mark.parametrize("name", sorted(path.stem for path in MACHINES.glob("*.json")))
def test_every_machine_can_be_shown(name):
    text = shown(name)
    assert "os.family" in text
    assert "None" not in text


def test_amounts_and_interpreters_and_settings():
    text = shown("container-limits")
    assert "8.0 GiB" in text
    assert "64 MiB" in text
    assert "3.11.9   /usr/local/bin/python3" in text
    assert "trusted_hosts = pypi.internal" in text
    assert "no_index" not in text.split("index.settings")[1].split("index.pip")[0]


def test_fact_option():
    text = shown("linux-cpu", "--fact", "gpu=L4", "--fact", "cpu.avx2=no")
    assert "L4 (nvidia)" in text
    assert "override --fact" in text


def test_wrong_fact_goes_up_as_an_error():
    with pytest.raises(BringupError) as caught:
        shown("linux-cpu", "--fact", "cpu.avx3=no")
    assert caught.value.code == "MCH001"


def test_unset_index_settings_are_counted_on_stderr():
    result = CliRunner().invoke(app, ["--machine", str(MACHINES / "linux-cpu.json")])
    assert "settings of pip, uv and conda are not set" in result.stderr
    assert "index.uv.index" not in result.stdout


def test_engines_and_interpreters_of_other_kinds(tmp_path):
    facts = {
        "containers.engines": [
            {"name": "podman", "daemon": None, "daemon_note": "podman needs no daemon"},
            {"name": "docker", "daemon": False, "daemon_note": "there is no socket /s"},
        ],
        "python.interpreters": [
            {"path": "/p", "version": "3.10.14", "implementation": "pypy", "has_venv": False}
        ],
        "gpu.devices": [{"vendor": "amd", "name": "MI300X", "gfx": "gfx942"}],
        "limits.memlock": 512,
        "index.settings": {"no_index": True, "index": None},
        "cpu.avx2": True,
    }
    path = tmp_path / "m.json"
    path.write_text(json.dumps(facts))
    text = probe("--machine", str(path))
    for part in (
        "podman, podman needs no daemon",
        "docker, no daemon: there is no socket /s",
        "pypy 3.10.14 /p (without venv)",
        "MI300X (amd), gfx942",
        "512 B",
        "no_index = yes",
    ):
        assert part in text


def test_chinese():
    choose_language("zh")
    text = shown("rtx4090-driver535")
    assert "加速器" in text.splitlines()
    assert "计算能力 8.9" in text


ROWS = [
    Row("Title", title=True),
    Row("  key", "one two three\nfour", "source with words"),
    Row("  other", "", "", faint=True),
]


def test_columns_in_full_without_a_terminal():
    assert list(lines_of(ROWS, width=None, colour=False)) == [
        "Title",
        "  key    one two three  source with words",
        "           four".replace("           ", " " * 9),
        "  other",
    ]


def test_columns_wrap_at_words_and_cut_long_ones():
    row = Row("key", "word " * 20 + "x" * 80, "s" * 30)
    lines = list(lines_of([row], width=60, colour=False))
    assert len(lines) > 3
    assert all(cells(line) <= 60 for line in lines)
    assert "".join(lines).count("x") == 80
    assert "".join(lines).count("word") == 20


def test_styles_only_when_wanted():
    assert "\033[" not in "".join(lines_of(ROWS, width=None, colour=False))
    assert "\033[1mTitle\033[0m" in list(lines_of(ROWS, width=None, colour=True))


def test_wide_letters_take_two_columns():
    assert cells("加速器 a") == 8


class Terminal:
    def __init__(self, is_terminal: bool) -> None:
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "env", "wanted"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
    ],
)
def test_colour(is_terminal, env, wanted):
    assert wants_colour(Terminal(is_terminal), env) is wanted


def test_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "93")
    assert width_of(Terminal(True)) == 93
    assert width_of(Terminal(False)) is None


def test_a_section_alone():
    text = shown("rtx4090-driver535", "--section", "gpu")
    assert "gpu.devices" in text
    assert "os.family" not in text


def test_an_unknown_section_is_refused_with_the_known_ones():
    result = CliRunner().invoke(app, ["--section", "indx"])
    assert result.exit_code == 2
    assert "index" in result.stderr


def test_a_section_as_json():
    document = json.loads(shown("rtx4090-driver535", "--section", "gpu", "--json"))
    assert set(document["facts"]) == {key for key in document["facts"] if key.startswith("gpu.")}
    assert document["schema_version"] == 1


def test_the_indexes_of_a_saved_machine_are_explained_and_nobody_is_asked():
    document = json.loads(shown("macos-m3", "--section", "index", "--json"))
    assert document["section"] == "index"
    assert {row["state"] for row in document["places"]} == {"not_asked"}
    assert document["merged"]["index"]["value"] == "https://****@mirror.example/simple"
    assert "secret" not in json.dumps(document)
    text = shown("macos-m3", "--section", "index")
    for part in (
        "Settings as they were said",
        "Settings put together",
        "https://****@mirror.example/simple",
        "not asked: these are the settings of a saved machine",
    ):
        assert part in text
    assert "secret" not in text
    assert "user:secret@mirror.example" in shown("macos-m3", "--section", "index", "--show-secrets")


def test_the_indexes_of_this_machine_without_a_network(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_FIND_LINKS", "nowhere")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://me:secret@index.invalid/simple")
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@other.invalid/simple")
    text = probe("--section", "index", "--offline")
    for part in (
        "(lost against UV_DEFAULT_INDEX)",
        "(left out, not there: nowhere)",
        "not asked: no network is wanted",
        "-> left out: `bringup lock` goes on with the other places and says so",
    ):
        assert part in text
    assert "secret" not in text


def test_the_indexes_in_chinese(monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere/at/all")
    choose_language("zh")
    text = probe("--section", "index", "--offline")
    assert "合并后的设置" in text
    assert "已略过" in text
