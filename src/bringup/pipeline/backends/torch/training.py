"""The train stage with PyTorch: resume or start, go through the epochs, leave the model."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch

from bringup.base.events import EventWriter, read_events
from bringup.pipeline.backends.torch import checkpoint, losses, models, record, tensorboard
from bringup.pipeline.backends.torch.determinism import (
    epoch_order,
    random_state,
    restore_random_state,
)
from bringup.pipeline.backends.torch.job import Job, build
from bringup.pipeline.backends.torch.loop import Meter, run_steps, validate
from bringup.pipeline.backends.torch.user_model import faults_of_model
from bringup.pipeline.request import EVENTS_FILE, Request, Result

PROGRESS_EVERY_S: Final = 0.2
_CHECKPOINT_SHARE: Final = 0.01


@dataclass(slots=True)
class Progress:
    """How far the training has come: what a checkpoint holds beside weights and generators."""

    epoch: int = 1
    """The epoch to do or to go on with; one more than there are at the end."""
    step: int = 0
    seconds: float = 0.0
    """Spent in this epoch so far."""
    sums: list[float] | None = None
    """Of ``losses.Totals`` in this epoch so far."""
    history: list[dict[str, Any]] = field(default_factory=list)


def train(request: Request, events: EventWriter) -> Result:
    """Train as ``[train]`` says, from a checkpoint of the same training where there is one.

    Raises:
        BringupError: TRN0xx, a fault in the settings, the model or the data; PRE002, prepare
            left nothing.
    """
    training = Training(build(request, events), request.folder, events)
    resumed_from = training.resume()
    with faults_of_model(training.job.section["model"], request.project_folder):
        training.go_through_epochs()
    return training.finish(resumed_from)


class Training:
    """A job on its way."""

    def __init__(self, job: Job, folder: Path, events: EventWriter) -> None:
        self.job = job
        self.progress = Progress()
        self._folder = folder
        self._events = events
        self._store = checkpoint.Store(
            folder / checkpoint.FOLDER,
            job.identity,
            lambda code, params: events.note(code, **params),
        )
        self._saved_at = self._told_at = self._epoch_started = time.monotonic()
        self._save_cost_s = 0.0

    def resume(self) -> dict[str, int] | None:
        """Go to where the newest checkpoint stands and say where that is, None at the start."""
        state = self._store.newest()
        if state is None:
            return None
        self.job.model.load_state_dict(state["model"])
        self.job.parts.optimizer.load_state_dict(state["optimizer"])
        restore_random_state(state["random"], self.job.setting.device)
        self.progress = Progress(**state["progress"])
        place = {"epoch": self.progress.epoch, "step": self.progress.step}
        self._events.note("TRN022", **place)
        return place

    def go_through_epochs(self) -> None:
        """Train and validate, with an event, a TensorBoard point and a checkpoint per epoch.

        Raises:
            BringupError: TRN030 or TRN031, the loss is no finite number.
        """
        told = _epochs_told(self._folder)
        board = tensorboard.Board(self._folder / tensorboard.FOLDER, self.progress.history)
        if not board.available:
            self._events.note("TRN023")
        self.job.model.train()
        try:
            while self.progress.epoch <= self.job.epochs:
                row = self._validated(*self._one_epoch())
                # An epoch done again after a kill gives the same values: once is enough.
                if told.get(row["epoch"]) != (row["train"], row["validation"]):
                    self._events.emit("epoch", **row)
                board.add(row)
        finally:
            board.close()

    def finish(self, resumed_from: dict[str, int] | None) -> Result:
        """Write the outputs and return the stage's answer."""
        job, history = self.job, self.progress.history
        record.write_outputs(self._folder, job.model, job.section, job.prepared, history)
        return Result(
            stage="train",
            metrics=record.metrics_of(history),
            outputs=record.OUTPUTS,
            details={
                "history": history,
                "model": job.section["model"],
                "parameters": models.parameter_count(job.model),
                "device": str(job.setting.device),
                "threads": job.setting.threads,
                "seed": job.setting.seed,
                "deterministic": job.setting.deterministic,
                "resumed_from": resumed_from,
                "framework": f"torch {torch.__version__}",
                "tensorboard": tensorboard.FOLDER,
            },
        )

    def _one_epoch(self) -> tuple[losses.Totals, float]:
        """Train through the rest of the current epoch; return its sums and seconds."""
        job, progress = self.job, self.progress
        self._epoch_started = time.monotonic() - progress.seconds
        totals = job.totals()
        if progress.sums is not None:
            totals.restore(progress.sums)
        order = epoch_order(job.parts.source.rows, job.setting.seed, progress.epoch)
        order = order.to(job.setting.device)
        batch_size = job.parts.batch_size
        meter = Meter(
            totals,
            job.parts.source.targets,
            order,
            batch_size=batch_size,
            outputs=job.prepared.outputs,
            epoch=progress.epoch,
        )
        run_steps(
            job.parts,
            order.split(batch_size),
            meter,
            partial(self._pause, meter),
            first=progress.step,
            before=(progress.epoch - 1) * job.steps_per_epoch,
        )
        return totals, time.monotonic() - self._epoch_started

    def _validated(self, totals: losses.Totals, seconds: float) -> dict[str, Any]:
        """Close the epoch: validate, note it in the history, write a checkpoint."""
        job, epoch = self.job, self.progress.epoch
        row = {
            "epoch": epoch,
            "seconds": round(seconds, 4),
            "samples_per_s": round(job.parts.source.rows / max(seconds, 1e-9), 1),
            "train": totals.values(),
            "validation": validate(job.model, job.validation, job.totals(), epoch)
            if job.validation is not None
            else {},
        }
        self.progress = Progress(epoch + 1, history=[*self.progress.history, row])
        # Epochs of milliseconds would spend more time on checkpoints than on training.
        since = time.monotonic() - self._saved_at
        if self._save_cost_s <= _CHECKPOINT_SHARE * since or epoch == job.epochs:
            self._save()
        return row

    def _pause(self, meter: Meter, steps_done: int) -> float:
        """Between two steps: show how it goes, write a checkpoint when one is due."""
        totals = meter.count()
        now = time.monotonic()
        every_s = self.job.section["checkpoint_every_s"]
        if now - self._told_at >= PROGRESS_EVERY_S:
            self._tell(totals, now - self._epoch_started)
            self._told_at = now
        if now - self._saved_at >= every_s:
            progress = self.progress
            progress.step, progress.sums = steps_done, totals.state()
            progress.seconds = now - self._epoch_started
            self._save()
        return time.monotonic() + min(PROGRESS_EVERY_S, every_s)

    def _tell(self, totals: losses.Totals, seconds: float) -> None:
        rows = self.job.parts.source.rows
        done = (self.progress.epoch - 1) * rows + totals.rows
        total = self.job.epochs * rows
        rate = totals.rows / max(seconds, 1e-9)
        self._events.emit(
            "progress",
            done=done,
            total=total,
            unit="rows",
            rate=round(rate, 1),
            left_s=round((total - done) / max(rate, 1e-9), 1),
            epoch=self.progress.epoch,
            epochs=self.job.epochs,
            values=totals.values(),
        )

    def _save(self) -> None:
        started = time.monotonic()
        progress = self.progress
        self._store.save(
            {
                "steps_done": (progress.epoch - 1) * self.job.steps_per_epoch + progress.step,
                "model": self.job.model.state_dict(),
                "optimizer": self.job.parts.optimizer.state_dict(),
                "random": random_state(self.job.setting.device),
                "progress": asdict(progress),
            }
        )
        self._saved_at = time.monotonic()
        self._save_cost_s = self._saved_at - started


def _epochs_told(folder: Path) -> dict[int, tuple[Any, Any]]:
    """Return the values of the epochs that an earlier try has told already."""
    return {
        event["epoch"]: (event["train"], event["validation"])
        for event in read_events(folder / EVENTS_FILE)
        if event["kind"] == "epoch" and event["stage"] == "train"
    }
