"""Fact keys that only the doctor asks for: what goes wrong with machines, beyond what is here.

They cost more to find out than the facts of a probe, so a plain probe leaves them out.
Rows are (name, kind, meaning), as in ``keys.py``.
"""

from __future__ import annotations

from typing import Final

from bringup.machine.kinds import Kind

CARE_ROWS: Final = (
    (
        "system.locale",
        Kind.TEXT,
        "the locale that LC_ALL, LC_CTYPE or LANG name; absent when unset",
    ),
    ("system.encoding", Kind.TEXT, "encoding of texts under that locale: utf-8, ascii, ..."),
    ("system.inotify_watches", Kind.COUNT, "files that a user may watch; absent outside Linux"),
    ("system.inotify_instances", Kind.COUNT, "inotify instances that a user may have"),
    ("system.overcommit", Kind.COUNT, "vm.overcommit_memory: 0 heuristic, 1 always, 2 never"),
    ("system.clock_offset_s", Kind.NUMBER, "how far the clock is from the index's, either way, s"),
    ("disk.filesystem", Kind.TEXT, "file system type where environments go: ext4, nfs4, 9p, ..."),
    ("disk.free_inodes", Kind.COUNT, "files that can still be made there; absent when unlimited"),
    ("disk.tmp_path", Kind.TEXT, "where temporary files go"),
    ("disk.tmp_free_bytes", Kind.BYTES, "free there"),
    ("disk.tmp_noexec", Kind.FLAG, "programs cannot be run from there"),
    ("disk.cache_free_bytes", Kind.BYTES, "free where pip and uv keep their downloads"),
    ("shm.free_bytes", Kind.BYTES, "free in /dev/shm"),
    ("shm.writable", Kind.FLAG, "we may write to /dev/shm"),
    ("memory.oom_kills", Kind.COUNT, "processes of our cgroup that the kernel killed for memory"),
    ("limits.nofile_hard", Kind.COUNT, "open files (hard limit); absent when unlimited"),
    ("limits.nproc", Kind.COUNT, "processes (soft limit); absent when unlimited"),
    ("limits.cgroup_pids", Kind.COUNT, "processes that our cgroup may have; absent when unlimited"),
    ("cpu.avx", Kind.FLAG, "the processor has AVX"),
    ("cpu.sse4_2", Kind.FLAG, "the processor has SSE4.2"),
    (
        "cpu.governor",
        Kind.TEXT,
        "frequency governor and driver of the first core: powersave/acpi-cpufreq",
    ),
    (
        "cpu.emulated",
        Kind.TEXT,
        "rosetta or qemu when our programs are translated; absent otherwise",
    ),
    ("cpu.numa_nodes", Kind.COUNT, "memory nodes"),
    (
        "driver.modules",
        Kind.TEXTS,
        "loaded kernel modules of: nvidia, nvidia_uvm, nvidia_modeset, nvidia_drm, nouveau, amdgpu",
    ),
    (
        "driver.module_version",
        Kind.TEXT,
        "version of the loaded nvidia module; absent when not loaded",
    ),
    (
        "driver.library_version",
        Kind.TEXT,
        "version of the NVIDIA driver's libraries on disk; absent when there are none",
    ),
    (
        "driver.module_files",
        Kind.RECORDS,
        "nvidia modules on disk: kernel, version, running (for the running kernel)",
    ),
    ("driver.open_module", Kind.FLAG, "the loaded nvidia module is the open one"),
    ("driver.secure_boot", Kind.FLAG, "Secure Boot is on; absent where there is no UEFI"),
    (
        "driver.device_nodes",
        Kind.RECORDS,
        "nodes in /dev of accelerators: path, group, mode, readable, writable",
    ),
    (
        "driver.pci_gpus",
        Kind.RECORDS,
        "GPUs on the PCI bus: vendor, device, name, address, driver (bound kernel driver)",
    ),
    ("driver.nvswitch", Kind.FLAG, "NVSwitch bridges are on the PCI bus"),
    ("driver.fabric_manager", Kind.TEXT, "active, inactive or failed; absent when not installed"),
    ("driver.fabric_manager_version", Kind.TEXT, "version of the fabric manager"),
    (
        "driver.persistence_daemon",
        Kind.TEXT,
        "nvidia-persistenced: active or inactive; absent when not installed",
    ),
    (
        "driver.smi_error",
        Kind.TEXT,
        "what nvidia-smi complains about; absent when it works or is not there",
    ),
    ("driver.cuda_version", Kind.TEXT, "newest CUDA that the driver speaks, as nvidia-smi says"),
    ("driver.packages", Kind.RECORDS, "packages of the NVIDIA driver: name, version"),
    (
        "driver.kernel_log",
        Kind.TEXTS,
        "lines of the kernel's log about GPUs: NVRM, Xid, nouveau, rejected keys",
    ),
    ("driver.libcuda_paths", Kind.TEXTS, "libcuda.so.1 files in the loader's order"),
    ("driver.wsl_libcuda", Kind.FLAG, "/usr/lib/wsl/lib/libcuda.so.1 is there; absent outside WSL"),
    (
        "gpu.states",
        Kind.RECORDS,
        "per NVIDIA GPU: index, name, compute_mode, memory_total_bytes, "
        "memory_used_bytes, temperature_c, throttle_reasons (list), persistence (bool), "
        "mig_current, mig_pending (bool), mig_devices (count), ecc_uncorrected (count), "
        "pcie_width, pcie_width_max, display (bool)",
    ),
    (
        "gpu.processes",
        Kind.RECORDS,
        "processes on GPUs: pid, name, memory_bytes, gpu_index, user, own (bool)",
    ),
    ("cuda.home", Kind.TEXT, "what CUDA_HOME or CUDA_PATH say"),
    ("cuda.nvcc_path", Kind.TEXT, "nvcc first on PATH"),
    ("cuda.nvcc_version", Kind.TEXT, "its version"),
    ("cuda.ptxas_path", Kind.TEXT, "ptxas first on PATH"),
    ("cuda.ptxas_version", Kind.TEXT, "its version"),
    (
        "cuda.host_compiler",
        Kind.TEXT,
        "C++ compiler that nvcc would call, with version: gcc 12.2.0",
    ),
    (
        "cuda.library_path",
        Kind.RECORDS,
        "entries of LD_LIBRARY_PATH: path, exists, libraries (names of CUDA libraries in it)",
    ),
    (
        "cuda.libraries",
        Kind.RECORDS,
        "CUDA libraries that the loader can find, in its order: name (cudnn, cublas, "
        "cudart, nvrtc, cusparse, nccl), version, path, via",
    ),
    ("env.python", Kind.TEXT, "the Python that is judged: the project's, else the active one"),
    ("env.python_version", Kind.TEXT, "its version"),
    ("env.prefix", Kind.TEXT, "its environment's folder"),
    ("env.kind", Kind.TEXT, "venv, conda, project or system"),
    ("env.bits", Kind.COUNT, "32 or 64"),
    ("env.arch", Kind.TEXT, "processor that this Python is built for"),
    ("env.externally_managed", Kind.FLAG, "the system keeps its packages (PEP 668)"),
    ("env.has_pip", Kind.FLAG, "pip is installed in it"),
    ("env.has_ensurepip", Kind.FLAG, "it can make environments with pip (ensurepip)"),
    ("env.headers", Kind.FLAG, "Python.h is there"),
    (
        "env.packages",
        Kind.RECORDS,
        "installed packages: name (normalised), version, location, installer",
    ),
    (
        "env.unmet",
        Kind.RECORDS,
        "requirements that are not met: package, requires, found (absent when missing)",
    ),
    ("env.duplicates", Kind.TEXTS, "packages with more than one set of metadata in one folder"),
    ("env.broken", Kind.TEXTS, "leftovers of broken installs: ~orch, metadata without files"),
    (
        "env.torch_cuda",
        Kind.TEXT,
        "CUDA that the installed torch is built for; absent for a CPU build",
    ),
    (
        "env.torch_build",
        Kind.TEXT,
        "build of the installed torch: cu128, cpu, rocm6.4; absent without torch",
    ),
    (
        "env.user_site",
        Kind.RECORDS,
        "packages in the user's site folder for this Python: name, version, shadows (bool)",
    ),
    ("env.user_site_used", Kind.FLAG, "this Python looks there"),
    ("env.conda", Kind.RECORDS, "active conda: prefix, name, base (bool)"),
    ("env.pip_path", Kind.TEXT, "pip first on PATH"),
    ("env.pip_python", Kind.TEXT, "the Python that this pip belongs to"),
    ("env.python_on_path", Kind.TEXT, "python first on PATH"),
    (
        "variables.set",
        Kind.RECORDS,
        "environment variables that change how programs run: name, value",
    ),
    ("network.hostname", Kind.TEXT, "name of this host"),
    (
        "network.hostname_addresses",
        Kind.TEXTS,
        "addresses that it resolves to; empty when it does not",
    ),
    (
        "network.interfaces",
        Kind.RECORDS,
        "interfaces: name, up (bool), addresses (list), kind (loopback, bridge, ethernet, "
        "wireless, infiniband, tunnel), speed_mbps",
    ),
    (
        "network.infiniband",
        Kind.RECORDS,
        "RDMA devices: name, state, link (InfiniBand or Ethernet)",
    ),
    ("network.listening", Kind.RECORDS, "TCP ports that are listened on: port, address, program"),
    (
        "network.places",
        Kind.RECORDS,
        "places asked over the network: kind (index, extra_index, framework_index, hub, "
        "registry), place, status (ok, dns, refused, timeout, tls, proxy_auth, "
        "proxy_blocked, auth, missing, error), http_status, seconds, detail, issuer (of "
        "the certificate)",
    ),
    ("network.offline", Kind.FLAG, "nothing was asked: offline is wanted"),
    (
        "containers.docker_group",
        Kind.FLAG,
        "the user is in the docker group; absent where there is none",
    ),
    (
        "containers.nvidia_toolkit",
        Kind.TEXT,
        "version of the NVIDIA container toolkit; absent when not installed",
    ),
    ("containers.cdi_driver", Kind.TEXT, "driver version that the CDI specification names"),
    (
        "containers.details",
        Kind.RECORDS,
        "per engine: name, server_version, storage_driver, cgroup_driver, cgroup_version, "
        "root_folder, root_free_bytes, rootless (bool), default_runtime, runtimes (list), "
        "socket, socket_writable (bool), buildx (bool), compose (version), product "
        "(docker, docker desktop, orbstack), context, error",
    ),
    (
        "jupyter.kernelspecs",
        Kind.RECORDS,
        "kernels: name, path, language, program, exists (bool), python (version), prefix, "
        "has_ipykernel (bool), display_name",
    ),
    (
        "jupyter.servers",
        Kind.RECORDS,
        "running servers: url, address, port, pid, alive (bool), token (bool), password "
        "(bool), root_folder",
    ),
    ("jupyter.config", Kind.RECORDS, "settings of Jupyter: file, key, value"),
    ("security.root", Kind.FLAG, "we run as root"),
    (
        "security.privileged",
        Kind.FLAG,
        "our container has all capabilities; absent outside containers",
    ),
    (
        "security.docker_socket",
        Kind.FLAG,
        "the engine's socket is mounted into our container; absent outside",
    ),
    (
        "security.secret_files",
        Kind.RECORDS,
        "files with credentials: path, mode (octal text), kind",
    ),
    (
        "project.model_files",
        Kind.RECORDS,
        "model files in the project: path, format (pickle, torch, keras_h5, safetensors, "
        "onnx, joblib), size_bytes, imports (of pickles)",
    ),
    (
        "project.secrets",
        Kind.RECORDS,
        "texts in the project that look like credentials: path, line, kind",
    ),
    (
        "network.ca_bundles",
        Kind.RECORDS,
        "CA bundles that are set: name (of the variable or setting), path, exists (bool)",
    ),
)
"""Keys of the doctor's facts."""
