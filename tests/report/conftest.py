"""Evidence as real runs leave it: MNIST with the CNN, a regression, an own script, failures."""

from __future__ import annotations

import functools
import hashlib
import math
import random
from typing import Any

import pytest

from bringup.base.messages import choose_language
from bringup.report.document import build_document

Json = dict[str, Any]
GIB = 1 << 30
FONT = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00010 01100",
}


@pytest.fixture(autouse=True)
def english():
    choose_language("en")
    yield
    choose_language("en")


@pytest.fixture
def mnist() -> Json:
    return mnist_document()


@pytest.fixture
def regression() -> Json:
    return regression_document()


@pytest.fixture
def own_script() -> Json:
    return script_document()


@pytest.fixture
def failed() -> Json:
    return failed_document()


@pytest.fixture
def broken_gate() -> Json:
    return broken_gate_document()


def sha(name: str) -> str:
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


@functools.cache
def digit(text: str, seed: int) -> list[list[int]]:
    """Return a 28 by 28 picture of a digit, a little different for each seed."""
    rows, noise = FONT[text].split(), random.Random(seed)
    dx, dy, slant = noise.uniform(-2, 2), noise.uniform(-1.5, 1.5), noise.uniform(-0.25, 0.25)
    picture = []
    for y in range(28):
        line = []
        for x in range(28):
            total = 0.0
            for r, row in enumerate(rows):
                for c, bit in enumerate(row):
                    if bit == "1":
                        cy = 5 + r * 3 + dy
                        cx = 8 + c * 3 + dx + slant * (14 - cy)
                        total += math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 2.6)
            line.append(min(255, int(total * 190)))
        picture.append(line)
    return picture


def machine() -> Json:
    def fact(value: Any, source: str, **more: Any) -> Json:
        return {"value": value, "source": source, **more}

    settings = {
        "index": "https://reader:s3cret@mirror.example/simple",
        "extra_indexes": ["https://packages.example/simple"],
        "find_links": ["/srv/wheels"],
        "constraints": ["/etc/pip-constraints.txt"],
        "ca_bundle": "/etc/ssl/certs/ca-certificates.crt",
    }
    pythons = [
        {"path": "/usr/bin/python3.11", "version": "3.11.7", "implementation": "cpython"},
        {"path": "/usr/bin/python3.13", "version": "3.13.1", "implementation": "cpython"},
    ]
    facts = {
        "os.family": fact("linux", "/etc/os-release"),
        "os.name": fact("Debian", "/etc/os-release"),
        "os.version": fact("12", "/etc/os-release"),
        "os.kernel": fact("6.1.0", "uname"),
        "os.arch": fact("x86_64", "uname"),
        "libc.family": fact("glibc", "ldd"),
        "libc.version": fact("2.36", "ldd"),
        "cpu.model": fact("Intel Xeon Platinum 8481C", "/proc/cpuinfo"),
        "cpu.cores_logical": fact(8, "/proc/cpuinfo"),
        "cpu.cores_usable": fact(2, "/sys/fs/cgroup/cpu.max"),
        "cpu.microarchitecture_level": fact("x86-64-v4", "/proc/cpuinfo"),
        "cpu.avx2": fact(True, "/proc/cpuinfo"),
        "cpu.avx512f": fact(True, "/proc/cpuinfo"),
        "cpu.vnni": fact(True, "/proc/cpuinfo"),
        "cpu.amx": fact(False, "/proc/cpuinfo"),
        "memory.total_bytes": fact(31 * GIB, "/proc/meminfo"),
        "memory.limit_bytes": fact(24 * GIB, "/sys/fs/cgroup/memory.max"),
        "disk.free_bytes": fact(180 * GIB, "statvfs"),
        "python.interpreters": fact(pythons, "PATH"),
        "gpu.devices": fact([], "/sys/bus/pci", tried=["nvidia-smi: there is no such program"]),
        "gpu.nvidia_driver": fact(None, "/sys/module/nvidia/version", unknown="no such file"),
        "surroundings.container": fact("docker", "/.dockerenv"),
        "index.settings": fact(settings, "pip, uv"),
    }
    return {"schema_version": 1, "facts": facts}


def stage(name: str, seconds: float, **more: Any) -> Json:
    minute = 4 + sum(map(ord, name)) % 3
    return {
        "stage": name,
        "status": "done",
        "seconds": seconds,
        "started_at": f"2026-11-22T00:{minute:02d}:31+00:00",
        "because": ["it has not run yet"],
        "metrics": {},
        "gates": {},
        "inputs": {},
        "outputs": {},
        **more,
    }


