"""What disks, cables and full volumes do to a file: it is cut short, cut to nothing, or one of its bits is another."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path


def tear(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


KINDS: list[Callable[[Path, random.Random], None]] = [tear, empty, flip]
