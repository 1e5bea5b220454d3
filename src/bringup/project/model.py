"""What is wanted: ``bringup.toml`` as a value. The field texts are the schema's documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
Gates = dict[str, str]
"""Metric name -> condition, for example ``accuracy = ">= 0.983"``."""


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProjectSection(Section):
    """``[project]``: who this is."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Name of the project and of the served model.",
    )
    version: str = Field("1", description="Version of the served model.")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of everything random.")
    description: str = Field("", description="One line for the report.")


class EnvironmentSection(Section):
    """``[environment]``: what must be installed."""

    python: str = Field(
        ">=3.11", description="Version specifier for the Python of the environment."
    )
    requirements: list[str] = Field(
        default_factory=list,
        description="Requirements (PEP 508) beside those that the stages need. A framework pinned here stays pinned.",
    )
    requirements_file: str | None = Field(None, description="A requirements.txt to read as well.")
    accelerator: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cu\d{2,3}|rocm[\d.]+|xpu|mps)$",
        description="auto: by the machine's facts; else the build to take: cpu, cu126, rocm6.4, ...",
    )


class DataSection(Section):
    """``[data]``: what to learn from. ``dataset`` (named) or ``path`` (a CSV file), not both."""

    dataset: str | None = Field(None, description="A named data set, for example mnist.")
    path: str | None = Field(None, description="A CSV file in the project, with a header line.")
    target: str | None = Field(None, description="The CSV column to predict.")
    features: list[str] | None = Field(
        None, description="The CSV columns to learn from; all others but the target when absent."
    )


class PrepareSection(Section):
    """``[prepare]``: from raw data to splits, fitted on the training split only."""

    validation: Fraction = Field(
        0.1, description="Share of the training rows held out for validation."
    )
    test: Fraction = Field(
        0.2,
        description="Share of all rows held out for the test, where the data set names no test split.",
    )
    standardise: bool = Field(
        True,
        description="Subtract the mean and divide by the standard deviation of the training split.",
    )
    drop_missing: bool = Field(
        False,
        description="Drop rows with missing values instead of filling in the training split's median.",
    )


class TrainSection(Section):
    """``[train]``: the model and how it learns, or ``script``: the user's own training script."""

    model: str | None = Field(
        None, description='A named model (mlp, cnn) or a class of your own, "model.py:Net".'
    )
    hidden: list[Annotated[int, Field(ge=1)]] = Field(
        default_factory=lambda: [128], description="Sizes of the hidden layers of mlp."
    )
    task: Literal["classification", "regression"] = Field(
        "classification", description="What the model predicts."
    )
    loss: Literal["cross_entropy", "mse"] | None = Field(
        None,
        description="Loss; cross_entropy for classification and mse for regression when absent.",
    )
    epochs: int = Field(10, ge=1, description="Passes over the training split.")
    batch_size: int = Field(128, ge=1, description="Rows per step.")
    optimizer: Literal["sgd", "adam", "adamw"] = Field("sgd", description="The optimizer.")
    learning_rate: float = Field(
        0.01, gt=0, description="The learning rate; the highest one of a schedule."
    )
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum of sgd.")
    weight_decay: float = Field(0.0, ge=0, description="Weight decay.")
    schedule: Literal["constant", "cosine", "onecycle"] = Field(
        "constant", description="How the learning rate moves."
    )
    checkpoint_every_s: float = Field(
        10.0,
        gt=0,
        description="Seconds between checkpoints inside an epoch; one is written at the end of each epoch anyway.",
    )
    threads: int | None = Field(
        None, ge=1, description="CPU threads; all usable cores when absent."
    )
    device: str = Field(
        "auto", pattern=r"^(auto|cpu|cuda|mps|xpu)(:\d+)?$", description="Where to train."
    )
    deterministic: bool = Field(
        True, description="Only algorithms that give the same bits each time."
    )
    script: str | None = Field(
        None, description="A training script of your own, launched unchanged and watched."
    )
    args: list[str] = Field(default_factory=list, description="Arguments of the script.")
    outputs: list[str] = Field(
        default_factory=list,
        description="Files that the script leaves, recorded as evidence. It fails when one is missing.",
    )


class EvaluateSection(Section):
    """``[evaluate]``: the test split, metrics with confidence intervals, gates."""

    bootstrap: int = Field(
        1000, ge=0, description="Bootstrap resamples for the confidence intervals; 0 for none."
    )
    confidence: float = Field(0.95, gt=0, lt=1, description="Confidence level of the intervals.")
    gates: Gates = Field(
        default_factory=dict,
        description='Conditions on metrics, for example accuracy = ">= 0.983".',
    )


class ExportSection(Section):
    """``[export]``: ONNX with the preprocessing inside, and parity."""

    parity_rows: int = Field(
        1000, ge=1, description="Held-out rows that go through every form of the model."
    )
    opset: int | None = Field(
        None, ge=17, description="ONNX opset; the exporter's own when absent."
    )
    gates: Gates = Field(
        default_factory=lambda: {"max_difference": "<= 1e-4", "equal_labels": ">= 0.999"},
        description="Conditions on parity: max_difference and, for classification, equal_labels.",
    )


class ServeSection(Section):
    """``[serve]``: the bundle on a port."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port; 0 takes a free one.")
    max_batch_rows: int = Field(1024, ge=1, description="Rows that one request may hold.")


class Project(Section):
    """A project: the sections of ``bringup.toml``. ``[data]`` absent means that a script trains."""

    project: ProjectSection
    environment: EnvironmentSection = Field(default_factory=EnvironmentSection)
    data: DataSection | None = None
    prepare: PrepareSection = Field(default_factory=PrepareSection)
    train: TrainSection = Field(default_factory=TrainSection)
    evaluate: EvaluateSection = Field(default_factory=EvaluateSection)
    export: ExportSection = Field(default_factory=ExportSection)
    serve: ServeSection = Field(default_factory=ServeSection)


class LoadedProject(BaseModel):
    """A project and the folder that holds it."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    config: Project

    @property
    def state_folder(self) -> Path:
        """Where bringup keeps what it knows of this project."""
        return self.folder / ".bringup"
