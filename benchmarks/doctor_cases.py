"""The cases of `doctors.py`: broken and healthy machines, as files that doctors read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MAXWELL: Final = "sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90"
VOLTA: Final = "sm_70 sm_75 sm_80 sm_86 sm_90 sm_100 sm_120"
TUTORIAL: Final = """\
FROM tensorflow/tensorflow:latest
RUN pip install pandas \\
    tensorflow-gpu keras-tensorflow
COPY . /app
CMD jupyter lab --allow-root --ip=0.0.0.0 --NotebookApp.token=''
"""
COMPOSE: Final = """\
services:
  lab:
    image: pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime
    privileged: true
    command: jupyter lab --ip=0.0.0.0 --NotebookApp.token=''
    ports: ["8888:8888"]
    deploy:
      resources:
        reservations:
          devices: [{driver: nvidia, count: all, capabilities: [gpu]}]
"""


@dataclass(frozen=True, slots=True)
class Gpu:
    """What nvidia-smi says."""

    name: str
    capability: str
    driver: str
    cuda: str
    memory_mib: int = 24564
    error: str = ""
    """Said instead of everything else."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A machine or a file, and the patterns that a doctor's findings must match."""

    name: str
    patterns: tuple[str, ...] = ()
    """One for each fault. None: the machine is healthy, every finding is one too many."""
    gpu: Gpu | None = None
    packages: dict[str, str] = field(default_factory=dict)
    torch_archs: str = ""
    torch_runs: bool = True
    """What ``torch.cuda.is_available()`` says."""
    nvcc: str = ""
    """Version of a whole toolkit on PATH, with CUDA_HOME."""
    gcc: str = "12.2.0"
    env: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """What only files of the kernel show: a machine file for those who can read one."""
    others_see: bool = True
    """Whether the stand-ins show the fault, too."""
    file: tuple[str, str] | None = None


RTX_4090: Final = Gpu("NVIDIA GeForce RTX 4090", "8.9", "570.133.20", "12.8")
HEALTHY: Final = {"torch": "2.8.0+cu128", "torchvision": "0.23.0+cu128", "numpy": "2.2.6"}
MISMATCH: Final = "Failed to initialize NVML: Driver/library version mismatch"

