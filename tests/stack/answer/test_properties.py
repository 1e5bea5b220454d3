"""What holds for every question: machines and wishes are drawn, the tables are the real ones."""

import datetime
import itertools
import json

from asking import UBUNTU, ask, place
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.version import Version

from bringup.knowledge.builds import builds
from bringup.knowledge.releases import releases
from bringup.machine import machine_by_hand
from bringup.machine.model import Interpreter
from bringup.stack.answer.devices import served_by
from bringup.stack.platforms import wheel_tags

EACH = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
TODAY = datetime.date(2027, 1, 1)

CAPABILITIES = (
    "3.5", "3.7", "5.0", "5.2", "6.0", "6.1", "7.0", "7.2", "7.5", "8.0", "8.6", "8.7", "8.9",
    "9.0", "10.0", "10.3", "11.0", "12.0", "12.1", "13.0",
)  # fmt: skip
DRIVERS = (
    "418.39", "450.80.01", "450.80.02", "470.256.02", "525.60.12", "525.60.13", "535.183.01",
    "560.28.03", "570.86.15", "575.57.08", "580.65.05", "580.65.06", "595.45.04", "616.1",
)  # fmt: skip
GLIBCS = ("2.12", "2.17", "2.26", "2.27", "2.28", "2.31", "2.34", "2.35", "2.39", "2.41")
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
FRAMEWORKS = ("torch", "tensorflow", "jax", "onnxruntime-gpu", "onnxruntime", "keras")
EXTRAS = {
    "jax": ("", "", "[cuda12]", "[cuda13]", "[cuda12-local]"),
    "tensorflow": ("", "", "[and-cuda]"),
}
BESIDE = ("numpy", "torchvision", "protobuf", "transformers", "setuptools", "jax", "tensorflow")
SYSTEMS = (
    {"os": "Ubuntu 22.04", "arch": "x86_64"},
    {"os": "Ubuntu 22.04", "arch": "aarch64"},
    {"os": "Windows 11", "arch": "x86_64", "glibc": None},
    {"os": "macOS 14.5", "arch": "arm64", "glibc": None},
    {"os": "Alpine 3.20", "arch": "x86_64", "libc": "musl 1.2", "glibc": None},
)


@st.composite
def machines(draw, systems=SYSTEMS, gpu=None):
    """Draw the facts of a machine, an NVIDIA GPU in two of three."""
    facts = {
        **UBUNTU,
        "python": draw(st.sampled_from(PYTHONS)),
        "glibc": draw(st.sampled_from(GLIBCS)),
        **draw(st.sampled_from(systems)),
    }
    if gpu or (gpu is None and draw(st.integers(0, 2))):
        capability, driver = draw(st.sampled_from(CAPABILITIES)), draw(st.sampled_from(DRIVERS))
        facts |= {"gpu": "a GPU", "compute_capability": capability, "driver": driver}
    return facts


@st.composite
def wishes(draw, names=FRAMEWORKS):
    """Draw one framework, pinned or not, often with a second package."""
    name = draw(st.sampled_from(names))
    texts = [_text(draw, name, draw(st.sampled_from(EXTRAS.get(name, ("",)))))]
    other = draw(st.sampled_from((None, None, *BESIDE)))
    if other not in {None, name}:
        texts.append(_text(draw, other, ""))
    return texts


def _text(draw, name, extra):
    if draw(st.integers(0, 2)):
        return f"{name}{extra}"
    versions = [str(row.version) for row in releases(name) if row.wheels][:40]
    return f"{name}{extra}=={draw(st.sampled_from(versions))}"


def here(facts):
    return machine_by_hand(facts, "property")


def pinned(chosen):
    """Return texts that ask for exactly these, and the build where there is but one package."""
    texts = [
        f"{row.release.package}{'[' + ','.join(row.extras) + ']' if row.extras else ''}"
        f"=={row.version}"
        for row in chosen
    ]
    return texts, (chosen[0].build if len(chosen) == 1 else None)


@EACH
@given(machines(gpu=True), wishes(), st.sampled_from(DRIVERS))
def test_a_newer_driver_never_makes_a_working_set_fail(facts, texts, newer):
    assume(Version(newer) > Version(facts["driver"]))
    before = ask(here(facts), *texts)
    assume(before.ok)
    target = here({**facts, "driver": newer})
    again = ask(target, *texts)
    assert again.ok, again.explanation
    assert again.chosen[0].version >= before.chosen[0].version
    same, build = pinned(before.chosen)
    again = ask(target, *same, build=build)
    assert again.ok, again.explanation


@EACH
@given(machines(systems=SYSTEMS[:2]), wishes(), st.sampled_from(GLIBCS))
def test_a_newer_c_library_never_makes_a_working_set_fail(facts, texts, newer):
    assume(Version(newer) > Version(facts["glibc"]))
    before = ask(here(facts), *texts)
    assume(before.ok)
    same, build = pinned(before.chosen)
    again = ask(here({**facts, "glibc": newer}), *same, build=build)
    assert again.ok, again.explanation


