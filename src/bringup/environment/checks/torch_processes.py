"""PyTorch with several processes: a collective over gloo or NCCL, data-loading workers."""

import multiprocessing
import os
import socket
import tempfile
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from torch.utils.data import DataLoader

_LIMIT_S = 90
_RANKS_AT_MOST = 8
_SHARED = Path("/dev/shm")
_BATCH_BYTES = 8 << 20
_BATCHES = 8
_WORKERS = 2
_PREFETCHED = 2


def collective(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Reduce, gather and broadcast among processes; each rank's results are compared.

    On the CPU two ranks over gloo, on CUDA one rank per GPU over NCCL.
    """
    if device == "cpu":
        return _over_gloo()
    ranks = min(torch.cuda.device_count(), _RANKS_AT_MOST)
    return _reduced("nccl", ranks, {})


def workers(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Load 64 MiB through two worker processes, 32 MiB of it at once in shared memory."""
    at_once = _BATCH_BYTES * _WORKERS * _PREFETCHED
    loader = DataLoader(
        Blocks(), batch_size=2, num_workers=_WORKERS, prefetch_factor=_PREFETCHED, timeout=60
    )
    try:
        sums = [batch.sum(dtype=torch.int64).item() for batch in loader]
    except (RuntimeError, OSError) as error:
        free = _shared_bytes()
        # A worker that writes beyond the end of /dev/shm dies of SIGBUS.
        if free is not None and (free < at_once or "Bus error" in str(error)):
            shown = f"{free / 2**20:.1f} MiB free, {at_once / 2**20:.0f} MiB are needed"
            raise SharedMemoryTooSmallError(f"{shown}: {error}") from error
        raise
    expected = [_BATCH_BYTES * (2 * batch + 0.5) for batch in range(_BATCHES)]
    if sums != expected:
        raise AssertionError(f"the workers' blocks sum to {sums}, not to {expected}")
    sharing = torch.multiprocessing.get_sharing_strategy()
    return {"detail": f"{_WORKERS} workers, {_BATCHES} blocks of 8 MiB, sharing by {sharing}"}


class SharedMemoryTooSmallError(AssertionError):
    """``/dev/shm`` does not hold what the workers hand over."""

    code = "VER010"


class Blocks:
    """Rows of 4 MiB that hold their number."""

    def __len__(self) -> int:
        return 2 * _BATCHES

    def __getitem__(self, index: int) -> Any:
        return torch.full((_BATCH_BYTES // 2,), index, dtype=torch.uint8)


def _shared_bytes() -> int | None:
    try:
        stat = os.statvfs(_SHARED)
    except OSError:
        return None
    return stat.f_bavail * stat.f_frsize


def _over_gloo() -> dict[str, Any]:
    if not distributed.is_gloo_available():
        return {"skipped": {"code": "VER034", "params": {"name": "gloo"}}}
    try:
        return _reduced("gloo", 2, {})
    except AssertionError as error:
        # gloo talks through the address that the machine's name leads to, which may be none of it.
        try:
            row = _reduced("gloo", 2, {"GLOO_SOCKET_IFNAME": "lo"})
        except AssertionError:
            if _loopback_answers():
                raise error from None
            return {"skipped": {"code": "VER035", "params": {}}}
    note = "only with GLOO_SOCKET_IFNAME=lo: this machine's name leads to no address of it"
    return {**row, "detail": f"{row['detail']}; {note}"}


def _loopback_answers() -> bool:
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), 1).close()
    except OSError:
        return False
    return True


def _reduced(backend: str, ranks: int, env: dict[str, str]) -> dict[str, Any]:
    # A fork spares importing torch again; it does not go together with CUDA.
    way = "fork" if backend == "gloo" and os.name == "posix" and _SHARED.exists() else "spawn"
    context: Any = multiprocessing.get_context(way)
    with tempfile.TemporaryDirectory(prefix="bringup-collective-") as folder:
        arguments = [(rank, ranks, backend, folder, env) for rank in range(ranks)]
        processes = [context.Process(target=_rank, args=row, daemon=True) for row in arguments]
        for process in processes:
            process.start()
        for process in processes:
            process.join(_LIMIT_S)
            if process.is_alive():
                process.kill()
        answers = [_answer(Path(folder), rank) for rank in range(ranks)]
    wrong = [f"rank {rank}: {answer}" for rank, answer in enumerate(answers) if answer[:1] == "!"]
    if wrong:
        raise AssertionError("; ".join(wrong))
    return {
        "detail": f"{ranks} ranks over {backend}: all_reduce, all_gather, broadcast",
        "difference": max(map(float, answers)),
        "tolerance": 1e-6,
    }


def _answer(folder: Path, rank: int) -> str:
    try:
        return (folder / f"rank-{rank}").read_text(encoding="utf-8")
    except OSError:
        return "! it gave no answer"


def _rank(rank: int, ranks: int, backend: str, folder: str, env: dict[str, str]) -> None:
    """Take part in the collective and leave the largest difference, or ``!`` and what failed."""
    os.environ.update(env)
    try:
        answer = repr(_part(rank, ranks, backend, folder))
    except Exception as error:
        answer = f"! {traceback.format_exception_only(error)[-1].strip()}"[:500]
    Path(folder, f"rank-{rank}").write_text(answer, encoding="utf-8")


def _part(rank: int, ranks: int, backend: str, folder: str) -> float:
    device = f"cuda:{rank}" if backend == "nccl" else "cpu"
    if backend == "nccl":
        torch.cuda.set_device(rank)
    distributed.init_process_group(
        backend,
        init_method=f"file://{folder}/meeting",
        rank=rank,
        world_size=ranks,
        timeout=timedelta(seconds=_LIMIT_S // 2),
    )
    try:
        rows = [
            torch.randn(1000, generator=torch.Generator().manual_seed(number))
            for number in range(ranks)
        ]
        total = rows[rank].clone().to(device)
        distributed.all_reduce(total)
        reference = torch.stack(rows).double().sum(dim=0)
        difference = (total.cpu().double() - reference).abs().max() / reference.abs().max()
        gathered = [torch.empty(1000, device=device) for _ in range(ranks)]
        distributed.all_gather(gathered, rows[rank].to(device))
        if not all(torch.equal(mine.cpu(), row) for mine, row in zip(gathered, rows, strict=True)):
            raise AssertionError("all_gather did not bring what the ranks gave")
        shown = torch.full((10,), float(rank), device=device)
        distributed.broadcast(shown, src=ranks - 1)
        if shown.tolist() != [float(ranks - 1)] * 10:
            raise AssertionError(f"broadcast brought {shown.tolist()}")
        return float(difference)
    finally:
        distributed.destroy_process_group()
