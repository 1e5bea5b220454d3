import pytest
from asking import ask, codes, gpu, machine, packages, place, question, windows, with_gpus

from bringup.base.errors import BringupError
from bringup.base.messages import choose_language
from bringup.machine.model import Fact
from bringup.stack.answer.answer import answer, read_requirements, read_system

L4 = gpu("8.9", "L4")


def notes(found):
    return [note.code for note in found.notes]


def test_requirements_as_people_type_them():
    rows = read_requirements(["torch==2.8.0", "Torch_Vision", "jax[cuda12]>=0.8,<0.9"])
    assert [row.name for row in rows] == ["torch", "Torch_Vision", "jax"]


def test_a_package_named_twice_must_meet_both_limits():
    (row,) = read_requirements(["jax[cuda12]>=0.8", "jax<0.9"])
    assert set(map(str, row.specifier)) == {">=0.8", "<0.9"}
    assert row.extras == {"cuda12"}
    found = ask(L4, "torch>=2.7", "torch<2.8")
    assert packages(found) == {"torch": "2.7.1"}


def test_a_system_that_no_table_knows_is_told_and_no_bug():
    found = ask(machine(os="FreeBSD 14.1", glibc=None), "torch", "numpy")
    assert set(codes(found)) == {"no_wheel_for_platform"}


def test_extras_in_any_spelling():
    (row,) = read_requirements(["jax[CUDA12]", "jax[cuda12]"])
    assert row.extras == {"cuda12"}
    found = ask(L4, "TensorFlow[And_CUDA]==2.18.0")
    assert (found.build, notes(found)) == ("cu125", [])


def test_a_requirement_counts_where_its_marker_holds():
    texts = ['torch==2.7.1; python_version < "3.12"', 'torch==2.8.0; python_version >= "3.12"']
    assert packages(ask(L4, *texts)) == {"torch": "2.8.0"}
    old = ask(gpu("8.9", "L4", python="3.11"), *texts)
    assert (packages(old), notes(old)) == ({"torch": "2.7.1"}, ["ANS015"])
    limited = ask(L4, "torch<2.9", 'torch!=2.8.0; sys_platform == "linux"')
    assert packages(limited) == {"torch": "2.7.1"}
    assert ask(L4, 'torch==2.8.0; sys_platform == "win32"').ok


def test_gpus_of_another_maker_are_left_out_by_name():
    target = with_gpus(("RTX 5090", "12.0"), ("V100", "7.0"))
    devices = [*target.value("gpu.devices"), {"vendor": "amd", "name": "MI300X"}]
    target = target.with_facts({"gpu.devices": Fact(devices, "test")})
    found = ask(target, "torch")
    # The one set that serves both of NVIDIA's still goes first.
    assert (found.build, found.left_out) == ("cu128", ("MI300X",))
    assert "MI300X" in found.notes[0].text
    assert notes(ask(machine(gpu="MI300X"), "jax")) == ["ANS006"]
    assert notes(ask(L4, "torch", build="rocm7.2")) == ["ANS016"]


@pytest.mark.parametrize("text", ["torch=2.8.0", "torch 2.8", "", "==2.8", "-r file.txt"])
def test_what_is_no_requirement(text):
    with pytest.raises(BringupError) as caught:
        read_requirements([text])
    assert (caught.value.code, caught.value.exit_code) == ("ANS080", 1)
    assert "torch==2.13.0" in caught.value.hint


def test_what_the_machine_provides_as_people_type_it():
    assert read_system(["cuda=12.4", " gcc = 13 "]) == {"cuda": "12.4", "gcc": "13"}


@pytest.mark.parametrize("text", ["cuda", "cuda=", "cuda=new", "rocm=6.2", "=12", "cuda==12.4"])
def test_what_the_machine_cannot_provide(text):
    with pytest.raises(BringupError) as caught:
        read_system([text])
    assert caught.value.code == "ANS081"
    assert text in str(caught.value)


def test_names_in_any_spelling():
    for name in ("Torch", "ONNXRuntime_GPU", "flash_attn", "Ml.Dtypes"):
        assert ask(gpu("8.9", "L4", python="3.12"), name).ok