CASES: Final = (
    Broken(
        "driver: library and module differ",
        (r"mismatch|librar\w+ .*module|driver is broken",),
        Gpu("NVIDIA GeForce RTX 4090", "8.9", "", "", error=MISMATCH),
        facts={
            "os.family": "linux",
            "driver.module_version": "570.133.07",
            "driver.library_version": "570.133.20",
            "driver.smi_error": MISMATCH,
            "gpu.devices": [{"vendor": "nvidia", "name": "GeForce RTX 4090"}],
        },
    ),
    Broken(
        "driver 470, torch for CUDA 12.8",
        (r"too old|below|older than|conflict",),
        Gpu("NVIDIA GeForce RTX 3090", "8.6", "470.256.02", "11.4"),
        {"torch": "2.8.0+cu128"},
        VOLTA,
        torch_runs=False,
    ),
    Broken(
        "torch without CUDA on a GPU machine",
        (r"CPU.only|CPU build|(?:no|without) CUDA support",),
        RTX_4090,
        {"torch": "2.8.0+cpu"},
        torch_runs=False,
    ),
    Broken(
        "RTX 5090, torch 2.5.1 for CUDA 12.4",
        (r"sm_120|capability 12\.0",),
        Gpu("NVIDIA GeForce RTX 5090", "12.0", "570.133.20", "12.8", 32607),
        {"torch": "2.5.1+cu124"},
        MAXWELL,
    ),
    Broken(
        "GTX 1080, torch 2.8 for CUDA 12.9",
        (r"sm_61|capability 6\.1",),
        Gpu("NVIDIA GeForce GTX 1080", "6.1", "575.64.03", "12.9", 8192),
        {"torch": "2.8.0+cu129"},
        VOLTA,
    ),
    Broken(
        "CUDA_HOME points nowhere",
        (r"CUDA_HOME.*(?:non-existent|not exist|nowhere|invalid|no toolkit|not there|no folder)",),
        RTX_4090,
        HEALTHY,
        VOLTA,
        env={"CUDA_HOME": "/opt/cuda-12.2-gone"},
    ),
    Broken(
        "nvcc 11.8 beside torch for CUDA 12.8",
        (r"11\.8.*12\.8|12\.8.*11\.8",),
        RTX_4090,
        HEALTHY,
        VOLTA,
        nvcc="11.8",
        gcc="11.4.0",
    ),
    Broken(
        "gcc 14 with nvcc 12.1",
        (r"(?:gcc|g\+\+|compiler).*(?:14|too new)",),
        RTX_4090,
        {"torch": "2.5.1+cu121"},
        MAXWELL,
        nvcc="12.1",
        gcc="14.2.0",
    ),
    Broken(
        "torch 2.8 with torchvision 0.20",
        (r"torchvision\W[^,]*0\.20",),
        RTX_4090,
        {"torch": "2.8.0+cu128", "torchvision": "0.20.1+cu124"},
        VOLTA,
    ),
    Broken(
        "NumPy 2 with torch 2.1",
        (r"numpy",),
        RTX_4090,
        {"torch": "2.1.2+cu121", "numpy": "2.0.2"},
        MAXWELL,
    ),
    Broken(
        "onnxruntime and onnxruntime-gpu",
        (r"onnxruntime-gpu",),
        RTX_4090,
        {"onnxruntime": "1.22.0", "onnxruntime-gpu": "1.22.0"},
    ),
    Broken(
        "64 MB of /dev/shm in a container",
        (r"shm|shared memory",),
        facts={
            "os.family": "linux",
            "shm.size_bytes": 67108864,
            "surroundings.container": "docker",
            "gpu.devices": [
                {"vendor": "nvidia", "name": "GeForce RTX 4090", "compute_capability": "8.9"}
            ],
        },
        others_see=False,
    ),
    Broken(
        "Dockerfile of a tutorial",
        (
            r"latest",
            r"tensorflow-gpu",
            r"keras-tensorflow",
            r"\bUSER\b|as root|root user",
            r"token|password",
            r"allow-root|notebook.*root",
        ),
        file=("Dockerfile", TUTORIAL),
    ),
    Broken(
        "compose: privileged, notebook open to all",
        (r"privileged", r"token|password"),
        file=("docker-compose.yml", COMPOSE),
    ),
    Broken("healthy: RTX 4090, no toolkit", (), RTX_4090, HEALTHY, VOLTA),
    Broken("healthy: RTX 4090, CUDA 12.8 to build", (), RTX_4090, HEALTHY, VOLTA, nvcc="12.8"),
    Broken(
        "healthy: no GPU, torch for the CPU",
        packages={"torch": "2.8.0+cpu", "torchvision": "0.23.0+cpu", "numpy": "2.2.6"},
        torch_runs=False,
    ),
)
"""Names and versions are those of published releases; GPU code as the wheels list it."""

_SMI: Final = r"""#!/bin/sh
error='@error@'
if [ -n "$error" ]; then echo "$error"; exit 18; fi
units=' MiB'
case "$*" in *nounits*) units='';; esac
for word; do case "$word" in
-x) echo '<nvidia_smi_log><driver_version>@driver@</driver_version>'
    echo '<cuda_version>@cuda@</cuda_version></nvidia_smi_log>'; exit;;
-L) echo 'GPU 0: @name@ (UUID: @uuid@)'; exit;;
--query-compute-apps*) exit;;
--query-gpu=*) line=''
  for field in $(echo "${word#*=}" | tr ',' ' '); do
    case "$field" in
      index) v=0;; name) v='@name@';; uuid) v='@uuid@';; driver_version) v='@driver@';;
      compute_cap) v='@capability@';; memory.total) v="@memory@$units";;
      memory.used) v="312$units";; memory.free) v="20000$units";; temperature.gpu) v=41;;
      compute_mode) v=Default;; persistence_mode) v=Enabled;; display_active) v=Disabled;;
      pcie.link.width*) v=16;; clocks_throttle_reasons*) v='Not Active';; *) v='[N/A]';;
    esac
    line="$line${line:+, }$v"
  done; echo "$line"; exit;;
esac; done
echo '+-----------------------------------------------------------------------------------------+'
echo '| NVIDIA-SMI @driver@     Driver Version: @driver@     CUDA Version: @cuda@     |'
echo '|-----------------------------------------+------------------------+----------------------+'
echo '|   0  @name@         On  |   00000000:01:00.0 Off |                  Off |'
echo '+-----------------------------------------------------------------------------------------+'
"""