def metric(value: float, half: float) -> Json:
    return {"value": value, "low": value - half, "high": value + half}


def note(text: str, *, warning: bool = False) -> Json:
    return {"code": "STK999", "params": {}, "warning": warning, "text": text}


def gate(condition: str, value: float | None, *, holds: bool = True) -> Json:
    return {"condition": condition, "value": value, "holds": holds}


def environment_stages() -> dict[str, Json]:
    names = [
        "torch",
        "numpy",
        "scikit-learn",
        "onnx",
        "onnxscript",
        "onnxruntime",
        "tensorboard",
        "safetensors",
        "filelock",
        "fsspec",
        "jinja2",
        "markupsafe",
        "mpmath",
        "networkx",
        "sympy",
        "typing-extensions",
        "scipy",
        "joblib",
        "protobuf",
        "threadpoolctl",
        "ml-dtypes",
        "onnx-ir",
        "absl-py",
        "grpcio",
        "markdown",
        "werkzeug",
        "packaging",
        "pillow",
    ]
    versions = {name: f"1.{len(name)}.{index % 5}" for index, name in enumerate(names)}
    versions["torch"] = "2.13.0+cpu"
    serve = ("numpy", "onnxruntime", "starlette", "uvicorn", "protobuf", "anyio", "h11")
    checks = [
        ("import", 1.21, "torch 2.13.0+cpu"),
        ("matrix product", 0.034, "512 × 512, largest difference 3.1e-05"),
        ("convolution", 0.021, "8 × 16 × 28 × 28"),
        ("backward pass", 0.047, "gradient equals finite differences to 2e-06"),
        ("data-loading worker", 1.62, "2 workers, 64 rows"),
        ("ONNX round trip", 1.94, "onnxruntime equals torch to 1.2e-07"),
    ]
    return {
        "probe": stage(
            "probe",
            0.21,
            metrics={"facts": {"value": 61}, "unknown": {"value": 1}},
            inputs={"os.family": "linux", "cpu.cores_usable": 2},
            outputs={"machine.json": sha("machine")},
            machine=machine(),
        ),
        "lock": stage(
            "lock",
            2.84,
            metrics={"packages": {"value": len(names)}, "serve_packages": {"value": len(serve)}},
            stack={
                "python": {"version": "3.11.7", "path": "/usr/bin/python3.11"},
                "build": "cpu",
                "requested": "auto",
                "torch": "2.13.0+cpu",
                "source": {"kind": "find_links", "place": "/srv/wheels"},
                "reasons": [
                    note("no accelerator here: a CPU build is enough"),
                    note("https://download.pytorch.org/whl/cpu cannot be reached", warning=True),
                    note("torch 2.13.0+cpu is the newest CPU build that can be had"),
                ],
            },
            packages={
                "pylock.cpu.toml": versions,
                "pylock.serve.toml": dict.fromkeys(serve, "1.0"),
            },
            notes=[{"code": "FIL004", "params": {"path": "pip.conf"}, "text": "as recorded"}],
            inputs={"machine": sha("machine"), "[environment].python": ">=3.11"},
            outputs={"train": sha("lock-train"), "serve": sha("lock-serve")},
        ),
        "sync": stage(
            "sync",
            14.9,
            environments={
                "train": {"folder": "/p/train", "built": True, "seconds": 13.8},
                "serve": {"folder": "/p/serve", "built": False, "seconds": 0.0},
            },
            inputs={"train lock": sha("lock-train"), "serve lock": sha("lock-serve")},
            outputs={"train": sha("env-train"), "serve": sha("env-serve")},
        ),
        "verify": stage(
            "verify",
            4.92,
            checks=[{"name": n, "ok": True, "seconds": s, "detail": d} for n, s, d in checks],
            inputs={"environment": sha("env-train")},
        ),
    }  # fmt: skip


