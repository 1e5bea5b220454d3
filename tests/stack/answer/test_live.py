import pytest
from asking import DRIVER, UBUNTU, ask, build, codes, packages
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from stack_fixtures import make_wheel

from bringup.base.errors import BringupError, UnreachableError
from bringup.knowledge.releases import releases
from bringup.machine import machine_by_hand
from bringup.stack.answer.live import assumed_builds, releases_at_index
from bringup.stack.answer.options import rows_of

LINUX = "manylinux_2_28_x86_64"
L4 = {"gpu": "L4", "compute_capability": "8.9", "driver": DRIVER}


def with_index(address, **facts):
    """Return the plain machine with this index and no other."""
    settings = {"index": address, "extra_indexes": [], "find_links": []}
    return machine_by_hand({**UBUNTU, "index.settings": settings, **facts}, "test")


def torch(folder, version, *requires, tag=f"cp312-cp312-{LINUX}", **more):
    return make_wheel(folder, "torch", version, tag=tag, requires=requires, **more)


@pytest.fixture(params=[True, False], ids=["beside", "inside"])
def index(request, server):
    """Give an index that has METADATA beside the wheels, and one that has not."""
    server.metadata = request.param
    return server


def test_a_release_newer_than_the_tables_is_read_from_the_index(tmp_path, index):
    index.wheels = [
        torch(
            tmp_path,
            "97.0.1",
            'nvidia-cudnn-cu13==9.30.0.1; platform_system == "Linux"',
            "cuda-toolkit[cublas]==13.2.9",
            "numpy>=2.4",
            "sympy>=1.13",
            python=">=3.11",
        )
    ]
    found = ask(with_index(index.index(), **L4), "torch==97.0.1")
    assert (found.ok, found.build, packages(found)) == (True, "cu132", {"torch": "97.0.1"})
    (chosen,) = found.chosen
    assert chosen.release.live
    assert "sympy>=1.13" not in chosen.release.requires
    assert Version("2.4") <= Version(found.pulled_in["numpy"])
    note = next(note for note in found.notes if note.code == "ANS005")
    assert str(releases("torch")[0].version) in note.text
    row = next(row for row in found.rows if row.table == "packages/torch")
    assert "on the package index" in row.provenance.source
    row = next(row for row in found.rows if row.table == "builds/torch")
    assert row.provenance.confidence == "derived"


def test_its_own_limits_hold(tmp_path, index):
    index.wheels = [torch(tmp_path, "97.0.1", "numpy<2", python=">=3.11")]
    found = ask(with_index(index.index()), "torch==97.0.1", "numpy==2.0.0")
    assert codes(found) == ["numpy_incompatible"]
    found = ask(with_index(index.index(), python="3.10"), "torch==97.0.1")
    assert "no_wheel_for_python" in codes(found)
    found = ask(with_index(index.index(), glibc="2.27"), "torch==97.0.1")
    assert codes(found) == ["glibc_too_old"]
    found = ask(with_index(index.index(), os="Windows 11", glibc=None), "torch==97.0.1")
    assert codes(found) == ["no_wheel_for_platform"]


def test_its_extras_are_its_own(tmp_path, index):
    index.wheels = [
        make_wheel(
            tmp_path,
            "jax",
            "97.0",
            requires=["jaxlib", 'jax-cuda13-plugin>=0.9; extra == "cuda13"'],
            extras=["cuda13", "cpu"],
        )
    ]
    target = with_index(index.index(), **L4)
    (row,) = releases_at_index("jax", SpecifierSet("==97.0"), target)
    assert dict(row.extras) == {"cuda13": ('jax-cuda13-plugin>=0.9; extra == "cuda13"',), "cpu": ()}
    assert row.requires == ("jaxlib",)
    assert codes(ask(target, "jax[cuda15]==97.0")) == ["extra_not_available"]
    assert ask(target, "jax[cuda13]==97.0").build == "cuda13"


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("==97.0.0a1", "97.0.0a1"),
        (">=97.0.0a1", "98.0.0b2"),
        (">=97,<98", "97.0.1"),
        (">97.0.1", None),
        ("==98.0.0", None),
    ],
)
def test_finals_before_alphas_unless_an_alpha_is_asked_for(tmp_path, index, wanted, version):
    index.wheels = [torch(tmp_path, number) for number in ("97.0.0a1", "97.0.1", "98.0.0b2")]
    rows = releases_at_index("torch", SpecifierSet(wanted), with_index(index.index()))
    assert [str(row.version) for row in rows] == ([version] if version else [])


