"""All fact keys: what each one means, its type, and how people name it to set it.

``cpu.cores_usable`` is set by the environment variable ``BRINGUP_CPU_CORES_USABLE`` or by
``--fact cpu.cores_usable=4``. An empty value means that the thing is absent.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from bringup.base.errors import BringupError
from bringup.machine.care_keys import CARE_ROWS
from bringup.machine.kinds import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be known about a machine."""

    name: str
    kind: Kind
    doc: str

    @property
    def variable(self) -> str:
        """The environment variable that sets this fact."""
        return "BRINGUP_" + self.name.replace(".", "_").upper()

    @property
    def topic(self) -> str:
        """The part before the first dot."""
        return self.name.partition(".")[0]


_ROWS: Final = (
    ("os.family", Kind.TEXT, "linux, macos or windows"),
    ("os.name", Kind.TEXT, "name of the distribution or system"),
    ("os.version", Kind.TEXT, "version of the distribution or system"),
    ("os.kernel", Kind.TEXT, "release of the kernel"),
    ("os.arch", Kind.TEXT, "x86_64, aarch64, ..."),
    ("libc.family", Kind.TEXT, "glibc or musl; absent outside Linux"),
    ("libc.version", Kind.TEXT, "version of the C library"),
    ("cpu.vendor", Kind.TEXT, "maker of the processor"),
    ("cpu.model", Kind.TEXT, "name of the processor"),
    ("cpu.cores_logical", Kind.COUNT, "logical cores of the machine"),
    ("cpu.cores_usable", Kind.COUNT, "cores left to us by affinity and cgroup quota, at least 1"),
    ("cpu.quota", Kind.NUMBER, "cgroup quota in cores; absent when there is none"),
    ("cpu.microarchitecture_level", Kind.TEXT, "x86-64-v1 to x86-64-v4; absent elsewhere"),
    ("cpu.avx2", Kind.FLAG, "the processor has AVX2"),
    ("cpu.avx512f", Kind.FLAG, "the processor has AVX-512 Foundation"),
    ("cpu.vnni", Kind.FLAG, "the processor has VNNI (AVX-512 or AVX)"),
    ("cpu.amx", Kind.FLAG, "the processor has AMX tiles"),
    ("memory.total_bytes", Kind.BYTES, "memory of the machine"),
    ("memory.available_bytes", Kind.BYTES, "memory of the machine that programs can have now"),
    ("memory.limit_bytes", Kind.BYTES, "cgroup limit; absent when there is none"),
    ("memory.swap_bytes", Kind.BYTES, "swap space"),
    ("disk.free_bytes", Kind.BYTES, "free for us where environments go"),
    ("shm.size_bytes", Kind.BYTES, "size of /dev/shm; absent where there is no such thing"),
    ("limits.nofile", Kind.COUNT, "open files (soft limit); absent when unlimited"),
    ("limits.memlock", Kind.BYTES, "locked memory (soft limit); absent when unlimited"),
    ("python.interpreters", Kind.INTERPRETERS, "Pythons found, our own first"),
    ("gpu.devices", Kind.GPUS, "accelerators"),
    ("gpu.nvidia_driver", Kind.TEXT, "version of the NVIDIA driver"),
    ("gpu.visible", Kind.TEXT, "what CUDA_VISIBLE_DEVICES and its like say"),
    ("cuda.toolkits", Kind.RECORDS, "CUDA toolkits: path, version"),
    ("cudnn.version", Kind.TEXT, "cuDNN on the loader's path"),
    ("nccl.version", Kind.TEXT, "NCCL on the loader's path"),
    ("rocm.version", Kind.TEXT, "ROCm installation"),
    ("cann.version", Kind.TEXT, "Ascend CANN toolkit"),
    (
        "containers.engines",
        Kind.RECORDS,
        "engines: name, path, client_version, daemon (true, false or null where none is needed),"
        " daemon_note, nvidia_runtime",
    ),
    ("containers.cdi_specs", Kind.TEXTS, "Container Device Interface specifications"),
    ("surroundings.container", Kind.TEXT, "kind of container that we are in"),
    ("surroundings.wsl", Kind.TEXT, "version of WSL that we are in"),
    ("surroundings.vm", Kind.TEXT, "kind of virtual machine that we are in"),
    ("surroundings.cluster", Kind.TEXT, "scheduler that started us"),
    ("surroundings.cluster_job", Kind.TEXT, "the scheduler's name for our job"),
    ("index.settings", Kind.SETTINGS, "settings of the package installers, merged"),
    ("index.pip.index_url", Kind.TEXT, "pip's default index"),
    ("index.pip.extra_index_url", Kind.TEXTS, "pip's further indexes"),
    ("index.pip.find_links", Kind.TEXTS, "pip's folders and pages of files"),
    ("index.pip.constraint", Kind.TEXTS, "pip's constraint files"),
    ("index.pip.trusted_host", Kind.TEXTS, "hosts that pip trusts without a certificate"),
    ("index.pip.cert", Kind.TEXT, "pip's CA bundle"),
    ("index.pip.proxy", Kind.TEXT, "pip's proxy"),
    ("index.pip.no_index", Kind.FLAG, "pip ignores indexes"),
    ("index.pip.timeout", Kind.NUMBER, "pip's socket timeout, s"),
    ("index.uv.default_index", Kind.TEXT, "uv's default index"),
    ("index.uv.index", Kind.TEXTS, "uv's further indexes"),
    ("index.uv.find_links", Kind.TEXTS, "uv's folders and pages of files"),
    ("index.uv.constraint", Kind.TEXTS, "uv's constraint files"),
    ("index.uv.insecure_host", Kind.TEXTS, "hosts that uv trusts without a certificate"),
    ("index.uv.no_index", Kind.FLAG, "uv ignores indexes"),
    ("index.uv.timeout", Kind.NUMBER, "uv's HTTP timeout, s"),
    ("index.uv.native_tls", Kind.FLAG, "uv trusts the system's certificates"),
    ("index.uv.index_strategy", Kind.TEXT, "how uv takes versions from several indexes"),
    ("index.uv.offline", Kind.FLAG, "uv stays off the network"),
    ("index.conda.channels", Kind.TEXTS, "conda's channels, first wins"),
    ("index.conda.channel_alias", Kind.TEXT, "where conda's channels stand"),
    ("index.conda.ssl_verify", Kind.TEXT, "conda's CA bundle, true or false"),
    ("index.conda.proxy", Kind.TEXT, "conda's proxy"),
    ("index.network.https_proxy", Kind.TEXT, "proxy for https"),
    ("index.network.http_proxy", Kind.TEXT, "proxy for http"),
    ("index.network.no_proxy", Kind.TEXT, "hosts without proxy"),
    ("index.network.ca_bundle", Kind.TEXT, "CA bundle for all programs"),
)

CARE_KEYS: Final = frozenset(name for name, _, _ in CARE_ROWS)
"""Keys that only the doctor asks for."""

KEYS: Final[dict[str, Key]] = {
    name: Key(name, kind, doc) for name, kind, doc in (*_ROWS, *CARE_ROWS)
}
"""All fact keys, in the order in which they are shown."""

SHORT_NAMES: Final = (
    "gpu",
    "compute_capability",
    "driver",
    "os",
    "arch",
    "python",
    "glibc",
    "libc",
)
"""Names that people use for the facts that choose a stack."""


def key_of(name: str) -> Key:
    """Return the key called ``name``.

    Raises:
        BringupError: MCH001, there is none; the text names the nearest one.
    """
    key = KEYS.get(name)
    if key is None:
        raise BringupError("MCH001", key=name, nearest=nearest(name))
    return key


def nearest(name: str) -> str:
    """Return the known key or short name that looks most like ``name``."""
    known = [*KEYS, *SHORT_NAMES]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return close[0]
