from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter, read_events
from bringup.base.files import read_json
from bringup.pipeline import train
from bringup.pipeline.backends.torch.checkpoint import Store
from bringup.pipeline.request import Request

KILLS = 20
NET = """
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(), nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(16, 10),
        )
"""


def run(request: Request) -> None:
    """The stage, as its own process runs it."""
    events = EventWriter(request.folder / "events.jsonl", "train")
    train.run(request, events).write(request.folder)
    events.close()


@pytest.fixture(scope="module")
def server() -> Any:
    """Starts processes that have torch imported already: a kill needs no second of set-up."""
    context = multiprocessing.get_context("forkserver")
    # What torch imports when an optimizer is built takes as long as torch itself.
    context.set_forkserver_preload(
        ["bringup.pipeline.backends.torch.training", "torch._dynamo", "torch.utils.tensorboard"]
    )
    return context


def test_killed_at_any_instant_it_ends_with_the_same_weights(digits_work: Any, server: Any) -> None:
    (digits_work.root / "model.py").write_text(NET)
    section = {
        "model": "model.py:Net",
        "epochs": 30,
        "checkpoint_every_s": 0.005,
        "optimizer": "adam",
        "schedule": "cosine",
    }
    undisturbed = digits_work.request("undisturbed", **section)
    run(undisturbed)
    instants = random.Random(0)
    kills = rounds = resumed = 0
    while kills < KILLS:
        rounds += 1
        request = digits_work.request(f"killed-{rounds}", **section)
        while not (request.folder / "result.json").exists():
            process = server.Process(target=run, args=(request,))
            process.start()
            if kills < KILLS:
                _wait_for_an_instant(process, request, instants)
                process.kill()
            process.join()
            kills += process.exitcode == -signal.SIGKILL
            assert process.exitcode in {0, -signal.SIGKILL}
        result = read_json(request.folder / "result.json")
        resumed += result["details"]["resumed_from"] is not None
        assert _weights(request) == _weights(undisturbed)
        assert _values(result) == _values(read_json(undisturbed.folder / "result.json"))
        assert _told(request) == _told(undisturbed)
    assert resumed


def test_the_process_of_the_contract_goes_on_after_a_kill(digits_work: Any) -> None:
    section = {"epochs": 100, "checkpoint_every_s": 0.05}
    request, undisturbed = digits_work.request("a", **section), digits_work.request("b", **section)
    process = _start(request)
    wanted = request.folder / "checkpoint"
    while not list(wanted.glob("*.ckpt")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (request.folder / "result.json").exists()
    # What a kill in the middle of a write leaves: the next process clears it away.
    (request.folder / ".model.safetensors.x1.part").write_bytes(b"torn")
    assert _start(request).wait() == 0
    assert not list(request.folder.rglob("*.part"))
    digits_work.run(undisturbed)
    assert read_json(request.folder / "result.json")["details"]["resumed_from"] is not None
    assert _weights(request) == _weights(undisturbed)


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "head"])
def test_a_damaged_checkpoint_is_found_and_the_one_before_is_taken(
    digits_work: Any, notes: Any, damage: str
) -> None:
    request = digits_work.request(epochs=40, checkpoint_every_s=0.001)
    digits_work.run(request)
    expected = _weights(request)
    older, newest = sorted((request.folder / "checkpoint").iterdir())
    _damage(newest, damage)
    result = digits_work.run(request)
    assert notes(request) == ["TRN021", "TRN022"]
    steps = result.details["resumed_from"]
    assert (steps["epoch"] - 1) * 32 + steps["step"] == int(older.stem)
    assert _weights(request) == expected


def test_a_finished_training_run_again_only_writes_its_outputs(digits_work: Any) -> None:
    request = digits_work.request()
    digits_work.run(request)
    expected = _weights(request)
    again = digits_work.run(request)
    assert again.details["resumed_from"] == {"epoch": 4, "step": 0}
    assert _weights(request) == expected
    assert len(read_json(request.folder / "history.json")) == 3
    assert len(_told(request)) == 3


def test_a_checkpoint_of_other_settings_is_not_used(digits_work: Any, notes: Any) -> None:
    digits_work.run(digits_work.request())
    changed = digits_work.request(learning_rate=0.06)
    result = digits_work.run(changed)
    assert result.details["resumed_from"] is None
    assert notes(changed) == ["TRN020"]
    fresh = digits_work.request("fresh", learning_rate=0.06)
    digits_work.run(fresh)
    assert _weights(changed) == _weights(fresh)


