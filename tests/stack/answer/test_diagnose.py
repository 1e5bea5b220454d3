import pytest
from asking import alpine, ask, codes, gpu, mac, machine, packages, windows

from bringup.stack.answer.model import REASONS

RTX = {"gpu": "RTX 4080", "compute_capability": "8.9", "driver": "581.29"}


@pytest.mark.parametrize(
    ("target", "texts", "expected"),
    [
        (machine(python="3.13", glibc="2.17"), ["torch==2.13.0"], ["glibc_too_old"]),
        (
            machine(python="3.13", glibc="2.17"),
            ["tensorflow==2.12.0"],
            ["no_wheel_for_python"],
        ),
        (gpu("12.0", driver="470.1"), ["torch==2.7.1"], ["arch_too_new", "driver_too_old"]),
        (
            machine(python="3.13"),
            ["torch==2.4.0", "torchvision==0.18.0"],
            ["no_wheel_for_python", "pair_mismatch"],
        ),
        (gpu("6.1"), ["vllm==0.8.5", "torch==2.7.0"], ["pair_mismatch", "arch_dropped"]),
        (machine(), ["torch==99.0.1", "torch<3"], ["no_such_build"]),
        (machine(), ["torch==0.0.1"], ["no_such_build"]),
    ],
)
def test_all_reasons_that_hold_in_their_order(target, texts, expected):
    assert list(dict.fromkeys(codes(ask(target, *texts)))) == expected


def test_what_cannot_be_installed_goes_before_what_does_not_run():
    order = {code: number for number, group in enumerate(REASONS) for code in group}
    found = ask(gpu("6.1"), "vllm==0.8.5", "torch==2.7.0")
    groups = [order[code] for code in codes(found)]
    assert groups == sorted(groups)


def test_what_a_package_brings_along_can_be_the_reason():
    found = ask(alpine(), "jax==0.8.0")
    assert set(codes(found)) == {"no_wheel_for_platform"}
    assert any("jaxlib" in reason.note.text for reason in found.reasons)
    found = ask(gpu("3.7"), "torchvision==0.23.0")
    assert codes(found) == ["arch_dropped"]


@pytest.mark.parametrize(
    ("target", "texts", "options", "expected"),
    [
        # Another build, on any index.
        (gpu("7.0", "V100"), ["torch==2.11.0"], {"build": "cu128"}, ("torch 2.11.0+cu126", None)),
        (gpu("6.1"), ["torch==2.8.0"], {"default_index": True}, ("torch 2.8.0+cu126", None)),
        # Another Python.
        (machine(python="3.13"), ["torch==2.4.0"], {}, ("torch 2.4.0+cpu", "3.12")),
        (machine(python="3.14"), ["tensorflow==2.21.0"], {}, ("tensorflow 2.21.0+cpu", "3.13")),
        # No extra.
        (gpu("6.1"), ["jax[cuda13]==0.9.1"], {}, ("jax 0.9.1+cuda12", None)),
        # Another version.
        (gpu("12.0"), ["torch==2.6.0"], {}, ("torch 2.15.0+cu132", None)),
        (machine(glibc="2.26"), ["torch==2.10.0"], {}, ("torch 2.6.0+cpu", None)),
        # The CPU.
        (gpu("3.0"), ["torch"], {}, ("torch 2.15.0+cpu", None)),
        (windows(**RTX), ["jax"], {}, ("jax 0.12.0.1+cpu", None)),
        (windows(**RTX), ["jax[cuda12]"], {}, ("jax 0.12.0.1+cpu", None)),
        (mac(), ["torch"], {"build": "cu126"}, ("torch 2.15.0+cpu", None)),
    ],
)
def test_the_nearest_that_works(target, texts, options, expected):
    found = ask(target, *texts, **options)
    assert not found.ok
    assert (found.nearest.chosen[0].label, found.nearest.python) == expected
    assert expected[0] in found.explanation
    if expected[1]:
        assert f"on Python {expected[1]}" in found.explanation


def test_the_last_wishes_give_way_first():
    found = ask(machine(), "torch==2.13.0", "torchvision==0.27.1")
    assert {row.release.package: str(row.version) for row in found.nearest.chosen} == {
        "torch": "2.13.0",
        "torchvision": "0.28.0",
    }


def test_a_build_that_must_be_asked_for_is_told():
    # torchvision has no builds of its own, but the torch that it brings has.
    near = ask(gpu("3.0"), "torchvision").nearest
    assert (near.build, near.to_json()["build"]) == ("cpu", "cpu")
    assert near.label.endswith("(--build cpu)")
    assert ask(gpu("3.0"), near.label.partition(" ")[0], build="cpu").ok


def test_there_may_be_no_nearest():
    found = ask(alpine(), "torch")
    assert (found.ok, found.nearest) == (False, None)
    assert found.explanation == found.reasons[0].note.text


def test_an_extension_is_not_sent_to_the_cpu():
    assert ask(gpu("6.1"), "vllm").nearest is None


def test_a_limit_on_versions_that_do_not_exist_says_what_does():
    (reason,) = ask(machine(), "torch==0.0.1").reasons
    assert (reason.code, reason.note.code) == ("no_such_build", "ANS035")
    assert reason.note.params["newest"] == packages(ask(machine(python="3.13"), "torch"))["torch"]
