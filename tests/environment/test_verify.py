import json
import os
import runpy
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from stack_fixtures import make_machine

from bringup.base.errors import BringupError
from bringup.environment import verify
from bringup.environment.expected import Expected, Group, expected_serving, expected_training
from bringup.environment.venv import Environment
from bringup.environment.verify import (
    Check,
    ChecksFailed,
    checks_digest,
    failure_of,
    verify_environment,
)

L4 = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}


class Only(Expected):
    """An environment of which some checks are run."""

    names = ()
    environ = {}  # noqa: RUF012

    @classmethod
    def of(cls, *names, packages=None, **fields):
        kind = type("These", (cls,), {"names": names, "environ": fields.pop("environ", {})})
        return kind(packages or {}, **fields)

    def groups(self):
        return [Group(self.names, self.environ, self.gpus)]


def environment_of(python):
    return Environment("train", Path(python).parents[1], Path(python), "0" * 64, False, 0.0)


def runner():
    """Return what the program that runs the checks defines."""
    return runpy.run_path(str(verify.CHECKS_FOLDER / "run.py"))


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
    assert [check.status for check in checks] == ["failed", "failed"]
    assert "SIGABRT: boom" in checks[0].detail
    assert "not run" in checks[1].detail
    quiet = fake_python(tmp_path, "raise SystemExit(5)")
    (check,) = verify_environment(quiet, Expected({}))
    assert "ended with 5" in check.detail


def test_what_libraries_print_is_not_taken_for_a_result(tmp_path):
    row = {"name": "import", "status": "ok", "seconds": 0.1, "detail": "well"}
    script = f"print('hello')\nprint('\\x1ebringup ' + {json.dumps(json.dumps(row))})"
    checks = verify_environment(fake_python(tmp_path, script), Expected({}))
    assert checks == [Check(**row)]
    assert checks[0].to_json() == {**row, "ok": True}


def test_what_was_skipped_did_not_pass_and_says_why_in_the_language_in_use(tmp_path):
    skipped = {"code": "VER031", "params": {"compilers": "g++"}}
    row = {"name": "import", "status": "skipped", "seconds": 0.1, "skipped": skipped}
    script = f"print('\\x1ebringup ' + {json.dumps(json.dumps(row))})"
    (check,) = verify_environment(fake_python(tmp_path, script), Expected({}))
    assert (check.status, check.ok) == ("skipped", False)
    assert check.detail == "no compiler here (looked for g++)"
    assert failure_of([check]) is None


def test_the_error_holds_all_checks():
    passed = Check("import", "ok", 0.1, "well", difference=1e-7, tolerance=1e-5)
    error = failure_of([passed, Check("torch.matmul:cpu", "failed", 0.1, "because")])
    assert isinstance(error, ChecksFailed)
    rows = error.to_json()["checks"]
    assert [(row["name"], row["ok"]) for row in rows] == [
        ("import", True),
        ("torch.matmul:cpu", False),
    ]
    assert rows[0]["tolerance"] == 1e-5
    assert "tolerance" not in rows[1]


def test_the_digest_follows_the_checks(monkeypatch, tmp_path):
    before = checks_digest()
    folder = tmp_path / "environment" / "checks"
    shutil.copytree(verify.CHECKS_FOLDER, folder)
    shutil.copy(verify.CHECKS_FOLDER.parent / "expected.py", folder.parent)
    monkeypatch.setattr(verify, "CHECKS_FOLDER", folder)
    assert checks_digest() == before
    (folder / "references.py").write_text("")
    assert checks_digest() != before


def test_an_environment_without_python(tmp_path):
    with pytest.raises((BringupError, OSError)):
        verify_environment(environment_of(tmp_path / "bin" / "python"), Expected({}))


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"detail": "x"}, "ok"),
        ({"detail": "x", "difference": 1e-6, "tolerance": 1e-5}, "ok"),
        ({"detail": "x", "difference": 0.0, "tolerance": 0.0}, "ok"),
        ({"detail": "x", "difference": 2e-5, "tolerance": 1e-5}, "failed"),
        ({"detail": "x", "difference": float("nan"), "tolerance": 1e-5}, "failed"),
        ({"skipped": {"code": "VER035", "params": {}}}, "skipped"),
    ],
)
def test_a_difference_must_be_within_its_tolerance(result, status):
    found = runner()["judged"](result)
    assert found["status"] == status
    if status == "failed":
        assert "allowed 1e-05" in found["detail"]


def test_an_exception_is_told_in_one_line_with_what_raised_it():
    told = runner()["told"]
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        assert told(error).startswith("ValueError: two lines (test_verify.py:")
    try:
        raise AssertionError("the rows differ")
    except AssertionError as error:
        assert told(error) == "the rows differ"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("torch.matmul:cuda:0", "VER001"),
        ("import", "VER002"),
        ("tensorflow.import", "VER002"),
        ("keras.import:jax", "VER002"),
        ("torch.build", "VER003"),
        ("torch.workers", "VER004"),
        ("onnxruntime.export", "VER005"),
        ("onnxruntime.serving", "VER006"),
        ("torch.collective:cuda", "VER011"),
        ("torch.compile:cpu", "VER012"),
        ("together", "VER013"),
    ],
)
def test_failed_checks_have_texts_with_the_next_step(name, code):
    error = failure_of([Check("x", "ok", 0.1, ""), Check(name, "failed", 0.1, "because")])
    assert error.code == code
    assert "because" in str(error)
    assert error.hint


