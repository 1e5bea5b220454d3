import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bringup.base.errors import BringupError
from bringup.launch.local import environment_variables, launch

PYTHON = Path(sys.executable)


def run(tmp_path, code, *, show=False):
    return launch(
        [sys.executable, "-c", code],
        env=dict(os.environ),
        folder=tmp_path,
        log=tmp_path / "logs" / "output.log",
        show=show,
    )


def test_output_is_kept_in_order_and_the_code_returned(tmp_path):
    code = (
        "import sys; print('one', flush=True); print('two', file=sys.stderr, flush=True);"
        "print('three', flush=True); sys.exit(3)"
    )
    usage = run(tmp_path, code)
    assert usage.exit_code == 3
    assert (tmp_path / "logs" / "output.log").read_text() == "one\ntwo\nthree\n"


def test_output_is_shown_when_asked(tmp_path, capfdbinary):
    run(tmp_path, "print('shown')", show=True)
    run(tmp_path, "print('hidden')", show=False)
    assert capfdbinary.readouterr().out == b"shown\n"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc answers")
def test_what_it_used_is_measured(tmp_path):
    code = "import time; x = bytearray(80 << 20); time.sleep(0.4); sum(range(4_000_000))"
    usage = run(tmp_path, code)
    assert usage.exit_code == 0
    assert usage.seconds > 0.4
    assert usage.cpu_seconds > 0.01
    assert usage.peak_rss_bytes > 80 << 20


def test_it_runs_in_the_folder(tmp_path):
    run(tmp_path, "import os; print(os.getcwd())")
    assert (tmp_path / "logs" / "output.log").read_text().strip() == str(tmp_path.resolve())


def test_no_such_program(tmp_path):
    with pytest.raises(BringupError) as caught:
        launch(
            ["no-such-program"],
            env=dict(os.environ),
            folder=tmp_path,
            log=tmp_path / "log",
            show=False,
        )
    assert caught.value.code == "PRC001"


def test_variables_are_those_of_an_activated_environment():
    env = environment_variables(
        Path("/e/bin/python"), {"PATH": "/usr/bin", "PYTHONHOME": "/x", "KEPT": "1"}
    )
    assert env["PATH"].split(os.pathsep) == ["/e/bin", "/usr/bin"]
    assert env["VIRTUAL_ENV"] == "/e"
    assert "PYTHONHOME" not in env
    assert env["KEPT"] == "1"


MUCH = "import sys; [print('x' * 99) for _ in range(20_000)]"


def test_a_reader_that_leaves_does_not_stop_the_command(tmp_path):
    """As in ``bringup run -- COMMAND | head -1``."""
    code = (
        "import os, sys; from pathlib import Path; from bringup.launch.local import launch;"
        f"usage = launch([sys.executable, '-c', {MUCH + '; sys.exit(4)'!r}], env=dict(os.environ),"
        " folder=Path('.'), log=Path('log'), show=True);"
        "print('code', usage.exit_code, file=sys.stderr); os._exit(0)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.read(10) == b"x" * 10
    process.stdout.close()
    assert process.stderr.read() == b"code 4\n"
    process.stderr.close()
    process.wait()
    assert (tmp_path / "log").stat().st_size == 20_000 * 100


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_is_told_after_the_command_has_ended(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "output.log").symlink_to("/dev/full")
    with pytest.raises(BringupError) as caught:
        run(tmp_path, f"{MUCH}; open('ended', 'w')")
    assert caught.value.code == "FIL001"
    assert (tmp_path / "ended").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupted_command_has_the_time_to_end(tmp_path):
    command = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); open('ended', 'w'); sys.exit(0)\n"
        "signal.signal(signal.SIGINT, end); print('up', flush=True); time.sleep(60)"
    )
    code = (
        "import os, sys; from pathlib import Path; from bringup.launch.local import launch\n"
        f"launch([sys.executable, '-c', {command!r}], env=dict(os.environ), folder=Path('.'),"
        " log=Path('log'), show=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout.readline() == b"up\n"
    # As a terminal does: to all processes in the foreground.
    os.killpg(process.pid, signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate(timeout=30)[1]
    assert (tmp_path / "ended").exists()


def test_what_is_piped_in_reaches_the_command(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from bringup.launch.local import launch;"
        "launch([sys.executable, '-c', 'print(input()[::-1])'], env=dict(os.environ),"
        f"folder=Path({str(tmp_path)!r}), log=Path({str(tmp_path / 'log')!r}), show=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input="abc\n", capture_output=True, text=True, check=True
    )
    assert done.stdout == "cba\n"
