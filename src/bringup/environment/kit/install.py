"""Install this offline kit: python3 install.py --into FOLDER

Needs nothing but the Python that the kit was packed for. Checks every file of the kit and the
machine first, then makes the project's environments with the uv inside, without any network.
Killed at any instant, the same command completes the installation.
"""

# This goes into kits, in one file with its two modules (see `installers`): what starts must not
# depend on a second file that may be missing. It stands on the standard library only, and has no
# syntax newer than Python 3.7, so that an old Python can say that it is too old.
from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bringup.environment.kit.install_checks import (
    CHUNK_BYTES,
    STATE,
    SUMS,
    Kit,
    check_folder,
    check_machine,
    check_room,
    check_same,
    digest_of,
)
from bringup.environment.kit.install_words import Refusal, choose_language, language, say, size_text


def main(arguments: list[str], folder: Path) -> int:
    """Install the kit in ``folder``, and return the exit code.

    0 is done, 1 refused, 2 wrong usage, 130 interrupted.
    """
    options = parse(arguments)
    choose_language(options.lang)
    try:
        return install(options, folder)
    except Refusal as refusal:
        say("error", refusal.code, **refusal.params)
    except KeyboardInterrupt:
        say("error", "KIT112")
        return 130
    except OSError as error:
        say("error", "KIT111", path=error.filename or "", reason=error.strerror or error)
    return 1


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="install.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--into", metavar="FOLDER", type=Path, help="where the project shall stand")
    parser.add_argument("--check", action="store_true", help="check the kit and the machine only")
    parser.add_argument("--lang", choices=["en", "zh"], help="language of all texts")
    options = parser.parse_args(arguments)
    if options.into is None and not options.check:
        parser.error("the following arguments are required: --into FOLDER")
    return options


def install(options: argparse.Namespace, folder: Path) -> int:
    """Check everything, then install."""
    into = None if options.into is None else options.into.expanduser().absolute()
    if into is not None:
        check_folder(into)
    kit = Kit(folder)
    check_machine(kit.manifest)
    say("", "KIT122", count=len(kit.sums), size=size_text(kit.manifest["bytes"]["members"]))
    kit.check_all()
    if into is None or options.check:
        say("", "KIT123")
        return 0
    check_same(kit, into)
    check_room(kit, into)
    with alone(into):
        say("", "KIT124", path=into)
        lay(kit, into)
        python = base_python(kit, into)
        make_control(kit, into, python)
        settle(into)
        write_program(into)
    left = ", ".join(kit.manifest["not_packed"])
    if left:
        say("", "KIT126", names=left)
    say("", "KIT125", folder=into)
    return 0


