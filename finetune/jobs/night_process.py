"""A night that is started by hand from the pages: `circletake nightly` in a process of its own, one at a time.

So torch is never loaded in the web process. What a night has done is in the record; here is only whether one runs. A night
that is stopped, or whose process dies, goes on where it was with the next one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Literal

from feedback.clock import now
from feedback.errors import Conflict
from feedback.models import runs
from feedback.store import Studio
from finetune.child_processes import end_process
from finetune.jobs.locks import find_holder
from finetune.jobs.night.lease import LOCK

GRACE = 20.0  # seconds that a night has to write its checkpoint
TAIL = 4000  # bytes of what it said last

Part = Literal["starting", "learning", "drawing"]


@dataclass(frozen=True)
class Ended:
    """How the last night that was started here ended."""

    done: bool
    reason: str  # one line, where it was not done


@dataclass(frozen=True)
class NightState:
    """Whether a night is under way, and how far."""

    running: bool
    stopping: bool = False
    part: Part = "starting"
    share: float = 0.0  # of the run, 0 to 1; also of one that was interrupted and is to go on
    started: str | None = None  # UTC; None when it was started elsewhere
    ended: Ended | None = None


@dataclass
class NightProcess:
    """Starts and stops the nights of one studio. `options`: of the command, such as a recipe."""

    studio: Studio
    options: Sequence[str] = ()
    python: str = sys.executable
    _process: subprocess.Popen[bytes] | None = None
    _started: str | None = None
    _runs_before: int = 0
    _stopping: bool = False
    _stderr: IO[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Raises Conflict while a night is under way, here or in another process of this machine."""
        with self._lock:
            if self._is_running() or self._runs_elsewhere():
                raise Conflict("a night is under way: wait for it to end, or stop it")
            words = ["nightly", "--json", "--studio", str(self.studio.folder), *self.options]
            self._runs_before = runs.next_number(self.studio)
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
            self._started, self._stopping = now(), False
            # A group of its own: Ctrl-C in the terminal reaches the web process only, which then ends the night itself.
            self._process = subprocess.Popen(
                [self.python, "-m", "ui.cli", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                process_group=0,
            )

    def stop(self) -> None:
        """Asks it to end after its next step. Conflict when none was started here."""
        with self._lock:
            if self._process is None or not self._is_running():
                raise Conflict("no night that was started here is under way")
            self._process.terminate()
            self._stopping = True

    def close(self) -> None:
        """Ends it with the server; the next night goes on where it was."""
        if self._process is not None:
            end_process(self._process, GRACE)

    def describe(self) -> NightState:
        with self._lock:
            run = runs.running_run(self.studio)
            share = run["progress"] if run else 0.0
            if self._is_running():
                return NightState(True, self._stopping, self._part(run is not None), share, self._started)
            if self._runs_elsewhere():
                return NightState(True, False, "learning" if run else "drawing", share)
            return NightState(False, share=share, ended=self._ended())

    def _part(self, has_run: bool) -> Part:
        if has_run:
            return "learning"
        return "drawing" if runs.next_number(self.studio) > self._runs_before else "starting"

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _runs_elsewhere(self) -> bool:
        return find_holder(self.studio.runs_folder / LOCK) is not None

    def _ended(self) -> Ended | None:
        if self._process is None or self._stderr is None:
            return None
        if self._process.returncode == 0:
            return Ended(True, "")
        return Ended(False, last_line(self._stderr) or f"it ended with exit code {self._process.returncode}")


def last_line(file: IO[bytes]) -> str:
    """What a process said last, without the progress lines that it drew over."""
    file.seek(max(0, file.seek(0, 2) - TAIL))
    lines = [part.strip() for part in file.read().decode(errors="replace").replace("\r", "\n").split("\n")]
    return next((line.removeprefix("Error: ") for line in reversed(lines) if line), "")
