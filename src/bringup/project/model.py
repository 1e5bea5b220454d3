"""What is wanted: ``bringup.toml`` as a value. The field texts are the schema's documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
TARGET_FORM: Final = (
    r"^(auto|(cpu|cu\d{2,3}|rocm[\d.]+|xpu|mps)"
    r"(@((linux-(x86_64|aarch64|arm64)(-musl)?|macos-(arm64|aarch64|x86_64)"
    r"|windows-(x86_64|amd64|arm64|aarch64))(-py3\.\d+)?|py3\.\d+))?)$"
)
"""What a lock can be for: ``BUILD[@PLATFORM][-pyX.Y]``, or ``auto`` for the machine at hand."""
IMAGE_FORM: Final = r"^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$"
"""A container image by its digest; a name alone may be another image tomorrow."""
Target = Annotated[str, Field(pattern=TARGET_FORM)]
Gates = dict[str, str]
"""Metric name -> condition, for example ``accuracy = ">= 0.983"``."""


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values do not change.

    Strict: a string with a number in it is a mistake, an integer where a float may stand is not.
    ``examples`` of a field show its form where the pattern alone would not help a person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ProjectSection(Section):
    """``[project]``: who this is."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        examples=["mnist", "house-prices", "my_model.2"],
        description="Name of the project and of the served model.",
    )
    version: str = Field("1", description="Version of the served model.")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of everything random.")
    description: str = Field("", description="One line for the report.")


class EnvironmentSection(Section):
    """``[environment]``: what must be installed."""

    python: str = Field(
        ">=3.11",
        examples=[">=3.11", "==3.12.*", ">=3.11,<3.14"],
        description="Version specifier for the Python of the environment.",
    )
    requirements: list[str] = Field(
        default_factory=list,
        examples=[["scikit-learn>=1.5", "torch==2.13.0"]],
        description="Requirements (PEP 508) beside those that the stages need. "
        "A framework pinned here stays pinned.",
    )
    requirements_file: str | None = Field(
        None,
        examples=["requirements.txt"],
        description="A requirements file in the project to read as well.",
    )
    accelerator: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cu\d{2,3}|rocm[\d.]+|xpu|mps)$",
        examples=["auto", "cpu", "cu126", "rocm6.4", "xpu", "mps"],
        description="Which build of the framework to take: auto chooses by the machine's facts.",
    )
    targets: list[Target] = Field(
        default_factory=list,
        examples=[["cpu", "cu126"], ["cpu", "cu130@linux-aarch64", "cpu@linux-x86_64-py3.12"]],
        description="What to lock for, all at once: builds, each with a platform and a Python "
        "where they are others than this machine's. The machine at hand when empty.",
    )
    base_image: str | None = Field(
        None,
        pattern=IMAGE_FORM,
        examples=["python@sha256:" + "0123456789abcdef" * 4],
        description="The container image that the environment stands on, by its digest; "
        "it is written into bringup.lock.",
    )


class DataSection(Section):
    """``[data]``: what to learn from. ``dataset`` (named) or ``path`` (a CSV file), not both."""

    dataset: str | None = Field(
        None, examples=["mnist", "diabetes"], description="A named data set."
    )
    path: str | None = Field(
        None,
        examples=["data/houses.csv"],
        description="A CSV file in the project, with a header line. Needs target.",
    )
    target: str | None = Field(None, description="The CSV column to predict.")
    features: list[str] | None = Field(
        None,
        min_length=1,
        description="The CSV columns to learn from; all but the target when absent.",
    )


class PrepareSection(Section):
    """``[prepare]``: from raw data to splits, fitted on the training split only."""

    validation: Fraction = Field(
        0.1, description="Share of the training rows held out for validation."
    )
    test: Fraction = Field(
        0.2,
        description="Share of all rows held out for the test, "
        "where the data set names no test split.",
    )
    standardise: bool = Field(
        True,
        description="Subtract the mean and divide by the standard deviation of the training split.",
    )
    drop_missing: bool = Field(
        False,
        description="Drop rows with missing values instead of filling in "
        "the training split's median.",
    )


