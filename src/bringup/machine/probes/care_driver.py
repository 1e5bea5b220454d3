"""What the doctor asks about GPU drivers: kernel modules, libraries, device nodes, the log."""

from __future__ import annotations

import re
from typing import Any, Final

from bringup.machine.probes.gpu.pci import accelerators, name_of
from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World, join

_ELSEWHERE: Final = ("macos", "windows")
_MODULES: Final = ("nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm", "nouveau", "amdgpu")
_VENDORS: Final = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel", "0x19e5": "ascend"}
_LIBRARY_FOLDERS: Final = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/wsl/lib",
    "/usr/local/nvidia/lib64",
)
_LIBRARY: Final = re.compile(r"lib(?:cuda|nvidia-ml)\.so\.(\d{3}\.\d+(?:\.\d+)?)$")
_MODULE_FILE: Final = re.compile(r"nvidia(?:-current)?\.ko(?:\.(?:xz|gz|zst))?$")
_MODULE_FOLDERS: Final = (
    "updates/dkms",
    "updates",
    "extra",
    "extra/nvidia",
    "kernel/drivers/video",
    "kernel/nvidia",
    "kernel/drivers/video/nvidia",
    "weak-updates",
)
_LOG: Final = re.compile(
    r"NVRM|Xid|nouveau|nvidia: module verification|Key was rejected|fallen off the bus"
    r"|Loading of (?:unsigned )?module|unsigned module loading|signature (?:not|and/or)"
    r"|nvidia-nvlink|amdgpu.{0,40}(?:error|fail)",
    re.IGNORECASE,
)
_LOG_LINES: Final = 40
_NVSWITCH_IDS: Final = ("0x1af1", "0x22a3")
"""NVSwitches of A100 and of H100/H200 (pci.ids). Those of B200 stand behind ConnectX-7 bridges,
which the host sees instead of them (NVIDIA's guide of the fabric manager)."""
_NODE: Final = re.compile(r"nvidia\d+|nvidiactl|nvidia-uvm|nvidia-modeset|kfd|davinci\d+")


def loaded_modules(world: World) -> list[str]:
    """Return those of the known modules that the kernel has loaded."""
    text = world.text("/proc/modules")
    loaded = {line.split(" ", 1)[0] for line in text.splitlines()}
    return [name for name in _MODULES if name in loaded]


def module_version(world: World) -> Answer:
    """Return the version of the loaded nvidia module, None when it is not loaded."""
    text = world.text_or("/sys/module/nvidia/version").strip()
    if text:
        return Answer(text, "/sys/module/nvidia/version")
    said = world.text_or("/proc/driver/nvidia/version")
    match = re.search(r"Kernel Module\s+(?:for \S+\s+)?(\d+\.\d+(?:\.\d+)?)", said)
    return Answer(match[1] if match else None, "/proc/driver/nvidia/version")


def _library_version(world: World) -> Answer:
    for folder in _LIBRARY_FOLDERS:
        for name in world.names(folder):
            if match := _LIBRARY.match(name):
                return Answer(match[1], join(folder, name))
    return Answer(None, ", ".join(_LIBRARY_FOLDERS))


def _kernel(world: World) -> str:
    return world.text("/proc/sys/kernel/osrelease").strip()


def _module_files(world: World) -> Answer:
    if world.exists("/.dockerenv") or world.exists("/run/.containerenv"):
        raise NoAnswer("a container does not see the host's modules")
    running = _kernel(world)
    rows: list[dict[str, Any]] = []
    for kernel in world.names("/lib/modules"):
        # Ubuntu's signed modules have a folder per branch: kernel/nvidia-570-open.
        inside = world.names(f"/lib/modules/{kernel}/kernel")
        branches = [f"kernel/{name}" for name in inside if re.match(r"nvidia-\d", name)]
        for folder in (*_MODULE_FOLDERS, *branches):
            place = f"/lib/modules/{kernel}/{folder}"
            if any(_MODULE_FILE.match(name) for name in world.names(place)):
                row = {"kernel": kernel, "running": kernel == running}
                rows.append(row | {"version": _dkms_version(world, kernel)})
                break
    return Answer(rows, "/lib/modules")


