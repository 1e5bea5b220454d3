"""What must hold for every row of every table, whoever wrote it."""

import datetime
import json
import re

import jsonschema
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from bringup.knowledge.refresh.registry import TABLES, tables
from bringup.knowledge.refresh.toml import head_of, read_document, render

SCHEMA = json.loads((TABLES / "schema.json").read_text(encoding="utf-8"))
NAMES = list(tables())
BUILDS = [name for name in NAMES if name.startswith("builds/")]
PACKAGES = [name for name in NAMES if name.startswith("packages/")]


def read(name):
    return read_document(TABLES / f"{name}.toml")


def rows_of(document):
    return [
        (kind, row) for kind, rows in document.items() if isinstance(rows, list) for row in rows
    ]


def as_json(value):
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def versions(name):
    return [row["version"] for row in read(name)["release"]]


def kept_versions(name):
    return {row["version"] for row in read(name)["release"] if not row.get("yanked", False)}


@pytest.fixture(scope="module", params=NAMES)
def table(request):
    return request.param, read(request.param)


def test_the_programs_know_all_tables():
    # Reviewed by hand: no index tells what is in these.
    older = {"datasets", "frameworks", "installs", "systems"}
    files = {path.relative_to(TABLES).with_suffix("").as_posix() for path in TABLES.rglob("*.toml")}
    assert files - older == set(NAMES)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_table_obeys_the_schema(table):
    name, document = table
    definition = name.partition("/")[0]
    schema = {**SCHEMA, "$ref": f"#/$defs/{definition}"}
    jsonschema.Draft202012Validator(schema).validate(as_json(document))


def test_every_row_says_where_it_comes_from_and_when(table):
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for _, row in rows_of(table[1]):
        assert len(row["source"]) > 10, row
        # A build machine's clock may be a day behind the one that wrote the row.
        assert datetime.date(2026, 11, 1) <= row["checked"], row
        assert row["checked"] <= max(today, datetime.date(2026, 12, 31)), row
        assert row["confidence"] in {"official", "derived", "third-party"}, row


def test_no_row_stands_twice(table):
    def key(kind, row):
        return {
            "release": lambda: row["version"],
            "build": lambda: (row["version"], row["build"]),
            "family": lambda: row["major"],
            "toolkit": lambda: row["release"],
            "capability": lambda: row["cuda"],
            "host_compiler": lambda: row["cuda"],
            "architecture": lambda: row["name"],
            "branch": lambda: row["branch"],
            "support": lambda: row["cudnn"],
            "gpu": lambda: row["name"],
            "rocm": lambda: row["version"],
            "conflict": lambda: row["id"],
            "name": lambda: row["name"],
        }[kind]()

    keys = [(kind, key(kind, row)) for kind, row in rows_of(table[1])]
    assert len(keys) == len(set(keys))


def test_the_file_is_written_as_its_program_writes_it(table):
    path = TABLES / f"{table[0]}.toml"
    assert render(table[1], head_of(path)) == path.read_text(encoding="utf-8")
    assert head_of(path)


def test_names_no_place_of_a_machine_and_no_number_of_a_search(table):
    text = (TABLES / f"{table[0]}.toml").read_text(encoding="utf-8")
    assert not re.search(r"/work|/root|/opt/|files\.pythonhosted|\b\d{9,}\b", text)


@pytest.mark.parametrize("name", [*PACKAGES, "cudnn", "nccl"])
def test_releases_are_final_and_newest_first(name):
    rows = [Version(version) for version in versions(name)]
    assert rows == sorted(rows, reverse=True)
    assert not any(row.is_prerelease for row in rows)


@pytest.mark.parametrize("name", PACKAGES)
def test_rows_of_releases_can_be_read(name):
    assert read(name)["package"] == name.partition("/")[2]
    for row in read(name)["release"]:
        SpecifierSet(row.get("requires_python", ""))
        for text in [
            *row.get("requires", ()),
            *(t for e in row.get("extras", {}).values() for t in e),
        ]:
            requirement = Requirement(text)
            assert str(requirement) == text
        assert row["wheels"] or row.get("sdist"), row["version"]


@pytest.mark.parametrize("name", PACKAGES)
def test_wheels_are_valid_tags(name):
    for row in read(name)["release"]:
        for wheel in row["wheels"]:
            platform, *pairs = wheel.split()
            assert pairs and len(pairs) == len(set(pairs)), wheel
            for pair in pairs:
                python, _, abi = pair.partition("-")
                tags = parse_tag(f"{python.removesuffix('t')}-{abi or pair}-{platform}")
                assert tags, wheel
                assert all(re.fullmatch(r"(cp|pp|py)\d+", tag.interpreter) for tag in tags), wheel


def test_requirements_name_only_what_decides():
    known = {name.partition("/")[2] for name in PACKAGES}
    for name in PACKAGES:
        package = name.partition("/")[2]
        for row in read(name)["release"]:
            for text in row.get("requires", ()):
                other = canonicalize_name(Requirement(text).name)
                is_nvidia = other.startswith("nvidia-") or other in {
                    "cuda-toolkit",
                    "cuda-bindings",
                }
                assert is_nvidia or other in known | {package}, text


@pytest.mark.parametrize("name", BUILDS)
def test_builds_are_of_known_releases_and_every_release_has_one(name):
    framework = read(name)["framework"]
    assert name == f"builds/{framework}"
    built = {row["version"] for row in read(name)["build"]}
    assert built == kept_versions(f"packages/{framework}")


