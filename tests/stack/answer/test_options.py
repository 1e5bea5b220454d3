import pytest
from asking import alpine, codes, gpu, mac, machine, place, question, release, windows, with_gpus

from bringup.stack.answer.options import (
    allowed,
    has_builds,
    is_default,
    judged,
    rows_of,
    unknown_extras,
)

L4 = gpu("8.9", "L4")
RTX = {"gpu": "RTX 4080", "compute_capability": "8.9", "driver": "581.29"}


def judge(target, package, version, *extras, **options):
    asked = options.pop("asked", True)
    wish = question(target, package, **options)
    return judged(release(package, version), frozenset(extras), wish, place(target), asked=asked)


def names(found):
    return [option.build and option.build.build for option in found.options]


@pytest.mark.parametrize(
    ("target", "package", "version", "options", "expected"),
    [
        # A machine without a GPU computes on the CPU; one with a GPU on it.
        (machine(), "torch", "2.8.0", {}, ["cpu"]),
        (L4, "torch", "2.8.0", {}, ["cu128", "cu129", "cu126"]),
        (L4, "torch", "2.8.0", {"build": "cpu"}, ["cpu"]),
        (L4, "torch", "2.8.0", {"build": "cu126"}, ["cu126"]),
        (machine(), "torch", "2.8.0", {"build": "cu126"}, ["cu126"]),
        (L4, "jax", "0.8.0", {}, ["cuda13", "cuda12"]),
        (L4, "jax", "0.8.0", {"build": "cu126"}, ["cuda12"]),
        (L4, "tensorflow", "2.18.0", {}, ["cu125"]),
        (L4, "onnxruntime-gpu", "1.20.0", {}, ["cu12"]),
        (machine(), "onnxruntime-gpu", "1.20.0", {}, ["cu12"]),
        (machine(), "tensorflow", "2.18.0", {}, ["cpu"]),
        (L4, "numpy", "2.0.0", {}, [None]),
        # What a plain install from the default index gives.
        (machine(), "torch", "2.8.0", {"default_index": True}, ["cu128"]),
        (windows(), "torch", "2.8.0", {"default_index": True}, ["cpu"]),
        (windows(**RTX), "torch", "2.8.0", {"default_index": True}, ["cpu"]),
        (mac(), "torch", "2.8.0", {"default_index": True}, ["cpu"]),
        (machine(arch="aarch64"), "torch", "2.8.0", {"default_index": True}, ["cpu"]),
        (machine(arch="aarch64"), "torch", "2.11.0", {"default_index": True}, ["cu130"]),
        # Apple's GPU is used by the plain build.
        (mac(gpu="Apple M3"), "torch", "2.8.0", {}, ["cpu"]),
    ],
)
def test_builds_the_best_first(target, package, version, options, expected):
    assert names(judge(target, package, version, **options)) == expected


def test_amd_gets_builds_for_amd():
    found = names(judge(machine(gpu="MI300X"), "torch", "2.14.1"))
    assert found
    assert all(name.startswith("rocm") for name in found)


@pytest.mark.parametrize(
    ("version", "extras", "expected"),
    [
        ("0.8.0", ("cuda12",), ["cuda12"]),
        ("0.8.0", ("cuda13",), ["cuda13"]),
        ("0.8.0", ("cuda",), ["cuda12"]),
        ("0.8.0", ("cuda12-local",), ["cuda12"]),
        ("0.8.0", ("cuda12_local",), ["cuda12"]),
        ("0.8.0", ("cuda13-local",), ["cuda13"]),
        ("0.4.30", ("cuda12-pip",), ["cuda12"]),
        ("0.8.0", ("cpu",), ["cpu"]),
        ("0.8.0", ("tpu",), ["cpu"]),
        ("0.8.0", ("cpu", "cuda13"), ["cuda13"]),
    ],
)
def test_an_extra_of_jax_chooses_the_build(version, extras, expected):
    assert names(judge(L4, "jax", version, *extras)) == expected


def test_an_extra_of_tensorflow_chooses_the_gpu_even_without_one():
    assert names(judge(machine(), "tensorflow", "2.18.0", "and-cuda")) == ["cu125"]
    assert names(judge(machine(), "tensorflow", "2.18.0")) == ["cpu"]


@pytest.mark.parametrize(
    ("package", "version", "extra"),
    [
        ("jax", "0.6.0", "cuda13"),
        ("jax", "0.4.30", "cuda11"),
        ("torch", "2.8.0", "cuda12"),
        ("tensorflow", "2.13.0", "and-cuda"),
    ],
)
def test_an_extra_that_would_bring_the_gpu_and_is_not_there(package, version, extra):
    target = gpu("8.9", python="3.11")
    assert codes(judge(target, package, version, extra).reasons) == ["extra_not_available"]


