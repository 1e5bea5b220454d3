"""Pythons, CUDA and its libraries, container engines."""

from __future__ import annotations

import json

from bringup.machine.probes import containers, cuda, python
from bringup.machine.sources import first_answer

ASK = "-I -S -c import sys; print(sys.implementation.name, *sys.version_info[:3])"


def interpreters(world):
    return first_answer(world, python.SOURCES["python.interpreters"])


def library(folder):
    return {f"{folder}/{name}": "" for name in ("os.py", "venv/x", "ensurepip/x")}


def test_pythons_of_all_kinds(make_world):
    world = make_world(
        env={"PATH": "/shims:/venv/bin:/usr/bin", "HOME": "/home/u"},
        host={
            "interpreter": {
                "path": "/own/bin/python",
                "version": "3.14.0",
                "implementation": "cpython",
                "prefix": "/own",
            }
        },
        files={
            "/venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.12.4\n",
            "/usr/include/python3.11/patchlevel.h": '#define PY_VERSION      "3.11.2"\n',
            "/usr/lib/python3.11/os.py": "",
            "/usr/lib/python3.11/venv/x": "",
            **library("/home/u/.pyenv/versions/3.10.13/lib/python3.10"),
        },
        programs={
            "/own/bin/python": "",
            "/shims/python3": "#!/bin/sh\n",
            "/venv/bin/python3": "",
            "/usr/bin/python3.11": "",
            "/usr/bin/python2.7": "",
            "/usr/bin/python3.9": "",
            "/usr/bin/python3-config": "",
            "/usr/bin/pypy3": "",
            "/home/u/.pyenv/versions/3.9.1/bin/python3.9": "",
            "/home/u/.pyenv/versions/3.10.13/bin/python3.10": "",
            "/home/u/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13": "",
        },
        links={"/usr/bin/python3": "python3.11"},
        commands={f"/usr/bin/pypy3 {ASK}": "pypy 3 10 14\n", f"/usr/bin/python3.9 {ASK}": "?\n"},
    )
    fact = interpreters(world)
    assert [(row["path"], row["version"]) for row in fact.value] == [
        ("/own/bin/python", "3.14.0"),
        ("/venv/bin/python3", "3.12.4"),
        ("/usr/bin/pypy3", "3.10.14"),
        ("/usr/bin/python3", "3.11.2"),
        ("/home/u/.pyenv/versions/3.10.13/bin/python3.10", "3.10.13"),
        ("/home/u/.pyenv/versions/3.9.1/bin/python3.9", "3.9.1"),
        ("/home/u/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13", "3.13.1"),
    ]
    by_path = {row["path"]: row for row in fact.value}
    assert by_path["/usr/bin/pypy3"]["implementation"] == "pypy"
    assert by_path["/usr/bin/python3"]["has_venv"] is False
    assert by_path["/home/u/.pyenv/versions/3.10.13/bin/python3.10"]["has_venv"] is True
    assert by_path["/own/bin/python"]["has_venv"] is None
    assert "/shims/python3: it is a script" in fact.tried
    assert "/usr/bin/python3.9: it does not tell its version" in fact.tried


def test_no_python_is_started_when_files_tell(make_world):
    world = make_world(
        env={"HOME": "/h"}, programs={"/h/.pyenv/versions/3.12.1/bin/python3.12": ""}
    )
    assert interpreters(world).value[0]["version"] == "3.12.1"
    assert world._runner.asked == []


def toolkits(world):
    return first_answer(world, cuda.SOURCES["cuda.toolkits"]).value


def test_toolkits(make_world):
    world = make_world(
        env={"CUDA_HOME": "/opt/cuda/", "PATH": "/usr/local/cuda-12.1/bin"},
        files={
            "/opt/cuda/version.json": json.dumps({"cuda_nvcc": {"version": "12.6.85"}}),
            "/usr/local/cuda-10.2/version.txt": "CUDA Version 10.2.89\n",
            "/usr/local/cuda-13.0/include/cuda.h": "#define CUDA_VERSION 13000\n",
            "/usr/local/cuda-11.8/README": "",
            "/usr/local/cudatools/version.txt": "CUDA Version 1.0\n",
        },
        programs={"/usr/local/cuda-12.1/bin/nvcc": ""},
        links={"/usr/local/cuda": "cuda-12.1"},
    )
    assert toolkits(world) == [
        {"path": "/opt/cuda", "version": "12.6.85"},
        {"path": "/usr/local/cuda-12.1", "version": "12.1"},
        {"path": "/usr/local/cuda-10.2", "version": "10.2.89"},
        {"path": "/usr/local/cuda-13.0", "version": "13.0"},
    ]
    assert toolkits(make_world(platform="macos")) is None


