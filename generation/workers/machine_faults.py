"""Faults of the machine, told from faults of a take.

A full disk, a locked database or a lost device is nobody's brief: the take goes back to the queue, and the worker waits.
Whatever else goes wrong while a take is drawn is the take's own, and fails it.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from feedback.errors import one_line
from generation.models.adapter_files import AdapterChanged
from generation.models.pinning import BaseChanged

MENDED = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room, or raise the quota",
    errno.EFBIG: "raise the limit on the size of files",
    errno.EROFS: "mount it so that it can be written",
    errno.EACCES: "let the worker's user write there",
    errno.EPERM: "let the worker's user write there",
    errno.EIO: "check the disk",
    errno.ENXIO: "check the disk",
    errno.ENODEV: "check the disk",
    errno.ESTALE: "mount the network folder again",
    errno.ENOTCONN: "mount the network folder again",
    errno.EHOSTDOWN: "mount the network folder again",
    errno.ETIMEDOUT: "mount the network folder again",
    errno.EMFILE: "raise the limit on open files",
    errno.ENFILE: "raise the limit on open files",
    errno.ENOMEM: "free memory",
}
"""What a person can do about an error of the operating system, by its number."""
SQLITE_MENDED = {
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_LOCKED: "another program holds it",
    sqlite3.SQLITE_PROTOCOL: "another program holds it",
    sqlite3.SQLITE_FULL: "make room",
    sqlite3.SQLITE_READONLY: "let the worker's user write there",
    sqlite3.SQLITE_CANTOPEN: "let the worker's user write there",
    sqlite3.SQLITE_IOERR: "check the disk",
    sqlite3.SQLITE_CORRUPT: "run circletake doctor",
    sqlite3.SQLITE_NOTADB: "run circletake doctor",
    sqlite3.SQLITE_NOMEM: "free memory",
}
"""The same by SQLite's primary result codes."""
NO_MEMORY = ("can't allocate memory", "out of memory", "not enough memory", "status_alloc_failed")
"""In RuntimeErrors of torch, those of cuBLAS and cuDNN among them."""
LOST_DEVICE = ("cuda error", "cudnn_status", "cublas_status", "hip error", "no cuda gpus are available")
OWN_DOING = ("device-side assert",)  # a kernel that was asked for what cannot be: the take's own fault


@dataclass(frozen=True)
class MachineFault:
    """What stands in the way of every take, or of every take of this size."""

    reason: str
    """One line for people, with what they can do."""
    memory: bool = False
    """Smaller takes may still be drawn."""
    lost_device: bool = False
    """Only a new process can use the device again."""
    version: bool = False
    """It is of the version that draws: others may still be drawn with."""


def machine_fault(error: BaseException) -> MachineFault | None:
    """The fault of the machine behind an error, or None when it is the take's own."""
    return next(filter(None, map(_fault_of, _causes(error))), None)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether less at a time may still be done: a GPU's memory, the processor's, or the operating system's."""
    fault = machine_fault(error)
    return fault is not None and fault.memory


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came of: a library's error about a disk may be dressed as one about a file."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _fault_of(error: BaseException) -> MachineFault | None:
    if isinstance(error, sqlite3.Error):
        return _fault_of_database(error)
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return _out_of_memory(error)
    if isinstance(error, BaseChanged | AdapterChanged):
        return MachineFault(one_line(error, most=600), version=True)
    if isinstance(error, OSError):  # PyAV's errors are some too
        return _fault_of_system(error)
    return _fault_of_device(error) if isinstance(error, RuntimeError) else None


def _fault_of_database(error: sqlite3.Error) -> MachineFault | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says more than we need
    fix = SQLITE_MENDED.get(code)
    return None if fix is None else MachineFault(f"the database cannot be used, {one_line(error)}: {fix}")


def _fault_of_system(error: OSError) -> MachineFault | None:
    fix = MENDED.get(error.errno or 0)
    if fix is None:
        return None
    where = f" ({error.filename})" if error.filename else ""
    return MachineFault(f"{os.strerror(error.errno or 0)}{where}: {fix}", memory=error.errno == errno.ENOMEM)


def _fault_of_device(error: RuntimeError) -> MachineFault | None:
    text = str(error).lower()
    if any(words in text for words in NO_MEMORY):
        return _out_of_memory(error)
    if any(words in text for words in LOST_DEVICE) and not any(words in text for words in OWN_DOING):
        return MachineFault(f"the device is lost, {one_line(error)}: check the driver", lost_device=True)
    return None


def _out_of_memory(error: BaseException) -> MachineFault:
    return MachineFault(f"out of memory: free some, or ask for smaller takes ({one_line(error)})", memory=True)
