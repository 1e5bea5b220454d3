"""Which checks run follows from what is locked; what must be seen follows from the machine."""

import pytest
from stack_fixtures import make_machine

from bringup.environment.expected import Expected, expected_serving, expected_training

L4 = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}


def names_of(*packages, **fields):
    return [group.names for group in Expected(dict.fromkeys(packages, "3.1"), **fields).groups()]


def flat(*packages, **fields):
    return [name for names in names_of(*packages, **fields) for name in names]


@pytest.mark.parametrize(
    ("facts", "build", "requested", "gpus", "devices"),
    [
        ({}, "cpu", "auto", (), ("cpu",)),
        ({"gpus": [L4]}, "cpu", "auto", (), ("cpu",)),
        ({"gpus": [L4], "driver": "580.65.06"}, "cpu", "auto", ("L4",), ("cpu",)),
        ({"gpus": [L4], "driver": "580.65.06"}, "cpu", "cpu", (), ("cpu",)),
        (
            {"gpus": [L4, L4], "driver": "580.65.06"},
            "cu126",
            "auto",
            ("L4", "L4"),
            ("cpu", "cuda:0", "cuda:1"),
        ),
        ({"gpus": [{"vendor": "amd", "name": "MI300X"}]}, "rocm7.2", "auto", ("MI300X",), None),
        ({"gpus": [{"vendor": "apple", "name": "M3"}]}, "mps", "auto", (), ("cpu", "mps")),
    ],
)
def test_what_the_training_environment_must_be(facts, build, requested, gpus, devices):
    packages = {"torch": "2.13.0"}
    expected = expected_training(make_machine(**facts), packages, build=build, requested=requested)
    assert expected.gpus == gpus
    assert expected.devices == (devices or ("cpu", "cuda:0"))


def test_the_memory_and_the_cores_are_those_of_the_machine():
    machine = make_machine(memory_available_bytes=5, cpu_cores_usable=7)
    expected = expected_training(machine, {}, build="cpu")
    assert (expected.memory_bytes, expected.at_once) == (5, 7)


def test_an_environment_without_frameworks_is_held_against_its_lock():
    assert names_of("numpy") == [("import",)]


def test_torch_does_all_its_work_on_the_cpu():
    work = ("allocation", "matmul", "convolution", "backward", "bfloat16")
    assert names_of("torch") == [
        ("import",),
        ("torch.import", "torch.build", *(f"torch.{kind}:cpu" for kind in work), "torch.workers"),
        ("torch.compile:cpu",),
        ("torch.collective:cpu",),
    ]


def test_every_gpu_has_a_process_of_its_own():
    devices = ("cpu", "cuda:0", "cuda:1")
    groups = names_of("torch", build="cu126", gpus=("L4", "L4"), devices=devices)
    on_gpus = [names for names in groups if names[0].endswith((":cuda:0", ":cuda:1"))]
    assert [{name.partition(":")[2] for name in names} for names in on_gpus] == [
        {"cuda:0"},
        {"cuda:1"},
    ]
    assert "torch.float16:cuda:0" in on_gpus[0]
    assert "torch.compile:cuda:1" in on_gpus[1]
    assert groups[-1] == ("torch.collective:cuda",)
    one = flat("torch", build="cu126", gpus=("L4",), devices=("cpu", "cuda:0"))
    assert "torch.collective:cuda" not in one


@pytest.mark.parametrize(
    ("package", "gpus", "devices"),
    [
        ("tensorflow", ("L4",), {"cpu", "cuda:0"}),
        ("tensorflow", (), {"cpu"}),
        ("tensorflow-cpu", ("L4",), {"cpu"}),
    ],
)
def test_who_names_a_cpu_build_of_tensorflow_wants_no_gpu(package, gpus, devices):
    expected = Expected({package: "2.21.0"}, gpus=gpus)
    (group,) = expected.groups()[1:]
    found = {name.partition(":")[2] for name in group.names if ":" in name}
    assert found == devices
    assert group.gpus == (gpus if package == "tensorflow" else ())
    assert expected.spec(group)["distributions"] == {"tensorflow": package}


def test_jax_computes_on_the_gpu_with_its_plugin_and_is_told_of_the_gpu_anyway():
    plain = Expected({"jax": "0.10.2"}, gpus=("L4",)).groups()[1]
    assert "jax.matmul:cuda:0" not in plain.names
    assert plain.gpus == ("L4",)
    with_plugin = {"jax": "0.10.2", "jax-cuda13-plugin": "0.10.2"}
    assert "jax.matmul:cuda:0" in Expected(with_plugin, gpus=("L4",)).groups()[1].names


def test_keras_runs_on_each_backend_that_is_locked_in_a_process_of_its_own():
    packages = {"keras": "3.15.1", "torch": "2", "tensorflow-cpu": "2", "jax": "0"}
    groups = [group for group in Expected(packages).groups() if "KERAS_BACKEND" in group.environ]
    backends = [group.environ["KERAS_BACKEND"] for group in groups]
    assert backends == ["tensorflow", "torch", "jax"]
    for group, backend in zip(groups, backends, strict=True):
        assert all(name.endswith(f":{backend}") for name in group.names)
    assert not any(name.startswith("keras") for name in flat("keras"))


def test_keras_2_is_a_part_of_tensorflow():
    names = {
        name
        for group in Expected({"keras": "2.15.0", "tensorflow": "2.15.1"}).groups()
        for name in group.names
    }
    assert not any(name.startswith("keras") for name in names)
    assert "tensorflow.gradient:cpu" in names


def test_the_exporter_is_checked_where_all_that_it_stands_on_is_locked():
    assert "onnxruntime.export" not in flat("torch", "onnxruntime", "numpy")
    assert "onnxruntime.export" in flat("torch", "onnx", "onnxscript", "onnxruntime", "numpy")
    assert "onnxruntime.model:cuda:0" in flat("onnxruntime-gpu", gpus=("L4",))


def test_several_frameworks_are_tried_in_one_process():
    assert "together" not in flat("torch", "onnxruntime")
    expected = Expected(dict.fromkeys(("torch", "jax", "onnxruntime"), "1"))
    (group,) = [group for group in expected.groups() if group.names == ("together",)]
    assert expected.spec(group)["together"] == ["torch", "jax", "onnxruntime"]


def test_the_serving_environment():
    assert [group.names for group in expected_serving({"onnxruntime": "1"}).groups()] == [
        ("import", "onnxruntime.serving")
    ]
