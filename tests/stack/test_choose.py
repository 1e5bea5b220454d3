from dataclasses import replace

import pytest
from stack_fixtures import LINUX, PY311, PY312, make_machine, make_project, make_wheel

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.messages import catalogue
from bringup.knowledge.frameworks import framework_table
from bringup.stack.choose import choose_stack, usable_interpreters

L4 = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}
V100 = {"vendor": "nvidia", "name": "V100", "compute_capability": "7.0"}
BLACKWELL = {"vendor": "nvidia", "name": "RTX 5090", "compute_capability": "12.0"}


@pytest.fixture
def table(server):
    """Give the tables with the framework's own index on this machine, at ``/simple``."""
    table = framework_table()
    torch = replace(table.frameworks["torch"], index=f"http://{server.address}/simple?{{build}}=")
    return replace(table, frameworks={"torch": torch})


@pytest.fixture
def cut_off(closed_port):
    """Give the tables with a framework index that does not answer."""
    table = framework_table()
    torch = replace(table.frameworks["torch"], index=f"http://{closed_port}/{{build}}")
    return replace(table, frameworks={"torch": torch})


def torch(folder, version, *, python="cp311", platform=LINUX, name="torch"):
    return make_wheel(folder, name, version, tag=f"{python}-{python}-{platform}")


def own_index(folder):
    """Return settings with a find-links folder, an index on disk, and the index set by the user."""
    (folder / "links").mkdir(exist_ok=True)
    (folder / "index").mkdir(exist_ok=True)
    return {"find_links": [str(folder / "links")], "index": (folder / "index").as_uri()}


def codes(stack):
    return [note.code for note in stack.reasons]


def test_without_accelerator_an_older_cpu_build_of_a_folder_wins(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cpu")
    torch(tmp_path / "index" / "torch", "2.15.0")
    heard = []
    stack = choose_stack(
        make_machine(settings=settings),
        make_project(tmp_path),
        table=cut_off,
        notify=lambda code, params: heard.append(code),
    )
    assert (stack.torch, stack.build) == ("2.13.0+cpu", "cpu")
    assert stack.source.kind == "find_links"
    assert stack.requirements[0] == "torch==2.13.0+cpu"
    assert "torch" not in stack.requirements[1:]
    assert codes(stack) == heard == ["STK035", "STK038", "STK030"]
    assert any("2.15.0" in note.text for note in stack.reasons)
    assert stack.framework_index is None
    assert stack.serve_requirements[0] == "onnxruntime"


def test_an_unreachable_framework_index_is_said_and_cuda_comes_last(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "2.15.0")
    stack = choose_stack(make_machine(settings=settings), make_project(tmp_path), table=cut_off)
    assert (stack.torch, stack.build) == ("2.15.0", "cu132")
    assert codes(stack) == ["STK035", "STK032", "STK033", "STK030"]
    assert [note.warning for note in stack.reasons] == [False, True, True, False]


def test_the_frameworks_own_index_comes_before_cuda(tmp_path, server, table):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "2.15.0")
    server.wheels = [torch(tmp_path / "official", "2.14.1+cpu")]
    torch_row = replace(table.frameworks["torch"], index=f"http://{server.address}/simple")
    table = replace(table, frameworks={"torch": torch_row})
    stack = choose_stack(make_machine(settings=settings), make_project(tmp_path), table=table)
    assert (stack.torch, stack.source.kind) == ("2.14.1+cpu", "framework_index")
    assert stack.framework_index == f"http://{server.address}/simple"


