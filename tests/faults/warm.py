"""Processes that may be killed and have the libraries loaded already, which takes seconds: a server process forks them.

The server opens no studio and computes nothing, so that its children begin as a process of their own would.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["finetune.jobs.nightly", "ui.cli", "tests.torture.killed_training"])
KILLED = -signal.SIGKILL


def begin(work: Callable[..., None], *given: Any, log: Path) -> ForkServerProcess:
    """A process that does this, on one thread, and writes what it says into the log."""
    process = CONTEXT.Process(target=work_alone, args=(work, given, log))
    process.start()
    return process


def work_alone(work: Callable[..., None], given: tuple[Any, ...], log: Path) -> None:
    import torch

    torch.set_num_threads(1)
    with log.open("a", buffering=1) as sink:
        sys.stdout = sys.stderr = sink
        work(*given)


def kill_after(process: ForkServerProcess, seconds: float) -> bool:
    """Whether it was killed then; False for one that had ended before, which must have ended well."""
    process.join(seconds)
    if process.exitcode is None:
        with suppress(ProcessLookupError):
            process.kill()
    process.join()
    return was_killed(process)


def was_killed(process: ForkServerProcess, most: float = 600) -> bool:
    """Waits for its end; whether it was killed."""
    until = time.monotonic() + most
    process.join(most)
    assert process.exitcode is not None, f"still at work after {time.monotonic() - until + most:.0f} s"
    assert process.exitcode in (0, KILLED), f"ended with {process.exitcode}"
    return process.exitcode == KILLED