def _dkms_version(world: World, kernel: str) -> str | None:
    for version in world.names("/var/lib/dkms/nvidia"):
        if world.exists(f"/var/lib/dkms/nvidia/{version}/{kernel}"):
            return version
    return None


def _open_module(world: World) -> bool | None:
    text = world.text_or("/proc/driver/nvidia/version")
    return "Open Kernel Module" in text if text else None


def _secure_boot(world: World) -> Answer:
    folder = "/sys/firmware/efi/efivars"
    if not world.exists("/sys/firmware/efi"):
        return Answer(None, "/sys/firmware/efi")
    for name in world.names(folder):
        if name.startswith("SecureBoot-"):
            # Four bytes of attributes, then the value.
            return Answer(world.raw(join(folder, name))[4:5] == b"\x01", join(folder, name))
    raise NoAnswer("the firmware's variables cannot be read")


def _device_nodes(world: World) -> Answer:
    paths = [join("/dev", name) for name in world.names("/dev") if _NODE.fullmatch(name)]
    paths += [
        join("/dev/dri", name) for name in world.names("/dev/dri") if name.startswith("renderD")
    ]
    return Answer([_node(world, path) for path in paths], "/dev")


def _node(world: World, path: str) -> dict[str, Any]:
    return {"path": path, **world.permissions(path)}


def _pci_gpus(world: World) -> Answer:
    rows = []
    for vendor, name in _VENDORS.items():
        for card in accelerators(world, vendor):
            bound = world.real(f"/sys/bus/pci/devices/{card.address}/driver").rpartition("/")[2]
            rows.append(
                {
                    "vendor": name,
                    "device": card.device,
                    "name": name_of(world, vendor, card.device),
                    "address": card.address,
                    "driver": None if bound == "driver" else bound,
                }
            )
    return Answer(rows, "/sys/bus/pci/devices")


def _nvswitch(world: World) -> Answer:
    folder = "/sys/bus/pci/devices"
    for address in world.names(folder):
        if world.text_or(f"{folder}/{address}/vendor").strip() != "0x10de":
            continue
        device = world.text_or(f"{folder}/{address}/device").strip()
        # Bridges of NVIDIA's, class 0x0680, are NVSwitches.
        bridge = world.text_or(f"{folder}/{address}/class").startswith("0x0680")
        if device in _NVSWITCH_IDS or bridge:
            return Answer(True, f"{folder}/{address}")
    return Answer(False, folder)


def _service(world: World, unit: str, program: str) -> Answer:
    """Return active, inactive or failed; None when it is not installed."""
    places = (f"/lib/systemd/system/{unit}.service", f"/usr/lib/systemd/system/{unit}.service")
    installed = any(world.exists(path) for path in places) or world.which(program) is not None
    if not installed:
        # The GPU operator of Kubernetes runs it in a container of its own.
        return Answer("active", "/proc") if _runs(world, program) else Answer(None, places[0])
    try:
        said = world.command("systemctl", "is-active", f"{unit}.service").strip()
        return Answer(said if said in {"active", "failed"} else "inactive", "systemctl is-active")
    except NoAnswer:
        return Answer("active" if _runs(world, program) else "inactive", "/proc")


def _runs(world: World, program: str) -> bool:
    wanted = program[:15]
    names = (name for name in world.names("/proc") if name.isdigit())
    return any(world.text_or(f"/proc/{name}/comm").strip() == wanted for name in names)


def _fabric_version(world: World) -> Answer:
    rows: list[dict[str, Any]] = _packages(world).value
    for row in rows:
        if "fabricmanager" in row["name"] or "fabric-manager" in row["name"]:
            return Answer(row["version"], f"package {row['name']}")
    path = world.which("nv-fabricmanager")
    if path is None:
        return Answer(None, "packages, PATH")
    match = re.search(r"(\d+\.\d+\.\d+)", world.command(path, "--version"))
    return Answer(match[1] if match else None, path)


def _packages(world: World) -> Answer:
    answer: Answer = world.once("care.driver_packages", lambda: _driver_packages(world))
    return answer


