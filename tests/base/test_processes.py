import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bringup.base.errors import BringupError
from bringup.base.processes import limited, run, shell_code, signal_name, start, stopping


def test_run_returns_what_was_written_and_how_it_ended():
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], timeout_s=20)
    assert (done.returncode, done.ok) == (3, False)
    assert (done.stdout.strip(), done.stderr.strip(), done.cut) == ("out", "err", False)


def test_standard_input_is_empty():
    done = run([sys.executable, "-c", "print(repr(input()))"], timeout_s=20)
    assert "EOFError" in done.stderr


def test_no_such_program():
    with pytest.raises(BringupError) as caught:
        run(["no-such-program-here"], timeout_s=1)
    assert caught.value.code == "PRC001"


def test_a_command_without_end_is_killed():
    with pytest.raises(BringupError) as caught:
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)
    assert caught.value.code == "PRC002"
    assert "0.3 s" in str(caught.value)


def test_output_beyond_the_limit_is_cut_and_said():
    done = run([sys.executable, "-c", "print('x' * 10000)"], timeout_s=20, output_limit_bytes=100)
    assert len(done.stdout) == 100
    assert done.cut


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_no_orphan_is_left_when_we_are_killed(tmp_path):
    pid_file = tmp_path / "pid"
    child = f"import os,time; open({str(pid_file)!r},'w').write(str(os.getpid())); time.sleep(60)"
    parent = (
        "import sys; from bringup.base.processes import start;"
        f"start([sys.executable, '-c', {child!r}]).wait()"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    _wait(lambda: pid_file.exists() and pid_file.read_text())
    process.kill()
    process.wait()
    _wait(lambda: not _alive(int(pid_file.read_text())))


def _alive(pid):
    try:
        os.kill(pid, 0)
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def _wait(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def test_kill_signal_is_a_negative_code():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run([sys.executable, "-c", code], timeout_s=20).returncode == -signal.SIGKILL


SLEEPER = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]


def started(argv=SLEEPER):
    process = start(argv, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def test_limited_kills_what_does_not_end_and_tells():
    process = started()
    with process.stdout, limited(process, 0.05) as late:
        returncode = process.wait(20)
    assert late.is_set()
    assert returncode == -signal.SIGKILL


def test_limited_leaves_alone_what_ends_by_itself():
    process = start([sys.executable, "-c", "raise SystemExit(7)"])
    with limited(process, 60) as late:
        assert process.wait() == 7
    assert not late.is_set()


def test_limited_kills_when_its_block_fails():
    process = started()
    with pytest.raises(ZeroDivisionError), process.stdout, limited(process, 60):
        _ = 1 / 0
    assert process.returncode == -signal.SIGKILL


def test_stopping_asks_first():
    process = started()
    with process.stdout, stopping(process):
        pass
    assert process.returncode == -signal.SIGTERM


def test_signals_have_names_and_codes_as_in_a_shell():
    assert signal_name(9) == "SIGKILL"
    assert signal_name(60) == "signal 60"
    assert [shell_code(code) for code in (0, 3, -9)] == [0, 3, 137]
