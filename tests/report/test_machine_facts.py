from __future__ import annotations

from bringup.report.machine_facts import Facts, gpu_names, machine_line, machine_rows


def _machine(**facts):
    return {"facts": {key.replace("__", "."): {"value": v} for key, v in facts.items()}}


def test_the_smaller_of_memory_and_limit_counts(mnist):
    rows = {label: (value, remark) for label, value, remark in machine_rows(mnist["machine"])}
    assert rows["Memory"][0] == "24 GiB"
    assert rows["Cores"][0] == "2 / 8"
    assert rows["Processor"] == ("Intel Xeon Platinum 8481C", "x86-64-v4 · AVX2 · AVX-512 · VNNI")
    assert rows["Python"] == ("3.11.7", "also 3.13.1")
    assert rows["Package index"][0] == "https://****@mirror.example/simple"
    assert "find-links: /srv/wheels" in rows["Package index"][1].splitlines()


def test_equal_gpus_are_counted():
    gpu = {"vendor": "nvidia", "name": "NVIDIA L4", "memory_bytes": 24 << 30}
    machine = _machine(
        gpu__devices=[{**gpu, "compute_capability": "8.9"}, gpu, {"name": "NVIDIA T4"}],
        gpu__nvidia_driver="560.35",
        os__family="linux",
        memory__swap_bytes=1 << 30,
        memory__total_bytes=1 << 33,
    )
    assert gpu_names(Facts(machine)) == ["2 × NVIDIA L4", "NVIDIA T4"]
    assert machine_line(machine) == "linux · 8 GiB · 2 × NVIDIA L4, NVIDIA T4".replace(
        "linux", "Linux"
    )
    rows = {label: (value, remark) for label, value, remark in machine_rows(machine)}
    assert rows["Accelerators"][1] == "24 GiB · 8.9 · driver 560.35"
    assert rows["Memory"][1] == "swap 1 GiB"


def test_an_empty_machine_says_no_more_than_it_knows():
    assert machine_line({}) == "no GPU"
    assert [label for label, _, _ in machine_rows({})] == ["Accelerators"]
