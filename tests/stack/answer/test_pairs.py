import pytest
from asking import build, codes, gpu, machine, place, release, windows

from bringup.stack.answer.model import Chosen
from bringup.stack.answer.pairs import (
    Needs,
    code_of,
    limits_in,
    limits_of,
    optional_jaxlib,
    optional_limits,
    pair_reasons,
    parsed,
)

PLAIN = place(machine())


def chosen(package, version, name=None, *extras):
    row = None if name is None else build(package, version, name)
    return Chosen(release(package, version), name, row, extras)


def pair(one, other, where=PLAIN, beside=()):
    return codes(pair_reasons(one, other, Needs(where), where, frozenset(beside)))


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        (("torchvision", "0.27.1"), ("torch", "2.13.0"), "pair_mismatch"),
        (("torchaudio", "2.7.0"), ("torch", "2.8.0"), "pair_mismatch"),
        (("vllm", "0.8.5"), ("torch", "2.7.0"), "pair_mismatch"),
        (("tensorflow", "2.12.0"), ("protobuf", "5.26.1"), "protobuf_incompatible"),
        (("tensorflow", "2.16.1"), ("keras", "2.15.0"), "keras_incompatible"),
        (("tensorflow", "2.18.0"), ("numpy", "2.3.0"), "numpy_incompatible"),
    ],
)
def test_metadata_guards_these_pairs_whoever_comes_first(one, other, code):
    assert pair(chosen(*one), chosen(*other)) == [code]
    assert pair(chosen(*other), chosen(*one)) == [code]


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        (("torch", "2.1.0"), ("numpy", "2.1.0"), "numpy_incompatible"),
        (("torch", "2.3.0"), ("torchtext", "0.18.0"), None),
        (("torch", "2.8.0"), ("torchtext", "0.18.0"), "pair_mismatch"),
        (("torch", "2.3.0"), ("numpy", "2.0.0"), None),
        (("tensorflow", "2.14.0"), ("numpy", "2.0.0"), "numpy_incompatible"),
    ],
)
def test_metadata_forgets_these(one, other, code):
    assert pair(chosen(*one), chosen(*other)) == ([code] if code else [])


def test_a_limit_of_one_system():
    one, other = chosen("torch", "2.4.0"), chosen("numpy", "2.0.0")
    assert pair(one, other) == []
    assert pair(one, other, place(windows())) == ["numpy_incompatible"]


def test_a_third_package_may_mend_a_pair():
    one, other = chosen("transformers", "4.55.0"), chosen("tensorflow", "2.16.1")
    assert pair(one, other) == ["keras_incompatible"]
    assert pair(one, other, beside=["tf-keras"]) == []


def test_an_extra_of_the_others_name_says_what_a_release_was_made_for():
    assert optional_limits(release("transformers", "4.30.0"), "torch") is not None
    assert optional_limits(release("numpy", "2.0.0"), "torch") is None
    # transformers[torch] of these days asks for a newer torch; nothing guards a plain install.
    assert pair(chosen("transformers", "5.24.0"), chosen("torch", "2.1.0")) == ["pair_mismatch"]


def test_cudnn_pins_that_meet_and_that_do_not():
    tensorflow = chosen("tensorflow", "2.19.0", "cu125", "and-cuda")
    (reason,) = pair_reasons(chosen("torch", "2.7.1", "cu126"), tensorflow, Needs(PLAIN), PLAIN)
    assert (reason.code, reason.note.code) == ("pair_mismatch", "ANS072")
    assert "nvidia-cudnn-cu12" in reason.note.text
    # Another CUDA major has libraries of other names.
    assert pair(chosen("torch", "2.7.1", "cu118"), tensorflow) == []
    assert pair(chosen("torch", "2.7.1", "cpu"), tensorflow) == []
    assert pair(chosen("torch", "2.15.0", "cu132"), tensorflow) == []


def test_a_build_that_is_not_the_default_brings_its_own_cudnn():
    names = {
        name: [row.name for row in Needs(PLAIN).of(release("torch", "2.7.1"), (), row)]
        for name, row in ((n, build("torch", "2.7.1", n)) for n in ("cu126", "cu118", "cpu"))
    }
    assert "nvidia-cudnn-cu12" in names["cu126"]
    assert "nvidia-cudnn-cu11" in names["cu118"]
    assert not any(name.startswith("nvidia-") for name in names["cpu"])
    assert "triton" in names["cu118"]
    assert "triton" not in names["cpu"]


def test_markers_are_those_of_the_place():
    row = release("tensorflow", "2.18.0")

    def needed(target):
        return {need.name for need in Needs(place(target)).of(row)}

    assert "tensorflow-intel" in needed(windows())
    assert "tensorflow-intel" not in needed(machine())


def test_extras_count_in_both_spellings():
    for extra in ("cuda12-local", "cuda12_local"):
        names = {row.name for row in Needs(PLAIN).of(release("jax", "0.8.0"), [extra])}
        assert "jax-cuda12-plugin" in names


def test_an_old_jax_brings_the_jaxlib_of_its_extra():
    assert optional_jaxlib(release("jax", "0.4.20")) == ("jaxlib==0.4.20",)
    assert optional_jaxlib(release("jax", "0.4.14")) == ("jaxlib<=0.4.14",)
    assert optional_jaxlib(release("jax", "0.4.1")) == ()
    assert optional_jaxlib(release("jax", "0.8.0")) == ()
    names = [
        row.name
        for row in Needs(PLAIN).of(release("jax", "0.4.20"), (), build("jax", "0.4.20", "cpu"))
    ]
    assert "jaxlib" in names


def test_limits_of_a_release_at_a_place():
    row = release("torch", "2.4.0")
    on_linux = {limit.id for limit in limits_of(row, PLAIN, ())}
    on_windows = {limit.id for limit in limits_of(row, place(windows()), ())}
    assert on_windows - on_linux == {"torch-numpy2-windows"}


def test_requirements_in_texts():
    assert str(limits_in(["a>=1", "b", "a<3; python_version > '3'"], "a")) in {">=1,<3", "<3,>=1"}
    assert limits_in(["a>=1"], "b") is None
    assert parsed("not a requirement !") is None
    assert limits_in(["not a requirement !"], "b") is None


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ("numpy", "numpy_incompatible"),
        ("protobuf", "protobuf_incompatible"),
        ("tf-keras", "keras_incompatible"),
        ("setuptools", "setuptools_incompatible"),
        ("torch", "pair_mismatch"),
    ],
)
def test_codes_by_package(package, code):
    assert code_of(package) == code


def test_a_pair_without_anything_in_common():
    assert pair(chosen("onnx", str(_newest("onnx"))), chosen("torchtext", "0.18.0")) == []


def _newest(package):
    from bringup.knowledge.releases import releases

    return releases(package)[0].version


def test_gpus_do_not_change_pairs():
    one, other = chosen("torch", "2.1.0"), chosen("numpy", "2.1.0")
    assert pair(one, other, place(gpu("8.9"))) == ["numpy_incompatible"]