def test_a_check_can_name_its_own_text():
    error = failure_of([Check("torch.workers", "failed", 0.1, "3 MiB free", code="VER010")])
    assert error.code == "VER010"
    assert "--shm-size" in error.hint


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


def within(folder, environment, before, flags):
    """Return the environment with a Python that starts in namespaces of its own."""
    path = folder / "python"
    line = f'{before} && exec {environment.python} "$@"'
    path.write_text(f"#!/bin/sh\nexec unshare {flags} sh -c '{line}' python \"$@\"\n")
    path.chmod(0o755)
    return environment_of(path)


@pytest.mark.runtime
def test_a_real_environment_does_real_work(runtime):
    environment, packages = runtime
    build = packages["torch"].partition("+")[2] or "cpu"
    machine = make_machine(memory_available_bytes=1 << 30)
    checks = verify_environment(environment, expected_training(machine, packages, build=build))
    assert [check.detail for check in checks if check.status != "ok"] == []
    assert [check.name for check in checks] == [
        "import",
        "torch.import",
        "torch.build",
        *(f"torch.{kind}:cpu" for kind in ("allocation", "matmul", "convolution", "backward")),
        "torch.bfloat16:cpu",
        "torch.workers",
        "torch.compile:cpu",
        "torch.collective:cpu",
        "onnxruntime.import",
        "onnxruntime.model:cpu",
        "onnxruntime.export",
    ]
    compared = [check for check in checks if check.tolerance is not None]
    assert all(0 <= check.difference <= check.tolerance for check in compared)
    assert len(compared) == 8


@pytest.mark.runtime
def test_a_cpu_build_on_a_gpu_machine_and_a_wrong_build_do_not_pass(runtime):
    environment, packages = runtime
    only = {"torch": packages["torch"]}
    machine = make_machine(gpus=[L4], driver="580.65.06")
    wanted = expected_training(machine, only, build="cpu")
    build = Only.of("torch.build", packages=only, gpus=wanted.gpus)
    error = failure_of(verify_environment(environment, build))
    assert error.code == "VER003"
    assert "CPU-only build on a machine with L4" in str(error)
    other = Only.of("torch.build", packages=only, build="cu126")
    assert "locked is cu126" in str(failure_of(verify_environment(environment, other)))


@pytest.mark.runtime
def test_a_device_that_is_not_there_fails_its_own_checks_alone(runtime):
    environment, packages = runtime
    names = ("torch.matmul:cpu", "torch.matmul:cuda:0", "torch.backward:cpu")
    checks = verify_environment(environment, Only.of(*names, packages=packages))
    assert [check.status for check in checks] == ["ok", "failed", "ok"]


@pytest.mark.runtime
def test_torch_in_a_serving_environment_does_not_pass(runtime):
    environment, packages = runtime
    only = {"onnxruntime": packages["onnxruntime"]}
    checks = verify_environment(environment, expected_serving(only))
    assert [check.ok for check in checks] == [True, False]
    assert failure_of(checks).code == "VER006"


@pytest.mark.runtime
def test_a_shared_memory_that_is_too_small_has_its_own_error(runtime, tmp_path):
    environment, packages = runtime
    small = within(tmp_path, environment, "mount -t tmpfs -o size=4m tmpfs /dev/shm", "-rm")
    error = failure_of(verify_environment(small, Only.of("torch.workers", packages=packages)))
    assert error.code == "VER010"
    assert "32 MiB are needed" in str(error)
    assert "--shm-size" in error.hint


@pytest.mark.runtime
def test_without_any_network_the_collective_is_skipped(runtime, tmp_path):
    environment, packages = runtime
    alone = within(tmp_path, environment, "true", "-rn")
    wanted = Only.of("torch.collective:cpu", packages=packages)
    (check,) = verify_environment(alone, wanted)
    assert (check.status, check.detail) == (
        "skipped",
        "no network interface is up, not even the loopback",
    )


@pytest.mark.runtime
def test_without_a_compiler_torch_compile_is_skipped(runtime, monkeypatch, tmp_path):
    environment, packages = runtime
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    (check,) = verify_environment(environment, Only.of("torch.compile:cpu", packages=packages))
    assert check.status == "skipped"
    assert "g++" in check.detail


@pytest.mark.runtime
def test_a_compiler_that_fails_is_no_reason_to_skip(runtime, tmp_path):
    environment, packages = runtime
    compiler = tmp_path / "g++"
    compiler.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    compiler.chmod(0o755)
    environ = {"CXX": str(compiler)}
    wanted = Only.of("torch.compile:cpu", packages=packages, environ=environ)
    assert failure_of(verify_environment(environment, wanted)).code == "VER012"
