import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from stack_fixtures import make_machine

from bringup.base.errors import BringupError
from bringup.environment.venv import Environment
from bringup.environment.verify import (
    Check,
    Expected,
    expected_serving,
    expected_training,
    failure_of,
    verify_environment,
)

L4 = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}


def environment_of(python):
    return Environment("train", Path(python).parents[1], Path(python), "0" * 64, False, 0.0)


def fake_python(folder, script):
    """Return a program that stands where an environment's Python stands."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(0o755)
    return environment_of(path)


def test_what_is_installed_is_what_was_locked():
    packages = {name: metadata.version(name) for name in ("packaging", "tomlkit")}
    heard = []
    environment = environment_of(sys.executable)
    checks = verify_environment(environment, Expected(packages), on_check=heard.append)
    assert [check.name for check in checks] == ["import"]
    assert checks == heard
    assert failure_of(checks) is None
    wrong = verify_environment(environment, Expected({**packages, "tomlkit": "0.1", "gone": "1"}))
    error = failure_of(wrong)
    assert error.code == "VER002"
    assert "locked is 0.1" in str(error)
    assert "gone is missing" in str(error)
    assert error.hint


def test_a_process_that_dies_fails_its_check_and_those_after(tmp_path):
    script = "import os, sys; sys.stderr.write('boom\\n'); sys.stderr.flush(); os.abort()"
    environment = fake_python(tmp_path, script)
    checks = verify_environment(environment, expected_serving({"onnxruntime": "1"}))
    assert [check.ok for check in checks] == [False, False]
    assert "SIGABRT: boom" in checks[0].detail
    assert "not run" in checks[1].detail
    quiet = fake_python(tmp_path, "raise SystemExit(5)")
    (check,) = verify_environment(quiet, Expected({}))
    assert "ended with 5" in check.detail


def test_what_libraries_print_is_not_taken_for_a_result(tmp_path):
    row = {"name": "import", "ok": True, "seconds": 0.1, "detail": "well"}
    script = f"print('hello')\nprint('\\x1ebringup ' + {json.dumps(json.dumps(row))})"
    checks = verify_environment(fake_python(tmp_path, script), Expected({}))
    assert checks == [Check(**row)]
    assert checks[0].to_json() == row


def test_an_environment_without_python(tmp_path):
    with pytest.raises((BringupError, OSError)):
        verify_environment(environment_of(tmp_path / "bin" / "python"), Expected({}))


@pytest.mark.parametrize(
    ("facts", "build", "requested", "gpus", "devices"),
    [
        ({}, "cpu", "auto", (), ("cpu",)),
        ({"gpus": [L4]}, "cpu", "auto", (), ("cpu",)),
        ({"gpus": [L4], "driver": "580.65.06"}, "cpu", "auto", ("L4",), ("cpu",)),
        ({"gpus": [L4], "driver": "580.65.06"}, "cpu", "cpu", (), ("cpu",)),
        (
            {"gpus": [L4, L4], "driver": "580.65.06"},
            "cu126",
            "auto",
            ("L4", "L4"),
            ("cpu", "cuda:0", "cuda:1"),
        ),
        ({"gpus": [{"vendor": "amd", "name": "MI300X"}]}, "rocm7.2", "auto", ("MI300X",), None),
        ({"gpus": [{"vendor": "apple", "name": "M3"}]}, "mps", "auto", (), ("cpu", "mps")),
    ],
)
def test_what_the_training_environment_must_be(facts, build, requested, gpus, devices):
    packages = {"torch": "2.13.0"}
    expected = expected_training(make_machine(**facts), packages, build=build, requested=requested)
    assert expected.gpus == gpus
    assert expected.devices == (devices or ("cpu", "cuda:0"))


def test_which_checks_run():
    onnx = dict.fromkeys(("torch", "onnx", "onnxscript", "onnxruntime", "numpy"), "1")
    work = ["import", "build", "matmul:cpu", "convolution:cpu", "backward:cpu", "worker"]
    assert Expected({"numpy": "1"}).groups() == [["import"]]
    assert Expected({"torch": "1"}).groups() == [work]
    assert Expected(onnx).groups() == [work, ["onnx"]]
    assert expected_serving(onnx).groups() == [["import", "serving"]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("matmul:cuda:0", "VER001"),
        ("build", "VER003"),
        ("worker", "VER004"),
        ("onnx", "VER005"),
        ("serving", "VER006"),
    ],
)
def test_failed_checks_have_texts_with_the_next_step(name, code):
    error = failure_of([Check("import", True, 0.1, ""), Check(name, False, 0.1, "because")])
    assert error.code == code
    assert "because" in str(error)
    assert error.hint


@pytest.fixture(scope="module")
def runtime():
    """Give the interpreter of an environment with torch, and what is installed there."""
    python = os.environ.get("BRINGUP_TEST_RUNTIME_PYTHON")
    if not python:
        pytest.skip("BRINGUP_TEST_RUNTIME_PYTHON is not set")
    code = (
        "import json; from importlib.metadata import distributions as d;"
        "print(json.dumps({x.name.lower().replace('_', '-'): x.version for x in d()}))"
    )
    packages = json.loads(subprocess.check_output([python, "-c", code]))
    # sysconfig's path of a venv is kept: resolving the link would leave the environment.
    return environment_of(python), packages


@pytest.mark.runtime
def test_a_real_environment_does_real_work(runtime):
    environment, packages = runtime
    build = packages["torch"].partition("+")[2] or "cpu"
    expected = expected_training(make_machine(), packages, build=build)
    checks = verify_environment(environment, expected)
    assert [check.detail for check in checks if not check.ok] == []
    assert {check.name for check in checks} == {
        "import",
        "build",
        "matmul:cpu",
        "convolution:cpu",
        "backward:cpu",
        "worker",
        "onnx",
    }


@pytest.mark.runtime
def test_a_cpu_build_on_a_gpu_machine_and_a_wrong_build_do_not_pass(runtime):
    environment, packages = runtime
    only = {"torch": packages["torch"]}
    machine = make_machine(gpus=[L4], driver="580.65.06")
    checks = verify_environment(environment, expected_training(machine, only, build="cpu"))
    assert failure_of(checks).code == "VER003"
    assert "CPU-only build" in str(failure_of(checks))
    other = verify_environment(environment, Expected(only, build="cu126"))
    assert "locked is cu126" in str(failure_of(other))


@pytest.mark.runtime
def test_torch_in_a_serving_environment_does_not_pass(runtime):
    environment, packages = runtime
    only = {"onnxruntime": packages["onnxruntime"]}
    checks = verify_environment(environment, expected_serving(only))
    assert [check.ok for check in checks] == [True, False]
    assert failure_of(checks).code == "VER006"
