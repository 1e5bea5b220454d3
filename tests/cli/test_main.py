"""The command line as a whole: exit codes, help, errors in words and as JSON."""

import errno
import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest
import typer

from bringup import __version__
from bringup.cli import main as cli
from bringup.cli.faults import exit_code_of


def bringup(*arguments, cwd=None, env=None):
    return subprocess.run(
        [sys.executable, "-m", "bringup", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "BRINGUP_LANG": "en", "NO_COLOR": "1", **(env or {})},
    )


def test_help_names_every_verb_in_groups():
    done = bringup("--help")
    assert done.returncode == 0
    for verb in [
        "up",
        "init",
        "probe",
        "doctor",
        "lock",
        "sync",
        "verify",
        "prepare",
        "train",
        "evaluate",
        "export",
        "report",
        "serve",
        "bundle-env",
        "run",
    ]:
        assert f"\n  {verb} " in done.stdout
    assert done.stdout.index("Start:") < done.stdout.index("Stages") < done.stdout.index("Use:")


def test_the_flags_are_frozen():
    """A flag that people use does not go away by accident: change this list with the changelog."""
    flags = {}
    group = typer.main.get_command(cli.app)
    for name, command in group.commands.items():
        flags[name] = sorted(
            option for parameter in command.params for option in parameter.opts if option[0] == "-"
        )
    stage = ["--again", "--fact", "--json", "--machine", "--quiet", "-q"]
    assert flags == {
        "up": sorted([*stage, "--until"]),
        "init": flags["init"],
        "probe": sorted(
            ["--fact", "--json", "--machine", "--offline", "--section", "--show-secrets"]
        ),
        "doctor": sorted(
            [
                "--all",
                "--apply",
                "--fact",
                "--fail-on",
                "--fix",
                "--format",
                "--ignore",
                "--json",
                "--list",
                "--machine",
                "--offline",
                "--peer",
                "--project",
                "--redact",
                "--select",
                "--undo",
            ]
        ),
        "stack": ["--build", "--fact", "--index", "--json", "--machine", "--system"],
        "lock": sorted([*stage, "--target"]),
        "sync": stage,
        "verify": stage,
        "prepare": stage,
        "train": stage,
        "evaluate": stage,
        "export": stage,
        "explain": sorted(
            ["--all", "--facts", "--fail", "--json", "--lang", "--machine", "--no-machine"]
        ),
        "report": ["--html", "--json"],
        "bundle-env": sorted([*stage[1:], "--out", "--target", "--with-python"]),
        "settle-kit": [],
        "serve": ["--fact", "--host", "--machine", "--port", "--quiet", "-q"],
        "run": ["--fact", "--json", "--machine", "--project", "--quiet", "-q"],
    }
    assert {"--dataset", "--csv", "--target", "--script", "--name", "--force"} <= set(flags["init"])


def test_version():
    assert bringup("--version").stdout == f"bringup {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [("fly",), ("up", "--no-such-option"), ("report", "--html"), ("--lang", "fr", "probe")],
)
def test_wrong_usage_is_code_2_without_traceback(arguments):
    done = bringup(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_fault_is_code_1_with_a_hint(tmp_path):
    done = bringup("up", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error:")
    assert "bringup init" in done.stderr


def test_a_fault_is_one_json_document_too(tmp_path):
    done = bringup("up", "--json", cwd=tmp_path)
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["exit_code"] == 1
    assert error["text"] in done.stderr


def test_an_unknown_stage_names_the_stages(tmp_path):
    (tmp_path / "bringup.toml").write_text('[project]\nname = "x"\n[train]\nscript = "t.py"\n')
    (tmp_path / "t.py").write_text("")
    done = bringup("up", "--until", "tarin", cwd=tmp_path)
    assert done.returncode == 2
    assert "`tarin` is no stage: expected one of probe, lock" in done.stderr
    done = bringup("up", "--again", "evalute", cwd=tmp_path)
    assert done.returncode == 2
    assert "`evalute` is no stage" in done.stderr


def test_nothing_to_report_says_what_to_type(tmp_path):
    (tmp_path / "bringup.toml").write_text('[project]\nname = "x"\n[train]\nscript = "t.py"\n')
    (tmp_path / "t.py").write_text("")
    done = bringup("report", cwd=tmp_path)
    assert done.returncode == 1
    assert "hint: bringup up" in done.stderr


def test_run_without_a_command(tmp_path):
    done = bringup("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "bringup run -- COMMAND" in done.stderr


def test_chinese(tmp_path):
    done = bringup("--lang", "zh", "run", cwd=tmp_path)
    assert "没有要运行的命令" in done.stderr


def test_a_bug_of_ours_is_code_3_with_a_report_to_paste(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        assert exit_code_of(error, ["up", "."]) == 3
    (report,) = tmp_path.iterdir()
    text = report.read_text()
    assert f"bringup {__version__}" in text
    assert "command: bringup up ." in text
    assert "ZeroDivisionError: by nothing" in text
    shown = capsys.readouterr().err
    assert str(report) in shown
    assert "Traceback" not in shown


def test_interruption_is_130(capsys):
    assert exit_code_of(KeyboardInterrupt(), []) == 130
    assert "goes on where it stopped" in capsys.readouterr().err
    assert exit_code_of(typer.Abort(), []) == 130


def test_an_output_that_cannot_show_every_character():
    done = bringup("--lang", "zh", "probe", "--section", "os", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "os.family" in done.stdout


def test_a_reader_that_goes_away_is_no_bug():
    process = subprocess.Popen(
        [sys.executable, "-m", "bringup", "probe", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait(60) != 3
    assert b"bug" not in process.stderr.read()
    process.stderr.close()


NAP = (
    "import time; from bringup.cli.main import app, run;"
    "app.command('nap')(lambda: time.sleep(60)); print(1, flush=True); run()"
)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_running_command_with_a_word(name):
    process = subprocess.Popen(
        [sys.executable, "-c", NAP, "nap"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "BRINGUP_LANG": "en"},
    )
    assert process.stdout.readline() == "1\n"
    time.sleep(0.5)
    process.send_signal(getattr(signal, name))
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == "\ninterrupted; the same command goes on where it stopped\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_a_closed_terminal_ends_a_running_command(tmp_path):
    """The command shows a live view, whose end would fail on a terminal that is gone."""
    code = NAP.replace(
        "lambda: time.sleep(60)",
        "lambda: Live(refresh_per_second=50).__enter__() and time.sleep(60)",
    )
    end = tmp_path / "end"
    code = f"from rich.live import Live; import atexit; {code}".replace(
        "run()", f"atexit.register(open({str(end)!r}, 'w').write, 'put away'); run()"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", code, "nap"])
    assert os.read(terminal, 1) == b"1"
    time.sleep(0.5)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    assert end.read_text() == "put away"


def test_a_full_disk_that_nobody_put_into_words_is_the_machines_fault(capsys):
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full/holder")
    assert exit_code_of(error, ["up"]) == 1
    said = capsys.readouterr().err
    assert "no space left on the disk that holds /full/holder" in said
    assert "hint:" in said


def test_a_bug_without_a_place_for_its_report_is_shown(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert exit_code_of(RuntimeError("oops"), ["up"]) == 3
    assert "RuntimeError: oops" in capsys.readouterr().err