def test_other_data_or_another_model_file_is_other_settings(digits_work: Any, notes: Any) -> None:
    model = digits_work.root / "model.py"
    model.write_text(NET)
    request = digits_work.request(model="model.py:Net")
    digits_work.run(request)
    model.write_text(NET + "\n")
    digits_work.run(request)
    assert notes(request) == ["TRN020"]
    path = digits_work.root / "prepare" / "train_targets.npy"
    path.write_bytes(path.read_bytes()[:-8] + (3).to_bytes(8, "little"))
    digits_work.run(request)
    assert notes(request) == ["TRN020", "TRN020"]


def test_tensorboard_has_each_epoch_once_after_a_resume(digits_work: Any) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator
    request = digits_work.request(epochs=3)
    digits_work.run(request)
    for path in sorted((request.folder / "checkpoint").iterdir())[1:]:
        path.unlink()
    digits_work.run(request)
    board = accumulator(str(request.folder / "tensorboard")).Reload()
    points = board.Scalars("loss/validation")
    assert [point.step for point in points] == [1, 2, 3]
    history = read_json(request.folder / "history.json")
    assert points[-1].value == pytest.approx(history[-1]["validation"]["loss"])


def test_the_store_keeps_two_and_gives_the_newest(tmp_path: Path) -> None:
    store = Store(tmp_path / "checkpoint", "ours", lambda *_: None)
    assert store.newest() is None
    for step in (1, 20, 300):
        store.save({"steps_done": step, "model": {"w": torch.full((2,), float(step))}})
    assert len(list((tmp_path / "checkpoint").iterdir())) == 2
    newest = store.newest()
    assert newest is not None
    assert newest["steps_done"] == 300
    assert newest["model"]["w"].tolist() == [300.0, 300.0]


def test_the_store_loads_no_code(tmp_path: Path) -> None:
    codes: list[str] = []
    store = Store(tmp_path, "ours", lambda code, _: codes.append(code))
    store.save({"steps_done": 1, "path": Path("x")})
    assert store.newest() is None
    assert codes == ["TRN021"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    store = Store(tmp_path, "ours", lambda *_: None)
    # The next part file leads to a device that is always full.
    (tmp_path / f".{2:012d}.ckpt.part").symlink_to("/dev/full")
    store.save({"steps_done": 1})
    with pytest.raises(BringupError) as caught:
        store.save({"steps_done": 2, "model": {"w": torch.zeros(10000)}})
    assert caught.value.code == "FIL001"
    newest = store.newest()
    assert newest is not None
    assert newest["steps_done"] == 1


def _wait_for_an_instant(process: Any, request: Request, instants: random.Random) -> None:
    """Anywhere in the set-up, or shortly after a checkpoint of this process."""
    if instants.random() < 0.3:
        process.join(instants.uniform(0.0, 0.5))
        return
    before = _checkpoints(request)
    while process.is_alive() and _checkpoints(request) <= before:
        time.sleep(0.001)
    process.join(instants.uniform(0.0, 0.1))


def _checkpoints(request: Request) -> set[str]:
    return {path.name for path in (request.folder / "checkpoint").glob("*")}


def _damage(path: Path, kind: str) -> None:
    content = bytearray(path.read_bytes())
    if kind == "cut":
        content = content[: len(content) // 2]
    elif kind == "flipped":
        content[len(content) // 2] ^= 1
    elif kind == "head":
        content[:4] = b"\xff\xfe\x00["
    else:
        content.clear()
    path.write_bytes(content)


def _start(request: Request) -> subprocess.Popen[bytes]:
    document = {
        "schema_version": 1,
        "stage": "train",
        "folder": str(request.folder),
        "project_folder": str(request.project_folder),
        "config": request.config,
        "inputs": request.inputs,
    }
    path = request.folder / "request.json"
    path.write_text(json.dumps(document))
    words = [sys.executable, "-m", "bringup.pipeline", "train", "--request", str(path)]
    return subprocess.Popen(words, env={**os.environ})


def _weights(request: Request) -> bytes:
    return (request.folder / "model.safetensors").read_bytes()


def _values(result: dict[str, Any]) -> list[Any]:
    return [(row["epoch"], row["train"], row["validation"]) for row in result["details"]["history"]]


def _told(request: Request) -> list[Any]:
    found = read_events(request.folder / "events.jsonl")
    return [
        (event["epoch"], event["train"], event["validation"])
        for event in found
        if event["kind"] == "epoch"
    ]
