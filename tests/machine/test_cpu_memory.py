from __future__ import annotations

import pytest

from bringup.machine.probes import cpu, limits, memory, surroundings, system
from bringup.machine.sources import first_answer

SOURCES = {
    **cpu.SOURCES,
    **memory.SOURCES,
    **limits.SOURCES,
    **surroundings.SOURCES,
    **system.SOURCES,
}
V1_MOUNTS = (
    "30 29 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 - cgroup cgroup rw,cpu,cpuacct\n"
    "31 29 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)
MEMINFO = "MemTotal: 1000000 kB\nMemAvailable: 500000 kB\nSwapTotal: 0 kB\n"


def ask(world, key):
    return first_answer(world, SOURCES[key])


def test_cgroup_v1_limits_along_the_path(make_world):
    world = make_world(
        host={"affinity": 8},
        files={
            "/proc/self/cgroup": "4:memory:/docker/abc/sub\n3:cpu,cpuacct:/a/b\n",
            "/proc/self/mountinfo": V1_MOUNTS,
            "/proc/meminfo": MEMINFO,
            "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "200000\n",
            "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n",
            "/sys/fs/cgroup/memory/sub/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert ask(world, "cpu.cores_usable").value == 2
    assert ask(world, "cpu.quota").source == "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us"
    limit = ask(world, "memory.limit_bytes")
    assert (limit.value, limit.source) == (
        512 << 20,
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    )


def test_limit_above_the_memory_is_none(make_world):
    world = make_world(
        files={
            "/proc/self/cgroup": "4:memory:/\n",
            "/proc/self/mountinfo": "31 29 0:27 / /cg rw - cgroup cgroup rw,memory\n",
            "/cg/memory.limit_in_bytes": "99999999999\n",
            "/proc/meminfo": MEMINFO,
        }
    )
    fact = ask(world, "memory.limit_bytes")
    assert (fact.value, fact.unknown) == (None, None)


def test_half_a_core_is_one(make_world):
    world = make_world(
        host={"affinity": 4},
        files={
            "/proc/self/cgroup": "0::/x\n",
            "/proc/self/mountinfo": "1 2 0:3 / /cg rw - cgroup2 cgroup rw\n",
            "/cg/x/cpu.max": "50000 100000\n",
            "/cg/cpu.max": "max 100000\n",
        },
    )
    assert ask(world, "cpu.cores_usable").value == 1


def test_affinity_in_proc_where_nobody_else_says(make_world):
    world = make_world(files={"/proc/self/status": "Name:\tx\nCpus_allowed:\tff,0000000f\n"})
    assert ask(world, "cpu.cores_usable").value == 12


def test_nothing_is_there(make_world):
    world = make_world()
    for key in ("cpu.cores_usable", "memory.total_bytes", "cpu.avx2", "limits.nofile"):
        fact = ask(world, key)
        assert fact.value is None
        assert fact.unknown
    assert ask(world, "os.name").unknown == "/etc/os-release: no such file"
    assert ask(world, "libc.version").unknown


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ("sse2", "x86-64-v1"),
        ("cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3", "x86-64-v2"),
        (
            "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
            " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
            "x86-64-v3",
        ),
        # AVX-512 without what stands below is no level 4.
        ("cx16 avx512f avx512bw avx512cd avx512dq avx512vl", "x86-64-v1"),
    ],
)
def test_levels(make_world, flags, level):
    world = make_world(files={"/proc/cpuinfo": f"processor : 0\nflags : {flags}\n"})
    assert ask(world, "cpu.microarchitecture_level").value == level


def test_intel_mac(make_world):
    sysctl = (
        "machdep.cpu.brand_string: Intel(R) Core(TM) i7\nmachdep.cpu.vendor: GenuineIntel\n"
        "hw.optional.avx2_0: 1\nhw.optional.avx512f: 0\nkern.hv_vmm_present: 1\n"
    )
    world = make_world(
        platform="macos",
        commands={"/usr/sbin/sysctl hw machdep.cpu kern.hv_vmm_present": sysctl},
    )
    assert ask(world, "cpu.vendor").value == "GenuineIntel"
    assert ask(world, "cpu.avx2").value is True
    assert ask(world, "cpu.avx512f").value is False
    assert ask(world, "cpu.microarchitecture_level").value == "x86-64-v3"
    assert ask(world, "surroundings.vm").value == "unknown hypervisor"
    assert ask(world, "os.version").unknown


def test_windows_on_arm_and_ten(make_world):
    env = {
        "PROCESSOR_ARCHITECTURE": "ARM64",
        "PROCESSOR_IDENTIFIER": "ARMv8 (64-bit) Family 8, Qualcomm",
    }
    world = make_world(platform="windows", env=env, host={"windows_version": [10, 0, 19045]})
    assert ask(world, "os.arch").value == "aarch64"
    assert ask(world, "os.version").value == "10"
    assert ask(world, "cpu.microarchitecture_level").unknown is None
    assert ask(world, "cpu.model").value == env["PROCESSOR_IDENTIFIER"]
    assert ask(make_world(platform="windows"), "cpu.vendor").unknown
    assert ask(make_world(platform="windows"), "os.arch").unknown


def test_unknown_arm_processor(make_world):
    world = make_world(files={"/proc/cpuinfo": "CPU implementer : 0x99\nCPU part : 0xd0c\n"})
    assert ask(world, "cpu.vendor").value == "implementer 0x99"
    assert ask(world, "cpu.model").value == "implementer 0x99 part 0xd0c"
    assert ask(world, "cpu.cores_logical").unknown


def test_glibc_by_file_and_by_getconf(make_world):
    world = make_world(files={"/lib64/libc-2.17.so": ""})
    assert (ask(world, "libc.family").value, ask(world, "libc.version").value) == ("glibc", "2.17")
    assert ask(world, "libc.version").source == "/lib64/libc-2.17.so"


def test_glibc_by_getconf(make_world):
    world = make_world(commands={"getconf GNU_LIBC_VERSION": "glibc 2.31\n", "uname -m": "arm64\n"})
    assert ask(world, "libc.family").value == "glibc"
    assert ask(world, "libc.version").value == "2.31"
    assert ask(world, "os.arch").value == "aarch64"


def test_musl_by_its_loader(make_world):
    world = make_world(
        files={"/lib/ld-musl-aarch64.so.1": ""},
        failures={"/lib/ld-musl-aarch64.so.1": "musl libc (aarch64)\nVersion 1.2.5\nUsage: ...\n"},
    )
    assert ask(world, "libc.family").value == "musl"
    assert ask(world, "libc.version").value == "1.2.5"


def test_rolling_distribution_has_no_version(make_world):
    world = make_world(files={"/usr/lib/os-release": "NAME='Arch Linux'\nBUILD_ID=rolling\n"})
    assert (ask(world, "os.name").value, ask(world, "os.version").value) == (
        "Arch Linux",
        "rolling",
    )


def test_no_shared_memory_folder(make_world):
    world = make_world(files={"/dev/null": ""})
    assert ask(world, "shm.size_bytes").unknown is None


@pytest.mark.parametrize(
    ("files", "env", "kind"),
    [
        ({"/run/.containerenv": ""}, {}, "podman"),
        ({"/.dockerenv": ""}, {}, "docker"),
        ({"/proc/1/cgroup": "1:cpu:/kubepods/pod1\n"}, {}, "kubernetes"),
        ({"/proc/1/cgroup": "1:cpu:/lxc/one\n"}, {}, "lxc"),
        ({"/proc/self/cgroup": "0::/machine.slice/libpod-1.scope\n"}, {}, "podman"),
        ({"/proc/1/cgroup": "0::/init.scope\n"}, {}, None),
        ({}, {"APPTAINER_NAME": "x"}, "apptainer"),
    ],
)
def test_container(make_world, files, env, kind):
    assert ask(make_world(files=files, env=env), "surroundings.container").value == kind


@pytest.mark.parametrize(
    ("version", "wsl"),
    [
        ("Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)", "1"),
        ("Linux version 5.15.0-microsoft-standard-WSL2", "2"),
        ("Linux version 6.8.0-45-generic", None),
    ],
)
def test_wsl(make_world, version, wsl):
    assert ask(make_world(files={"/proc/version": version}), "surroundings.wsl").value == wsl


@pytest.mark.parametrize(
    ("vendor", "flags", "kind"),
    [
        ("VMware, Inc.", "fpu hypervisor", "vmware"),
        ("innotek", "fpu hypervisor", "unknown hypervisor"),
        ("Amazon EC2", "fpu", None),
        ("Dell Inc.", "fpu", None),
    ],
)
def test_vm(make_world, vendor, flags, kind):
    world = make_world(
        files={"/sys/class/dmi/id/sys_vendor": vendor, "/proc/cpuinfo": f"flags : {flags}\n"}
    )
    assert ask(world, "surroundings.vm").value == kind


@pytest.mark.parametrize(
    ("env", "cluster", "job"),
    [
        ({"PBS_JOBID": "1.host"}, "pbs", "1.host"),
        ({"LSB_JOBID": "2"}, "lsf", "2"),
        ({"JOB_ID": "3", "SGE_TASK_ID": "1"}, "sge", "3"),
        ({"JOB_ID": "3"}, None, None),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes", None),
    ],
)
def test_cluster(make_world, env, cluster, job):
    world = make_world(env=env)
    assert ask(world, "surroundings.cluster").value == cluster
    assert ask(world, "surroundings.cluster_job").value == job
