import os
import subprocess
import sys

import pytest

from bringup.base.errors import BringupError
from bringup.workflow.hold import hold_project

HOLDER = """
import sys, time
from pathlib import Path
from bringup.workflow.hold import hold_project
with hold_project(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_told_who_is_first(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(BringupError) as caught, hold_project(tmp_path):
            pass
        assert caught.value.code == "RUN001"
        assert f"process {process.pid}" in str(caught.value)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    # The system let go when the holder was killed.
    with hold_project(tmp_path):
        assert (tmp_path / "holder").read_text() == str(os.getpid())


def test_the_hold_ends_with_the_block(tmp_path):
    with hold_project(tmp_path):
        pass
    with hold_project(tmp_path):
        pass


def test_no_permission_is_a_clear_error(tmp_path):
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(BringupError) as caught, hold_project(tmp_path / "state"):
        pass
    assert caught.value.code == "FIL003"