class TrainSection(Section):
    """``[train]``: the model and how it learns, or ``script``: the user's own training script."""

    model: str | None = Field(
        None,
        pattern=r"^(mlp|cnn|[^:]+\.py:[A-Za-z_]\w*)$",
        examples=["mlp", "cnn", "model.py:Net"],
        description="A named model (mlp, cnn) or a class of your own.",
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
        description="Seconds between checkpoints inside an epoch; "
        "one is written at the end of each epoch anyway.",
    )
    threads: int | None = Field(
        None, ge=1, description="CPU threads; all usable cores when absent."
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda|mps|xpu)(:\d+)?$",
        examples=["auto", "cpu", "cuda", "cuda:1", "mps", "xpu"],
        description="Where to train.",
    )
    deterministic: bool = Field(
        True, description="Only algorithms that give the same bits each time."
    )
    script: str | None = Field(
        None,
        examples=["train.py"],
        description="A training script of your own, launched unchanged and watched.",
    )
    args: list[str] = Field(default_factory=list, description="Arguments of the script.")
    outputs: list[str] = Field(
        default_factory=list,
        examples=[["model.pt"]],
        description="Files that the script leaves, recorded as evidence. "
        "The stage fails when one is missing.",
    )


class EvaluateSection(Section):
    """``[evaluate]``: the test split, metrics with confidence intervals, gates."""

    bootstrap: int = Field(
        1000, ge=0, description="Bootstrap resamples for the confidence intervals; 0 for none."
    )
    confidence: float = Field(0.95, gt=0, lt=1, description="Confidence level of the intervals.")
    gates: Gates = Field(
        default_factory=dict,
        examples=[{"accuracy": ">= 0.983"}],
        description="Metric -> condition that it must meet, else the stage fails.",
    )


class ExportSection(Section):
    """``[export]``: ONNX with the preprocessing inside, and parity."""

    parity_rows: int = Field(
        1000,
        ge=1,
        le=10_000,
        description="Held-out rows that go through every form of the model.",
    )
    opset: int | None = Field(
        None, ge=17, description="ONNX opset; the exporter's own when absent."
    )
    gates: Gates = Field(
        default_factory=lambda: {"max_difference": "<= 1e-4", "equal_labels": ">= 0.999"},
        examples=[{"max_difference": "<= 1e-4", "equal_labels": ">= 0.999"}],
        description="Conditions on parity: max_difference and, for classification, equal_labels.",
    )


class ServeSection(Section):
    """``[serve]``: the bundle on a port."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port; 0 takes a free one.")
    max_batch_rows: int = Field(1024, ge=1, description="Rows that one request may hold.")


class IgnoredRule(Section):
    """A finding that the project lives with."""

    code: str = Field(
        pattern=r"^[A-Z]{2,4}\d{0,3}$",
        examples=["SYS011", "NET"],
        description="Code of a rule, or the beginning of several.",
    )
    reason: str = Field(
        min_length=3,
        examples=["the loader here uses 4 workers"],
        description="Why the project lives with it.",
    )


class DoctorSection(Section):
    """``[doctor]``: which findings the project lives with."""

    ignore: list[IgnoredRule] = Field(
        default_factory=list,
        examples=[[{"code": "SYS011", "reason": "the loader here uses 4 workers"}]],
        description="Findings that are not counted, each with the reason.",
    )


class Project(Section):
    """A project: the sections of ``bringup.toml``. ``[data]`` absent means that a script trains."""

    project: ProjectSection = Field(description="Who this is.")
    environment: EnvironmentSection = Field(
        default_factory=EnvironmentSection, description="What must be installed."
    )
    data: DataSection | None = Field(
        None,
        description="What to learn from: dataset (named) or path (a CSV file), not both. "
        "Absent when a script of your own trains.",
    )
    prepare: PrepareSection = Field(
        default_factory=PrepareSection,
        description="From raw data to splits, fitted on the training split only.",
    )
    train: TrainSection = Field(
        default_factory=TrainSection,
        description="The model and how it learns, or script: a training script of your own.",
    )
    evaluate: EvaluateSection = Field(
        default_factory=EvaluateSection,
        description="The test split, metrics with confidence intervals, gates.",
    )
    export: ExportSection = Field(
        default_factory=ExportSection,
        description="ONNX with the preprocessing inside, and parity of all forms of the model.",
    )
    serve: ServeSection = Field(default_factory=ServeSection, description="The bundle on a port.")
    doctor: DoctorSection = Field(
        default_factory=DoctorSection,
        description="Which findings of `bringup doctor` the project lives with.",
    )


class LoadedProject(BaseModel):
    """A project and the folder that holds it."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    config: Project

    @property
    def state_folder(self) -> Path:
        """Where bringup keeps what it knows of this project."""
        return self.folder / ".bringup"