def smi_script(gpu: Gpu) -> str:
    """Return a stand-in of nvidia-smi that answers as the doctors ask.

    Drivers before 510 do not know compute_cap. It is answered all the same: no doctor shall be
    judged by where the complaint would go.
    """
    text = _SMI
    values = {"error": gpu.error, "driver": gpu.driver, "cuda": gpu.cuda, "name": gpu.name}
    values |= {"capability": gpu.capability, "memory": str(gpu.memory_mib)}
    values |= {"uuid": "GPU-5c89a1d4-0000-4000-8000-000000000001"}
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def write_toolkit(folder: Path, version: str) -> None:
    """Lay out a toolkit as NVIDIA's installer does: nvcc, headers, version.json, libcudart."""
    for name in ("bin", "include", "lib64"):
        (folder / name).mkdir(parents=True)
    major, minor = version.split(".")
    said = f"Cuda compilation tools, release {version}, V{version}.89"
    write_program(folder / "bin/nvcc", f"#!/bin/sh\necho 'nvcc: NVIDIA (R) Cuda'\necho '{said}'\n")
    document = f'{{"cuda": {{"name": "CUDA SDK", "version": "{version}.0"}}}}'
    (folder / "version.json").write_text(document, encoding="utf-8")
    number = int(major) * 1000 + int(minor) * 10
    for name in ("cuda.h", "cuda_runtime.h"):
        (folder / "include" / name).write_text(f"#define CUDA_VERSION {number}\n", encoding="utf-8")
    (folder / f"lib64/libcudart.so.{version}").write_bytes(b"")
    for name in (f"libcudart.so.{major}", "libcudart.so"):
        (folder / "lib64" / name).symlink_to(f"libcudart.so.{version}")


def write_program(path: Path, text: str) -> None:
    """Write a script that can be run."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def write_packages(site: Path, case: Broken) -> None:
    """Write installed distributions: their dist-info, and the modules that doctors import."""
    for name, version in case.packages.items():
        stem = name.replace("-", "_")
        module = "onnxruntime" if name.startswith("onnxruntime") else stem
        files = {"__init__.py": f"__version__ = '{version}'\n"}
        if name == "torch":
            files = _torch(version, case)
        for file, text in files.items():
            path = site / module / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        info = site / f"{stem}-{version}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (info / "METADATA").write_text(head, encoding="utf-8")
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_28_x86_64\n"
        (info / "WHEEL").write_text(tag, encoding="utf-8")
        (info / "INSTALLER").write_text("pip\n", encoding="utf-8")
        names = [f"{module}/{file}" for file in files]
        names += [f"{info.name}/{part}" for part in ("METADATA", "WHEEL", "INSTALLER", "RECORD")]
        rows = "".join(f"{row},,\n" for row in names)
        (info / "RECORD").write_text(rows, encoding="utf-8")


def _torch(version: str, case: Broken) -> dict[str, str]:
    build = version.partition("+")[2]
    cuda = f"'{build[2:4]}.{build[4:]}'" if build.startswith("cu") else "None"
    capability = tuple(
        int(part) for part in (case.gpu.capability if case.gpu else "0.0").split(".")
    )
    name = case.gpu.name if case.gpu else ""
    return {
        "__init__.py": "from .version import __version__\nfrom . import backends, cuda, version\n",
        "version.py": (
            "from typing import Optional\n\n"
            f"__version__ = '{version}'\ndebug = False\ncuda: Optional[str] = {cuda}\n"
            "hip: Optional[str] = None\n"
        ),
        "cuda.py": (
            f"def is_available(): return {case.torch_runs}\n"
            f"def device_count(): return {int(case.torch_runs)}\n"
            f"def get_arch_list(): return {case.torch_archs.split()!r}\n"
            f"def get_device_name(index=0): return {name!r}\n"
            f"def get_device_capability(index=0): return {capability!r}\n"
        ),
        "backends/__init__.py": "from . import cudnn\n",
        "backends/cudnn.py": f"def version(): return {91002 if cuda != 'None' else None}\n",
    }
