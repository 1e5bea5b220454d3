import pytest
from asking import ask, build, codes, gpu, machine, packages, place
from packaging.specifiers import SpecifierSet

from bringup.stack.answer.system import cudnn_reasons, system_reasons, toolkit_reasons


def beside(framework, version, name, extras=(), **system):
    return codes(system_reasons(build(framework, version, name), extras, system))


@pytest.mark.parametrize(
    ("row", "system", "found"),
    [
        (("tensorflow", "2.15.0", "cu122"), {"cuda": "12.2", "cudnn": "8.9"}, []),
        (("tensorflow", "2.15.0", "cu122"), {"cuda": "12.4"}, []),
        (("tensorflow", "2.15.0", "cu122"), {"cuda": "12.1"}, ["cuda_mismatch"]),
        (("tensorflow", "2.15.0", "cu122"), {"cuda": "11.8"}, ["cuda_mismatch"]),
        (("tensorflow", "2.15.0", "cu122"), {"cuda": "12"}, []),
        (("tensorflow", "2.15.0", "cu122"), {"cudnn": "9.1"}, ["cudnn_mismatch"]),
        (("tensorflow", "2.15.0", "cu122"), {"cudnn": "8.6"}, ["cudnn_mismatch"]),
        (
            ("tensorflow", "2.18.0", "cu125"),
            {"cuda": "11.8", "cudnn": "8.9"},
            ["cuda_mismatch", "cudnn_mismatch"],
        ),
        (("onnxruntime-gpu", "1.20.0", "cu12"), {"cuda": "12.1", "cudnn": "9.0"}, []),
        (("onnxruntime-gpu", "1.20.0", "cu12"), {"cuda": "13.0"}, ["cuda_mismatch"]),
        (("onnxruntime-gpu", "1.20.0", "cu12"), {"cudnn": "8.9"}, ["cudnn_mismatch"]),
        (("tensorflow", "2.15.0", "cpu"), {"cuda": "10.0"}, []),
        # torch brings all it needs.
        (("torch", "2.8.0", "cu128"), {"cuda": "11.0", "cudnn": "7.6"}, []),
        (("tensorflow", "2.15.0", "cu122"), {"gcc": "13"}, []),
    ],
)
def test_what_the_machine_provides(row, system, found):
    assert beside(*row, **system) == found


def test_extras_that_bring_the_libraries_do_not_look_at_the_machines():
    assert beside("tensorflow", "2.15.0", "cu122", ["and-cuda"], cuda="11.8") == []
    assert beside("jax", "0.8.0", "cuda12", ["cuda12"], cuda="11.8") == []
    assert beside("jax", "0.8.0", "cuda12", ["cuda12-local"], cuda="11.8") == ["cuda_mismatch"]
    assert beside("jax", "0.8.0", "cuda12", ["cuda12_local"], cuda="12.4", cudnn="9.8") == []


def test_a_toolkit_beside_a_framework_is_what_the_machine_provides():
    target = gpu("7.5", "T4", python="3.11")
    found = ask(target, "tensorflow==2.15.0", "cuda==12.2", "cudnn==8.9")
    assert (found.ok, found.build) == (True, "cu122")
    found = ask(target, "tensorflow==2.15.0", "cuda==11.8")
    assert codes(found) == ["cuda_mismatch"]
    found = ask(target, "tensorflow==2.15.0", "cuda==12.2", system=["cuda=11.8"])
    assert codes(found) == ["cuda_mismatch"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("==12.8", "12.8"),
        ("==12.8.1", "12.8"),
        ("==12.*", "12.9"),
        ("<12", "11.8"),
        (">=12.1,<12.4", "12.3"),
    ],
)
def test_the_newest_toolkit_that_is_meant(wanted, expected):
    row, reasons = toolkit_reasons(SpecifierSet(wanted), {}, place(machine()))
    assert (row.cuda, reasons) == (expected, [])


