"""What was seen on a machine's GPUs is kept, read, and holds where it was seen."""

from dataclasses import replace

import pytest
from stack_fixtures import make_machine

from bringup.environment.expected import expected_training
from bringup.environment.observations import (
    Observation,
    keep_observations,
    observations_path,
    observe,
    read_observations,
)
from bringup.environment.verify import Check

V100 = {"vendor": "nvidia", "name": "V100", "compute_capability": "7.0"}
L4 = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}
NO_KERNEL = "AcceleratorError: CUDA error: no kernel image is available for execution on the device"
SEEN = Observation(
    "torch", "2.11.0", "cu128", "V100", "7.0", "580.65.06", False, NO_KERNEL, "2026-11-24T10:00:00Z"
)


def checks_on(*outcomes, imported="ok"):
    """Return what a torch environment said: for each GPU a detail, "" when all went well."""
    rows = [Check("import", "ok", 0.1, ""), Check("torch.import", imported, 0.1, "")]
    for number, detail in enumerate(outcomes):
        status = "failed" if detail else "ok"
        names = [f"torch.{kind}:cuda:{number}" for kind in ("matmul", "convolution", "backward")]
        rows += [Check(name, status, 0.1, detail) for name in names]
    return rows


def seen_on(gpus, checks):
    machine = make_machine(gpus=gpus, driver="580.65.06")
    expected = expected_training(machine, {"torch": "2.11.0+cu128"}, build="cu128")
    return observe(machine, expected, checks)


def test_each_gpu_has_an_observation_of_its_own():
    first, second = seen_on([V100, L4], checks_on(NO_KERNEL, ""))
    assert (first.device, first.capability, first.works) == ("V100", "7.0", False)
    assert first.detail == f"torch.matmul:cuda:0: {NO_KERNEL}"
    assert (second.device, second.works) == ("L4", True)
    assert (second.version, second.build, second.driver) == ("2.11.0", "cu128", "580.65.06")


def test_of_several_gpus_of_a_kind_one_that_works_shows_that_the_build_does():
    (row,) = seen_on([V100, V100, V100], checks_on(NO_KERNEL, "", NO_KERNEL))
    assert row.works


@pytest.mark.parametrize(
    "detail",
    [
        "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "not run: torch.allocation:cuda:0 ended the process",
        "no end within 300 s",
        "the process was ended by SIGKILL",
        "RuntimeError: Found no NVIDIA driver on your system. Please check that you have one",
    ],
)
def test_what_lies_at_the_moment_or_the_machine_says_nothing_of_the_build(detail):
    assert seen_on([V100], checks_on(detail)) == ()


def test_a_skipped_check_proves_nothing():
    rows = [*checks_on(""), Check("torch.gradient:cuda:0", "skipped", 0.0, "")]
    assert seen_on([V100], rows) == ()


def test_a_framework_that_does_not_import_says_nothing_of_gpus():
    assert seen_on([V100], checks_on(NO_KERNEL, imported="failed")) == ()
    assert observe(make_machine(), expected_training(make_machine(), {}, build="cpu"), []) == ()


def test_observations_are_kept_and_a_newer_one_replaces_its_like(tmp_path):
    assert read_observations(tmp_path) == ()
    keep_observations(tmp_path, [])
    assert not observations_path(tmp_path).exists()
    keep_observations(tmp_path, [SEEN])
    other = replace(SEEN, build="cu126", works=True)
    keep_observations(tmp_path, [other])
    newer = replace(SEEN, works=True, detail="fine", seen_at="2026-11-25T10:00:00Z")
    keep_observations(tmp_path, [newer])
    assert set(read_observations(tmp_path)) == {newer, other}


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 9}', '{"schema_version": 1}'])
def test_a_file_of_another_form_counts_as_none(tmp_path, text):
    observations_path(tmp_path).write_text(text)
    assert read_observations(tmp_path) == ()


def test_an_observation_holds_where_device_and_driver_are_the_same():
    assert SEEN.holds_on(make_machine(gpus=[L4, V100], driver="580.65.06"))
    assert not SEEN.holds_on(make_machine(gpus=[V100], driver="590.1"))
    assert not SEEN.holds_on(make_machine(gpus=[L4], driver="580.65.06"))
