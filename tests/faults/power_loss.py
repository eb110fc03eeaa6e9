"""The loss of power under SQLite: what it writes is recorded, and played back up to any moment.

A layer below SQLite (a VFS of apsw's own SQLite) writes down each write, truncation and sync of database and log. At a
cut, what was synced is there; of what was written since, any part may be, in any order, in whole sectors or torn ones.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import apsw

SECTOR = 512  # bytes that a disk writes at once
_names = itertools.count()


@dataclass(frozen=True)
class Operation:
    what: Literal["write", "truncate", "sync", "delete"]
    file: str  # its name
    at: int = 0  # offset of a write, or size after a truncation, in bytes
    data: bytes = b""


@dataclass
class Recording:
    """What SQLite did to its files, in order."""

    operations: list[Operation] = field(default_factory=list)

    def add(self, *parts: Any) -> None:
        self.operations.append(Operation(*parts))


class RecordedFile(apsw.VFSFile):
    def __init__(self, recording: Recording, path: Any, flags: list[int]) -> None:
        super().__init__("", path, flags)
        self.recording, self.name = recording, Path(path.filename() if hasattr(path, "filename") else path).name

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self.recording.add("write", self.name, offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self.recording.add("truncate", self.name, size)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self.recording.add("sync", self.name)


class RecordingDisk(apsw.VFS):
    """A VFS under a name of its own."""

    def __init__(self, recording: Recording) -> None:
        self.recording, self.name = recording, f"recording-{next(_names)}"
        super().__init__(self.name, "")

    def xOpen(self, path: Any, flags: list[int]) -> RecordedFile:
        return RecordedFile(self.recording, path, flags)

    def xDelete(self, path: str, sync: bool) -> None:
        super().xDelete(path, sync)
        self.recording.add("delete", Path(path).name)


def record(
    database: Path, settings: Sequence[str], transactions: Sequence[Sequence[str]]
) -> tuple[Recording, list[int]]:
    """(what SQLite wrote, how much of it when each transaction was acknowledged)."""
    recording = Recording()
    disk = RecordingDisk(recording)
    connection = apsw.Connection(str(database), vfs=disk.name)
    # Without shared memory, which a layer in Python cannot give; what is written to the disk is the same.
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").fetchall()
    acknowledged = []
    for statements in transactions:
        for statement in statements:
            connection.execute(statement).fetchall()
        acknowledged.append(len(recording.operations))
    recording.operations = list(recording.operations)
    kept = list(recording.operations)
    connection.close()
    disk.unregister()
    return Recording(kept), acknowledged


def after_power_loss(
    before: dict[str, bytes], recording: Recording, cut: int, chance: random.Random
) -> dict[str, bytes]:
    """Files as they may be when the power fails after `cut` operations."""
    done = recording.operations[:cut]
    last_sync = {operation.file: number for number, operation in enumerate(done) if operation.what == "sync"}
    files = {name: bytearray(data) for name, data in before.items()}
    volatile = []
    for number, operation in enumerate(done):
        if number <= last_sync.get(operation.file, -1):
            apply(files, operation)
        elif operation.what != "sync":
            volatile.append(operation)
    survivors = [operation for operation in volatile if chance.random() < 0.5]
    if chance.random() < 0.5:
        chance.shuffle(survivors)
    for operation in survivors:
        apply(files, torn(operation, chance))
    return {name: bytes(data) for name, data in files.items()}


def torn(operation: Operation, chance: random.Random) -> Operation:
    """Some of its sectors, and in half of the cases one that is neither old nor new."""
    if operation.what != "write" or chance.random() < 0.5:
        return operation
    keep = chance.randrange(len(operation.data) + 1)
    keep -= keep % SECTOR if chance.random() < 0.5 else 0
    rest = bytes(chance.randrange(256) for _ in range(min(SECTOR, len(operation.data) - keep)))
    return Operation("write", operation.file, operation.at, operation.data[:keep] + rest)


def apply(files: dict[str, bytearray], operation: Operation) -> None:
    if operation.what == "delete":
        files.pop(operation.file, None)
        return
    data = files.setdefault(operation.file, bytearray())
    if operation.what == "write":
        data.extend(bytes(max(0, operation.at - len(data))))
        data[operation.at : operation.at + len(operation.data)] = operation.data
    elif operation.what == "truncate":
        del data[operation.at :]
