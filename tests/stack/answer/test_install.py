import datetime

import pytest
from asking import alpine, ask, gpu, machine
from packaging.requirements import Requirement

from bringup.knowledge.frameworks import framework_table
from bringup.stack.answer.install import install_commands
from bringup.stack.platforms import platform_name

L4 = gpu("8.9", "L4")
ON = "uv pip install"
TODAY = datetime.date(2027, 1, 1)


def commands(target, *texts, others=(), **options):
    found = ask(target, *texts, **options)
    assert found.ok
    default = None
    if found.torch is not None:
        default = framework_table().default_kind(found.torch.version, platform_name(target))
    return install_commands(found, others, default_build=default)


def index_of(build):
    return framework_table().frameworks["torch"].index_of(build)


def test_a_default_build_comes_from_the_default_index():
    assert commands(L4, "torch==2.8.0", "torchvision") == [f"{ON} torch==2.8.0 torchvision==0.23.0"]


def test_another_build_comes_from_the_frameworks_own_with_its_companions():
    assert commands(L4, "torch==2.8.0", "torchvision", "numpy==2.0.0", build="cu126") == [
        f"{ON} torch==2.8.0 torchvision==0.23.0 --index {index_of('cu126')}",
        f"{ON} numpy==2.0.0",
    ]
    assert commands(machine(), "torch==2.8.0") == [f"{ON} torch==2.8.0 --index {index_of('cpu')}"]


def test_a_torch_that_is_brought_along_is_named_with_its_build():
    v100 = gpu("7.0", "V100")
    found = ask(v100, "torchvision==0.26.0")
    assert found.build == "cu126"
    assert found.to_json(TODAY)["builds"] == {"torch": "cu126"}
    assert commands(v100, "torchvision==0.26.0") == [
        f"{ON} torchvision==0.26.0 torch==2.11.0 --index {index_of('cu126')}"
    ]
    assert commands(L4, "torchvision==0.26.0") == [f"{ON} torchvision==0.26.0 torch==2.11.0"]
    first, second = commands(v100, "vllm")
    # Its companions hold code that is compiled against that very build.
    for part in ("torch==", "torchvision==", "torchaudio==", f" --index {index_of('cu126')}"):
        assert part in first
    assert second.startswith(f"{ON} vllm==")


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        (L4, "jax==0.8.0", "'jax[cuda13]==0.8.0'"),
        (L4, "jax[cuda12-local]==0.8.0", "'jax[cuda12-local]==0.8.0'"),
        (machine(), "jax==0.8.0", "jax==0.8.0"),
        (machine(), "jax==0.4.28", "'jax[cpu]==0.4.28'"),
        (L4, "tensorflow==2.18.0", "'tensorflow[and-cuda]==2.18.0'"),
        (machine(), "tensorflow==2.18.0", "tensorflow==2.18.0"),
        (gpu("8.9", python="3.11"), "tensorflow==2.13.0", "tensorflow==2.13.0"),
        (alpine(), "numpy==2.0.0", "numpy==2.0.0"),
    ],
)
def test_extras_that_bring_the_build(target, text, expected):
    assert commands(target, text) == [f"{ON} {expected}"]


def test_what_uv_resolved_goes_with_the_rest_and_tools_are_no_packages():
    assert commands(L4, "torch==2.8.0", others=["pandas==2.3.0"]) == [
        f"{ON} torch==2.8.0 pandas==2.3.0"
    ]
    assert commands(machine(), "cuda==12.8") == []


def test_every_word_is_a_requirement_or_an_index():
    for line in commands(L4, "torch==2.8.0", "jax[cuda12]==0.8.0", build=None):
        for word in line.replace("'", "").removeprefix(ON).split():
            assert word.startswith(("http", "--index")) or Requirement(word)
