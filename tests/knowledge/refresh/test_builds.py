"""Build tables against wheels on a local index."""

import pytest
from refresh_fixtures import OLD, build, texts
from stack_fixtures import make_wheel

from bringup.knowledge.refresh import jax, onnxruntime, tensorflow, torch
from bringup.knowledge.refresh.asking import today

X86, ARM = "manylinux_2_28_x86_64", "manylinux_2_28_aarch64"
TORCH = [
    'cuda-toolkit[cublas]==13.0.2; platform_system == "Linux"',
    'nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"',
    'nvidia-nccl-cu13==2.29.7; platform_system == "Linux"',
]
OLD_TORCH = ["nvidia-cuda-runtime-cu12==12.1.105", "nvidia-cudnn-cu12==8.9.2.26"]


@pytest.fixture
def put(server, tmp_path):
    def wheel(name, version, tag, requires=(), size=None):
        path = make_wheel(tmp_path / "wheels", name, version, tag=tag, requires=requires)
        server.wheels.append(path)
        if size is not None:
            server.sizes[path.name] = size
        return path

    return wheel


def document(framework, *rows):
    return {"framework": framework, "build": list(rows)}


@pytest.fixture
def torch_index(put):
    put("torch", "2.12.0", f"cp313-cp313-{X86}", TORCH, size=520_000_000)
    put("torch", "2.12.0", f"cp313-cp313-{ARM}", TORCH, size=426_000_000)
    put("torch", "2.12.0", "cp313-cp313-win_amd64", size=120_000_000)
    put("torch", "2.1.0", f"cp311-cp311-{X86}", OLD_TORCH, size=670_000_000)


NEW = build(
    "2.12.0",
    "cu130",
    cuda="13.0.2",
    cudnn="9.20.0.48",
    nccl="2.29.7",
    default_on=["linux_x86_64", "linux_aarch64"],
)
CPU = build("2.12.0", "cpu", default_on=["windows"])
CU121 = build("2.1.0", "cu121", cuda="12.1", cudnn="8.9", default_on=["linux_x86_64"])


def test_torch_rows_that_are_right_get_a_date(torch_index, asking):
    other = build("2.12.0", "cu126", cuda="12.6.3", cudnn="9.10.2.21")
    outcome = torch.check(document("torch", NEW, other, CPU, CU121), asking)
    assert texts(outcome) == []
    assert outcome.reviewed
    assert [row["checked"] for row in outcome.document["build"]] == [today(), OLD, today(), today()]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cuda": "13.0.1"}, "2.12.0 cu130: cuda is 13.0.1, the package index says 13.0.2"),
        ({"cudnn": "9.19"}, "2.12.0 cu130: cudnn is 9.19, the package index says 9.20.0.48"),
        ({"nccl": "2.29.3"}, "2.12.0 cu130: nccl is 2.29.3, the package index says 2.29.7"),
        (
            {"default_on": ["linux_x86_64"]},
            "2.12.0: default_on linux_aarch64 is -, the package index says one build",
        ),
    ],
)
def test_torch_rows_that_differ_are_named(torch_index, asking, changed, said):
    outcome = torch.check(document("torch", NEW | changed, CPU, CU121), asking)
    assert texts(outcome) == [f"builds/torch: {said}"]
    assert outcome.document["build"][0]["cudnn"] == (NEW | changed)["cudnn"]


def test_a_large_wheel_is_no_cpu_build(torch_index, asking):
    rows = [
        NEW | {"default_on": ["linux_x86_64"]},
        CPU | {"default_on": ["linux_aarch64", "windows"]},
    ]
    assert texts(torch.check(document("torch", *rows, CU121), asking)) == [
        "builds/torch: 2.12.0 cpu: default_on linux_aarch64 is cpu, "
        "the package index says cuda (426 MB)"
    ]


def test_releases_without_rows_and_rows_without_releases(torch_index, asking):
    gone = build("2.12.9", "cpu", default_on=[])
    outcome = torch.check(document("torch", NEW, CPU, gone), asking)
    assert [(note.code, note.params["row"]) for note in outcome.differences] == [
        ("KNW011", "2.1.0"),
        ("KNW012", "2.12.9 cpu"),
        ("KNW010", "2.1.0"),
    ]


