"""A machine that is elsewhere, replayed for tools that look at the machine they run on.

They find what they look for: an ``nvidia-smi`` that tells the driver and the GPU, an ``nvcc`` and a
``gcc`` that tell a version, and an installed framework that tells its version, its CUDA and the
architectures it was compiled for. That is all that they read; nothing of it computes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from bringup.knowledge.builds import Build
from bringup.knowledge.cuda import toolkits
from stack_tools.question import Question

_UNKNOWN = "raise RuntimeError('not known: the machine is replayed')"
"""Whether the GPU can be used is what is asked; the replay must not give it away."""


@dataclass
class Replayed:
    """A folder with the programs and packages of the machine; ``environ`` leads tools there."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, question: Question, folder: Path) -> Replayed:
        """Replay driver and GPU, the toolkit and the compiler of a question."""
        self = cls(folder)
        for name in ("bin", "site", "home"):
            (folder / name).mkdir(parents=True)
        usual = {key: value for key, value in os.environ.items() if not key.startswith("CUDA")}
        path = os.pathsep.join([str(folder / "bin"), "/usr/bin", "/bin"])
        self.environ = {**usual, "PATH": path, "PYTHONPATH": str(folder / "site")}
        if question.driver:
            self._add_driver(question)
        if not question.packages:
            release = question.toolkits["cuda"]
            self._add_program("nvcc", f"Cuda compilation tools, release {release}, V{release}.0")
        if gcc := question.provided.get("gcc"):
            self._add_program("gcc", f"gcc (replayed) {gcc}.1.0")
        return self

    def _add_driver(self, question: Question) -> None:
        driver = question.driver
        name = str(question.machine["gpu"])
        newest = newest_cuda(str(driver))
        rows = {"index": "0", "name": name, "uuid": "GPU-0", "memory.total": "16384 MiB"}
        rows["compute_cap"] = question.capability or "[N/A]"
        cases = "\n".join(f'    {key}) row="$row, {value}" ;;' for key, value in rows.items())
        xml = f"<nvidia_smi_log><driver_version>{driver}</driver_version>"
        xml += f"<cuda_version>{newest}</cuda_version></nvidia_smi_log>"
        self._add_script(
            "nvidia-smi",
            f"""case "$1" in
  --query-gpu=*) row=""
    for key in $(echo "${{1#--query-gpu=}}" | tr , ' '); do case "$key" in
{cases}
    esac; done; echo "${{row#, }}" ;;
  -q) echo '{xml}' ;;
  *) echo '| NVIDIA-SMI {driver}  Driver Version: {driver}  CUDA Version: {newest} |' ;;
esac""",
        )

    def _add_program(self, name: str, says: str) -> None:
        self._add_script(name, f"echo '{says}'")

    def _add_script(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        path.chmod(0o755)

    def add_torch(self, build: Build, arch: str) -> None:
        """Install a torch that tells what this build tells."""
        archs = build.archs_aarch64 if arch == "aarch64" else build.archs
        kinds = [f"sm_{text.replace('.', '')}" for text in archs]
        kinds += [f"compute_{build.ptx.replace('.', '')}"] if build.ptx and kinds else []
        cuda = ".".join(build.cuda.split(".")[:2]) if build.cuda else None
        version = f"{build.version}+{build.build}"
        text = f"""
            __version__ = {version!r}
            class version:
                cuda = {cuda!r}
            class backends:
                class cudnn:
                    def version(): return None
            class cuda:
                def is_available(): {_UNKNOWN}
                def device_count(): {_UNKNOWN}
                def get_arch_list(): return {kinds!r}
        """
        self._add_package("torch", version, text)

    def add_tensorflow(self, version: str, build: Build | None) -> None:
        """Install a TensorFlow that tells the CUDA it was built with."""
        told = {"cuda_version": build.cuda, "cudnn_version": build.cudnn} if build else {}
        text = f"""
            __version__ = {version!r}
            class sysconfig:
                def get_build_info(): return {told!r}
        """
        self._add_package("tensorflow", version, text)

    def add_jax(self, version: str, extra: str | None) -> None:
        """Install a JAX; its CUDA is known by the package of the runtime beside it."""
        self._add_package("jax", version, f"__version__ = {version!r}")
        self._add_package("jaxlib", version, "class version: pass")
        if extra and extra.startswith("cuda12"):
            self._add_package("nvidia-cuda-runtime-cu12", "12.9.79", "")
        elif extra:
            self._add_package("nvidia-cuda-runtime", "13.0.96", "")

    def _add_package(self, name: str, version: str, text: str) -> None:
        module = name.replace("-", "_")
        site = self.folder / "site"
        lines = text.splitlines()
        indent = min((len(row) - len(row.lstrip()) for row in lines if row.strip()), default=0)
        (site / module).mkdir()
        body = "\n".join(row[indent:] for row in lines)
        (site / module / "__init__.py").write_text(body + "\n", "utf-8")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (info / "METADATA").write_text(head, "utf-8")


def newest_cuda(driver: str) -> str:
    """Return the newest CUDA that a Linux driver came with or after, as nvidia-smi shows it."""
    found = Version(driver)
    rows = [row for row in toolkits() if row.driver_linux and Version(row.driver_linux) <= found]
    newest = max((Version(row.cuda) for row in rows), default=Version("10.0"))
    return f"{newest.major}.{newest.minor}"
