"""What a probe of this machine looks at, so that a change can be seen without a probe."""

import os
import sys

from bringup.base.signatures import signature
from bringup.machine.probe import probe
from bringup.machine.watch import WITH_THE_ANSWERS, Watch


def watched(tmp_path, **variables):
    watch = Watch()
    env = {"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:/usr/bin", **variables}
    machine = probe(env=env, folder=tmp_path / "project", watch=watch)
    return machine, watch.seen


def test_what_decides_is_watched(tmp_path):
    _, seen = watched(tmp_path)
    for path in (
        sys.executable,
        f"{tmp_path}/bin",
        f"{tmp_path}/.pyenv/versions",
        f"{tmp_path}/project/uv.toml",
        *WITH_THE_ANSWERS,
    ):
        assert path in seen, path
    if sys.platform == "linux":
        assert f"{tmp_path}/.config/pip/pip.conf" in seen
        assert f"{tmp_path}/.config/uv/uv.toml" in seen


def test_what_only_moves_is_not(tmp_path):
    _, seen = watched(tmp_path)
    assert not {"/proc/meminfo", "/proc/cpuinfo", "/proc/self/limits"} & set(seen)
    assert {path: signature(path) for path in seen} == seen


def test_a_watched_probe_finds_what_another_finds(tmp_path):
    machine, _ = watched(tmp_path)
    plain = probe(
        env={"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:/usr/bin"},
        folder=tmp_path / "project",
    )
    moving = {"memory.available_bytes", "disk.free_bytes"}
    assert {key: fact for key, fact in machine.facts.items() if key not in moving} == {
        key: fact for key, fact in plain.facts.items() if key not in moving
    }


def test_programs_that_were_asked_are_watched(tmp_path):
    smi = tmp_path / "bin" / "nvidia-smi"
    smi.parent.mkdir()
    smi.write_text("#!/bin/sh\necho 'L4, 23034, 535.161.08, GPU-1, 8.9'\n")
    smi.chmod(0o755)
    machine, seen = watched(tmp_path)
    assert [gpu.name for gpu in machine.gpus] == ["L4"]
    assert seen[str(smi)] == signature(str(smi))
    os.utime(smi, ns=(1, 1))
    assert signature(str(smi)) != seen[str(smi)]


def test_the_signature_is_that_of_the_first_look(tmp_path):
    watch = Watch()
    path = tmp_path / "file"
    watch.look(str(path))
    assert watch.seen == {}
    watch.active = True
    watch.look(str(path))
    path.write_text("late")
    watch.look(str(path))
    assert watch.seen == {str(path): None}
