"""Models by name (mlp, cnn) or from the user's own file (``model.py:Net``)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from bringup.base.errors import BringupError
from bringup.base.files import atomic_file, read_json, write_json
from bringup.pipeline.backends.torch.preprocess import standardised_shape
from bringup.pipeline.backends.torch.user_model import build_user_model

WEIGHTS_FILE: Final = "model.safetensors"
MODEL_FILE: Final = "model.json"


def mlp(input_shape: tuple[int, ...], outputs: int, hidden: Sequence[int]) -> nn.Module:
    """Build a multilayer perceptron: the row as one vector, linear layers, ReLU between them."""
    sizes = [math.prod(input_shape), *hidden]
    layers: list[nn.Module] = [nn.Flatten()]
    for size_in, size_out in pairwise(sizes):
        layers += [nn.Linear(size_in, size_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


def cnn(input_shape: tuple[int, ...], outputs: int, hidden: Sequence[int]) -> nn.Module:
    """Build a small convolutional network for images: 16 and 32 channels, then 64 units.

    Raises:
        BringupError: TRN009, the rows are no images of at least 4 x 4 pixels.
    """
    if len(input_shape) != 3 or min(input_shape[1:]) < 4:
        raise BringupError("TRN009", shape=list(input_shape))
    channels, height, width = input_shape
    # Pooling before ReLU gives the same values as after it, on a quarter of the numbers.
    network = nn.Sequential(
        nn.Conv2d(channels, 16, kernel_size=3, padding=1),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(16, 32, kernel_size=3, padding=1),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * (height // 4) * (width // 4), 64),
        nn.ReLU(),
        nn.Linear(64, outputs),
    )
    # Channels last halves the time of a step on CPUs.
    return network.to(memory_format=torch.channels_last)


NAMED: Final[dict[str, Callable[[tuple[int, ...], int, Sequence[int]], nn.Module]]] = {
    "cnn": cnn,
    "mlp": mlp,
}
"""Name in ``[train].model`` -> its builder."""


def build_model(
    spec: str,
    *,
    input_shape: Sequence[int],
    outputs: int,
    hidden: Sequence[int],
    project_folder: Path,
) -> nn.Module:
    """Build a model that takes standardised rows [N, ...] and gives [N, outputs].

    Args:
        spec: ``mlp``, ``cnn`` or ``file.py:Class``.
        input_shape: of a raw row, as in ``prepared.json``: (28, 28) or (10,).
        outputs: number of classes, or 1 for a regression.
        hidden: sizes of the hidden layers of mlp.
        project_folder: where ``file.py`` is looked up.

    Raises:
        BringupError: TRN001, no such name; TRN002 to TRN008, a fault in the user's file;
            TRN009, cnn on something that is no image.
    """
    shape = standardised_shape(tuple(input_shape))
    if ":" in spec:
        return build_user_model(spec, shape, outputs, project_folder)
    if spec not in NAMED:
        raise BringupError("TRN001", model=spec, known=", ".join(sorted(NAMED)))
    return NAMED[spec](shape, outputs, hidden)


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers are learned."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def save_trained(folder: Path, model: nn.Module, description: dict[str, Any]) -> None:
    """Write ``model.safetensors`` and ``model.json``; ``load_trained`` reads them."""
    with atomic_file(folder / WEIGHTS_FILE) as file:
        file.write(save(_plain_state(model)))
    write_json(
        folder / MODEL_FILE,
        {"schema_version": 1, "backend": "torch", **description},
    )


def load_trained(train_folder: Path, project_folder: Path) -> nn.Module:
    """Rebuild the trained model from what ``save_trained`` wrote, on the CPU, ready to answer.

    Raises:
        BringupError: FIL004, the folder holds no model; TRN0xx as for ``build_model``;
            TRN010, the weights do not fit the model (its file changed since).
    """
    description = read_json(train_folder / MODEL_FILE)
    model = build_model(
        description["model"],
        input_shape=description["input_shape"],
        outputs=description["outputs"],
        hidden=description["hidden"],
        project_folder=project_folder,
    )
    try:
        model.load_state_dict(load_file(train_folder / WEIGHTS_FILE))
    except RuntimeError as error:
        raise BringupError("TRN010", model=description["model"], reason=error) from error
    return model.eval()


def _plain_state(model: nn.Module) -> dict[str, Tensor]:
    # Copies: safetensors refuses tensors that share memory, as tied weights do.
    return {
        name: tensor.detach().to("cpu", copy=True).contiguous()
        for name, tensor in model.state_dict().items()
    }