def test_an_alpha_can_be_had_by_name(tmp_path, index):
    index.wheels = [torch(tmp_path, "97.0.0a1")]
    assert packages(ask(with_index(index.index()), "torch==97.0.0a1")) == {"torch": "97.0.0a1"}


def test_yanked_releases_count_only_when_named(tmp_path, server):
    server.wheels = [torch(tmp_path, "97.0.1"), torch(tmp_path, "97.0.0")]
    server.yanked = {server.wheels[0].name}
    rows = releases_at_index("torch", SpecifierSet(">=97"), with_index(server.index()))
    assert [str(row.version) for row in rows] == ["97.0.0"]
    found = ask(with_index(server.index()), "torch==97.0.1")
    assert "ANS014" in [note.code for note in found.notes]


def test_a_version_that_nobody_has(server):
    found = ask(with_index(server.index()), "torch==97.0.1")
    assert codes(found) == ["no_such_build"]
    assert server.asked == ["/simple/torch/"]
    assert found.nearest.chosen[0].release.version == releases("torch")[0].version


def test_the_index_is_not_asked_for_what_the_tables_know(server):
    target = with_index(server.index())
    for texts in (["torch"], ["torch==2.8.0"], ["torch<2.8", "torchvision"], ["torch>=2"]):
        ask(target, *texts)
    assert ask(target, "torch==2.8.0").ok
    assert server.asked == []


def test_an_index_that_is_down_is_said_only_where_it_is_needed(closed_port):
    target = with_index(f"http://{closed_port}/simple")
    with pytest.raises(UnreachableError) as caught:
        ask(target, "torch==97.0.1")
    assert (caught.value.code, caught.value.exit_code) == ("STK010", 4)
    assert ask(target, "torch==2.8.0").ok
    # Between two known releases the tables are trusted.
    assert codes(ask(target, "torch==2.8.7")) == ["no_such_build"]


def test_a_release_between_two_known_ones_is_looked_up(tmp_path, index):
    index.wheels = [torch(tmp_path, "2.8.7")]
    found = ask(with_index(index.index(), **L4), "torch==2.8.7")
    assert (found.ok, found.build, packages(found)) == (True, "cu128", {"torch": "2.8.7"})
    assert "2.8.0" in next(row for row in found.rows if "builds" in row.table).provenance.source


def test_an_index_that_demands_credentials(tmp_path, server):
    server.credentials = "user:secret"
    with pytest.raises(BringupError) as caught:
        ask(with_index(server.index()), "torch==97.0.1")
    assert (caught.value.code, caught.value.exit_code) == ("STK012", 1)
    server.wheels = [torch(tmp_path, "97.0.1")]
    assert ask(with_index(server.index("user:secret@")), "torch==97.0.1").ok


def live(tmp_path, server, *requires):
    server.metadata = True
    server.wheels = [torch(tmp_path, "97.0.1", *requires)]
    (row,) = releases_at_index("torch", SpecifierSet("==97.0.1"), with_index(server.index()))
    return row


def test_builds_are_taken_to_be_those_of_the_last_release(tmp_path, server):
    row = live(tmp_path, server)
    newest = rows_of(releases("torch")[0])
    assert [build.build for build in assumed_builds(row)] == [build.build for build in newest]
    assert rows_of(row) == assumed_builds(row)


def test_the_default_build_is_the_one_that_the_metadata_pins(tmp_path, server):
    row = live(tmp_path, server, "nvidia-cuda-runtime==13.4.1")
    (default,) = [build for build in assumed_builds(row) if build.default_on and build.is_cuda]
    assert (default.build, default.cuda) == ("cu134", "13.4")
    assert default.archs == build("torch", str(releases("torch")[0].version), "cu132").archs


def test_of_another_cuda_major_only_nvidias_own_range_is_known(tmp_path, server):
    row = live(tmp_path, server, "cuda-toolkit==12.9.1")
    (default,) = [build for build in assumed_builds(row) if build.default_on and build.is_cuda]
    assert (default.build, default.archs, default.ptx) == ("cu129", (), None)
    target = with_index(server.index(), **{**L4, "compute_capability": "13.0"})
    assert codes(ask(target, "torch==97.0.1")) == ["arch_too_new"]
