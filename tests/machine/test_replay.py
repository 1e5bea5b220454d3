from __future__ import annotations

import json

import pytest

from bringup.base.errors import BringupError
from bringup.machine import Fact, Machine, load_machine, machine_of, save

MACHINE = Machine(
    {
        "os.family": Fact("linux", "test", tried=("other: no such file",)),
        "cpu.model": Fact(None, "none", unknown="/proc/cpuinfo: no such file"),
    }
)


def test_saved_and_loaded_is_the_same(tmp_path):
    save(MACHINE, tmp_path / "m.json")
    assert load_machine(tmp_path / "m.json") == MACHINE


def test_replay_takes_overrides(tmp_path):
    save(MACHINE, tmp_path / "m.json")
    found = machine_of(
        machine_file=tmp_path / "m.json",
        facts=["cpu.cores_usable=3"],
        env={"BRINGUP_CPU_MODEL": "fast"},
    )
    assert (found.os, found.cores_usable, found.value("cpu.model")) == ("linux", 3, "fast")
    assert "memory.total_bytes" not in found.facts


def test_written_by_hand(tmp_path):
    path = tmp_path / "m.json"
    path.write_text('{"gpu": "L4", "compute_capability": "8.9", "glibc": null, "libc": "musl",'
                    ' "cpu.cores_usable": 8}')  # fmt: skip
    found = load_machine(path)
    assert found.gpus[0].compute_capability == "8.9"
    assert (found.libc, found.cores_usable) == ("musl", 8)
    assert found.facts["gpu.devices"].source == str(path)


def document(**facts):
    return {"schema_version": 1, "facts": facts}


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("{", "FIL005", "not a JSON file"),
        ("[]", "MCH004", "expected a JSON object"),
        ('{"schema_version": 2, "facts": {}}', "MCH005", "schema_version 2"),
        ('{"schema_version": 1, "facts": []}', "MCH004", "facts"),
        (document(**{"cpu.model": "x"}), "MCH004", "cpu.model"),
        (document(**{"cpu.modell": {"value": "x"}}), "MCH001", "cpu.model"),
        (document(**{"cpu.cores_usable": {"value": "x"}}), "MCH002", "whole number"),
        ({"cpu.cores_usable": "x"}, "MCH002", "whole number"),
        ({"gpus": "x"}, "MCH001", "`gpu`"),
    ],
)
def test_wrong_files(tmp_path, content, code, said):
    path = tmp_path / "m.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(BringupError) as caught:
        load_machine(path)
    assert caught.value.code == code
    assert said in str(caught.value)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(BringupError) as caught:
        load_machine(tmp_path / "no.json")
    assert caught.value.code == "FIL004"
    with pytest.raises(BringupError) as caught:
        load_machine(tmp_path)
    assert caught.value.code == "MCH004"