def test_a_local_version_names_a_build():
    found = ask(L4, "torch==2.8.0+cu126", "torchvision==0.23.0+cu126")
    assert (found.build, packages(found)) == (
        "cu126",
        {"torch": "2.8.0", "torchvision": "0.23.0"},
    )
    assert ask(L4, "torch==2.8.0+cpu").build == "cpu"
    assert codes(ask(gpu("12.0"), "torch==2.8.0+cu126")) == ["arch_too_new"]
    assert ask(L4, "torch==2.8.0+cu126", build="cu126").build == "cu126"


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (["torch==2.8.0+cu126"], {"build": "cu128"}),
        (["torch==2.8.0+cu126", "torchvision==0.23.0+cu128"], {}),
        (["torch==2.8.0+ours"], {}),
    ],
)
def test_local_versions_that_cannot_be(closed_port, texts, options):
    settings = {"index": f"http://{closed_port}/simple"}
    target = gpu("8.9", **{"index.settings": settings})
    assert "no_such_build" in codes(ask(target, *texts, **options))


def test_alternatives_are_the_other_builds_of_the_first_framework():
    assert ask(L4, "torch==2.8.0").alternatives == ("cu129", "cu126")
    assert ask(L4, "jax==0.8.0").alternatives == ("cuda12",)
    assert ask(L4, "numpy==2.0.0", "torch==2.8.0").alternatives == ("cu129", "cu126")
    assert ask(machine(), "torch==2.8.0").alternatives == ()


def test_alternatives_go_with_all_that_is_asked_for():
    found = ask(L4, "torch==2.7.1", "tensorflow[and-cuda]==2.19.0")
    assert (found.build, found.alternatives) == ("cu118", ())


@pytest.mark.parametrize(
    ("target", "texts", "options", "expected"),
    [
        (machine(), ["torch==2.8.0"], {}, []),
        (with_gpus(("L4", "8.9"), ("V100", "7.0")), ["torch==2.15.0"], {}, ["ANS004"]),
        (L4, ["torch==2.8.0"], {"build": "cpu"}, ["ANS006"]),
        (
            windows(gpu="RTX 4080", compute_capability="8.9", driver="581.29"),
            ["torch==2.8.0"],
            {"default_index": True},
            ["ANS006"],
        ),
        (machine(), ["torch==2.8.0"], {"default_index": True}, ["ANS007"]),
        (gpu(None, "Mystery 9000"), ["torch==2.8.0"], {}, ["ANS008"]),
        (L4, ["transformers[vision]"], {}, ["ANS009"]),
    ],
)
def test_notes(target, texts, options, expected):
    found = ask(target, *texts, **options)
    assert (found.ok, notes(found)) == (True, expected)


def test_what_works_in_part_is_a_warning():
    found = ask(gpu("8.9", python="3.11"), "torch==2.7.0", "torchao==0.13.0")
    assert (found.ok, notes(found)) == (True, ["ANS040"])
    assert found.notes[0].warning


def test_gpus_that_are_left_out_are_named():
    found = ask(with_gpus(("L4", "8.9"), ("V100", "7.0")), "torch==2.15.0", "jax==0.9.1")
    assert found.left_out == ("V100",)
    (note,) = [note for note in found.notes if note.code == "ANS004"]
    assert "V100" in note.text


def test_the_rows_used_are_evidence():
    found = ask(gpu(None, "Tesla V100"), "torch==2.10.0")
    assert [row.table for row in found.rows] == [
        "packages/torch",
        "builds/torch",
        "cuda/family",
        "gpus",
    ]
    found = ask(gpu("12.0", driver="470.1"), "torch==2.7.1")
    assert {"builds/torch", "cuda/family"} <= {row.table for row in found.rows}


def test_the_question_is_not_changed():
    wish = question(L4, "tensorflow==2.18.0", "cuda==12.5")
    before = (dict(wish.system), [str(row) for row in wish.requirements])
    answer(wish)
    assert before == (dict(wish.system), [str(row) for row in wish.requirements])
    assert place(wish.machine).driver is not None


def test_the_same_question_gets_the_same_answer():
    texts = ["torch", "tensorflow[and-cuda]", "jax[cuda12]"]
    assert ask(L4, *texts) == ask(L4, *texts)


def test_chinese():
    choose_language("zh")
    found = ask(gpu("7.0", "V100"), "torch==2.11.0", build="cu128")
    assert "不包含 sm_70(V100)的代码" in found.explanation
    assert "最接近" in found.explanation
    assert codes(found) == ["arch_dropped"]
