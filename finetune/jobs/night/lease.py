"""Who spends the night: the lock file of this machine, and beside it a lease in the studio's record, kept alive by a heartbeat.

Loads no model library, so that a night that is refused is refused at once.
"""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread

import psutil

from feedback.errors import Conflict, Interrupted
from feedback.models import nights
from feedback.store import Studio
from finetune.jobs.locks import find_holder, only_one

LOCK = "nightly.lock"
PATIENCE = 1.0  # seconds in which whoever has just got the lock writes its lease


@dataclass
class Lease:
    """Of a process that may spend nights: one after another, none at once."""

    studio: Studio
    holder: nights.Holder
    stop: Event  # set when the process is to stop: by a signal, or since the lease is lost
    night: int | None = None  # the one that is being spent
    is_lost: bool = False
    every: float = nights.HEARTBEAT  # seconds between two heartbeats
    ended: Event = field(default_factory=Event)

    def begin(self, person: str | None = None, project: str | None = None) -> nights.Night:
        """A new night, or the one for the same person and project that was interrupted. Conflict while one runs elsewhere."""
        row = nights.begin_night(self.studio, self.holder, person, project)
        self.night = row["id"]
        return row

    def end(self, state: nights.EndState, reason: str | None = None) -> None:
        """Raises Interrupted when the night is somebody else's by now."""
        if self.night is not None:
            number, self.night = self.night, None
            nights.end_night(self.studio, number, self.holder, state, reason)

    def keep_alive(self) -> None:
        """Heartbeats until the lease ends. A record that is busy for a moment is tried again."""
        while not self.ended.wait(self.every):
            number = self.night
            if number is None:
                continue
            with suppress(sqlite3.Error, OSError):
                if not nights.beat(self.studio, number, self.holder) and number == self.night:
                    self.is_lost = True
                    self.stop.set()

    def check(self) -> None:
        """Raises Interrupted when the process is to stop."""
        if self.is_lost:
            raise Interrupted("this night was taken over by another process: it has ended here")
        if self.stop.is_set():
            raise Interrupted("the night was interrupted: the same command again continues it")


@contextmanager
def night_lease(studio: Studio, stop: Event | None = None) -> Iterator[Lease]:
    """Holds the lock of nights. Conflict, with who spends one since when and at which stage, while another process does."""
    lease = Lease(studio, nights.this_process(), stop or Event())
    with locked(studio):
        heart = Thread(target=lease.keep_alive, name="night heartbeat", daemon=True)
        heart.start()
        try:
            yield lease
        finally:
            lease.ended.set()
            heart.join()


@contextmanager
def locked(studio: Studio) -> Iterator[None]:
    lock = only_one(studio.runs_folder / LOCK, "a night")
    try:
        lock.__enter__()
    except Conflict as refusal:
        raise Conflict(describe_holder(studio) or str(refusal)) from None
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def describe_holder(studio: Studio) -> str | None:
    """The line about the night of whoever has the lock; None of a process that cannot be seen from here.

    As its lease says; where that is not written yet, since the libraries are being loaded, as the machine knows the process.
    """
    number, until = None, time.monotonic() + PATIENCE
    while time.monotonic() < until:
        row, number = nights.running_night(studio), find_holder(studio.runs_folder / LOCK)
        if row is not None and row["process"] == number:
            return nights.describe_busy(row)
        time.sleep(PATIENCE / 40)
    return None if number is None else describe_loading(number)


def describe_loading(number: int) -> str | None:
    try:
        since = datetime.fromtimestamp(psutil.Process(number).create_time(), UTC).isoformat()
    except psutil.Error:
        return None
    return nights.busy_line(number, socket.gethostname(), since, "preflight")
