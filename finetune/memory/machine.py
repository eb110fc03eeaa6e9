"""What memory a machine has left, and what a piece of work takes of it: on a GPU by its allocator, on a processor by what
is resident."""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import torch

SHARE = 0.8  # of the free memory that a piece may be planned to take: allocators leave gaps, other programs grow
SAMPLED_EVERY = 0.002  # seconds
GIB = 2**30
CGROUP = Path("/sys/fs/cgroup")  # of a container, whose limit the kernel's own figures do not show


@dataclass
class Growth:
    """By how many bytes memory grew at most while something ran."""

    bytes: int = 0


def free_bytes(device: torch.device) -> int:
    """What can still be allocated, memory that the allocator keeps for reuse counted in."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return min(psutil.virtual_memory().available, left_of_container())


def left_of_container(folder: Path = CGROUP) -> int:
    """Bytes below the container's limit, its file cache counted as free; no limit is very many."""
    try:
        limit, used = ((folder / name).read_text().strip() for name in ("memory.max", "memory.current"))
        cache = dict(line.split() for line in (folder / "memory.stat").read_text().strip().split("\n"))["inactive_file"]
        return sys.maxsize if limit == "max" else int(limit) - int(used) + int(cache)
    except (OSError, ValueError, KeyError):
        return sys.maxsize


def peak_bytes(device: torch.device) -> int:
    """The most that this process has taken so far: of the GPU, or what was resident on a processor."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return high_water_mark()


def high_water_mark(status: Path = Path("/proc/self/status")) -> int:
    """What was resident at most, in bytes. Elsewhere than on Linux, a process inherits what its parent had."""
    try:
        line = next(line for line in status.read_text().split("\n") if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def measured_growth(device: torch.device) -> Iterator[Growth]:
    """Fills in what the block took at its worst, on top of what there was before."""
    growth = Growth()
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        yield growth
        growth.bytes = torch.cuda.max_memory_allocated(device) - before
        return
    return_to_system()
    with sampled_growth(growth):
        yield growth


@contextmanager
def sampled_growth(growth: Growth) -> Iterator[None]:
    """Of this process's resident memory, read by a thread: the kernel's own mark cannot be reset without others seeing it."""
    process, done = psutil.Process(), Event()
    before = process.memory_info().rss

    def sample() -> None:
        while True:
            growth.bytes = max(growth.bytes, process.memory_info().rss - before)
            if done.wait(SAMPLED_EVERY):
                return

    sampler = Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield
    finally:
        growth.bytes = max(growth.bytes, process.memory_info().rss - before)
        done.set()
        sampler.join()


def give_back(device: torch.device) -> None:
    """Has the allocators hand over what they keep for themselves."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    else:
        return_to_system()


def return_to_system() -> None:
    """Free memory that the C library keeps for itself, where it has a way to give it back."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def limited_activations(device: torch.device, most: int, weights: Collection[torch.Tensor]) -> Iterator[None]:
    """MemoryError before what is kept for gradients takes more than `most` bytes, on a processor.

    Linux grants every allocation, and kills the process once memory is touched that is not there: nothing would be
    raised. A GPU's allocator raises by itself. `weights` are kept anyway and do not count.
    """
    if device.type == "cuda":
        yield
        return
    known = {weight.untyped_storage().data_ptr() for weight in weights}
    with torch.autograd.graph.saved_tensors_hooks(counting(most, known), unchanged):
        yield


def counting(most: int, known: set[int]) -> Callable[[torch.Tensor], torch.Tensor]:
    """A hook that counts the bytes of each storage once."""
    kept = 0

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            known.add(storage.data_ptr())
            kept += storage.nbytes()
        if kept > most:
            raise MemoryError(f"not enough memory: activations of more than {most / GIB:.1f} GiB")
        return tensor

    return keep


def unchanged(tensor: Any) -> Any:
    return tensor
