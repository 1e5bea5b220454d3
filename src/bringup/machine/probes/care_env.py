"""The Python environment that the doctor judges, read from its files: no Python is started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from packaging.utils import canonicalize_name

from bringup.machine.probes.care_env_place import (
    Dist,
    asked,
    distributions,
    dists_in,
    environment,
    settings,
)
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World, join

_HEADER_END: Final = "\n\n"


def _packages(world: World) -> Answer:
    env = environment(world)
    rows = [
        {
            "name": row.name,
            "version": row.version,
            "location": row.site,
            "installer": world.text_or(f"{row.path}/INSTALLER").strip() or None,
        }
        for row in distributions(world)
    ]
    return Answer(rows, ", ".join(env.site) or env.prefix)


def _duplicates(world: World) -> list[str]:
    seen: dict[tuple[str, str], int] = {}
    for row in distributions(world):
        seen[row.site, row.name] = seen.get((row.site, row.name), 0) + 1
    return [name for (_, name), count in seen.items() if count > 1]


def _broken(world: World) -> list[str]:
    found = []
    for site in environment(world).site:
        found += [name for name in world.names(site) if name.startswith("~")]
    found += [
        row.folder
        for row in distributions(world)
        if row.folder.endswith(".dist-info") and not world.exists(f"{row.path}/METADATA")
    ]
    return found


def _unmet(world: World) -> list[dict[str, Any]]:
    from packaging.markers import UndefinedEnvironmentName
    from packaging.requirements import InvalidRequirement, Requirement

    there = {row.name: row.version for row in reversed(distributions(world))}
    variables = _marker_variables(world)
    rows: list[dict[str, Any]] = []
    for dist in distributions(world):
        for line in _requires(world, dist):
            try:
                wanted = Requirement(line)
                if wanted.marker is not None and not wanted.marker.evaluate(variables):
                    continue
            except (InvalidRequirement, UndefinedEnvironmentName):
                continue
            found = there.get(canonicalize_name(wanted.name))
            if found is None or not _meets(wanted, found):
                rows.append({"package": dist.name, "requires": str(wanted), "found": found})
    return rows


def _meets(wanted: Any, found: str) -> bool:
    from packaging.version import InvalidVersion

    try:
        return bool(wanted.specifier.contains(found, prereleases=True))
    except InvalidVersion:
        return True


def _requires(world: World, dist: Dist) -> Iterator[str]:
    header = world.text_or(f"{dist.path}/METADATA").partition(_HEADER_END)[0]
    for line in header.splitlines():
        if line.startswith("Requires-Dist:"):
            wanted = line.partition(":")[2].strip()
            # What only an extra asks for is nobody's need until the extra was asked for.
            if "extra ==" not in wanted and "extra==" not in wanted:
                yield wanted


def _marker_variables(world: World) -> dict[str, str]:
    env = environment(world)
    system = {"linux": "Linux", "macos": "Darwin", "windows": "Windows"}.get(world.platform, "")
    return {
        "python_version": env.minor,
        "python_full_version": env.version,
        "implementation_name": "cpython",
        "implementation_version": env.version,
        "platform_python_implementation": "CPython",
        "os_name": "nt" if world.platform == "windows" else "posix",
        "sys_platform": {"linux": "linux", "macos": "darwin", "windows": "win32"}.get(
            world.platform, world.platform
        ),
        "platform_system": system,
        "platform_machine": _arch(world),
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


def _arch(world: World) -> str:
    try:
        return world.host.uname()[1]
    except NoAnswer:
        return world.env.get("PROCESSOR_ARCHITECTURE", "x86_64")


def _python_arch(world: World) -> Answer:
    path = world.real(environment(world).python)
    head = world.raw(path)[:64] if world.exists(path) else b""
    known = {
        b"\x3e\x00": "x86_64",
        b"\xb7\x00": "aarch64",
        b"\x03\x00": "i686",
        b"\x28\x00": "armv7l",
    }
    if head[:4] == b"\x7fELF" and head[18:20] in known:
        return Answer(known[head[18:20]], path)
    python = environment(world).python
    return Answer(asked(world, python)[2], f"{python} -c")


def _bits(world: World) -> Answer:
    path = world.real(environment(world).python)
    head = world.raw(path)[:8] if world.exists(path) else b""
    if head[:4] == b"\x7fELF":
        # ELF's class: 1 is 32 bits, 2 is 64.
        return Answer(64 if head[4] == 2 else 32, path)
    python = environment(world).python
    return Answer(asked(world, python)[1], f"{python} -c")


def _stdlib(world: World) -> str:
    env = environment(world)
    if world.platform == "windows":
        return f"{env.base}/Lib"
    return f"{env.base}/lib/python{env.minor}"


def _externally_managed(world: World) -> Answer:
    env = environment(world)
    if env.prefix != env.base:
        return Answer(False, f"{env.prefix}/pyvenv.cfg")
    places = [f"{_stdlib(world)}/EXTERNALLY-MANAGED", f"{env.base}/lib/python3/EXTERNALLY-MANAGED"]
    there = [path for path in places if world.exists(path)]
    return Answer(bool(there), there[0] if there else places[0])


def _headers(world: World) -> Answer:
    env = environment(world)
    places = [
        f"{env.base}/include/python{env.minor}/Python.h",
        f"{env.prefix}/include/python{env.minor}/Python.h",
        f"{env.base}/include/Python.h",
    ]
    there = [path for path in places if world.exists(path)]
    return Answer(bool(there), there[0] if there else places[0])


def _torch_version_file(world: World) -> str | None:
    for site in environment(world).site:
        path = f"{site}/torch/version.py"
        if world.exists(path):
            return path
    return None


def _torch_cuda(world: World) -> Answer:
    path = _torch_version_file(world)
    if path is None:
        return Answer(None, "torch is not installed")
    match = re.search(r"^cuda(?:: [^=]+)? = '(\d+\.\d+)'", world.text(path), re.MULTILINE)
    return Answer(match[1] if match else None, path)


def _torch_build(world: World) -> Answer:
    path = _torch_version_file(world)
    if path is None:
        return Answer(None, "torch is not installed")
    text = world.text(path)
    version = re.search(r"__version__ = '[^'+]+\+?([^']*)'", text)
    local = version[1] if version else ""
    if local:
        return Answer(local, path)
    cuda = re.search(r"^cuda(?:: [^=]+)? = '(\d+)\.(\d+)", text, re.MULTILINE)
    hip = re.search(r"^hip(?:: [^=]+)? = '(\d+\.\d+)", text, re.MULTILINE)
    if hip:
        return Answer(f"rocm{hip[1]}", path)
    return Answer(f"cu{cuda[1]}{cuda[2]}" if cuda else "cpu", path)


def user_site(world: World) -> str:
    """Return the user's site folder for the environment's Python."""
    env = environment(world)
    if world.platform == "windows":
        roaming = world.env.get("APPDATA", "").replace("\\", "/")
        return f"{roaming}/Python/Python{env.minor.replace('.', '')}/site-packages"
    if world.platform == "macos" and "/Library/Frameworks/" in env.base:
        return f"{world.home}/Library/Python/{env.minor}/lib/python/site-packages"
    base = world.env.get("PYTHONUSERBASE") or join(world.home or "/nowhere", ".local")
    return f"{base}/lib/python{env.minor}/site-packages"


def _user_packages(world: World) -> Answer:
    place = user_site(world)
    own = {row.name for row in distributions(world)}
    rows = [
        {"name": row.name, "version": row.version, "shadows": row.name in own}
        for row in dists_in(world, place)
    ]
    return Answer(rows, place)


def _user_site_used(world: World) -> Answer:
    if world.env.get("PYTHONNOUSERSITE"):
        return Answer(False, "PYTHONNOUSERSITE")
    env = environment(world)
    path = f"{env.prefix}/pyvenv.cfg"
    said = settings(world, path)
    if said:
        return Answer(said.get("include-system-site-packages", "false") == "true", path)
    return Answer(True, "Python's default")


def _conda(world: World) -> Answer:
    prefix = world.env.get("CONDA_PREFIX")
    if not prefix:
        return Answer([], "CONDA_PREFIX")
    base = world.exists(join(prefix, "condabin")) or world.exists(join(prefix, "bin/conda"))
    name = world.env.get("CONDA_DEFAULT_ENV") or prefix.rpartition("/")[2]
    return Answer([{"prefix": prefix, "name": name, "base": base}], "CONDA_PREFIX")


def _pip_path(world: World) -> str | None:
    return world.which("pip3") if world.which("pip") is None else world.which("pip")


def _pip_python(world: World) -> Answer:
    path = _pip_path(world)
    if path is None:
        return Answer(None, "PATH")
    first = world.text_or(path).partition("\n")[0]
    if first.startswith("#!"):
        words = first[2:].split()
        if words and words[-1].rpartition("/")[2] in {"sh", "bash"}:
            raise NoAnswer(f"{path} is a script of the shell")
        if words and words[0].endswith("/env") and len(words) > 1:
            return Answer(world.which(words[1]), path)
        return Answer(words[0] if words else None, path)
    raise NoAnswer(f"{path} does not name its Python")


def _env(world: World, name: str) -> Answer:
    env = environment(world)
    return Answer(getattr(env, name), "VIRTUAL_ENV, CONDA_PREFIX, PATH")


def _has(world: World, package: str) -> bool:
    return any(row.name == package for row in distributions(world))


SOURCES: Sources = {
    "env.python": (Source("PATH", lambda world: _env(world, "python")),),
    "env.python_version": (Source("its files", lambda world: _env(world, "version")),),
    "env.prefix": (Source("its files", lambda world: _env(world, "prefix")),),
    "env.kind": (Source("its files", lambda world: _env(world, "kind")),),
    "env.bits": (Source("its program", _bits),),
    "env.arch": (Source("its program", _python_arch),),
    "env.externally_managed": (Source("EXTERNALLY-MANAGED", _externally_managed),),
    "env.has_pip": (Source("its site folders", lambda world: _has(world, "pip")),),
    "env.has_ensurepip": (
        Source("its library", lambda world: world.exists(f"{_stdlib(world)}/ensurepip")),
    ),
    "env.headers": (Source("Python.h", _headers),),
    "env.packages": (Source("its site folders", _packages),),
    "env.unmet": (Source("METADATA of its packages", _unmet),),
    "env.duplicates": (Source("its site folders", _duplicates),),
    "env.broken": (Source("its site folders", _broken),),
    "env.torch_cuda": (Source("torch/version.py", _torch_cuda),),
    "env.torch_build": (Source("torch/version.py", _torch_build),),
    "env.user_site": (Source("the user's site folder", _user_packages),),
    "env.user_site_used": (Source("pyvenv.cfg", _user_site_used),),
    "env.conda": (Source("CONDA_PREFIX", _conda),),
    "env.pip_path": (Source("PATH", _pip_path),),
    "env.pip_python": (Source("pip's first line", _pip_python),),
    "env.python_on_path": (
        Source("PATH", lambda world: world.which("python") or world.which("python3")),
    ),
}
