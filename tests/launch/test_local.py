import os
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
