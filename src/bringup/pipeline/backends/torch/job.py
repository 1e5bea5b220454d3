"""What is to be trained, with everything built: the request made into objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import torch
from torch import nn

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.files import digest_file, digest_value
from bringup.pipeline.backends.torch import data, losses, models, optimizers
from bringup.pipeline.backends.torch.determinism import Setting, set_up
from bringup.pipeline.backends.torch.loop import Parts
from bringup.pipeline.request import Request

_DEFAULT_MODEL: Final = "mlp"
_WITHOUT_INFLUENCE: Final = ("checkpoint_every_s", "script", "args", "outputs")


@dataclass(frozen=True, slots=True)
class Job:
    """A training as it is asked for, before its first step."""

    section: dict[str, Any]
    """``[train]``, with the model filled in."""
    prepared: data.Prepared
    setting: Setting
    model: nn.Module
    parts: Parts
    validation: data.Source | None
    identity: str
    """Digest of all that the weights depend on: a checkpoint of another one is not ours."""

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return int(self.section["epochs"])

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has; its last one may hold fewer rows."""
        return -(-self.parts.source.rows // self.parts.batch_size)

    def totals(self) -> losses.Totals:
        """Return empty sums for a pass over rows."""
        target_std = self.prepared.fitted.target_std or (1.0,)
        return losses.Totals(self.prepared.task, target_std[0])


def build(request: Request, events: EventWriter) -> Job:
    """Seed, load the data, build the model and its optimizer.

    Raises:
        BringupError: TRN0xx, a fault in the settings, the model or the data; PRE002, prepare
            left nothing.
    """
    section = {**request.section("train")}
    section["model"] = section.get("model") or _DEFAULT_MODEL
    prepared = data.Prepared.read(request.upstream("prepare"))
    loss = losses.loss_for(prepared.task, section["loss"])
    setting = set_up(
        request.seed,
        device=section["device"],
        threads=section["threads"] or request.inputs.get("threads"),
        deterministic=section["deterministic"],
    )
    # First of all that draws random numbers, so that the seed alone decides the first weights.
    model = _model(section, prepared, request).to(setting.device)
    in_memory = data.fits(prepared, setting.device)
    if not in_memory:
        events.note("TRN024", size=f"{data.needed_bytes(prepared) / 2**30:.1f} GiB")
    source = data.load(prepared, "train", setting.device, in_memory=in_memory)
    if source is None:
        raise BringupError("TRN014")
    return Job(
        section=section,
        prepared=prepared,
        setting=setting,
        model=model,
        parts=_parts(section, model, loss, source, setting),
        validation=data.load(prepared, "validation", setting.device, in_memory=in_memory),
        identity=_identity(request, section, setting, prepared),
    )


def _model(section: dict[str, Any], prepared: data.Prepared, request: Request) -> nn.Module:
    model = models.build_model(
        section["model"],
        input_shape=prepared.input_shape,
        outputs=prepared.outputs,
        hidden=section["hidden"],
        project_folder=request.project_folder,
    )
    if models.parameter_count(model) == 0:
        raise BringupError("TRN015", model=section["model"])
    return model


def _parts(
    section: dict[str, Any],
    model: nn.Module,
    loss: Callable[..., torch.Tensor],
    source: data.Source,
    setting: Setting,
) -> Parts:
    parameters = [row for row in model.parameters() if row.requires_grad]
    steps = section["epochs"] * -(-source.rows // section["batch_size"])
    rate = partial(optimizers.learning_rate, section["schedule"], section["learning_rate"], steps)
    return Parts(
        model=model,
        loss=loss,
        optimizer=optimizers.build_optimizer(section, parameters, setting.device),
        source=source,
        batch_size=section["batch_size"],
        learning_rate=None if section["schedule"] == "constant" else rate,
    )


def _identity(
    request: Request, section: dict[str, Any], setting: Setting, prepared: data.Prepared
) -> str:
    model_file = request.project_folder / section["model"].partition(":")[0]
    return digest_value(
        {
            "train": {
                name: value for name, value in section.items() if name not in _WITHOUT_INFLUENCE
            },
            "seed": setting.seed,
            "threads": setting.threads,
            "device": str(setting.device),
            "torch": torch.__version__,
            "data": {path.name: digest_file(path) for path in prepared.paths()},
            "model_file": digest_file(model_file) if ":" in section["model"] else None,
        }
    )
