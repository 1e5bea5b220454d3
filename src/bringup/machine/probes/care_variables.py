"""Environment variables that change how programs run, credentials taken out."""

from __future__ import annotations

import re
from typing import Final

from bringup.machine.redact import redacted
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import World

_WANTED: Final = re.compile(
    r"PYTHON(?:PATH|HOME|NOUSERSITE|USERBASE|DONTWRITEBYTECODE|UTF8|HTTPSVERIFY|MALLOC)"
    r"|VIRTUAL_ENV|CONDA_(?:PREFIX|DEFAULT_ENV|SHLVL)"
    r"|LD_(?:LIBRARY_PATH|PRELOAD)|DYLD_\w+"
    r"|(?:CUDA|NVIDIA|HIP|ROCR|ROCM|HSA|ASCEND|NCCL|GLOO|TP|OMP|GOMP|KMP|MKL|OPENBLAS|NUMEXPR"
    r"|HF|TRANSFORMERS|XLA|TF|JAX|TORCH|PYTORCH|SLURM|OMPI|PIP|UV|TRITON)_\w+"
    r"|CUDAHOSTCXX|NVCC_(?:CCBIN|PREPEND_FLAGS|APPEND_FLAGS)|CC|CXX"
    r"|MASTER_(?:ADDR|PORT)|(?:LOCAL_)?RANK|(?:LOCAL_)?WORLD_SIZE|ZE_AFFINITY_MASK"
    r"|TMPDIR|TEMP|TMP|LANG|LC_\w+|MPLBACKEND|JUPYTER_\w+"
    r"|(?:https?|all|no|ftp)_proxy|REQUESTS_CA_BUNDLE|SSL_CERT_(?:FILE|DIR)|CURL_CA_BUNDLE"
    r"|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|GIT_SSL_(?:NO_VERIFY|CAINFO)"
    r"|DOCKER_(?:HOST|CONTEXT|BUILDKIT|CONFIG)|HOME|USERPROFILE|USER|USERNAME|SHELL",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
_VALUE_CHARS: Final = 2000


def _set(world: World) -> Answer:
    rows = [
        {"name": name, "value": _redacted(value)}
        for name, value in sorted(world.env.items())
        if _WANTED.fullmatch(name) and not _SECRET.search(name)
    ]
    return Answer(rows, "environment")


def _redacted(value: str) -> str:
    return " ".join(redacted(part) for part in value[:_VALUE_CHARS].split(" "))


SOURCES: Sources = {"variables.set": (Source("environment", _set),)}
