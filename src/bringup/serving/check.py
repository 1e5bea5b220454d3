"""``python -m bringup.serving.check``: ask a running server what the trained model answered.

Needs NumPy and the standard library. Writes ``{"schema_version", "point", "metrics", "checks",
"details"}``: the parity point of the answers over HTTP, latency and throughput, and the checks of
the protocol and of error answers.
"""

from __future__ import annotations

import argparse
import http
import json
import statistics
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bringup.base import parity
from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.base.files import read_json, write_json
from bringup.base.messages import choose_language
from bringup.serving.__main__ import fail
from bringup.serving.client import Client

BATCH_ROWS: Final = 100
SINGLE_REQUESTS: Final = 200
READY_S: Final = 60.0
_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Rows:
    """What an export left for this check: raw rows, targets, what the trained model answered."""

    task: str
    scale: float
    inputs: NDArray[Any]
    targets: NDArray[Any]
    expected: NDArray[Any]

    @classmethod
    def read(cls, folder: Path) -> Rows:
        """Read the ``parity`` folder of an export.

        Raises:
            BringupError: SRV024, it does not hold them.
        """
        document = read_json(folder / "parity.json")
        try:
            arrays = [np.load(folder / f"{name}.npy") for name in ("inputs", "targets", "expected")]
            return cls(document["task"], float(document["scale"]), *arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BringupError("SRV024", path=folder, reason=error) from error


def check(url: str, folder: Path) -> dict[str, Any]:
    """Ask the server at ``url`` everything and return the record.

    Args:
        url: of the server, for example ``http://127.0.0.1:8000``.
        folder: work folder of the export: ``bundle/`` and ``parity/``.

    Raises:
        BringupError: SRV02x, the server is not what the bundle says; FIL004, no export there.
    """
    manifest = read_json(folder / "bundle" / "manifest.json")
    rows = Rows.read(folder / "parity")
    client = Client(url, manifest["name"])
    ready_s = wait_ready(client)
    checks = [_check("ready", f"after {ready_s:.2f} s")]
    _check_metadata(client, manifest)
    checks.append(_check("metadata", f"inputs and outputs of {manifest['name']} as in the bundle"))
    batch = min(BATCH_ROWS, int(manifest["max_batch_rows"]))
    point, rows_per_s, requests = _parity(client, manifest, rows, batch)
    checks.append(_check("parity", f"{len(rows.inputs)} rows in {requests} requests"))
    latencies_ms = _latencies_ms(client, manifest, rows)
    checks += _check_errors(client, manifest, rows)
    return {
        "schema_version": 1,
        "point": point,
        "metrics": {
            "latency_p50_ms": {"value": _quantile(latencies_ms, 50)},
            "latency_p99_ms": {"value": _quantile(latencies_ms, 99)},
            "rows_per_s": {"value": round(rows_per_s, 1)},
        },
        "checks": checks,
        "details": {
            "rows": len(rows.inputs),
            "batch_rows": batch,
            "requests": requests,
            "single_requests": len(latencies_ms),
            "ready_s": round(ready_s, 3),
        },
    }


def wait_ready(client: Client, *, limit_s: float = READY_S) -> float:
    """Wait until the server says that it is ready; return how long that took, in seconds.

    Raises:
        UnreachableError: SRV020, it did not within ``limit_s``.
    """
    started = time.monotonic()
    while True:
        try:
            status, _ = client.ask("GET", "/v2/health/ready")
            reason = f"HTTP {status}"
            if status == http.HTTPStatus.OK:
                return time.monotonic() - started
        except UnreachableError as error:
            reason = str(error.params["reason"])
        if time.monotonic() - started > limit_s:
            raise UnreachableError("SRV020", url=client.url, limit_s=limit_s, reason=reason)
        time.sleep(_PAUSE_S)


def request_body(manifest: dict[str, Any], rows: NDArray[Any]) -> bytes:
    """Return an inference request that holds raw rows as JSON."""
    tensor = manifest["inputs"][0]
    values = rows.reshape(-1).tolist()
    if tensor.get("missing"):
        # JSON has no NaN: a missing value is null.
        values = [None if value != value else value for value in values]  # noqa: PLR0124
    row = {**_named(tensor), "shape": list(rows.shape), "data": values}
    return json.dumps({"inputs": [row]}, separators=(",", ":")).encode()


def _named(tensor: dict[str, Any]) -> dict[str, Any]:
    return {"name": tensor["name"], "datatype": tensor["datatype"]}


def _check_metadata(client: Client, manifest: dict[str, Any]) -> None:
    found = client.get(client.model_path)
    expected = {
        "name": manifest["name"],
        "versions": [manifest["version"]],
        "inputs": [{**_named(row), "shape": row["shape"]} for row in manifest["inputs"]],
        "outputs": [{**_named(row), "shape": row["shape"]} for row in manifest["outputs"]],
    }
    for key, value in expected.items():
        if found.get(key) != value:
            raise BringupError(
                "SRV022", url=client.url, expected=f"{key} {value}", found=f"{found.get(key)}"
            )


def _parity(
    client: Client, manifest: dict[str, Any], rows: Rows, batch: int
) -> tuple[dict[str, Any], float, int]:
    """Send all rows; return the parity point, rows per second and the number of requests."""
    values: list[NDArray[Any]] = []
    labels: list[int] = []
    name = manifest["outputs"][0]["name"]
    starts = range(0, len(rows.inputs), batch)
    started = time.perf_counter()
    for start in starts:
        found = client.infer(request_body(manifest, rows.inputs[start : start + batch]))
        values.append(np.array(found[name]["data"]).reshape(found[name]["shape"]))
        labels += found["label"]["data"] if "label" in found else []
    seconds = time.perf_counter() - started
    answered = np.concatenate(values)
    if answered.shape != rows.expected.shape:
        raise BringupError(
            "SRV022", url=client.url, expected=list(rows.expected.shape), found=list(answered.shape)
        )
    point = parity.compare(
        rows.expected.tolist(),
        answered.tolist(),
        rows.targets.tolist(),
        task=rows.task,
        scale=rows.scale,
        labels=labels or None,
    )
    return point, len(answered) / seconds, len(starts)


def _latencies_ms(client: Client, manifest: dict[str, Any], rows: Rows) -> list[float]:
    """Return how long requests of one row take, one after another, from the client's side."""
    found = []
    for number in range(SINGLE_REQUESTS):
        index = number % len(rows.inputs)
        body = request_body(manifest, rows.inputs[index : index + 1])
        started = time.perf_counter()
        client.infer(body)
        found.append((time.perf_counter() - started) * 1000.0)
    return found


def _check_errors(client: Client, manifest: dict[str, Any], rows: Rows) -> list[dict[str, Any]]:
    tensor = manifest["inputs"][0]
    right = {**_named(tensor), "shape": [1, *tensor["shape"][1:]]}
    data = rows.inputs[:1].reshape(-1).tolist()
    infer = f"{client.model_path}/infer"
    wrong_shape = {**right, "shape": [1, *tensor["shape"][1:], 1], "data": data}
    cases = [
        ("wrong shape", infer, {"inputs": [wrong_shape]}, 400),
        ("too few numbers", infer, {"inputs": [{**right, "data": data[1:]}]}, 400),
        ("wrong datatype", infer, {"inputs": [{**right, "datatype": "BYTES", "data": data}]}, 400),
        ("unknown input", infer, {"inputs": [{**right, "name": "nobody", "data": data}]}, 400),
        ("unknown model", "/v2/models/nobody/infer", {"inputs": []}, 404),
    ]
    checks = []
    for what, path, document, expected in cases:
        status, body = client.ask("POST", path, json.dumps(document).encode())
        text = _error_text(body)
        if status == expected and text is not None:
            checks.append(_check(what, f"refused with {status}: {text}"))
            continue
        fault = BringupError(
            "SRV023", url=client.url, what=what, expected=expected, found=f"{status} {text}"
        )
        checks.append({**_check(what, str(fault)), "ok": False})
    return checks


def _error_text(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return str(document["error"]) if isinstance(document, dict) and "error" in document else None


def _check(name: str, detail: str) -> dict[str, Any]:
    return {"name": name, "ok": True, "detail": detail}


def _quantile(values: Sequence[float], percent: int) -> float:
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the server that the command line names and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bringup.serving.check")
    parser.add_argument("--url", required=True, help="of the server: http://127.0.0.1:8000")
    parser.add_argument("--export-folder", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--error-file", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    choose_language()
    try:
        write_json(options.out, check(options.url, options.export_folder))
    except BringupError as error:
        return fail(error, options.error_file)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception:
        traceback.print_exc()
        return ExitCode.BUG
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())
