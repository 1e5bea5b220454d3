"""``bringup stack`` as people type it."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

MACHINES = Path(__file__).parents[1] / "machines"
V100 = ("--machine", MACHINES / "v100-driver580.json")
CPU = ("--machine", MACHINES / "linux-cpu.json")


def stack(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "bringup", "stack", *map(str, arguments)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        env={**os.environ, "BRINGUP_LANG": "en", "NO_COLOR": "1", **(env or {})},
    )


def document(*arguments, code=0):
    done = stack(*arguments, "--json")
    assert (done.returncode, done.stderr) == (code, "")
    return json.loads(done.stdout)


def test_what_works_with_its_commands_and_the_age_of_the_rows():
    done = stack("torch==2.8.0", "torchvision", *V100)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split(maxsplit=1) == ["works", "torch 2.8.0+cu128, torchvision 0.23.0"]
    for part in ("other builds", "brings along", "uv pip install torch==2.8.0"):
        assert part in done.stdout
    knowledge = [line for line in lines if line.startswith("knowledge")]
    assert len(knowledge) >= 3
    assert all(" days ago (" in line and "checked 20" in line for line in knowledge)


def test_what_does_not_with_all_reasons_and_the_nearest():
    done = stack("torch==2.11.0", "numpy==1.0", *V100, "--build", "cu128")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("does not work ")
    assert lines[1].startswith("and ")
    assert "torch 2.11.0 cu128 has no code for sm_70" in done.stdout
    assert any(line.startswith("nearest ") for line in lines)
    assert "Traceback" not in done.stderr


def test_another_python_is_told():
    done = stack("torch==2.4.0", *CPU, "--fact", "python=3.13")
    assert done.returncode == 1
    assert "torch 2.4.0+cpu on Python 3.12" in done.stdout


def test_notes_are_marked():
    done = stack("torch==2.8.0", *V100, "--build", "cpu")
    (note,) = [line for line in done.stdout.splitlines() if line.startswith("! ")]
    assert "stays idle" in note


def test_one_document():
    found = document("torch==2.8.0", "jax[cuda12]==0.8.0", *V100)
    assert found["schema_version"] == 1
    assert (found["ok"], found["build"], found["reason"]) == (True, found["builds"]["torch"], None)
    assert found["packages"] == {"torch": "2.8.0", "jax": "0.8.0"}
    for row in found["evidence"]:
        assert {"table", "row", "source", "checked", "confidence", "age_days"} == set(row)
    for command in found["install"]:
        words = shlex.split(command)
        assert words[:3] == ["uv", "pip", "install"]
        for word in words[3:]:
            assert word.startswith(("--index", "http")) or Requirement(word)


def test_one_document_for_a_refusal_too():
    found = document("torch==2.11.0", "--build", "cu128", *V100, code=1)
    assert (found["ok"], found["reason"], found["packages"]) == (False, "arch_dropped", {})
    assert found["nearest"]["build"] == "cu126"
    assert found["install"] == []


def test_facts_and_machines():
    facts = ("gpu=L4", "compute_capability=8.9", "driver=535.161.08", "os=Ubuntu 22.04")
    more = ("arch=x86_64", "python=3.12", "glibc=2.35")
    options = [word for fact in (*facts, *more) for word in ("--fact", fact)]
    assert document("torch", *options)["build"] == "cu126"
    # Facts go before the file; an empty value means absent.
    assert document("torch==2.8.0", *V100, "--fact", "gpu=")["build"] == "cpu"
    found = document("torch==2.8.0", *V100, "--fact", "driver=", code=1)
    assert found["reason"] == "driver_too_old"


@pytest.mark.parametrize("path", sorted(MACHINES.glob("*.json")), ids=lambda path: path.stem)
def test_every_kind_of_machine_gets_an_answer(path):
    done = stack("torch==2.8.0", "--machine", path, "--json")
    assert (done.returncode, done.stderr) in {(0, ""), (1, "")}
    found = json.loads(done.stdout)
    assert found["ok"] == (done.returncode == 0)
    assert found["explanation"]
    # These have no wheel of just this torch: musl, Macs with an Intel processor, the Jetson's GPU.
    without = {"alpine-musl", "macos14-intel", "jetson-orin-jetpack6"}
    assert found["ok"] == (path.stem not in without)


def test_this_machine():
    done = stack("numpy==2.2.0", "--json")
    assert done.returncode in {0, 1}
    assert json.loads(done.stdout)["schema_version"] == 1


def test_the_toolkit_and_what_the_machine_provides():
    found = document("cuda==12.8", *CPU, "--system", "gcc=13")
    assert (found["ok"], found["build"], found["install"]) == (True, "cu128", [])
    found = document("cuda==11.8", *CPU, "--system", "gcc=13", code=1)
    assert found["reason"] == "host_compiler_too_new"
    words = ("--system", "cuda=12.2", "--system", "cudnn=8.9", "--fact", "python=3.11")
    assert document("tensorflow==2.15.0", *V100, *words)["build"] == "cu122"


def test_the_default_index():
    found = document("torch==2.11.0", *V100, "--index", "default", code=1)
    assert found["reason"] == "arch_dropped"
    assert found["nearest"]["build"] == "cu126"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["torch=2.8.0"], "ANS080", "torch==2.13.0"),
        (["torch", "--system", "cuda"], "ANS081", "--system cuda=12.4"),
        (["torch", "--system", "rocm=6.2"], "ANS081", "cuda, cudnn, gcc"),
        (["torch", "--index", "https://mirror.example/simple"], "ANS082", "default"),
        (["torch", "--build", ""], "ANS084", "--build cpu"),
        (["torch", "--machine", "gone.json"], "FIL004", "gone.json"),
        (["torch", "--fact", "nonsense=1"], "MCH001", "nonsense"),
        (["torch", "--fact", "gpu"], "MCH003", "gpu"),
    ],
)
def test_bad_input_is_one_error_with_what_to_type(arguments, code, said):
    done = stack(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    done = stack(*arguments, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == code


@pytest.mark.parametrize("arguments", [[], ["torch", "--colour"]])
def test_bad_usage(arguments):
    assert stack(*arguments).returncode == 2


def test_an_index_that_is_down(closed_port):
    env = {"UV_DEFAULT_INDEX": f"http://{closed_port}/simple", "UV_INDEX_URL": ""}
    facts = ("--fact", f'index.settings={{"index": "http://{closed_port}/simple"}}')
    done = stack("torch==97.0.1", *CPU, *facts, env=env)
    assert done.returncode == 4
    assert closed_port in done.stderr
    # What the tables know needs no index.
    assert stack("torch==2.8.0", *CPU, *facts, env=env).returncode == 0


def test_chinese():
    done = stack("torch==2.11.0", "--build", "cu128", *V100, env={"BRINGUP_LANG": "zh"})
    assert done.returncode == 1
    assert done.stdout.startswith("不可用")
    assert "不包含 sm_70" in done.stdout
    assert "天前" in done.stdout
