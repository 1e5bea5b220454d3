"""What an environment must be, and which checks prove it: both follow from the locked packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bringup.machine.model import Machine

_PACKAGES: Final = {
    "torch": ("torch",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly", "tensorflow-rocm"),
    "jax": ("jax",),
    "keras": ("keras",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
}
"""Framework -> the packages that may bring it."""
_CPU_ONLY: Final = frozenset({"tensorflow-cpu", "onnxruntime"})
"""Who names one of these wants no GPU of it. The stages themselves need the plain onnxruntime."""
_EXPORTER: Final = frozenset({"torch", "onnx", "onnxscript", "onnxruntime", "numpy"})
_KERAS_BACKENDS: Final = ("tensorflow", "torch", "jax")
_JAX_PLUGINS: Final = ("jax-cuda", "jax-rocm")
_MEMORY: Final = {
    # Both take all of a GPU's memory when they start, unless told otherwise.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that run one after the other in one process; groups run side by side.

    A name is ``<framework>.<check>`` and, where it applies, ``:<device>``: ``torch.matmul:cuda:0``.
    """

    names: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    gpus: tuple[str, ...] = ()
    """Names of the GPUs that the framework must see."""
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What an environment must be."""

    packages: Mapping[str, str]
    """Package -> version, as locked."""
    build: str = "cpu"
    gpus: tuple[str, ...] = ()
    """Names of the GPUs that the frameworks must see."""
    devices: tuple[str, ...] = ("cpu",)
    """Devices that torch's build computes on."""
    serving: bool = False
    memory_bytes: int | None = None
    """What programs can have now; None when nobody knows."""
    at_once: int = 2
    """How many groups run side by side."""

    def package_of(self, framework: str) -> str | None:
        """Return the package that brings a framework, None when none is locked."""
        return next((name for name in _PACKAGES[framework] if name in self.packages), None)

    def groups(self) -> list[Group]:
        """Return the checks to run: what others stand on comes first, so that it is named first."""
        if self.serving:
            return [Group(("import", "onnxruntime.serving"))]
        return [
            Group(("import",)),
            *_torch(self),
            *_tensorflow(self),
            *_jax(self),
            *_onnxruntime(self),
            *_keras(self),
            *_together(self),
        ]

    def spec(self, group: Group) -> dict[str, Any]:
        """Return what the process of a group is told."""
        named = {framework: self.package_of(framework) for framework in _PACKAGES}
        return {
            "checks": list(group.names),
            "packages": dict(self.packages),
            "distributions": {name: package for name, package in named.items() if package},
            "build": self.build,
            "gpus": list(group.gpus),
            "memory_bytes": self.memory_bytes,
            "together": list(group.together),
        }


def expected_training(
    machine: Machine, packages: Mapping[str, str], *, build: str, requested: str = "auto"
) -> Expected:
    """Return what the training environment of a lock must be on a machine.

    Args:
        machine: the facts.
        packages: package -> version, as locked.
        build: the build that was locked.
        requested: ``[environment].accelerator``: who asked for ``cpu`` gets no GPU counted.
    """
    gpus: list[str] = []
    if requested != "cpu" and machine.nvidia_driver is not None:
        gpus = [gpu.name for gpu in machine.gpus if gpu.vendor == "nvidia"]
    if build.startswith("rocm"):
        gpus = [gpu.name for gpu in machine.gpus if gpu.vendor == "amd"]
    devices = ["cpu"]
    if build.startswith(("cu", "rocm")):
        devices += [f"cuda:{number}" for number in range(len(gpus))]
    elif build == "mps":
        devices.append("mps")
    return Expected(
        packages,
        build,
        tuple(gpus),
        tuple(devices),
        memory_bytes=machine.value("memory.available_bytes"),
        at_once=machine.cores_usable,
    )


def expected_serving(packages: Mapping[str, str]) -> Expected:
    """Return what the serving environment of a lock must be."""
    return Expected(packages, serving=True)


def _torch(expected: Expected) -> Iterator[Group]:
    if "torch" not in expected.packages:
        return
    # A process for each device: one that a GPU ends leaves the others their results.
    for device in expected.devices:
        work = _on(device, "torch", "allocation", "matmul", "convolution", "backward")
        if device == "cpu":
            half = _on(device, "torch", "bfloat16")
            names = ("torch.import", "torch.build", *work, *half, "torch.workers")
        else:
            names = (*work, *_on(device, "torch", "bfloat16", "float16", "compile"))
        yield Group(names, gpus=expected.gpus)
        if device == "cpu":
            # It takes longer than all the others together.
            yield Group(("torch.compile:cpu",))
    yield Group(("torch.collective:cpu",))
    if sum(device.startswith("cuda") for device in expected.devices) > 1:
        yield Group(("torch.collective:cuda",))


def _tensorflow(expected: Expected) -> Iterator[Group]:
    package = expected.package_of("tensorflow")
    if package is None:
        return
    gpus = () if package in _CPU_ONLY else expected.gpus
    names = ["tensorflow.import", "tensorflow.build"]
    for device in _devices(gpus):
        names += _on(device, "tensorflow", "matmul", "convolution", "gradient", "xla")
    yield Group((*names, "tensorflow.data"), _MEMORY, gpus)


def _jax(expected: Expected) -> Iterator[Group]:
    if "jax" not in expected.packages:
        return
    plugin = any(name.startswith(_JAX_PLUGINS) for name in expected.packages)
    names = ["jax.import", "jax.build"]
    for device in _devices(expected.gpus if plugin else ()):
        names += _on(device, "jax", "matmul", "convolution", "gradient", "jit")
    yield Group(tuple(names), _MEMORY, expected.gpus)


def _keras(expected: Expected) -> Iterator[Group]:
    version = expected.packages.get("keras")
    # Keras 2 is a part of TensorFlow, whose checks prove it.
    if version is None or version.startswith(("1.", "2.")):
        return
    for backend in _KERAS_BACKENDS:
        if expected.package_of(backend) is not None:
            names = _on(backend, "keras", "import", "convolution", "gradient", "saved")
            yield Group(names, {**_MEMORY, "KERAS_BACKEND": backend}, expected.gpus)


def _onnxruntime(expected: Expected) -> Iterator[Group]:
    package = expected.package_of("onnxruntime")
    if package is None:
        return
    gpus = () if package in _CPU_ONLY else expected.gpus
    names = ["onnxruntime.import"]
    for device in _devices(gpus):
        names += _on(device, "onnxruntime", "model")
    if expected.packages.keys() >= _EXPORTER:
        names.append("onnxruntime.export")
    yield Group(tuple(names), gpus=gpus)


def _together(expected: Expected) -> Iterator[Group]:
    names = ("torch", "tensorflow", "jax", "onnxruntime")
    found = tuple(name for name in names if expected.package_of(name) is not None)
    if len({*found} - {"onnxruntime"}) > 1:
        yield Group(("together",), _MEMORY, together=found)


def _devices(gpus: tuple[str, ...]) -> tuple[str, ...]:
    return ("cpu", *(f"cuda:{number}" for number in range(len(gpus))))


def _on(device: str, framework: str, *kinds: str) -> tuple[str, ...]:
    return tuple(f"{framework}.{kind}:{device}" for kind in kinds)