@contextlib.contextmanager
def alone(into: Path) -> Iterator[None]:
    """Hold the folder while the block runs; the system lets go when we are killed."""
    # Not at the head: another system than the kit's has no such module, and must be told so.
    import fcntl

    (into / STATE).mkdir(parents=True, exist_ok=True)
    with (into / STATE / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refusal("KIT113", path=into) from error
        yield


def dying_with_us() -> Callable[[], None] | None:
    """Return what lets a child die with us, on Linux even when we are killed."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: the child must call it without importing anything.
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, 9)


def lay(kit: Kit, into: Path) -> None:
    """Put the kit's files where they stay. Files of the project that are there are left alone."""
    state = into / STATE
    put(kit.folder / SUMS, state / SUMS)
    for name in sorted(kit.manifest["members"]):
        head, _, rest = name.partition("/")
        source = kit.folder / name
        if head == "project":
            if not (into / rest).exists():
                put(source, into / rest)
        elif head in {"wheels", "locks", "tools"}:
            put(source, state / name)
    put(kit.folder / "manifest.json", state / "manifest.json")


def put(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, whole or not at all; linked where it can be."""
    if target.exists() and same_file(source, target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name("." + target.name + ".part")
    if part.exists():
        part.unlink()
    if source.suffix == ".whl":
        try:
            os.link(str(source), str(part))
            os.replace(str(part), str(target))  # noqa: PTH105 - Path.replace is the same
            return
        except OSError:
            # Another disk, or one that knows no links.
            pass
    shutil.copyfile(str(source), str(part))
    os.replace(str(part), str(target))  # noqa: PTH105


def same_file(source: Path, target: Path) -> bool:
    """Say whether two files hold the same bytes."""
    if target.samefile(source):
        return True
    return source.stat().st_size == target.stat().st_size and digest_of(source) == digest_of(target)


def base_python(kit: Kit, into: Path) -> str:
    """Return the Python to build on: the kit's own, unpacked, else the one that runs us."""
    included = kit.manifest["python"]["included"]
    if included is None:
        return os.path.realpath(sys.executable)
    home = into / STATE / "interpreter"
    done = home / ".complete"
    if not done.is_file():
        shutil.rmtree(str(home), ignore_errors=True)
        home.mkdir(parents=True)
        with tarfile.open(str(kit.folder / included["member"])) as archive:
            archive.extractall(str(home))
        done.write_text("", encoding="utf-8")
    return str(home / included["program"])


def bare_environment(state: Path) -> dict[str, str]:
    """Return the environment of the kit's uv: of what the user set for uv and pip, nothing."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("UV_", "PIP_", "PYTHON")) and name != "VIRTUAL_ENV"
    }
    return {**env, **offline_settings(state)}


def offline_settings(state: Path) -> dict[str, str]:
    """Return uv's settings for a machine without network."""
    return {
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(state / "wheels"),
        "UV_CACHE_DIR": str(state / "cache"),
        "UV_PYTHON_DOWNLOADS": "never",
    }


def make_control(kit: Kit, into: Path, python: str) -> None:
    """Make bringup's own environment; it is complete only when its mark is there."""
    state = into / STATE
    control, mark = state / "control", state / "control" / ".complete"
    if mark.is_file() and control_python(into).exists():
        return
    shutil.rmtree(str(control), ignore_errors=True)
    uv, env = uv_program(kit, state), bare_environment(state)
    quiet = ["--no-config", "--quiet"]
    run([uv, "venv", "--no-project", *quiet, "--python", python, str(control)], env)
    lock = state / "tools" / "pylock.tools.toml"
    target = ["--python", str(control_python(into))]
    run([uv, "pip", "sync", "--no-index", *quiet, *target, str(lock)], env)
    mark.write_text("", encoding="utf-8")


def uv_program(kit: Kit, state: Path) -> str:
    """Take the uv program out of its wheel."""
    path = state / "uv"
    with zipfile.ZipFile(str(kit.folder / kit.manifest["uv"])) as wheel:
        member = next(row for row in wheel.namelist() if row.endswith(".data/scripts/uv"))
        with wheel.open(member) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return str(path)


def control_python(into: Path) -> Path:
    """Return the Python of bringup's own environment."""
    return into / STATE / "control" / "bin" / "python"


def run(command: list[str], env: dict[str, str]) -> None:
    """Run a program to its end; what it says is shown when it fails."""
    done = subprocess.run(
        command,
        check=False,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=dying_with_us(),
    )
    if done.returncode != 0:
        said = done.stdout.decode("utf-8", "replace").strip()
        raise Refusal("KIT109", command=" ".join(command[1:3]), said=said)


def settle(into: Path) -> None:
    """Let bringup take the lock over and make the environments; it says itself what is wrong."""
    # As PROGRAM does it: with other settings bringup would lock anew when it is called next.
    env = {**offline_settings(into / STATE), **{k: v for k, v in os.environ.items() if v}}
    program = [str(control_python(into)), "-I", "-m", "bringup", "--lang", language()]
    done = subprocess.run(
        [*program, "settle-kit", str(into)],
        check=False,
        env=env,
        preexec_fn=dying_with_us(),
    )
    if done.returncode == 130:
        raise KeyboardInterrupt
    if done.returncode != 0:
        raise Refusal("KIT110", ended=done.returncode)


def write_program(into: Path) -> None:
    """Write the command that people type, last: who finds it finds all the rest."""
    part = into / ".bringup.part"
    part.write_text(PROGRAM, encoding="utf-8")
    part.chmod(0o755)
    os.replace(str(part), str(into / "bringup"))  # noqa: PTH105


PROGRAM = """\
#!/bin/sh
# bringup as the kit brought it. Without network: packages come from the kit's own wheels.
# With network: UV_OFFLINE=0 UV_NO_INDEX=0 ./bringup ...
state=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/.bringup/kit
export UV_OFFLINE="${UV_OFFLINE:-1}" UV_NO_INDEX="${UV_NO_INDEX:-1}"
export UV_FIND_LINKS="${UV_FIND_LINKS:-$state/wheels}" UV_CACHE_DIR="${UV_CACHE_DIR:-$state/cache}"
export UV_PYTHON_DOWNLOADS="${UV_PYTHON_DOWNLOADS:-never}"
exec "$state/control/bin/python" -I -m bringup "$@"
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent))