def _driver_packages(world: World) -> Answer:
    """Return the driver's packages: of dpkg from its files, of rpm by its command."""
    text = world.text_or("/var/lib/dpkg/status")
    if text:
        rows = []
        for block in re.finditer(
            r"^Package: ((?:lib)?(?:nvidia|cuda-compat|cuda-drivers)[\w.+-]*)\n(.*?)(?=\n\n|\Z)",
            text,
            re.MULTILINE | re.DOTALL,
        ):
            version = re.search(r"^Version: (?:\d+:)?([\d.]+)", block[2], re.MULTILINE)
            if version and re.search(r"^Status: .* installed$", block[2], re.MULTILINE):
                rows.append({"name": block[1], "version": version[1].rstrip(".")})
        return Answer(rows, "/var/lib/dpkg/status")
    if world.which("rpm") is None:
        return Answer([], "dpkg, rpm")
    said = world.command("rpm", "-qa", "--qf", "%{NAME} %{VERSION}\\n", "*nvidia*", "cuda-drivers*")
    rows = [dict(zip(("name", "version"), line.split(), strict=True)) for line in said.splitlines()]
    return Answer(rows, "rpm -qa")


def _kernel_log(world: World) -> Answer:
    for words in (("dmesg",), ("journalctl", "-k", "-b", "--no-pager", "-q", "-n", "5000")):
        if world.which(words[0]) is None:
            continue
        try:
            text = world.command(*words)
        except NoAnswer:
            continue
        lines = [line.strip() for line in text.splitlines() if _LOG.search(line)]
        return Answer(lines[-_LOG_LINES:], " ".join(words))
    raise NoAnswer("neither dmesg nor journalctl answers us")


def _libcuda_paths(world: World) -> Answer:
    folders = [part for part in world.env.get("LD_LIBRARY_PATH", "").split(":") if part]
    # The loader knows WSL's folder only where a variable or its cache says so.
    own = [folder for folder in _LIBRARY_FOLDERS if not folder.startswith("/usr/lib/wsl")]
    paths = [join(folder, "libcuda.so.1") for folder in (*folders, *own)]
    cache = world.raw("/etc/ld.so.cache") if world.exists("/etc/ld.so.cache") else b""
    found = re.findall(rb"/[^\0]+/libcuda\.so\.1(?=\0)", cache)
    paths[len(folders) : len(folders)] = [path.decode("utf-8", "replace") for path in found]
    there = [path for path in dict.fromkeys(paths) if world.exists(path)]
    return Answer(there, "LD_LIBRARY_PATH, /etc/ld.so.cache, the usual folders")


def _wsl_libcuda(world: World) -> bool | None:
    if "microsoft" not in world.text("/proc/version").lower():
        return None
    return world.exists("/usr/lib/wsl/lib/libcuda.so.1")


def _linux(name: str, ask: Any) -> tuple[Source, ...]:
    return (absent_on(*_ELSEWHERE), Source(name, ask, LINUX))


SOURCES: Sources = {
    "driver.modules": _linux("/proc/modules", loaded_modules),
    "driver.module_version": _linux("/sys/module/nvidia/version", module_version),
    "driver.library_version": _linux("the library folders", _library_version),
    "driver.module_files": _linux("/lib/modules", _module_files),
    "driver.open_module": _linux("/proc/driver/nvidia/version", _open_module),
    "driver.secure_boot": _linux("efivars", _secure_boot),
    "driver.device_nodes": _linux("/dev", _device_nodes),
    "driver.pci_gpus": (Source("/sys/bus/pci/devices", _pci_gpus, LINUX),),
    "driver.nvswitch": _linux("/sys/bus/pci/devices", _nvswitch),
    "driver.fabric_manager": _linux(
        "systemd", lambda world: _service(world, "nvidia-fabricmanager", "nv-fabricmanager")
    ),
    "driver.fabric_manager_version": _linux("packages", _fabric_version),
    "driver.persistence_daemon": _linux(
        "systemd", lambda world: _service(world, "nvidia-persistenced", "nvidia-persistenced")
    ),
    "driver.packages": _linux("dpkg, rpm", _packages),
    "driver.kernel_log": _linux("dmesg", _kernel_log),
    "driver.libcuda_paths": _linux("the loader's path", _libcuda_paths),
    "driver.wsl_libcuda": _linux("/usr/lib/wsl/lib", _wsl_libcuda),
}
