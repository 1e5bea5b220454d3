import pytest
from asking import DRIVER, alpine, ask, gpu, machine, packages, place, question, with_gpus
from packaging.requirements import Requirement
from packaging.version import Version

from bringup.knowledge.releases import releases
from bringup.stack.answer.solve import Known, Wish, solve, takes_part


def known_of(target, *texts, **options):
    wishes = [Wish.of(Requirement(text)) for text in texts]
    asked = [wish.name for wish in wishes]
    return wishes, Known(question(target, *texts, **options), place(target), {}, asked)


def solved(target, *texts, **options):
    wishes, known = known_of(target, *texts, **options)
    found = solve(wishes, known)
    return found and {row.release.package: row for row in found}


def newest(package):
    return str(releases(package)[0].version)


@pytest.mark.parametrize(
    "package", ["torch", "tensorflow", "jax", "keras", "numpy", "transformers"]
)
def test_unpinned_is_the_newest(package):
    assert packages(ask(machine(python="3.13"), package)) == {package: newest(package)}


def test_the_newest_that_works_on_this_very_machine():
    older = ask(gpu("6.1", "P40"), "torch")
    assert (older.ok, older.build) == (True, "cu126")
    assert Version(packages(older)["torch"]) < releases("torch")[0].version


def test_companions_follow():
    found = solved(machine(), "torch==2.8.0", "torchvision", "torchaudio")
    assert str(found["torchvision"].version) == "0.23.0"
    assert str(found["torchaudio"].version) == "2.8.0"


def test_the_first_wish_is_as_new_as_it_can_be():
    found = packages(ask(machine(python="3.11"), "numpy", "tensorflow==2.16.1"))
    assert found["numpy"].startswith("1.26.")
    forward = packages(ask(machine(python="3.11"), "torchtext", "torch"))
    backward = packages(ask(machine(python="3.11"), "torch", "torchtext"))
    assert forward == backward
    assert forward["torch"].startswith("2.3.")


def test_what_comes_along_is_solved_too():
    found = solved(machine(), "tensorflow==2.16.1")
    assert Version("3.0.0") <= found["keras"].version
    assert found["numpy"].version < Version("2")
    found = solved(gpu("8.9"), "jax[cuda12]==0.8.0")
    assert str(found["jax-cuda12-plugin"].version) == "0.8.0"
    assert str(found["jaxlib"].version) == "0.8.0"


def test_unguarded_limits_hold_in_a_solution():
    found = solved(machine(python="3.10"), "torch==2.1.0", "numpy")
    assert found["numpy"].version < Version("2")
    found = solved(machine(python="3.10"), "numpy==2.0.0", "torch")
    assert Version("2.3") <= found["torch"].version


def test_nothing_goes_together():
    assert solved(machine(), "torch==2.13.0", "torchvision==0.27.1") is None
    assert solved(alpine(), "torch") is None
    assert solved(machine(), "torch<1") is None


def test_frameworks_in_one_environment_on_the_cpu():
    found = solved(machine(), "torch", "tensorflow", "jax", "keras", "onnxruntime")
    assert {row.build for row in found.values() if row.row} == {"cpu"}
    assert str(found["torch"].version) == newest("torch")


def test_frameworks_in_one_environment_on_a_gpu():
    found = solved(gpu("8.9"), "torch", "tensorflow[and-cuda]", "jax[cuda12]")
    assert found["torch"].row.is_cuda
    assert found["tensorflow"].extras == ("and-cuda",)
    # TensorFlow and JAX share one cuDNN of CUDA 12, which torch's pin does not touch.
    assert "nvidia-cudnn-cu12" in found


def test_cudnn_pins_decide_for_a_build_that_is_not_the_default():
    found = solved(gpu("8.9"), "torch==2.7.1", "tensorflow[and-cuda]==2.19.0")
    assert found["torch"].build == "cu118"
    assert solved(gpu("8.9"), "torch==2.7.1", "tensorflow[and-cuda]==2.19.0", build="cu126") is None


def test_gpus_that_differ_get_an_older_set_that_serves_all():
    target = with_gpus(("RTX 5090", "12.0"), ("V100", "7.0"))
    found = solved(target, "torch")
    assert found["torch"].left_out == ()
    assert found["torch"].version < releases("torch")[0].version
    assert solved(target, "torch==2.15.0")["torch"].left_out == ("V100",)
    # No build of torch serves both of these.
    target = with_gpus(("RTX 5090", "12.0"), ("K80", "3.7"), driver=DRIVER)
    assert solved(target, "torch")["torch"].left_out == ("K80",)


def test_releases_without_wheels_count_only_when_named():
    _, known = known_of(machine(python="3.9"), "jax")
    wish = Wish.of(Requirement("jax<=0.4.14"))
    assert known.within("jax", wish.specifier) == []
    (only,) = known.within("jax", Requirement("jax==0.4.14").specifier)
    assert not only.wheels
    # flash-attn never had wheels on the index: it is built where it is installed.
    assert known.within("flash-attn", Requirement("flash-attn").specifier)


def test_a_release_is_judged_once():
    _, known = known_of(machine(), "torch")
    row = releases("torch")[0]
    assert known.judge(row, frozenset()) is known.judge(row, frozenset())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("torch", True), ("nvidia-cudnn-cu12", True), ("pandas", False), ("nvidia-nccl-cu12", False)],
)
def test_what_takes_part(name, expected):
    assert takes_part(name) is expected
