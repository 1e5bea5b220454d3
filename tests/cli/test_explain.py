"""`bringup explain` as people type it, and what stands under the error of what failed."""

import json
import os
import pty
import subprocess
import sys

import pytest
from small_project import Small
from stack_fixtures import make_wheel, server  # noqa: F401

TOO_OLD = (
    "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please "
    "update your GPU driver by downloading and installing a new version"
)


def bringup(*arguments, stdin=b"", **options):
    return subprocess.run(
        [sys.executable, "-m", "bringup", *arguments],
        capture_output=True,
        check=False,
        input=stdin,
        timeout=120,
        env={**os.environ, "BRINGUP_LANG": "en", "NO_COLOR": "1"},
        **options,
    )


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "train.log"
    path.write_text(f"starting\n\x1b[31m{TOO_OLD}\x1b[0m\n", encoding="utf-8")
    return path


def test_a_file_is_explained(log):
    done = bringup("explain", str(log))
    text = done.stdout.decode()
    assert done.returncode == 0
    assert text.startswith("cause: ")
    assert "driver_too_old_for_cuda" in text
    assert f"line 2: {TOO_OLD}"[:60] in text
    assert "\nfix: " in text


def test_a_pipe_is_explained(log):
    for arguments in (("explain",), ("explain", "-")):
        done = bringup(*arguments, stdin=log.read_bytes())
        assert b"driver_too_old_for_cuda" in done.stdout


def test_json_and_language(log):
    done = bringup("explain", "--json", "--lang", "zh", str(log), "-", stdin=b"all is well\n")
    document = json.loads(done.stdout)
    first, second = document["logs"]
    assert document["schema_version"] == 1
    assert (first["verdict"], first["causes"][0]["label"]) == ("failure", "driver_too_old_for_cuda")
    assert first["causes"][0]["lines"][0]["number"] == 2
    assert "驱动" in first["causes"][0]["title"]
    assert second == {
        "file": "-",
        "schema_version": 1,
        "verdict": "benign",
        "lines_read": 1,
        "causes": [],
    }
    alone = json.loads(bringup("explain", "--json", str(log)).stdout)
    assert alone["verdict"] == "failure"


def test_exit_codes(log, tmp_path):
    assert bringup("explain", "--fail", str(log)).returncode == 1
    assert bringup("explain", "--fail", stdin=b"all is well\n").returncode == 0
    nothing = bringup("explain", str(tmp_path / "no.log"))
    assert nothing.returncode == 1
    assert b"no.log" in nothing.stderr and b"hint: " in nothing.stderr
    folder = bringup("explain", str(tmp_path))
    assert folder.returncode == 1
    assert b"Traceback" not in folder.stderr
    wrong = bringup("explain", "--facts", "gpu", str(log))
    assert wrong.returncode == 1
    assert b"--facts NAME=VALUE" in wrong.stderr
    assert bringup("explain", "--lang", "fr", str(log)).returncode == 2


def test_without_a_log_it_says_what_to_type():
    # With a terminal as its input nobody is going to send anything.
    main, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bringup", "explain"],
            stdin=terminal,
            capture_output=True,
            check=False,
            timeout=60,
            env={**os.environ, "BRINGUP_LANG": "en"},
        )
    finally:
        os.close(main)
        os.close(terminal)
    assert done.returncode == 2
    assert b"| bringup explain" in done.stderr


def test_facts_come_from_the_command_line_or_from_a_saved_machine(tmp_path, log):
    saved = tmp_path / "machine.json"
    saved.write_bytes(bringup("probe", "--json").stdout)
    for given in (
        ("--facts", "driver=470.57.02", "--facts", "cuda=12.1"),
        ("--machine", str(saved)),
        ("--no-machine",),
    ):
        done = bringup("explain", *given, "--json", str(log))
        assert json.loads(done.stdout)["causes"][0]["label"] == "driver_too_old_for_cuda"


def test_a_cause_and_a_rule_by_name():
    text = bringup("explain", "disk_full").stdout.decode()
    assert text.startswith("disk_full: ")
    assert "fix: " in text
    nobody = bringup("explain", "XYZ999")
    assert nobody.returncode == 1
    assert b"no rule XYZ999" in nobody.stderr
    assert bringup("explain", "no_such_cause").returncode == 1


def test_binary_and_credentials():
    assert bringup("explain", stdin=bytes(range(256)) * 300).returncode == 0
    line = b"curl: (28) SSL connection timeout https://me:geheim@mirror.example/simple/torch/\n"
    log = b"error: No space left on device https://me:geheim@mirror.example/x\n" + line
    for arguments in (("explain", "--all"), ("explain", "--json")):
        done = bringup(*arguments, stdin=log)
        assert b"geheim" not in done.stdout


def test_unknown_and_all():
    done = bringup("explain", stdin=b"ZorkError: the frobnicator is bent\n")
    assert done.stdout.startswith(b"unknown: ")


@pytest.fixture
def small(tmp_path, server):  # noqa: F811
    server.wheels = [make_wheel(tmp_path / "wheels", "demo", "1.0")]
    small = Small(tmp_path)
    small.env["PIP_INDEX_URL"] = server.index()
    return small


SCRIPT = f"raise RuntimeError({TOO_OLD.partition(': ')[2]!r})\n"


def test_a_command_that_fails_is_explained(small):
    (small.folder / "check.py").write_text(SCRIPT)
    done = small.bringup("run", "--", "python", "check.py")
    assert done.returncode == 1, done.stderr
    assert "cause: " in done.stderr and "driver_too_old_for_cuda" in done.stderr
    record = json.loads(small.bringup("run", "--json", "--", "python", "check.py").stdout)
    cause = record["explanation"]["causes"][0]
    assert (record["exit_code"], cause["label"]) == (1, "driver_too_old_for_cuda")
    log = (small.folder / record["log"]).read_text().splitlines()
    assert TOO_OLD in log[cause["lines"][0]["number"] - 1]


def test_a_command_that_ends_well_or_strangely_is_not_explained(small):
    done = small.bringup("run", "--", "python", "-c", "pass")
    assert (done.returncode, "cause: " in done.stderr) == (0, False)
    done = small.bringup("run", "--", "python", "-c", "raise SystemExit(3)")
    assert (done.returncode, "cause: " in done.stderr) == (3, False)


def test_a_training_script_that_fails_is_explained(small):
    (small.folder / "train.py").write_text(f"import demo\n{SCRIPT}")
    done = small.bringup("train")
    assert done.returncode == 1, done.stderr
    assert "error: " in done.stderr
    assert "cause: " in done.stderr.partition("error: ")[2]
    assert "driver_too_old_for_cuda" in done.stderr
    error = json.loads(small.bringup("train", "--json").stdout)["error"]
    assert error["explanation"]["causes"][0]["label"] == "driver_too_old_for_cuda"


def test_a_lock_that_fails_is_explained(small):
    text = (small.folder / "bringup.toml").read_text()
    (small.folder / "bringup.toml").write_text(text.replace('"demo"', '"demo==9.9"'))
    done = small.bringup("lock")
    assert done.returncode == 1
    assert "package_not_on_index" in done.stderr, done.stderr
