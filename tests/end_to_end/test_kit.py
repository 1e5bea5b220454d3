"""An offline kit from a real lock: packed by the real command, installed without any network."""

import json
import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "environment" / "kit"))

from sdist_fixtures import make_sdist

from bringup.base.files import digest_file
from bringup.base.messages import catalogue
from bringup.environment.kit import install, install_words

pytestmark = pytest.mark.timeout(600)

PROJECT = """
[project]
name = "small"

[environment]
requirements = ["numpy", "gamma"]
requirements_file = "requirements.txt"

[train]
script = "code/train.py"
"""
IMPORTS = "import numpy, idna, gamma; print(numpy.arange(4).sum(), idna.__name__, gamma.where)"
ALONE = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), 5)
except OSError as error:
    print("alone:", error.strerror)
"""
PYTHON = Path(sys.executable).resolve()
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Packed:
    """A project, its kit, and the kit unpacked."""

    project: Path
    env: dict
    archive: Path
    document: dict
    folder: Path

    def bringup(self, *arguments, **env):
        return run([sys.executable, "-m", "bringup", *arguments], {**self.env, **env}, self.project)

    def copy(self, place):
        """Return a copy of the unpacked kit whose files may be replaced, not written into."""
        return Path(shutil.copytree(self.folder, place, copy_function=os.link))


def run(argv, env, cwd):
    return subprocess.run(
        [str(word) for word in argv],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def write_project(folder):
    (folder / "code").mkdir(parents=True)
    (folder / "bringup.toml").write_text(PROJECT)
    (folder / "requirements.txt").write_text("idna\n")
    (folder / "code" / "train.py").write_text("import helper\n")
    (folder / "code" / "helper.py").write_text("print('helped')\n")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    place = tmp_path_factory.mktemp("kit")
    write_project(place / "project")
    make_sdist(place / "links")
    env = {
        **os.environ,
        "BRINGUP_LANG": "en",
        "BRINGUP_CACHE_DIR": str(place / "cache"),
        "UV_FIND_LINKS": str(place / "links"),
    }
    archive = place / "env.tar"
    argv = [sys.executable, "-m", "bringup", "bundle-env", "--out", archive, "--json"]
    done = run(argv, env, place / "project")
    assert done.returncode == 0, done.stderr
    with tarfile.open(archive) as members:
        members.extractall(place / "unpacked", filter="data")
    document = json.loads(done.stdout)
    folder = place / "unpacked" / document["folder"]
    return Packed(place / "project", env, archive, document, folder)


@pytest.fixture(scope="module")
def no_network():
    """Return the words that start a program in a network namespace without an interface."""
    for words in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if shutil.which("unshare") and run([*words, "true"], None, "/").returncode == 0:
            return words
    pytest.fail(
        "this test needs `unshare -n` (util-linux): run it as root or allow user namespaces"
    )


@pytest.fixture
def far(tmp_path):
    """Return the environment of a bare machine: a Python, and nothing of ours."""
    (tmp_path / "home").mkdir()
    return {"PATH": f"{PYTHON.parent}:/usr/bin:/bin", "HOME": str(tmp_path / "home")}


def installs(folder, into, words, env):
    return run([*words, "sh", folder / "install.sh", "--into", into], env, "/")


# Packing


def test_what_is_in_a_kit(packed):
    document = packed.document
    assert document["sha256"] == digest_file(packed.archive)
    assert document["bytes"] == packed.archive.stat().st_size
    manifest = json.loads((packed.folder / "manifest.json").read_text())
    assert manifest == document["manifest"]
    names = {row["name"]: row for row in manifest["packages"]}
    assert {"numpy", "idna", "gamma", "bringup", "uv", "typer"} <= names.keys()
    assert names["numpy"]["uses"] == ["train"]
    assert names["gamma"]["built_from"]["file"] == "gamma-1.0.tar.gz"
    files = {path.relative_to(packed.folder).as_posix() for path in packed.folder.rglob("*")}
    code = {"project/code/train.py", "project/code/helper.py", "project/requirements.txt"}
    assert {"SHA256SUMS", "project/bringup.toml", "locks/bringup.lock", *code} <= files
    home = str(packed.project)
    texts = [
        path.read_text()
        for path in packed.folder.rglob("*")
        if path.suffix != ".whl" and path.is_file() and "locks" not in path.parts
    ]
    assert not [text for text in texts if home in text or sys.prefix in text]
    checked = run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], None, packed.folder)
    assert checked.returncode == 0, checked.stdout


def test_the_same_lock_gives_the_same_bytes(packed, tmp_path):
    again = packed.bringup(
        "--lang", "zh", "bundle-env", "--out", tmp_path / "again.tar", BRINGUP_CACHE_DIR=tmp_path
    )
    assert again.returncode == 0, again.stderr
    assert digest_file(tmp_path / "again.tar") == packed.document["sha256"]
    assert packed.document["sha256"] in again.stdout
    assert not list((packed.project / ".bringup").glob("pack-*"))


def test_killed_while_packing(packed, tmp_path):
    instants = random.Random(2026)
    out, cache = tmp_path / "env.tar", {"BRINGUP_CACHE_DIR": str(tmp_path / "cache")}
    argv = [sys.executable, "-m", "bringup", "bundle-env", "--out", out, "--quiet"]
    for _ in range(5):
        process = subprocess.Popen(argv, cwd=packed.project, env={**packed.env, **cache})
        time.sleep(instants.uniform(0.4, 2.5))
        process.kill()
        process.wait()
        assert not out.exists() or digest_file(out) == packed.document["sha256"]
        out.unlink(missing_ok=True)
    done = packed.bringup("bundle-env", "--out", out, **cache)
    assert done.returncode == 0, done.stderr
    assert digest_file(out) == packed.document["sha256"]
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))


def test_a_kit_for_another_platform(packed, installer, tmp_path):
    project = Path(shutil.copytree(packed.project, tmp_path / "project"))
    shutil.rmtree(project / ".bringup")
    wish = ["--target", "cpu", "--target", "cpu@linux-aarch64"]
    argv = [sys.executable, "-m", "bringup"]
    locked = run([*argv, "lock", *wish], packed.env, project)
    assert locked.returncode == 0, locked.stderr
    pack = ["bundle-env", "--target", "cpu@linux-aarch64", "--out", "b.tar.gz", "--json"]
    done = run([*argv, *pack], packed.env, project)
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)["manifest"]
    compiled = [row["member"] for row in manifest["packages"] if "-any.whl" not in row["member"]]
    assert compiled
    assert all("aarch64" in name for name in compiled)
    with tarfile.open(project / "b.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / "small-cpu-linux-aarch64-kit"
    rest = (folder / "project" / "bringup.lock").read_text()
    assert (rest.count("[[target]]"), "asked" in rest) == (1, False)
    assert refused(installer(folder), "arch: expected aarch64, found x86_64")


def test_refusals_of_the_packer(packed, tmp_path):
    for arguments, said in (
        (["--out", tmp_path / "env.zip"], ".tar"),
        (["--target", "cu999"], "locked are: cpu"),
        (["--with-python", "--out", tmp_path / "env.tar"], "not managed by uv"),
    ):
        done = packed.bringup("bundle-env", *arguments)
        assert done.returncode == 1, done.stderr
        assert said in done.stderr
        assert "hint: " in done.stderr
    assert not list(tmp_path.iterdir())


# Installing


def test_it_installs_without_network(packed, no_network, far, tmp_path):
    # A network that the settings of the far machine only promise must not be asked either.
    far |= {"UV_INDEX": "http://192.0.2.1/simple", "PIP_INDEX_URL": "http://192.0.2.1/simple"}
    into = tmp_path / "installed here"
    assert "unreachable" in run([*no_network, PYTHON, "-c", ALONE], far, "/").stdout
    done = installs(packed.folder, into, no_network, far)
    assert done.returncode == 0, done.stderr
    assert f"cd {into} && ./bringup verify" in done.stderr
    (train,) = (into / ".bringup" / "envs").glob("train-*")
    shown = run([*no_network, train / "bin" / "python", "-c", IMPORTS], far, "/")
    assert shown.stdout == "6 idna 315532800\n", shown.stderr
    locked = (into / "pylock.cpu.toml").read_text()
    assert "file:" not in locked
    verified = run([*no_network, into / "bringup", "verify", "--json"], far, into)
    assert verified.returncode == 0, verified.stderr
    stages = json.loads(verified.stdout)["stages"]
    assert stages["verify"]["status"] == "done"
    assert stages["lock"]["taken"]
    assert stages["sync"]["target"]["python"]["version"].startswith(MINOR)
    trained = run([*no_network, into / "bringup", "train"], far, into)
    assert trained.returncode == 0, trained.stderr
    # Nothing was resolved again.
    assert (into / "pylock.cpu.toml").read_text() == locked
    # Twice is no fault, and makes nothing again.
    again = installs(packed.folder, into, no_network, far)
    assert again.returncode == 0, again.stderr
    assert run([*no_network, into / "bringup", "lock", "--again"], far, into).returncode == 0


def test_killed_while_installing(packed, far, tmp_path):
    instants = random.Random(7)
    into = tmp_path / "p"
    argv = ["sh", str(packed.folder / "install.sh"), "--into", str(into)]
    for _ in range(5):
        process = subprocess.Popen(argv, env=far, stderr=subprocess.DEVNULL)
        time.sleep(instants.uniform(0.1, 1.5))
        process.kill()
        process.wait()
    done = installs(packed.folder, into, [], far)
    assert done.returncode == 0, done.stderr
    assert run([into / "bringup", "verify"], far, into).returncode == 0


@pytest.fixture
def managed(tmp_path):
    """Put a copy of this Python where uv keeps those that it manages; return its program."""
    version = ".".join(str(number) for number in sys.version_info[:3])
    home = tmp_path / "pythons" / f"cpython-{version}-linux-x86_64-gnu"
    stdlib = Path(sysconfig.get_path("stdlib"))
    left_out = shutil.ignore_patterns("__pycache__", "test", "*-packages", "config-*", "idlelib")
    shutil.copytree(stdlib, home / "lib" / stdlib.name, ignore=left_out)
    (home / "bin").mkdir()
    program = home / "bin" / f"python{MINOR}"
    shutil.copy(PYTHON, program)
    (home / "bin" / "python3").symlink_to(program.name)
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython*.so*"):
        shutil.copy(library, home / "lib", follow_symlinks=False)
    return program


def test_with_its_own_python(packed, no_network, managed, tmp_path):
    version = ".".join(str(number) for number in sys.version_info[:3])
    fact = json.dumps([{"path": str(managed), "version": version}])
    project = tmp_path / "project"
    write_project(project)
    env = {**packed.env, "UV_PYTHON_INSTALL_DIR": str(managed.parents[2])}
    argv = [sys.executable, "-m", "bringup", "bundle-env", "--with-python", "--json"]
    done = run([*argv, "--fact", f"python.interpreters={fact}"], env, project)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["manifest"]["python"]["included"]["version"] == version
    run(["tar", "-xf", "env.tar"], None, project)
    shutil.rmtree(managed.parents[2])
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "tar", "grep", "sha256sum", "mktemp", "rm", "dirname"):
        (bare / name).symlink_to(shutil.which(name))
    far = {"PATH": str(bare), "HOME": str(tmp_path)}
    into, folder = tmp_path / "far", project / document["folder"]
    installed = installs(folder, into, [shutil.which(no_network[0]), *no_network[1:]], far)
    assert installed.returncode == 0, installed.stderr
    (train,) = (into / ".bringup" / "envs").glob("train-*")
    code = f"{IMPORTS}; import sys; print(sys.base_prefix)"
    shown = run([train / "bin" / "python", "-c", code], far, "/")
    assert shown.stdout.splitlines()[1] == str(into / ".bringup/kit/interpreter/python")
    damaged(folder, "python.tar")
    refused = installs(folder, tmp_path / "other", [], far)
    assert (refused.returncode, "python.tar" in refused.stderr) == (1, True)


# Kits that are refused: by the installer in this process


@pytest.fixture
def installer(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(install_words, "TEXTS", catalogue("kit"))

    def start(folder, *arguments, into=tmp_path / "into"):
        code = install.main(["--into", str(into), "--lang", "en", *arguments], folder)
        return code, capsys.readouterr().err

    return start


def damaged(folder, name, at=None):
    """Flip one bit of a member, in its middle where nothing else is said."""
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2 if at is None else at] ^= 1
    (folder / name).unlink()
    (folder / name).write_bytes(data)


def doctored(folder, change):
    """Change the manifest, and its checksum with it."""
    path, sums = folder / "manifest.json", folder / "SHA256SUMS"
    manifest, old = json.loads(path.read_text()), digest_file(path)
    change(manifest)
    path.unlink()
    path.write_text(json.dumps(manifest))
    text = sums.read_text().replace(old, digest_file(path))
    sums.unlink()
    sums.write_text(text)


def refused(result, *words):
    code, said = result
    assert code == 1, said
    assert said.count("error: ") == 1
    assert "hint: " in said
    for word in words:
        assert word in said
    return True


def test_a_whole_kit_passes(packed, installer, tmp_path):
    code, said = installer(packed.folder, "--check")
    assert (code, "whole" in said) == (0, True)
    assert not (tmp_path / "into").exists()
    with pytest.raises(SystemExit):
        install.main([], packed.folder)


def test_it_installs_in_this_process_too(packed, installer, tmp_path):
    code, said = installer(packed.folder)
    assert code == 0, said
    assert (tmp_path / "into" / "bringup").exists()
    # Files of the project that are there are the user's.
    (tmp_path / "into" / "requirements.txt").write_text("idna # mine\n")
    assert installer(packed.folder)[0] == 0
    assert "mine" in (tmp_path / "into" / "requirements.txt").read_text()


def test_a_flipped_bit_names_the_member(packed, installer, tmp_path):
    names = ["install.sh", "manifest.json", "project/bringup.toml", "tools/pylock.tools.toml"]
    names += [f"wheels/{path.name}" for path in packed.folder.glob("wheels/numpy*")]
    for number, name in enumerate(names):
        folder = packed.copy(tmp_path / f"kit{number}")
        damaged(folder, name)
        assert refused(installer(folder), "damaged", name)
    assert not (tmp_path / "into").exists()


def test_damaged_checksums(packed, installer, tmp_path):
    wheel = next(packed.folder.glob("wheels/numpy*")).name
    for number, (old, new) in enumerate(
        [
            (f"  wheels/{wheel}", f"  wheels/x{wheel}"),
            (digest_file(packed.folder / "wheels" / wheel), "0" * 64),
            ("  wheels", " wheels"),
            ("  install.py", "  ../install.py"),
        ]
    ):
        folder = packed.copy(tmp_path / f"kit{number}")
        text = (folder / "SHA256SUMS").read_text().replace(old, new)
        (folder / "SHA256SUMS").unlink()
        (folder / "SHA256SUMS").write_text(text)
        assert refused(installer(folder), "SHA256SUMS" if number else f"x{wheel}")


def test_missing_members_are_named(packed, installer, tmp_path):
    for name in ("SHA256SUMS", "manifest.json", "locks/bringup.lock"):
        folder = packed.copy(tmp_path / name.replace("/", "-"))
        (folder / name).unlink()
        assert refused(installer(folder), "missing", name)


def test_a_truncated_archive(packed, installer, tmp_path):
    cut = tmp_path / "cut.tar"
    data = packed.archive.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    assert run(["tar", "-xf", "cut.tar"], None, tmp_path).returncode != 0
    folder = tmp_path / packed.document["folder"]
    lost = sorted(path.name for path in packed.folder.glob("wheels/*"))[-1]
    assert refused(installer(folder), "missing wheels/")
    assert not (folder / "wheels" / lost).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda row: row["platform"].update(arch="aarch64"), ["arch: expected aarch64", "x86_64"]),
        (lambda row: row["platform"].update(os="macos"), ["os: expected macos, found linux"]),
        (lambda row: row["platform"].update(libc="musl"), ["libc: expected musl, found glibc"]),
        (lambda row: row.update(libc_floor="2.99"), ["glibc: expected >= 2.99, found 2."]),
        (lambda row: row["python"].update(minor="3.99"), ["Python: expected 3.99", "python3.99"]),
        (lambda row: row["python"].update(minimum=f"{MINOR}.99"), [f"expected >= {MINOR}.99"]),
        (lambda row: row["bytes"].update(installed=1 << 60), ["takes", "df -h"]),
    ],
)
def test_a_machine_that_does_not_fit(packed, installer, tmp_path, change, words):
    folder = packed.copy(tmp_path / "kit")
    doctored(folder, change)
    assert refused(installer(folder), *words)
    assert not (tmp_path / "into").exists()


def test_folders_that_are_not_for_it(packed, installer, tmp_path):
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "thesis.tex").write_text("mine")
    file.write_text("mine")
    assert refused(installer(packed.folder, into=full), str(full))
    assert refused(installer(packed.folder, into=file), str(file))
    other = full / "other" / ".bringup" / "kit"
    other.mkdir(parents=True)
    (other / "SHA256SUMS").write_text("of another kit")
    assert refused(installer(packed.folder, into=full / "other"), "another kit")
    assert refused(installer(packed.folder, into=Path("/proc/here")), "/proc/here")
    with install.alone(tmp_path / "busy"):
        assert refused(installer(packed.folder, into=tmp_path / "busy"), "another installer")


def test_a_wheel_that_is_exchanged_after_the_check_is_refused_by_uv(packed, installer, tmp_path):
    code, said = installer(packed.folder)
    assert code == 0, said
    into = tmp_path / "into"
    wheels, envs = into / ".bringup" / "kit" / "wheels", into / ".bringup" / "envs"
    # The time of the first file in the archive: all files in it stay readable.
    damaged(wheels, next(wheels.glob("numpy*")).name, at=10)
    shutil.rmtree(envs)
    shutil.rmtree(into / ".bringup" / "kit" / "cache")
    done = run([into / "bringup", "sync"], {**os.environ, "BRINGUP_LANG": "en"}, into)
    assert done.returncode == 1
    assert "hash" in done.stderr.lower()