def mnist_history(epochs: int = 10) -> list[Json]:
    noise = random.Random(5)
    rows = []
    for epoch in range(1, epochs + 1):
        fade = math.exp(-0.62 * epoch)
        train_loss = 0.008 + 0.62 * fade + noise.uniform(0, 0.003)
        validation_loss = 0.037 + 0.32 * fade + noise.uniform(0, 0.006)
        rows.append(
            {
                "kind": "epoch",
                "epoch": epoch,
                "seconds": 4.1 + noise.uniform(-0.2, 0.2),
                "samples_per_s": 13100 + noise.uniform(-300, 300),
                "train": {"loss": train_loss, "accuracy": 0.9985 - 0.21 * fade},
                "validation": {"loss": validation_loss, "accuracy": 0.9895 - 0.05 * fade},
            }
        )
    return rows


def confusion() -> list[list[int]]:
    support = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    wrong = {(4, 9): 9, (9, 4): 7, (7, 2): 8, (2, 7): 5, (3, 5): 6, (5, 3): 8, (8, 3): 4}
    wrong |= {(6, 0): 5, (9, 7): 6, (8, 9): 5, (0, 6): 2, (1, 7): 3, (5, 6): 4, (7, 1): 3}
    matrix = [[wrong.get((row, column), 0) for column in range(10)] for row in range(10)]
    for row, total in enumerate(support):
        matrix[row][row] = total - sum(matrix[row])
    return matrix


def evaluate_mnist() -> Json:
    matrix = confusion()
    names = [str(index) for index in range(10)]
    per_class = {}
    for index, name in enumerate(names):
        right, support = matrix[index][index], sum(matrix[index])
        said = sum(row[index] for row in matrix)
        precision, recall = right / said, right / support
        f1 = 2 * precision * recall / (precision + recall)
        per_class[name] = {
            "precision": metric(precision, 0.004),
            "recall": metric(recall, 0.005),
            "f1": metric(f1, 0.0038),
            "support": support,
        }
    accuracy = sum(matrix[i][i] for i in range(10)) / 10000
    roc = {}
    for index, name in enumerate(names):
        steps = [step / 60 for step in range(61)]
        power = 0.0012 + 0.0006 * (index % 4)
        roc[name] = {"fpr": [0.0, *(s**3 for s in steps)],
                     "tpr": [0.0, *((s**3) ** power if s else 0.9 for s in steps)]}  # fmt: skip
    pairs = [("4", "9"), ("9", "4"), ("7", "2"), ("3", "5"), ("5", "3"), ("6", "0"), ("8", "3")]
    mistakes = [
        {"index": 100 + n, "actual": int(a), "predicted": int(p), "probability": 0.99 - n * 0.021,
         "pixels": digit(a, 900 + n)}
        for n, (a, p) in enumerate(pairs * 2)
    ]  # fmt: skip
    return stage(
        "evaluate",
        3.41,
        metrics={
            "accuracy": metric(accuracy, 0.0019),
            "precision_macro": metric(accuracy + 0.0001, 0.0019),
            "recall_macro": metric(accuracy - 0.0001, 0.0019),
            "f1_macro": metric(accuracy, 0.002),
            "roc_auc": metric(0.99987, 0.00006),
        },
        gates={"accuracy": gate(">= 0.983", accuracy)},
        confusion=matrix,
        class_names=names,
        per_class=per_class,
        roc=roc,
        mistakes=mistakes,
        bootstrap=1000,
        confidence=0.95,
        rows=10000,
        inputs={"model.safetensors": sha("weights"), "prepared.json": sha("prepared")},
        outputs={"evaluation.json": sha("evaluation")},
    )


