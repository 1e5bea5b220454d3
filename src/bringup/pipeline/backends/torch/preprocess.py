"""What stands before and after the model, as modules: the same in training, tests and export."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from bringup.pipeline.preprocessing import Preprocessing


def standardised_shape(input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a row that the model is fed, from the shape of a raw row.

    (28, 28) -> (1, 28, 28); (32, 32, 3) -> (3, 32, 32); (10,) stays.
    """
    if len(input_shape) == 2:
        return (1, *input_shape)
    if len(input_shape) == 3:
        height, width, channels = input_shape
        return (channels, height, width)
    return tuple(input_shape)


class Preprocess(nn.Module):
    """Raw rows -> standardised float32 rows: ``(fill(x) - mean) / std``.

    uint8 [N, H, W] becomes float32 [N, 1, H, W]; uint8 [N, H, W, C] becomes [N, C, H, W];
    float32 [N, F] stays [N, F], with NaN replaced by the training split's median.
    """

    mean: Tensor
    std: Tensor
    fill: Tensor

    def __init__(self, fitted: Preprocessing) -> None:
        super().__init__()
        self._dimensions = len(fitted.input_shape)
        self._fills = fitted.fill is not None
        self.register_buffer("mean", torch.tensor(fitted.mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(fitted.std, dtype=torch.float32))
        self.register_buffer("fill", torch.tensor(fitted.fill or (), dtype=torch.float32))

    def forward(self, raw: Tensor) -> Tensor:
        """Standardise raw rows."""
        values = raw.to(torch.float32)
        if self._fills:
            values = torch.where(torch.isnan(values), self.fill, values)
        values = (values - self.mean) / self.std
        if self._dimensions == 2:
            return values.unsqueeze(1)
        if self._dimensions == 3:
            return values.permute(0, 3, 1, 2)
        return values


class Postprocess(nn.Module):
    """The model's outputs -> what people get.

    Classification: logits [N, C] -> (probabilities float32 [N, C], label int64 [N]).
    Regression: [N, 1] in units of the target's standard deviation -> prediction [N, 1].
    """

    target_mean: Tensor
    target_std: Tensor

    def __init__(self, task: str, fitted: Preprocessing) -> None:
        super().__init__()
        self._task = task
        self.register_buffer("target_mean", torch.tensor(fitted.target_mean or (0.0,)))
        self.register_buffer("target_std", torch.tensor(fitted.target_std or (1.0,)))

    def forward(self, outputs: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Map the model's outputs."""
        if self._task == "regression":
            return outputs * self.target_std + self.target_mean
        probabilities = torch.softmax(outputs, dim=1)
        return probabilities, probabilities.argmax(dim=1)

    def standardise(self, targets: Tensor) -> Tensor:
        """Return targets as the loss wants them: regression targets in standard deviations."""
        if self._task == "regression":
            return (targets - self.target_mean) / self.target_std
        return targets


class FullGraph(nn.Module):
    """Preprocess -> model -> Postprocess: what is exported and served."""

    def __init__(self, model: nn.Module, task: str, fitted: Preprocessing) -> None:
        super().__init__()
        self.preprocess = Preprocess(fitted)
        self.model = model
        self.postprocess = Postprocess(task, fitted)

    def forward(self, raw: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Answer raw rows."""
        return cast(
            "Tensor | tuple[Tensor, Tensor]", self.postprocess(self.model(self.preprocess(raw)))
        )