def test_another_python_is_taken_when_only_it_has_a_cpu_build(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cpu", python="cp311")
    torch(tmp_path / "index" / "torch", "2.15.0", python="cp312")
    machine = make_machine(settings=settings, pythons=[PY312, PY311])
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert stack.python.version == PY311["version"]
    assert "STK034" in codes(stack)
    narrow = make_project(tmp_path, environment={"python": ">=3.12"})
    stack = choose_stack(machine, narrow, table=cut_off)
    assert (stack.python.version, stack.torch) == (PY312["version"], "2.15.0")


def test_ours_is_kept_when_both_have_one(tmp_path, cut_off):
    settings = own_index(tmp_path)
    for python in ("cp311", "cp312"):
        torch(tmp_path / "links", "2.13.0+cpu", python=python)
    machine = make_machine(settings=settings, pythons=[PY312, PY311])
    assert choose_stack(machine, make_project(tmp_path), table=cut_off).python.path == PY312["path"]


def test_wheels_for_others_are_passed_over(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.15.0+cpu", platform="win_amd64")
    torch(tmp_path / "links", "2.14.9+cpu", platform="manylinux_2_40_x86_64")
    torch(tmp_path / "links", "2.14.8rc1+cpu")
    torch(tmp_path / "links", "2.12.0+cpu")
    (tmp_path / "links" / "torch-notawheel.whl").write_text("")
    stack = choose_stack(make_machine(settings=settings), make_project(tmp_path), table=cut_off)
    assert stack.torch == "2.12.0+cpu"


def test_an_index_that_does_not_answer_is_the_fault_when_nothing_is_found(
    tmp_path, cut_off, closed_port
):
    settings = {"index": f"http://{closed_port}/simple", "find_links": [str(tmp_path)]}
    with pytest.raises(UnreachableError) as caught:
        choose_stack(make_machine(settings=settings), make_project(tmp_path), table=cut_off)
    assert caught.value.exit_code == 4
    assert f"http://{closed_port}/simple" in str(caught.value)


def test_pins_and_constraints_limit_the_choice(tmp_path, cut_off):
    settings = own_index(tmp_path)
    for version in ("2.13.0+cpu", "2.12.0+cpu", "2.11.0+cpu"):
        torch(tmp_path / "links", version)
    limit = tmp_path / "limits.txt"
    limit.write_text("# ours\ntorch<2.13 ; sys_platform == 'linux'\n--no-binary x\n")
    limited = make_machine(settings={**settings, "constraints": [str(limit)]})
    assert choose_stack(limited, make_project(tmp_path), table=cut_off).torch == "2.12.0+cpu"
    pinned = make_project(tmp_path, environment={"requirements": ["torch==2.11.0", "numpy"]})
    stack = choose_stack(limited, pinned, table=cut_off)
    assert stack.torch == "2.11.0+cpu"
    assert stack.requirements[0] == "torch==2.11.0+cpu"
    assert "torch==2.11.0" in stack.requirements
    impossible = make_project(tmp_path, environment={"requirements": ["torch==1.0"]})
    with pytest.raises(BringupError, match=r"==1\.0") as caught:
        choose_stack(limited, impossible, table=cut_off)
    assert caught.value.code == "STK023"


def test_a_requirements_file_counts_too(tmp_path, cut_off):
    settings = own_index(tmp_path)
    for version in ("2.13.0+cpu", "2.12.0+cpu"):
        torch(tmp_path / "links", version)
    (tmp_path / "more.txt").write_text("torch <= 2.12.0  # why\nnot a requirement !\n")
    (tmp_path / "requirements.txt").write_text("-r more.txt\n-r gone.txt\n")
    project = make_project(
        tmp_path,
        environment={"requirements_file": "requirements.txt"},
        train={"script": "train.py"},
    )
    stack = choose_stack(make_machine(settings=settings), project, table=cut_off)
    assert stack.torch == "2.12.0+cpu"
    assert stack.requirements == ("torch==2.12.0+cpu",)
    assert stack.serve_requirements == ()


def test_no_framework_is_looked_for_when_a_script_needs_none(tmp_path, cut_off):
    project = make_project(
        tmp_path, environment={"requirements": ["numpy"]}, train={"script": "train.py"}
    )
    stack = choose_stack(make_machine(), project, table=cut_off)
    assert (stack.torch, stack.build, stack.requirements) == (None, "cpu", ("numpy",))
    assert stack.reasons == ()


def test_a_package_that_pulls_torch_in_brings_the_choice(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cpu")
    project = make_project(
        tmp_path, environment={"requirements": ["lightning"]}, train={"script": "train.py"}
    )
    stack = choose_stack(make_machine(settings=settings), project, table=cut_off)
    assert stack.requirements == ("torch==2.13.0+cpu", "lightning")


def test_torch_by_address_is_left_alone(tmp_path, cut_off):
    project = make_project(
        tmp_path, environment={"requirements": ["torch @ https://example.invalid/torch.whl"]}
    )
    stack = choose_stack(make_machine(), project, table=cut_off)
    assert stack.torch is None
    assert codes(stack) == ["STK044"]


def test_companions_must_come_in_the_same_build(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cpu")
    torch(tmp_path / "index" / "torch", "2.13.0")
    project = make_project(tmp_path, environment={"requirements": ["torchvision"]})
    machine = make_machine(settings=settings)
    stack = choose_stack(machine, project, table=cut_off)
    assert (stack.torch, stack.build) == ("2.13.0", "cu130")
    assert "STK043" in codes(stack)
    torch(tmp_path / "links", "0.28.0+cpu", name="torchvision")
    assert choose_stack(machine, project, table=cut_off).torch == "2.13.0+cpu"


@pytest.mark.parametrize(
    ("gpus", "driver", "release", "build"),
    [
        ([L4], "580.65.06", "2.15.0", "cu132"),
        ([L4], "575.57.08", "2.10.0", "cu128"),
        ([BLACKWELL], "575.57.08", "2.10.0", "cu128"),
        ([V100], "580.65.06", "2.10.0", "cu128"),
        ([L4, V100], "580.65.06", "2.10.0", "cu128"),
    ],
)
def test_the_default_index_by_driver_and_architecture(
    tmp_path, cut_off, gpus, driver, release, build
):
    settings = own_index(tmp_path)
    for version in ("2.15.0", "2.14.1", "2.10.0", "2.5.1", "2.4.0"):
        torch(tmp_path / "index" / "torch", version)
    machine = make_machine(settings=settings, gpus=gpus, driver=driver)
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert (stack.torch, stack.build) == (release, build)
    assert "STK036" in codes(stack)


def test_the_frameworks_own_index_has_the_build_for_an_old_driver(tmp_path, server, table):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "2.15.0")
    server.wheels = [torch(tmp_path / "official", "2.14.1+cu126")]
    torch_row = replace(table.frameworks["torch"], index=f"http://{server.address}/simple")
    table = replace(table, frameworks={"torch": torch_row})
    machine = make_machine(settings=settings, gpus=[V100], driver="535.161.08")
    stack = choose_stack(machine, make_project(tmp_path), table=table)
    assert (stack.torch, stack.build) == ("2.14.1+cu126", "cu126")
    named = make_project(tmp_path, environment={"accelerator": "cu126"})
    assert choose_stack(machine, named, table=table).torch == "2.14.1+cu126"


@pytest.mark.parametrize(
    ("gpu", "driver", "said"),
    [
        (L4, "470.82.01", "580.65.06"),
        (V100, "580.65.06", "begins at 7.5"),
        ({**L4, "name": "next", "compute_capability": "6.0"}, "580.65.06", "begins at"),
    ],
)
def test_no_build_for_the_gpu_is_an_error_with_the_reason(tmp_path, cut_off, gpu, driver, said):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "2.15.0")
    machine = make_machine(settings=settings, gpus=[gpu], driver=driver)
    with pytest.raises(BringupError, match=said) as caught:
        choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert caught.value.code == "STK025"
    assert "cpu" in caught.value.hint


def test_a_gpu_without_driver_gets_a_cpu_build_with_a_warning(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cpu")
    machine = make_machine(settings=settings, gpus=[L4])
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert stack.build == "cpu"
    assert "STK037" in codes(stack)


def test_cpu_on_request_though_there_is_a_gpu(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cpu")
    torch(tmp_path / "index" / "torch", "2.15.0")
    machine = make_machine(settings=settings, gpus=[L4], driver="580.65.06")
    project = make_project(tmp_path, environment={"accelerator": "cpu"})
    assert choose_stack(machine, project, table=cut_off).torch == "2.13.0+cpu"


def test_a_named_build_that_cannot_be_had_or_run(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "links", "2.13.0+cu130")
    machine = make_machine(settings=settings, gpus=[V100], driver="580.65.06")
    for accelerator, code in (("cu118", "STK076"), ("cu130", "STK025")):
        project = make_project(tmp_path, environment={"accelerator": accelerator})
        with pytest.raises(BringupError) as caught:
            choose_stack(machine, project, table=cut_off)
        assert caught.value.code == code
    # Without a GPU here the build may be for another machine.
    elsewhere = make_machine(settings=settings)
    project = make_project(tmp_path, environment={"accelerator": "cu130"})
    assert choose_stack(elsewhere, project, table=cut_off).build == "cu130"


def test_a_gpu_that_no_build_serves_beside_another_is_left_out_aloud(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "2.15.0")
    machine = make_machine(settings=settings, gpus=[L4, V100], driver="580.65.06")
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert stack.build == "cu132"
    assert "STK041" in codes(stack)
    assert any("V100" in note.text for note in stack.reasons)


def test_a_release_newer_than_the_tables_is_said(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "3.1.0")
    machine = make_machine(settings=settings, gpus=[BLACKWELL], driver="600.1")
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert stack.torch == "3.1.0"
    assert "STK042" in codes(stack)


def test_macos_and_windows_take_the_default_index(tmp_path, cut_off):
    settings = own_index(tmp_path)
    torch(tmp_path / "index" / "torch", "2.15.0", platform="macosx_11_0_arm64")
    torch(tmp_path / "index" / "torch", "2.15.0", platform="win_amd64")
    apple = {"vendor": "apple", "name": "M3"}
    mac = make_machine(
        settings=settings,
        gpus=[apple],
        os_family="macos",
        os_version="14.5",
        os_arch="aarch64",
        libc_family=None,
    )
    stack = choose_stack(mac, make_project(tmp_path), table=cut_off)
    assert (stack.torch, stack.build) == ("2.15.0", "mps")
    windows = make_machine(settings=settings, os_family="windows", libc_family=None)
    stack = choose_stack(windows, make_project(tmp_path), table=cut_off)
    assert (stack.torch, stack.build) == ("2.15.0", "cpu")


def test_amd_takes_rocm_where_it_can_be_had(tmp_path, cut_off):
    settings = own_index(tmp_path)
    radeon = {"vendor": "amd", "name": "MI300X", "gfx": "gfx942"}
    torch(tmp_path / "links", "2.14.1+cpu")
    machine = make_machine(settings=settings, gpus=[radeon])
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert stack.build == "cpu"
    assert "STK045" in codes(stack)
    torch(tmp_path / "links", "2.14.1+rocm7.14")
    assert choose_stack(machine, make_project(tmp_path), table=cut_off).build == "rocm7.14"


def test_no_index_means_find_links_alone(tmp_path, cut_off):
    (tmp_path / "links").mkdir()
    settings = {"find_links": [str(tmp_path / "links"), "/no/such/folder"], "no_index": True}
    with pytest.raises(BringupError) as caught:
        choose_stack(make_machine(settings=settings), make_project(tmp_path), table=cut_off)
    assert caught.value.code == "STK023"
    torch(tmp_path / "links", "2.13.0+cpu")
    stack = choose_stack(make_machine(settings=settings), make_project(tmp_path), table=cut_off)
    assert codes(stack) == ["STK035", "STK032", "STK030"]


def test_pythons_and_requirements_that_cannot_be(tmp_path, cut_off):
    odd = [{"path": "/x", "version": "broken"}, {**PY311, "implementation": "pypy"}]
    machine = make_machine(pythons=[*odd, PY311])
    for environment, code in (
        ({"python": ">=3.13"}, "STK020"),
        ({"python": "three"}, "STK026"),
        ({"requirements": ["numpy=>2"]}, "STK021"),
        ({"requirements_file": "gone.txt"}, "STK022"),
    ):
        with pytest.raises(BringupError) as caught:
            choose_stack(machine, make_project(tmp_path, environment=environment), table=cut_off)
        assert caught.value.code == code
        assert caught.value.hint


def test_the_choice_as_json_shows_no_credentials(tmp_path, server, cut_off):
    server.wheels = [torch(tmp_path / "private", "2.13.0+cpu")]
    server.credentials = "user:secret"
    machine = make_machine(settings={"index": server.index("user:secret@")})
    stack = choose_stack(machine, make_project(tmp_path), table=cut_off)
    assert stack.torch == "2.13.0+cpu"
    document = stack.to_json()
    assert "secret" not in str(document)
    assert document["source"]["kind"] == "index"


def test_texts_are_in_both_languages():
    for code, row in {**catalogue("stack"), **catalogue("environment")}.items():
        assert row["en"], code
        assert row["zh"], code
        assert ("hint_en" in row) == ("hint_zh" in row), code


def test_a_python_too_old_for_our_stages_is_passed_over():
    old = {"path": "/usr/bin/python3.10", "version": "3.10.14"}
    new = {"path": "/usr/bin/python3.12", "version": "3.12.4"}
    machine = make_machine(pythons=[old, new])
    assert [row.version for row in usable_interpreters(machine, ">=3.8")] == ["3.12.4"]
    with pytest.raises(BringupError) as caught:
        usable_interpreters(machine, "==3.10.*")
    assert caught.value.code == "STK020"
    assert ">=3.11" in str(caught.value)
