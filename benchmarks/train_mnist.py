"""Train on MNIST: bringup's loop, the best loop by hand, and feeding a model item by item.

    PYTHONPATH=src <python with torch> benchmarks/train_mnist.py [--prepared FOLDER] [--json]

The python is one of a project's environment (``examples/mnist/.bringup/envs/*/bin/python`` after
``bringup up``). FOLDER is a prepare stage's work folder; without it the images are taken from
bringup's cache, where ``bringup prepare`` puts them.

All ways train the perceptron 784-128-10 with SGD and momentum on the same rows, in the same order
and with the same arithmetic; they take turns, so that a slow minute of the machine hits all of
them. A turn is three epochs from the first weights on. bringup's time is the whole of them, with
loss and accuracy, progress events, checkpoints and TensorBoard files, which the loops by hand do
not do. At each turn the weights must be equal, bit for bit, to those of the loops by hand.

torchvision is not needed: what the tutorial's ``ToTensor`` and ``Normalize`` compute for an item is
written out here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from bringup.base.events import EventWriter
from bringup.knowledge.datasets import dataset
from bringup.pipeline import prepare
from bringup.pipeline.backends.torch.data import Prepared
from bringup.pipeline.backends.torch.determinism import epoch_order, set_up
from bringup.pipeline.backends.torch.job import build
from bringup.pipeline.backends.torch.loop import validate
from bringup.pipeline.backends.torch.models import build_model
from bringup.pipeline.backends.torch.training import Training
from bringup.pipeline.request import Request
from bringup.pipeline.threads import spin_briefly

SEED = 0
EPOCHS = 3
PERCEPTRON: dict[str, Any] = {
    "model": "mlp",
    "hidden": [128],
    "task": "classification",
    "loss": None,
    "epochs": EPOCHS,
    "batch_size": 128,
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0,
    "schedule": "constant",
    "checkpoint_every_s": 10.0,
    "threads": None,
    "device": "cpu",
    "deterministic": True,
}
CNN = {**PERCEPTRON, "model": "cnn", "epochs": 4, "learning_rate": 0.1, "schedule": "onecycle"}

State = dict[str, Tensor]


@dataclass
class Rows:
    """The training split, raw and standardised once."""

    prepared: Prepared
    pixels: np.ndarray
    inputs: Tensor
    targets: Tensor

    @classmethod
    def read(cls, folder: Path) -> Rows:
        prepared = Prepared.read(folder)
        raw, labels = prepared.arrays("train")
        pixels = np.array(raw)
        mean, std = np.float32(prepared.fitted.mean[0]), np.float32(prepared.fitted.std[0])
        inputs = torch.from_numpy((pixels.astype(np.float32) - mean) / std).unsqueeze(1)
        return cls(prepared, pixels, inputs, torch.from_numpy(np.array(labels)))


class Items(Dataset[Any]):
    """The tutorial's way: an image object per item, converted and normalised each time."""

    def __init__(self, rows: Rows) -> None:
        from PIL import Image

        self._image_of = Image.fromarray
        self._rows = rows
        self._mean = rows.prepared.fitted.mean[0] / 255
        self._std = rows.prepared.fitted.std[0] / 255

    def __len__(self) -> int:
        return len(self._rows.pixels)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        image = self._image_of(self._rows.pixels[row])
        tensor = torch.from_numpy(np.array(image, copy=True)).view(28, 28, 1)
        tensor = tensor.permute(2, 0, 1).contiguous().to(torch.float32).div(255)
        tensor = tensor.sub_(self._mean).div_(self._std)
        return tensor, int(self._rows.targets[row])


def ours(folder: Path, section: dict[str, Any]) -> tuple[float, Training]:
    """Run the epochs of the train stage; return seconds per epoch and the training."""
    with tempfile.TemporaryDirectory() as work:
        request = Request(
            stage="train",
            folder=Path(work),
            project_folder=Path(work),
            config={"project": {"seed": SEED}, "train": section},
            inputs={"prepare": str(folder)},
        )
        events = EventWriter(request.folder / "events.jsonl", "train")
        training = Training(build(request, events), request.folder, events)
        started = time.perf_counter()
        training.go_through_epochs()
        seconds = (time.perf_counter() - started) / section["epochs"]
        events.close()
        return seconds, training