def mnist_evidence() -> dict[str, Json]:
    history = mnist_history()
    rows = (5330, 6067, 5362, 5518, 5257, 4878, 5326, 5638, 5266, 5358)
    counts = dict(zip("0123456789", rows, strict=True))
    return {
        **environment_stages(),
        "prepare": stage(
            "prepare",
            3.35,
            dataset={
                "name": "mnist",
                "title": "MNIST: 70,000 handwritten digits, 28 x 28 pixels",
                "licence": "CC-BY-SA-3.0",
                "citation": "Y. LeCun et al., 1998",
            },
            rows={"train": 54000, "validation": 6000, "test": 10000},
            summary={"pixels": {"mean": 33.32, "std": 78.57, "min": 0, "max": 255}},
            class_counts={"train": counts},
            samples=[{"pixels": digit(str(n % 10), n), "label": str(n % 10)} for n in range(20)],
            cleaning={"duplicates_dropped": 0},
            inputs={"data": sha("raw"), "lock": sha("lock-train"), "[prepare].validation": 0.1},
            outputs={"prepared.json": sha("prepared"), "preprocessing.json": sha("pre")},
        ),
        "train": stage(
            "train",
            41.6,
            metrics={
                "train_loss": {"value": history[-1]["train"]["loss"]},
                "train_accuracy": {"value": history[-1]["train"]["accuracy"]},
                "validation_loss": {"value": history[-1]["validation"]["loss"]},
                "validation_accuracy": {"value": history[-1]["validation"]["accuracy"]},
                "samples_per_s": {"value": 13120.0, "unit": "rows/s"},
                "training_seconds": {"value": 38.2, "unit": "s"},
            },
            history=history,
            model="cnn",
            device="cpu",
            threads=2,
            seed=0,
            deterministic=True,
            resumed_from=None,
            parameters=206922,
            inputs={"prepared.json": sha("prepared"), "[train].model": "cnn", "[train].epochs": 10},
            outputs={"model.safetensors": sha("weights"), "history.json": sha("history")},
        ),
        "evaluate": evaluate_mnist(),
        "export": stage(
            "export",
            6.1,
            metrics={
                "max_difference": {"value": 3.6e-7},
                "equal_labels": {"value": 1.0},
                "model_bytes": {"value": 833_412},
            },
            gates={
                "max_difference": gate("<= 1e-4", 3.6e-7),
                "equal_labels": gate(">= 0.999", 1.0),
            },
            parity={
                "rows": 1000,
                "reference": "eager",
                "metric": "accuracy",
                "points": {
                    "eager": {"metric": 0.992},
                    "reloaded": {"max_difference": 0.0, "equal_labels": 1.0, "metric": 0.992},
                    "exported": {"max_difference": 3.6e-7, "equal_labels": 1.0, "metric": 0.992},
                },
            },
            files={"manifest.json": 997, "model.onnx": 833_412, "preprocessing.json": 254},
            onnx={"opset": 20, "operators": {"Conv": 2, "Gemm": 2, "Softmax": 1}},
            inputs={"model.safetensors": sha("weights"), "preprocessing.json": sha("pre")},
            outputs={"bundle": sha("bundle")},
        ),
        "serve": stage(
            "serve",
            2.7,
            metrics={
                "rows_per_s": {"value": 14820.0},
                "latency_p50_ms": {"value": 0.93},
                "latency_p99_ms": {"value": 2.4},
            },
            checks=[
                {"name": "ready", "ok": True, "seconds": 0.61, "detail": "GET /v2/health/ready"},
                {
                    "name": "metadata",
                    "ok": True,
                    "seconds": 0.002,
                    "detail": "GET /v2/models/mnist",
                },
                {"name": "infer", "ok": True, "seconds": 0.09, "detail": "1,000 rows in batches"},
            ],
            point={"max_difference": 3.6e-7, "equal_labels": 1.0, "metric": 0.992},
            inputs={"bundle": sha("bundle"), "environment": sha("env-serve")},
        ),
    }


def document_of(evidence: dict[str, Json], **project: Any) -> Json:
    sections = {
        "project": {"name": "mnist", "version": "1", "seed": 0, "description": "", **project},
        "train": {"model": "cnn", "optimizer": "sgd", "learning_rate": 0.1, "schedule": "onecycle"},
    }
    return build_document(
        project=sections, run_id="20261122-000431", machine=machine(), evidence=evidence
    )


def mnist_document() -> Json:
    return document_of(
        mnist_evidence(), description="Handwritten digits, a small convolutional network"
    )