CUDA_12 = [
    f"nvidia-{name}; extra == 'and-cuda'"
    for name in ("cuda-runtime-cu12==12.5.82", "cudnn-cu12==9.3.0.75", "nccl-cu12==2.23.4")
]


def test_tensorflow_against_its_extra(put, asking):
    put("tensorflow", "2.19.0", f"cp312-cp312-{X86}", CUDA_12)
    put("tensorflow", "2.19.0", "cp312-cp312-win_amd64", CUDA_12)
    gpu = build("2.19.0", "cu125", cuda="12.5", cudnn="9.3", nccl="2.23.4")
    rows = [gpu | {"default_on": ["linux_x86_64"]}, build("2.19.0", "cpu", default_on=["windows"])]
    assert texts(tensorflow.check(document("tensorflow", *rows), asking)) == []
    rows = [gpu | {"cuda": "12.3", "cudnn": "8.9", "nccl": "2.21"}, rows[1]]
    assert [
        (note.params["row"], note.params["column"], note.params["theirs"])
        for note in tensorflow.check(document("tensorflow", *rows), asking).differences
    ] == [
        ("2.19.0", "default_on", "linux_x86_64, windows"),
        ("2.19.0 cu125", "cuda", "12.5.82"),
        ("2.19.0 cu125", "cudnn", "9.3.0.75"),
        ("2.19.0 cu125", "nccl", "2.23.4"),
    ]


def plugin_pins(major):
    runtime = {"12": "cuda-runtime-cu12>=12.1.105", "13": "cuda-runtime>=13.0.48"}[major]
    rows = (runtime, f"cudnn-cu{major}<10.0,>=9.8", f"nccl-cu{major}>=2.18.1")
    return [f"nvidia-{row}; extra == 'with-cuda'" for row in rows]


@pytest.fixture
def jax_index(put):
    for version in ("0.7.1", "0.8.0"):
        needs = [
            f"jax-cuda{major}-plugin[with-cuda]<={version},>={version}; extra == 'cuda{major}'"
            for major in ("12", "13")
        ]
        put("jax", version, "py3-none-any", needs)
        put("jax-cuda12-plugin", version, f"cp313-cp313-{X86}", plugin_pins("12"))
    put("jax-cuda13-plugin", "0.8.0", f"cp313-cp313-{X86}", plugin_pins("13"))


def jax_rows(version, *majors):
    lowest = {"12": "12.1", "13": "13.0"}
    cuda = [
        build(version, f"cuda{m}", cuda=m, cuda_min=lowest[m], cudnn_min="9.8", nccl_min="2.18.1")
        for m in majors
    ]
    return [*cuda, build(version, "cpu", default_on=["linux_x86_64"])]


def test_jax_against_its_plugins(jax_index, asking):
    rows = [*jax_rows("0.8.0", "13", "12"), *jax_rows("0.7.1", "12")]
    assert texts(jax.check(document("jax", *rows), asking)) == []


def test_an_extra_without_a_plugin_is_no_build(jax_index, asking):
    rows = [*jax_rows("0.8.0", "12"), *jax_rows("0.7.1", "13", "12")]
    rows[0] = rows[0] | {"cudnn_min": "9.1"}
    outcome = jax.check(document("jax", *rows), asking)
    assert [(note.code, note.params["row"]) for note in outcome.differences] == [
        ("KNW010", "0.8.0 cuda12"),
        ("KNW011", "0.8.0 cuda13"),
        ("KNW012", "0.7.1 cuda13"),
    ]


def test_onnxruntime_against_its_extras(put, asking):
    needs = [
        "nvidia-cuda-runtime~=13.0; extra == 'cuda'",
        "nvidia-cudnn-cu13~=9.0; extra == 'cudnn'",
    ]
    put("onnxruntime-gpu", "1.28.0", f"cp313-cp313-{X86}", needs)
    row = build("1.28.0", "cu13", cuda="13", cudnn="9", default_on=["linux_x86_64"])
    assert texts(onnxruntime.check(document("onnxruntime-gpu", row), asking)) == []
    row = row | {"cuda": "12"}
    assert texts(onnxruntime.check(document("onnxruntime-gpu", row), asking)) == [
        "builds/onnxruntime-gpu: 1.28.0 cu13: cuda is 12, the package index says 13.0"
    ]