def fresh() -> tuple[nn.Module, torch.optim.Optimizer]:
    set_up(SEED, device="cpu", threads=PERCEPTRON["threads"])
    model = build_model(
        "mlp", input_shape=(28, 28), outputs=10, hidden=[128], project_folder=Path()
    )
    rate, momentum = PERCEPTRON["learning_rate"], PERCEPTRON["momentum"]
    return model, torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum, fused=True)


def batches(rows: Rows) -> Iterator[Tensor]:
    for epoch in range(1, EPOCHS + 1):
        yield from epoch_order(len(rows.inputs), SEED, epoch).split(PERCEPTRON["batch_size"])


def by_hand(rows: Rows) -> tuple[float, State]:
    """The best that we can write: nothing but the arithmetic."""
    model, optimizer = fresh()
    parameters = list(model.parameters())
    started = time.perf_counter()
    for index in batches(rows):
        outputs = model(rows.inputs.index_select(0, index))
        loss = functional.cross_entropy(outputs, rows.targets.index_select(0, index))
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        optimizer.step()
    return (time.perf_counter() - started) / EPOCHS, model.state_dict()


def by_hand_with_values(rows: Rows) -> tuple[float, State]:
    """As people write it who want to see the loss and the accuracy of the epoch."""
    model, optimizer = fresh()
    loss_sum, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    started = time.perf_counter()
    for index in batches(rows):
        targets = rows.targets[index]
        outputs = model(rows.inputs[index])
        loss = functional.cross_entropy(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.detach() * len(index)
        correct += (outputs.argmax(1) == targets).sum()
    _ = (loss_sum.item(), correct.item())
    return (time.perf_counter() - started) / EPOCHS, model.state_dict()


def by_items(items: Dataset[Any]) -> tuple[float, State]:
    """A DataLoader that takes the rows item by item and collates them; one epoch is enough."""
    model, optimizer = fresh()
    started = time.perf_counter()
    order = epoch_order(len(items), SEED, 1).tolist()  # type: ignore[arg-type]
    for inputs, targets in DataLoader(items, PERCEPTRON["batch_size"], sampler=order):
        loss = functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - started, model.state_dict()


def take_turns(
    ways: dict[str, Callable[[], tuple[float, State]]], rounds: int
) -> tuple[dict[str, list[float]], bool]:
    """Return the seconds of each way, and whether the loops over tensors gave the same bits."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    equal = True
    names = list(ways)
    for turn in range(rounds + 1):
        states = {}
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            took, states[name] = ways[name]()
            # The first turn warms caches and imports.
            if turn:
                seconds[name].append(took)
        first, *others = (states[name] for name in names[:3])
        equal &= all(torch.equal(first[key], other[key]) for other in others for key in first)
        print(f"turn {turn} of {rounds}", file=sys.stderr)
    return seconds, equal


def test_accuracy(training: Training) -> float:
    from bringup.pipeline.backends.torch import data

    job = training.job
    source = data.load(job.prepared, "test", job.setting.device)
    if source is None:
        raise SystemExit("error: the prepared data has no test split")
    return validate(job.model, source, job.totals(), 0)["accuracy"]


def prepared_folder(work: Path) -> Path:
    """Prepare MNIST from the cache that ``bringup prepare`` fills."""
    home = os.environ.get("BRINGUP_CACHE_DIR") or Path.home() / ".cache" / "bringup"
    row = dataset("mnist")
    raw = {file.name: str(Path(home) / "datasets" / row.name / file.name) for file in row.files}
    if not all(Path(path).is_file() for path in raw.values()):
        raise SystemExit(
            "error: MNIST is not in the cache\n"
            "hint: run `bringup prepare` in examples/mnist, or give --prepared"
        )
    folder = work / "prepare"
    folder.mkdir()
    config = {"project": {"seed": SEED}, "prepare": {"validation": 0.1}}
    request = Request("prepare", folder, work, config, {"raw": raw}, row.to_json())
    prepare.run(request, EventWriter(folder / "events.jsonl", "prepare"))
    return folder


def without_validation(folder: Path, work: Path) -> Path:
    """Return the prepared data without its validation split: the loops by hand have none."""
    document = json.loads((folder / "prepared.json").read_text())
    for split in document["splits"].values():
        for part in ("inputs", "targets"):
            split[part] = str((folder / split[part]).absolute())
    del document["splits"]["validation"]
    bare = work / "bare"
    bare.mkdir()
    (bare / "prepared.json").write_text(json.dumps(document))
    (bare / "preprocessing.json").write_bytes((folder / "preprocessing.json").read_bytes())
    return bare


def measure(folder: Path, work: Path, rounds: int) -> dict[str, Any]:
    bare = without_validation(folder, work)
    rows = Rows.read(bare)
    tensors = TensorDataset(rows.inputs, rows.targets)

    def our_turn() -> tuple[float, State]:
        seconds, training = ours(bare, PERCEPTRON)
        return seconds, training.job.model.state_dict()

    ways = {
        "best loop by hand": lambda: by_hand(rows),
        "bringup": our_turn,
        "loop by hand that tells loss and accuracy": lambda: by_hand_with_values(rows),
        "DataLoader, item by item": lambda: by_items(tensors),
        "the tutorial's way (PIL, transforms)": lambda: by_items(Items(rows)),
    }
    seconds, equal = take_turns(ways, rounds)
    base = seconds["best loop by hand"]
    _, perceptron = ours(folder, {**PERCEPTRON, "epochs": 10})
    _, cnn = ours(folder, CNN)
    return {
        "schema_version": 1,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "rows": len(rows.inputs),
        "equal_weights": equal,
        "seconds_per_epoch": {
            name: {
                "min": min(row),
                "median": statistics.median(row),
                "max": max(row),
                "ratio_of_min": min(row) / min(base),
                "ratio_of_median": statistics.median(row) / statistics.median(base),
            }
            for name, row in seconds.items()
        },
        "perceptron": _summary(perceptron),
        "cnn": _summary(cnn),
    }


def _summary(training: Training) -> dict[str, Any]:
    history = training.progress.history
    return {
        "epochs": len(history),
        "training_seconds": sum(row["seconds"] for row in history),
        "test_accuracy": test_accuracy(training),
    }


def show(found: dict[str, Any]) -> None:
    print(f"torch {found['torch']}, {found['threads']} threads, {found['rows']} rows per epoch\n")
    print(f"{'seconds per epoch':44}{'min':>8}{'median':>8}{'max':>8}{'min':>9}{'median':>9}")
    for name, row in found["seconds_per_epoch"].items():
        times = f"{row['min']:8.3f}{row['median']:8.3f}{row['max']:8.3f}"
        ratios = f"{row['ratio_of_min']:8.3f}x{row['ratio_of_median']:8.3f}x"
        print(f"{name:44}{times}{ratios}")
    print(f"\nweights equal bit for bit, every turn: {'yes' if found['equal_weights'] else 'NO'}")
    for name in ("perceptron", "cnn"):
        row = found[name]
        print(
            f"{name}: {row['test_accuracy']:.2%} on the test split after {row['epochs']} epochs,"
            f" {row['training_seconds']:.1f} s of training"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--prepared", type=Path, help="work folder of a prepare stage")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each way")
    parser.add_argument("--threads", type=int, help="CPU threads; all usable cores when absent")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    PERCEPTRON["threads"] = CNN["threads"] = options.threads
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        found = measure(options.prepared or prepared_folder(work), work, options.rounds)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)
    return 0 if found["equal_weights"] else 1


if __name__ == "__main__":
    before = dict(os.environ)
    spin_briefly()
    if os.environ != before:
        # The train stage does this before it imports torch; here all ways get it.
        os.execv(sys.executable, [sys.executable, *sys.argv])
    sys.exit(main())