@pytest.mark.parametrize("name", BUILDS)
def test_each_platform_has_one_default_build(name):
    rows = read(name)["build"]
    for version in {row["version"] for row in rows}:
        served = [p for row in rows if row["version"] == version for p in row.get("default_on", ())]
        assert len(served) == len(set(served)), (version, served)


@pytest.mark.parametrize("name", BUILDS)
def test_numbers_of_builds_are_sane(name):
    families = {str(row["major"]) for row in read("cuda")["family"]}
    rocm = {row["version"]: row["gfx"] for row in read("rocm")["rocm"]}
    for row in read(name)["build"]:
        if row["build"].startswith("rocm"):
            assert row["archs"] == rocm[row["build"][4:]]
            continue
        if row["build"] == "cpu":
            assert not {"cuda", "archs", "floor", "cudnn"} & set(row), row
            continue
        assert row["cuda"].split(".")[0] in families
        digits = row["cuda"].replace(".", "")
        assert digits.startswith(row["build"].lstrip("cuda")), row
        for key in ("archs", "archs_aarch64"):
            archs = [Version(arch) for arch in row.get(key, ())]
            assert archs == sorted(archs)
        assert row.get("archs") or row.get("floor"), row
        if "ptx" in row:
            assert row["ptx"] == row["archs"][-1]
        if "floor" in row and "ceiling" in row:
            assert Version(row["floor"]) <= Version(row["ceiling"])


def test_toolkits_have_a_family_and_their_drivers_rise():
    cuda = read("cuda")
    majors = {row["major"] for row in cuda["family"]}
    rows = [row for row in cuda["toolkit"] if Version(row["cuda"]).major >= min(majors)]
    assert {Version(row["cuda"]).major for row in rows} == majors
    for column in ("driver_linux", "driver_windows"):
        by_cuda = {}
        for row in rows:
            if column in row:
                by_cuda.setdefault(Version(row["cuda"]), []).append(Version(row[column]))
        newest = [max(by_cuda[number]) for number in sorted(by_cuda)]
        assert newest == sorted(newest)
    for row in cuda["family"]:
        toolkits = [t for t in rows if t["cuda"] == f"{row['major']}.0" and "driver_linux" in t]
        assert toolkits, row


def test_capabilities_rise_with_cuda():
    rows = read("cuda")["capability"]
    for column in ("floor", "ceiling"):
        numbers = [Version(row[column]) for row in rows]
        assert numbers == sorted(numbers)
    assert [Version(row["cuda"]) for row in rows] == sorted(Version(row["cuda"]) for row in rows)


def test_each_nvidia_gpu_belongs_to_an_architecture():
    ranges = [(Version(r["floor"]), Version(r["ceiling"])) for r in read("cuda")["architecture"]]
    for row in read("gpus")["gpu"]:
        if "compute_capability" in row:
            number = Version(row["compute_capability"])
            assert any(low <= number <= high for low, high in ranges), row["name"]


def test_an_alias_means_one_compute_capability():
    meanings = {}
    for row in read("gpus")["gpu"]:
        for alias in (row["name"], *row["aliases"]):
            what = (row["vendor"], row.get("compute_capability"), row.get("gfx"))
            meanings.setdefault(alias.lower(), set()).add(what)
        assert row["name"] not in row["aliases"]
        assert row["aliases"] == sorted(row["aliases"])
    assert not {alias: what for alias, what in meanings.items() if len(what) > 1}


@pytest.mark.parametrize(
    ("alias", "capability"),
    [
        ("P40", "6.1"),
        ("K80", "3.7"),
        ("GTX 1080 Ti", "6.1"),
        ("RTX 4090", "8.9"),
        ("NVIDIA GeForce RTX 4090", "8.9"),
        ("NVIDIA GeForce RTX 3060 Laptop GPU", "8.6"),
        ("RTX PRO 6000 Blackwell", "12.0"),
        ("NVIDIA H100 80GB HBM3", "9.0"),
        ("V100", "7.0"),
        ("A10", "8.6"),
        ("L40S", "8.9"),
        ("GTX 980", "5.2"),
        ("DGX Spark", "12.1"),
    ],
)
def test_gpus_are_found_by_the_names_that_people_type(alias, capability):
    rows = [r for r in read("gpus")["gpu"] if alias in (r["name"], *r["aliases"])]
    assert {row["compute_capability"] for row in rows} == {capability}


def all_versions(package):
    if package == "cuda":
        return [row["cuda"] for row in read("cuda")["toolkit"]]
    return versions(f"packages/{package}")


def test_conflicts_name_known_packages_and_hold_for_something():
    known = {name.partition("/")[2] for name in PACKAGES}
    kinds = (
        "against",
        "needs",
        "os",
        "python",
        "libc",
        "glibc",
        "cpu",
        "extra",
        "floor",
        "ceiling",
        "severity",
    )
    for row in read("conflicts")["conflict"]:
        assert any(kind in row for kind in kinds), row
        assert row["package"] in known | {"cuda"}, row
        when = SpecifierSet(row["when"])
        assert any(v in when for v in all_versions(row["package"])), row["id"]
        if "against" in row:
            SpecifierSet(row["against_when"])
            assert row["against"] in known
        for key in ("needs", "unless"):
            if key in row:
                Requirement(row[key])


def test_cudnn_pins_of_torch_are_releases():
    known = set(versions("cudnn"))
    pins = [
        (row["version"], Requirement(text))
        for row in read("packages/torch")["release"]
        for text in row["requires"]
        if text.startswith("nvidia-cudnn")
    ]
    assert len(pins) > 25
    for version, pin in pins:
        assert any(release in pin.specifier for release in known), (version, pin)