@pytest.mark.parametrize("wanted", ["==14.0", "==12.8.7", "==12.7"])
def test_toolkits_that_never_were(wanted):
    row, (reason,) = toolkit_reasons(SpecifierSet(wanted), {}, place(machine()))
    assert (row, reason.code) == (None, "no_such_build")


@pytest.mark.parametrize(
    ("target", "wanted", "system", "found"),
    [
        (gpu("6.1"), "==13.0", {}, ["arch_dropped"]),
        (gpu("7.5"), "==13.0", {}, []),
        (gpu("12.0"), "==12.6", {}, ["arch_too_new"]),
        (gpu("12.0"), "==12.8", {}, []),
        (gpu("8.9", driver="525.60.12"), "==12.4", {}, ["driver_too_old"]),
        (gpu("8.9", driver="525.60.13"), "==12.4", {}, []),
        (gpu("8.9", driver=None), "==12.4", {}, []),
        (machine(), "==12.4", {"gcc": "13.2"}, []),
        (machine(), "==12.4", {"gcc": "14"}, ["host_compiler_too_new"]),
        (machine(), "==11.8", {"gcc": "12"}, ["host_compiler_too_new"]),
        (machine(), "==12.4", {"cudnn": "8.2"}, ["cudnn_mismatch"]),
        (machine(), "==12.6", {"cudnn": "9.5"}, []),
        (machine(), "==11.8", {"cudnn": "9.12"}, ["cudnn_mismatch"]),
        (machine(), "==12.6", {"cudnn": "5.1"}, []),
        (
            gpu("6.1", driver="535.1"),
            "==13.0",
            {"gcc": "99", "cudnn": "8.2"},
            ["arch_dropped", "driver_too_old", "host_compiler_too_new", "cudnn_mismatch"],
        ),
    ],
)
def test_a_toolkit_by_itself(target, wanted, system, found):
    assert codes(toolkit_reasons(SpecifierSet(wanted), system, place(target))[1]) == found


def test_the_newest_toolkit_that_works_here():
    row, reasons = toolkit_reasons(SpecifierSet(""), {}, place(gpu("6.1")))
    assert (row.cuda, reasons) == ("12.9", [])
    row, reasons = toolkit_reasons(SpecifierSet(""), {}, place(gpu("8.9", driver="535.1")))
    assert (row.cuda, reasons) == ("12.9", [])


def test_answers_about_tools():
    found = ask(machine(), "cuda==12.4", "gcc==13", "cudnn==9.5")
    assert (found.ok, found.build, packages(found)) == (True, "cu124", {"cuda": "12.4"})
    assert dict(found.others) == {"gcc": "13", "cudnn": "9.5"}
    assert found.rows[0].table == "cuda/toolkit"
    found = ask(machine(), "cuda==12.4", "gcc==14")
    assert (found.ok, codes(found), found.nearest) == (False, ["host_compiler_too_new"], None)
    assert found.rows[0].table == "cuda/host_compiler"


def test_cudnn_by_itself():
    assert codes(cudnn_reasons(SpecifierSet("==9.12"), place(gpu("6.1")))) == ["arch_dropped"]
    assert cudnn_reasons(SpecifierSet("==9.12"), place(gpu("7.5"))) == []
    assert cudnn_reasons(SpecifierSet("==9.5"), place(gpu("6.1"))) == []
    assert cudnn_reasons(SpecifierSet(""), place(gpu("6.1"))) == []
    assert cudnn_reasons(SpecifierSet("==9.12"), place(gpu(None, "Mystery"))) == []
    assert codes(ask(gpu("6.1"), "cudnn==9.12")) == ["arch_dropped"]
    assert ask(gpu("7.5"), "cudnn==9.12").ok


def test_a_toolkit_and_a_package():
    found = ask(machine(), "cuda==12.4", "numpy==2.0.0")
    assert (found.ok, packages(found)) == (True, {"numpy": "2.0.0"})
