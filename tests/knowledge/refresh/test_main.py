import subprocess
import sys

import pytest
from refresh_fixtures import PROVENANCE
from stack_fixtures import make_wheel

from bringup.base.errors import ExitCode
from bringup.knowledge.refresh.registry import TABLES, named, tables

X86 = "cp313-cp313-manylinux_2_28_x86_64"


@pytest.fixture
def triton(server, tmp_path):
    server.wheels.append(make_wheel(tmp_path / "wheels", "triton", "3.7.1", tag=X86))
    return server


def test_a_table_is_made(triton, refresh):
    answer = refresh("packages/triton")
    assert answer.code == ExitCode.DONE
    assert refresh.table("packages/triton")["release"][0]["version"] == "3.7.1"
    assert refresh.text("packages/triton").startswith("# Releases of triton as")
    assert answer.out == (
        "packages/triton: 3.7.1 is on the package index and has no row\n"
        "packages/triton: written, 1 differences\n"
    )
    assert "asking about triton-3.7.1" in answer.err


def test_a_second_time_asks_nobody_and_writes_nothing(triton, refresh):
    refresh("packages/triton")
    asked = list(triton.asked)
    before = (refresh.folder / "packages/triton.toml").stat().st_mtime_ns
    answer = refresh("packages/triton")
    assert (answer.code, answer.out) == (0, "packages/triton: unchanged, 0 differences\n")
    assert triton.asked == asked
    assert (refresh.folder / "packages/triton.toml").stat().st_mtime_ns == before
    refresh("packages/triton", "--no-cache")
    assert len(triton.asked) == 2 * len(asked)


def test_check_changes_nothing(triton, refresh, tmp_path):
    refresh("packages/triton")
    before = refresh.text("packages/triton")
    assert refresh("packages/triton", "--check").code == ExitCode.DONE
    triton.wheels.append(make_wheel(tmp_path / "wheels", "triton", "3.8.0", tag=X86))
    answer = refresh("packages/triton", "--check", "--no-cache", "--json")
    assert answer.code == ExitCode.FAULT
    assert refresh.text("packages/triton") == before
    assert answer.json["ok"] is False
    (row,) = answer.json["tables"]
    assert (row["table"], row["written"], row["reviewed"]) == ("packages/triton", False, False)
    assert [note["code"] for note in row["differences"]] == ["KNW011"]
    answer = refresh("packages/triton", "--no-cache", "--json")
    assert (answer.code, answer.json["ok"], answer.json["tables"][0]["written"]) == (0, True, True)


def test_differences_of_reviewed_rows_are_left_to_people(server, refresh, tmp_path):
    for name in ("nvidia-cuda-runtime-cu11", "nvidia-cuda-runtime-cu12", "nvidia-cuda-runtime"):
        server.wheels.append(make_wheel(tmp_path / "wheels", name, "13.1.2"))
    server.wheels.append(make_wheel(tmp_path / "wheels", "cuda-toolkit", "13.0.1"))
    rows = [{"release": "13.0 GA", "cuda": "13.0", **PROVENANCE}]
    refresh.write("cuda", {"family": [{"major": 13, **PROVENANCE}], "toolkit": rows})
    answer = refresh("cuda")
    assert answer.code == ExitCode.FAULT
    assert "cuda: 13.1 is on the package index and has no row" in answer.out
    table = refresh.table("cuda")
    assert [row["cuda"] for row in table["toolkit"]] == ["13.0"]
    assert table["toolkit"][0]["checked"] > PROVENANCE["checked"]
    assert table["family"][0]["checked"] == PROVENANCE["checked"]
    assert refresh.text("cuda").startswith("# A table.\n")


def test_an_unknown_table(refresh):
    answer = refresh("packages/nothing")
    assert answer.code == ExitCode.USAGE
    assert "packages/nothing" in answer.err
    assert "packages, builds, cuda" in answer.err


def test_an_index_that_is_not_there(refresh, closed_port):
    refresh.index = f"http://{closed_port}/simple"
    answer = refresh("packages/triton", "--json")
    assert answer.code == ExitCode.UNREACHABLE
    assert answer.json["error"]["code"] == "STK010"
    assert not (refresh.folder / "packages/triton.toml").exists()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (("text/html", b"<html><body>Please log in</body></html>"), "KNW003"),
        (("text/plain", b"hello"), "STK013"),
        (("application/json", b'{"files": 3}'), "STK013"),
    ],
)
def test_a_page_that_is_no_index(server, refresh, answer, code):
    server.answer = answer
    said = refresh("packages/triton", "--json")
    assert said.code == ExitCode.FAULT
    assert said.json["error"]["code"] == code
    assert not (refresh.folder / "packages/triton.toml").exists()


def test_credentials_are_never_shown(triton, refresh):
    triton.credentials = "reader:secret"
    refresh.index = triton.index("reader:wrong-secret@")
    answer = refresh("packages/triton")
    assert answer.code == ExitCode.FAULT
    assert "secret" not in answer.out + answer.err
    refresh.index = triton.index("reader:secret@")
    answer = refresh("packages/triton")
    assert answer.code == ExitCode.DONE
    assert "secret" not in answer.out + answer.err + refresh.text("packages/triton")


def test_a_fault_in_the_middle_leaves_the_table(triton, refresh):
    refresh("packages/triton")
    before = refresh.text("packages/triton")
    triton.faults = {"/files/": [500] * 50}
    answer = refresh("packages/triton", "--no-cache")
    assert answer.code == ExitCode.UNREACHABLE
    assert refresh.text("packages/triton") == before


def test_names_stand_for_folders():
    assert [table.name for table in named([])] == list(tables())
    builds = [table.name for table in named(["builds", "builds/torch"])]
    assert builds == ["builds/torch", "builds/tensorflow", "builds/jax", "builds/onnxruntime-gpu"]
    assert all(table.path.is_file() for table in named([], TABLES))


def test_it_is_a_program_and_speaks_chinese(tmp_path):
    command = [sys.executable, "-m", "bringup.knowledge.refresh", "nothing", "--lang", "zh"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == ExitCode.USAGE
    assert "没有名为 nothing 的知识表" in done.stderr