def cudnn(world):
    return first_answer(world, cuda.SOURCES["cudnn.version"])


def test_libraries_in_the_loaders_cache(make_world):
    cache = b"ld.so-1.7.0\0glibc-ld.so.cache1.1\0libcudnn.so.9\0/opt/nn/lib/libcudnn.so.9\0\1"
    world = make_world(
        files={"/etc/ld.so.cache": cache, "/opt/nn/lib/libcudnn.so.9.1.0": ""},
        links={"/opt/nn/lib/libcudnn.so.9": "libcudnn.so.9.1.0"},
    )
    assert (cudnn(world).value, cudnn(world).source) == ("9.1.0", "/opt/nn/lib/libcudnn.so.9.1.0")


def test_library_version_in_a_header_or_in_part(make_world):
    world = make_world(env={"LD_LIBRARY_PATH": "/x/lib64"}, files={"/x/lib64/libcudnn.so.8": ""})
    assert cudnn(world).value == "8"
    header = "#define CUDNN_MAJOR 8\n#define CUDNN_MINOR 9\n#define CUDNN_PATCHLEVEL 2\n"
    world = make_world(
        env={"LD_LIBRARY_PATH": "/x/lib64"}, files={"/x/include/cudnn_version.h": header}
    )
    assert (cudnn(world).value, cudnn(world).source) == ("8.9.2", "/x/include/cudnn_version.h")
    nccl = first_answer(make_world(), cuda.SOURCES["nccl.version"])
    assert (nccl.value, nccl.unknown) == (None, None)


def test_rocm_and_cann_elsewhere(make_world):
    world = make_world(
        env={"ROCM_PATH": "/r", "ASCEND_TOOLKIT_HOME": "/c"},
        files={
            "/r/.info/version": "6.2.4-139\n",
            "/c/version.cfg": "runtime_running_version=[7.1.0.3.220:7.0.0]\n",
        },
    )
    assert first_answer(world, cuda.SOURCES["rocm.version"]).value == "6.2.4"
    assert first_answer(world, cuda.SOURCES["cann.version"]).value == "7.1.0.3.220"


def engines(world):
    return first_answer(world, containers.SOURCES["containers.engines"])


def test_engines_without_daemons(make_world):
    world = make_world(
        env={"PATH": "/b"},
        programs={f"/b/{name}": "" for name in ("docker", "podman", "nerdctl", "nvidia-ctk")},
        commands={"/b/podman --version": "podman version 4.9.3\n", "/b/nerdctl --version": "?\n"},
        files={
            "/run/containerd/containerd.sock": "",
            "/etc/docker/daemon.json": '{"runtimes": {"nvidia": {"path": "x"}}}',
        },
    )
    docker, podman, nerdctl = engines(world).value
    assert docker["client_version"] is None
    assert (docker["daemon"], docker["nvidia_runtime"]) == (False, True)
    assert docker["daemon_note"] == "there is no socket /var/run/docker.sock"
    assert (podman["client_version"], podman["daemon"], podman["nvidia_runtime"]) == (
        "4.9.3",
        None,
        True,
    )
    assert (nerdctl["client_version"], nerdctl["daemon"]) == (None, True)


def test_docker_somewhere_else(make_world):
    base = {"programs": {"/b/docker": ""}}
    far = make_world(env={"PATH": "/b", "DOCKER_HOST": "tcp://far:2375"}, **base)
    assert "not asked" in engines(far).value[0]["daemon_note"]
    near = make_world(
        env={"PATH": "/b", "DOCKER_HOST": "unix:///s"},
        files={"/s": "", "/etc/docker/daemon.json": "{broken"},
    )
    (row,) = engines(near).value
    assert (row["daemon"], row["daemon_note"]) == (False, "/s: not recorded")


def test_rootless_docker(make_world):
    world = make_world(
        env={"PATH": "/b", "XDG_RUNTIME_DIR": "/run/user/7"},
        programs={"/b/docker": ""},
        files={"/run/user/7/docker.sock": ""},
        host={"ask_socket": '{"Runtimes": {"runc": {}}}'},
    )
    (row,) = engines(world).value
    assert (row["daemon"], row["nvidia_runtime"]) == (True, False)
    assert row["daemon_note"] == "/run/user/7/docker.sock"


def test_cdi_specs_once(make_world):
    world = make_world(
        files={"/run/cdi/nvidia.yaml": "", "/etc/cdi/a.json": "", "/etc/cdi/readme.txt": ""},
        links={"/var/run": "../run"},
    )
    fact = first_answer(world, containers.SOURCES["containers.cdi_specs"])
    assert fact.value == ["/etc/cdi/a.json", "/var/run/cdi/nvidia.yaml"]