def test_extras_that_the_tables_do_not_keep_are_named():
    assert unknown_extras(release("jax", "0.8.0"), ["cuda12_local", "cpu"]) == []
    assert unknown_extras(release("jax", "0.8.0"), ["cuda12", "nope"]) == ["nope"]
    assert judge(L4, "transformers", "4.55.0", "vision").reasons == ()


@pytest.mark.parametrize(
    ("target", "package", "version", "options", "expected"),
    [
        (L4, "torch", "2.8.0", {"build": "cu118"}, ["no_such_build"]),
        (L4, "torch", "2.8.0", {"build": "cu999"}, ["no_such_build"]),
        (mac(), "torch", "2.8.0", {"build": "cu126"}, ["no_such_build", "os_gpu_unsupported"]),
        (gpu("9.0", arch="aarch64"), "tensorflow", "2.18.0", {}, ["no_such_build"]),
        (gpu("7.0"), "torch", "2.15.0", {}, ["arch_dropped"]),
        (gpu("8.9", driver="470.1"), "torch", "2.15.0", {}, ["driver_too_old"]),
        (alpine(**RTX), "torch", "2.8.0", {}, ["no_wheel_for_platform"]),
    ],
)
def test_why_there_is_no_build(target, package, version, options, expected):
    found = judge(target, package, version, **options)
    assert (found.options, codes(found.reasons)) == ((), expected)


def test_the_reason_is_what_all_builds_have_in_common():
    # That cu128 has no code for Volta as well is not told: no build runs with this driver.
    found = judge(gpu("7.0", driver="470.1"), "torch", "2.11.0")
    assert codes(found.reasons) == ["driver_too_old"]


def test_or_else_why_each_build_does_not_run_the_default_first():
    # cu118 runs with this driver and lacks the code, cu128 has the code and lacks the driver.
    found = judge(gpu("12.0", driver="470.1"), "torch", "2.7.1")
    assert codes(found.reasons) == ["arch_too_new", "driver_too_old"]
    assert all("cu126" in reason.note.text for reason in found.reasons)


def test_what_is_brought_along_need_not_compute_on_the_gpu_but_torch_must():
    target = gpu("3.7")
    assert codes(judge(target, "jax", "0.9.1").reasons) == ["arch_dropped"]
    assert names(judge(target, "jax", "0.9.1", asked=False)) == ["cpu"]
    assert codes(judge(target, "torch", "2.14.1", asked=False).reasons) == ["arch_dropped"]


def test_builds_that_serve_fewer_gpus_are_no_options():
    target = with_gpus(("RTX 5090", "12.0"), ("V100", "7.0"))
    assert names(judge(target, "torch", "2.8.0")) == ["cu128", "cu129"]
    (option,) = judge(target, "torch", "2.15.0").options
    assert option.left_out == ("V100",)


def test_a_plugin_wheel_limits_jax():
    # jax itself is pure Python; its GPU code is in a wheel of its own.
    target = gpu("8.9", python="3.14")
    found = judge(target, "jax", "0.7.0", "cuda12")
    assert codes(found.reasons) == ["no_wheel_for_python"]
    assert any("jax-cuda12-plugin" in reason.note.text for reason in found.reasons)


@pytest.mark.parametrize("package", ["jax", "tensorflow"])
def test_on_windows_the_gpu_is_refused_and_the_cpu_is_not(package):
    version = {"jax": "0.8.0", "tensorflow": "2.18.0"}[package]
    found = judge(windows(**RTX), package, version)
    assert "os_gpu_unsupported" in codes(found.reasons)
    assert names(judge(windows(**RTX), package, version, build="cpu")) == ["cpu"]
    assert names(judge(windows(), package, version)) == ["cpu"]


def test_what_has_builds():
    assert has_builds("torch")
    assert not has_builds("numpy")


def test_the_default_of_a_release_is_one_build():
    rows = rows_of(release("torch", "2.8.0"))
    assert [row.build for row in rows if is_default(row)] == ["cu128"]
    assert rows_of(release("numpy", "2.0.0")) == ()


def test_allowed_builds_are_those_of_the_platform():
    target = gpu("9.0", arch="aarch64")
    rows = allowed(release("torch", "2.6.0"), frozenset(), question(target, "torch"), place(target))
    assert all(row.archs_aarch64 or "linux_aarch64" in row.default_on for row in rows)