def runs(build, capability, system, driver):
    """Say whether a build runs on a capability: NVIDIA's rules, written down a second time."""
    major, minor = (int(part) for part in capability.split("."))
    on_arm = system["arch"] == "aarch64"
    archs = (build.archs_aarch64 or build.archs) if on_arm else build.archs
    for arch in archs:
        code_major, code_minor = (int(part) for part in arch.split("."))
        if code_major == major and code_minor <= minor:
            return True
    if build.ptx is None or "Ubuntu" not in system["os"]:
        return False
    ptx = tuple(int(part) for part in build.ptx.split("."))
    toolkit = build.toolkit_driver_linux
    return (major, minor) >= ptx and (toolkit is None or Version(driver) >= Version(toolkit))


CUDA_BUILDS = [row for row in builds("torch") if row.is_cuda and row.archs]


@EACH
@given(
    st.sampled_from(CUDA_BUILDS),
    st.sampled_from(SYSTEMS[:3]),
    st.sampled_from([text for text in DRIVERS if Version(text) >= Version("580.65.06")]),
)
def test_for_one_build_the_capabilities_that_work_are_those_of_its_code(build, system, driver):
    working = []
    for capability in CAPABILITIES:
        facts = {**UBUNTU, **system, "gpu": "a GPU", "driver": driver}
        target = place(here({**facts, "compute_capability": capability}))
        served = served_by(build, target)
        assert bool(served.devices) == runs(build, capability, system, driver), capability
        assert bool(served.devices) != bool(served.reasons)
        if served.devices:
            working.append(capability)
        else:
            (reason,) = served.reasons
            assert reason.code in {"arch_dropped", "arch_too_new"}
    lowest = Version(working[0])
    # A device newer within a major version runs what an older one runs; none runs below the floor.
    for one, other in itertools.pairwise(CAPABILITIES):
        if one in working and Version(one).major == Version(other).major:
            assert other in working
        if Version(one) < lowest:
            assert one not in working


@EACH
@given(machines(), wishes(), st.booleans())
def test_every_answer_is_installable_by_wheel_tags(facts, texts, default):
    target = here(facts)
    found = ask(target, *texts, default_index=default)
    assume(found.ok)
    tags = wheel_tags(target, Interpreter("python", facts["python"]))
    for name, version in {
        **{row.release.package: str(row.version) for row in found.chosen},
        **found.pulled_in,
    }.items():
        row = next(row for row in releases(name) if str(row.version) == version)
        assert row.requires_python.contains(facts["python"])
        # A release without any wheel is built where it is installed.
        assert not row.wheels or tags & tags_of(row), f"{name} {version}"


def tags_of(release):
    return frozenset(
        Tag(python, abi, platform)
        for wheels in release.wheels
        for platform in wheels.platforms
        for pair in wheels.pythons
        for pythons, abi in (pair.split("-"),)
        for python in pythons.split(".")
    )


@EACH
@given(machines(), wishes())
def test_every_document_is_stable_and_says_what_it_stands_on(facts, texts):
    first, second = (ask(here(facts), *texts).to_json(TODAY) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert json.loads(json.dumps(first)) == first
    assert first["ok"] == (not first["reasons"]) == bool(first["packages"])
    assert first["explanation"]
    for row in first["evidence"]:
        assert row["source"]
        assert datetime.date.fromisoformat(row["checked"]) < TODAY
        assert row["confidence"] in {"official", "derived", "third-party"}
        assert row["age_days"] >= 0
    # A limit between packages can stand in a note alone; all else names its row.
    if first["ok"]:
        assert first["evidence"]


MODERN = machines(systems=SYSTEMS[:1], gpu=True)


@EACH
@given(MODERN, wishes(("torch", "jax")))
@example(
    {**UBUNTU, "gpu": "L4", "compute_capability": "8.9", "driver": "580.65.06"},
    ["torch==2.7.1", "jax[cuda12]==0.8.0"],
)
def test_alternatives_work_when_asked_for(facts, texts):
    found = ask(here(facts), *texts)
    same, _ = pinned(found.chosen)
    for name in found.alternatives:
        again = ask(here(facts), *same, build=name)
        assert (again.ok, again.build) == (True, name), again.explanation


@EACH
@given(machines(), wishes(), st.sampled_from((None, None, "cu126", "cu118", "cpu")))
def test_the_nearest_works_when_asked_for(facts, texts, build):
    near = ask(here(facts), *texts, build=build).nearest
    if near is None:
        return
    same, name = pinned(near.chosen)
    python = near.python or facts["python"]
    again = ask(here({**facts, "python": python}), *same, build=name or near.asked_build)
    assert again.ok, f"{same} {name} {again.explanation}"


@EACH
@given(MODERN, wishes(("torch", "jax", "tensorflow")))
def test_a_build_on_request_is_the_build_of_the_answer(facts, texts):
    found = ask(here(facts), texts[0])
    if found.ok:
        same, name = pinned(found.chosen)
        assert ask(here(facts), *same, build=name).build == name
