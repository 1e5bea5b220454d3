import pytest
from asking import codes, gpu, machine, place, release, windows

from bringup.knowledge.conflicts import conflicts
from bringup.knowledge.releases import releases
from bringup.machine import machine_by_hand
from bringup.stack.answer.limits import machine_limits


def limits(target, package, version, *extras, **options):
    return machine_limits(release(package, version), frozenset(extras), place(target), **options)


def test_a_processor_without_avx():
    old = machine(**{"cpu.microarchitecture_level": "x86-64-v1"})
    (reason,) = limits(old, "tensorflow", "2.18.0")
    assert reason.code == "no_wheel_for_platform"
    assert reason.rows[0].name == "tensorflow-avx"
    assert limits(machine(), "tensorflow", "2.18.0") == []
    new = machine(**{"cpu.microarchitecture_level": "x86-64-v3"})
    assert limits(new, "tensorflow", "2.18.0") == []


def test_a_gpu_on_a_system_that_cannot_use_it():
    target = windows(gpu="RTX 4080", compute_capability="8.9", driver="581.29")
    assert codes(limits(target, "tensorflow", "2.11.0")) == ["os_gpu_unsupported"]
    assert limits(target, "tensorflow", "2.10.1") == []
    assert limits(target, "tensorflow", "2.11.0", on_gpu=False) == []
    assert limits(windows(), "tensorflow", "2.11.0") == []


@pytest.mark.parametrize(
    ("capability", "package", "version", "found"),
    [
        ("7.5", "flash-attn", "2.8.3", ["arch_dropped"]),
        ("8.0", "flash-attn", "2.8.3", []),
        ("6.1", "vllm", "0.8.5", ["arch_dropped"]),
        ("7.0", "vllm", "0.8.5", []),
        (None, "vllm", "0.8.5", []),
    ],
)
def test_gpu_code_of_extensions(capability, package, version, found):
    assert codes(limits(gpu(capability, "some GPU"), package, version)) == found


def test_extensions_need_their_gpu_even_where_the_rest_is_to_run_on_the_cpu():
    assert codes(limits(gpu("6.1"), "vllm", "0.8.5", on_gpu=False)) == ["arch_dropped"]


def test_an_extra_that_no_longer_works():
    row = release("transformers", "5.24.0")
    found = machine_limits(row, frozenset({"tf"}), place(machine()))
    assert codes(found) == codes(machine_limits(row, frozenset({"tf"}), place(gpu("8.9"))))
    assert machine_limits(row, frozenset(), place(machine())) == []


def test_pythons_that_compiled_code_does_not_know():
    assert codes(limits(machine(python="3.13"), "torchtext", "0.18.0")) != []
    assert limits(machine(python="3.12"), "torchtext", "0.18.0") == []
    assert limits(machine_by_hand({}, "test"), "torchtext", "0.18.0") == []


def test_warnings_are_no_reasons():
    rows = [row for row in conflicts() if row.warning]
    assert rows
    for row in rows:
        newest = next(one for one in releases(row.package) if row.when.contains(one.version))
        assert limits(gpu("8.9"), row.package, str(newest.version)) == []
