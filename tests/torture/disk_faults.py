"""Disks that are full or read-only, fsync errors, and no file handles, on database, media and backups apart: never "saved",
and well again after. Those of runs/ are in `tests/finetune/training/test_full_disk.py`."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from feedback.errors import Refused
from feedback.judgements import ballots
from feedback.maintenance.backup import make_backup
from feedback.store import Studio, media
from tests.faults.disks import fill, mounted, remount
from tests.faults.failing_sync import install, no_sync
from tests.feedback.scene import Scene, picture
from tests.torture.power_loss import forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 30
MANY = {"database": 400, "media": 100, "backup": 10}  # that are tried under a fault: more than a filled disk can take
_numbers = itertools.count()


@contextmanager
def full(disk: Path) -> Iterator[None]:
    fill(disk / "filler")
    try:
        yield
    finally:
        (disk / "filler").unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    remount(disk, "ro")
    try:
        yield
    finally:
        remount(disk, "rw")


@contextmanager
def no_handles(disk: Path) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)  # the lowest number that is free
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@contextmanager
def small_files(disk: Path) -> Iterator[None]:
    """No file may become longer: the error that SQLite and Python get is that of a write that fails."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


Fault = Callable[[Path], AbstractContextManager[None]]
CASES = [("database", full), ("media", full), ("media", read_only), ("database", small_files), ("media", small_files)]
CASES += [
    ("media", no_handles),
    ("backup", full),
    ("backup", read_only),
    ("backup", small_files),
    ("backup", no_handles),
    ("database", no_sync),
    ("media", no_sync),
    ("backup", no_sync),
]


def run(count: int, folder: Path, seed: int) -> Row:
    install()
    progress = read_progress(folder, "done")
    for number in range(len(progress), count):
        place, fault = CASES[(seed + number) % len(CASES)]
        progress[str(number)] = [f"{fault.__name__} {place}", meet(folder / "met", place, fault)]
        write_progress(folder, "done", progress)
    bad = [f"{name}: {', '.join(wrong)}" for name, wrong in progress.values() if wrong]
    counted = f"{len(progress)} faults: {'; '.join(bad) or 'each said so, nothing was lost, and all was well after'}"
    return Row("Disk faults", "never saved, recovers", "30", counted, not bad)


def meet(folder: Path, place: str, fault: Fault) -> list[str]:
    """What is wrong with how the studio meets one fault of the disk on which its database, media or backups lie."""
    shutil.rmtree(folder, ignore_errors=True)
    places = {"database": folder / "studio", "media": folder / "studio" / "media", "backup": folder / "backup"}
    with mounted(places[place], "size=24m") as disk:
        studio = Studio.create(folder / "studio")
        try:
            scene = Scene(studio)
            act, count = actions(scene, scene.takes(scene.brief(), 2), folder / "backup")[place]
            act()
            before = count()
            with fault(disk):
                acknowledged, is_refused = try_many(act, MANY[place])
            wrong = [] if is_refused else ["nothing was refused"]
            wrong += [] if count() == before + acknowledged else [f"{count()} kept, {before} + {acknowledged} answered"]
            wrong += [f"{path.name} is left" for path in folder.rglob("*.partial")]
            act()
            return wrong + ([] if count() == before + acknowledged + 1 else ["it does not recover"])
        finally:
            forget(studio)


def try_many(act: Callable[[], object], most: int) -> tuple[int, bool]:
    """(how often it was answered, whether it was refused in the end)."""
    for acknowledged in range(most):
        try:
            act()
        except (OSError, sqlite3.Error, Refused):
            return acknowledged, True
    return most, False


def actions(scene: Scene, pair: list[int], backups: Path) -> dict[str, tuple[Callable[[], object], Callable[[], int]]]:
    """(what is tried, how many of it are kept) by place."""
    studio = scene.studio

    def vote() -> None:
        ballots.cast_ballot(studio, scene.people["ana"], f"disk {next(_numbers)}", *pair, "left", 100)

    def keep() -> None:
        media.store_bytes(studio, picture(1000 + next(_numbers), 96), "png", "image/png", 96, 96, 1)

    def back_up() -> None:
        make_backup(studio, backups)

    return {
        "database": (vote, lambda: int(studio.value("SELECT count(*) FROM ballots"))),
        "media": (keep, lambda: sum(path.suffix == ".png" for path in studio.media_folder.rglob("*"))),
        "backup": (back_up, lambda: len(list((backups / "backups").glob("*")))),
    }
