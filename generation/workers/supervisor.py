"""Keeps one worker process alive beside the web process, so that torch is never loaded in the latter."""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import click

from feedback.production import render_queue
from feedback.store import Studio

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a dead worker is started again; doubles each time
STEADY = 60.0  # seconds after which a worker counts as having started well
GRACE = 15.0  # seconds that a worker has to give its takes back


class WorkerSupervisor:
    """Starts `circletake worker`, starts it again when it dies, ends it when the server ends."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="worker-supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the worker: politely first, so that it gives its takes back."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(GRACE + 5)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._ending.is_set():
            began = time.monotonic()
            # A name of its own for each process: what a dead worker held must not look like the next one's.
            name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
            code = self._wait(self._spawn(name))
            self._free_takes(name)
            if self._ending.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY else min(2 * pause, LONGEST_PAUSE)
            click.echo(f"the worker left with exit code {code}; starting it again in {pause:.0f} s", err=True)
            self._ending.wait(pause)

    def _free_takes(self, name: str) -> None:
        """Ends a dead worker's leases now: a take that kills its worker must use up its attempts."""
        try:
            render_queue.end_leases(self._studio, name)
        except sqlite3.Error as reason:
            click.echo(f"takes of worker {name} wait for their lease to run out: {reason}", err=True)

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        words = ["worker", "--studio", str(self._studio.folder), "--name", name, "--parent", str(os.getpid())]
        # A group of its own: Ctrl-C in the terminal reaches the web process only, which then ends the worker itself.
        return subprocess.Popen([sys.executable, "-m", "ui.cli", *words], stdout=subprocess.DEVNULL, process_group=0)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        """The worker's exit code; asks it to leave when the house closes."""
        while process.poll() is None and not self._ending.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