def regression_document() -> Json:
    noise = random.Random(2)
    actual = [round(noise.triangular(25, 346, 110), 1) for _ in range(240)]
    predicted = [value * 0.72 + 42 + noise.gauss(0, 24) for value in actual]
    history = [
        {"epoch": e, "seconds": 0.05, "train": {"loss": 0.42 + 2.4 * math.exp(-e / 9)},
         "validation": {"loss": 0.49 + 2.3 * math.exp(-e / 9) + noise.uniform(0, 0.02)}}
        for e in range(1, 61)
    ]  # fmt: skip
    evidence = mnist_evidence()
    column = {"mean": 48.5, "std": 13.1, "min": 19.0, "median": 50.0, "max": 79.0}
    evidence["prepare"] = stage(
        "prepare", 0.8, dataset={"name": "diabetes.csv"}, class_counts=None, samples=[],
        rows={"train": 318, "validation": 35, "test": 89},
        summary={"age": column, "bmi": column, "progression": column},
        cleaning={"missing_filled": {"bmi": 3, "s5": 1}, "constant_dropped": ["id"]},
        outputs={"prepared.json": sha("prepared")},
    )  # fmt: skip
    evidence["train"] = stage(
        "train", 3.2, history=history, model="mlp", seed=0, threads=2, device="cpu", parameters=441,
        metrics={"validation_loss": {"value": 0.51}, "samples_per_s": {"value": 61200.0}},
        outputs={"model.safetensors": sha("weights")},
    )  # fmt: skip
    evidence["evaluate"] = stage(
        "evaluate", 0.6, bootstrap=1000, confidence=0.95, rows=240,
        metrics={"r2": metric(0.551, 0.09), "rmse": metric(51.2, 5.1), "mae": metric(41.7, 4.2),
                 "pearson": metric(0.744, 0.06)},
        gates={"r2": gate(">= 0.4", 0.551)},
        scatter={"actual": actual, "predicted": predicted},
        inputs={"model.safetensors": sha("weights")},
    )  # fmt: skip
    parity = evidence["export"]["parity"]
    parity.update(rows=89, metric="rmse", points={
        "eager": {"metric": 51.2},
        "reloaded": {"max_difference": 0.0, "metric": 51.2},
        "exported": {"max_difference": 1.5e-5, "metric": 51.2},
    })  # fmt: skip
    evidence["export"]["metrics"] = {
        "max_difference": {"value": 1.5e-5},
        "model_bytes": {"value": 4210},
    }
    evidence["export"]["gates"] = {"max_difference": gate("<= 1e-4", 1.5e-5)}
    evidence["export"]["files"] = {}
    evidence["serve"]["point"] = {"max_difference": 1.5e-5, "metric": 51.2}
    return document_of(evidence, name="diabetes", description="Progression after one year")


def script_document() -> Json:
    noise = random.Random(3)
    evidence = environment_stages()
    history = [
        {"epoch": e, "seconds": 2.1,
         "train": {"loss": 2.2 * math.exp(-e / 2) + noise.uniform(0.2, 0.28)},
         "validation": {"loss": 2.0 * math.exp(-e / 2) + 0.3, "accuracy": 0.97 - 0.8 * 0.5**e}}
        for e in range(1, 7)
    ]  # fmt: skip
    evidence["train"] = stage(
        "train", 12.4, command=["python", "train.py", "--epochs", "6"],
        metrics={"seconds": {"value": 12.1, "unit": "s"}, "cpu_seconds": {"value": 21.9},
                 "peak_memory": {"value": 612 << 20, "unit": "bytes"},
                 "train_loss": {"value": 0.31}, "validation_accuracy": {"value": 0.957}},
        history=history,
        resources={"seconds": 12.1, "peak_rss_bytes": 612 << 20},
        last_lines=["epoch 6 loss 0.31", "saved model.pt"],
        outputs={"model.pt": sha("own"), "log": sha("log")},
        inputs={"train.py": sha("script"), "lock": sha("lock-train")},
    )  # fmt: skip
    document = document_of(evidence, name="own-script", description="A plain training script")
    document["project"]["train"] = {
        "script": "train.py",
        "args": ["--epochs", "6"],
        "optimizer": "sgd",
    }
    return document


def failed_document() -> Json:
    evidence = {name: row for name, row in mnist_evidence().items() if name != "prepare"}
    kept = {name: evidence[name] for name in ("probe", "lock", "sync", "verify")}
    kept["prepare"] = stage(
        "prepare", 8.2, status="failed",
        error={
            "code": "DAT012",
            "params": {},
            "exit_code": 4,
            "text": "no source of the data set mnist could be reached: tried 3\n"
                    "https://data.example/mnist: timed out after 20 s",
            "hint": "check the network and the proxy, then run `bringup up` again: it goes on here",
        },
    )  # fmt: skip
    return document_of(kept)


def broken_gate_document() -> Json:
    evidence = {n: row for n, row in mnist_evidence().items() if n not in {"export", "serve"}}
    value = evidence["evaluate"]["metrics"]["accuracy"]["value"]
    evidence["evaluate"]["status"] = "failed"
    evidence["evaluate"]["gates"] = {
        "accuracy": gate(">= 0.995", value, holds=False),
        "calibration": gate("<= 0.02", None, holds=False),
    }
    return document_of(evidence)
