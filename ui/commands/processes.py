"""A command in several processes of this machine: `--processes N` starts it N times, and waits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import click

from feedback.errors import Refused
from feedback.signals import stopping_on_signals

OFTEN = 0.1  # seconds
LAST_WORDS = (
    60.0  # seconds in which the others may end by themselves after one has failed: nothing is lost if they do not
)


def with_processes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--processes N`; the command gets `processes: int | None`."""
    return click.option(
        "--processes",
        type=click.IntRange(min=1),
        metavar="N",
        help="Tune in N processes of this machine, one for each GPU.  [default: 1]",
    )(command)


def is_to_be_started(count: int | None) -> bool:
    """Whether this process only starts the others; Refused when something else has started several already."""
    if (count or 1) > 1 and "WORLD_SIZE" in os.environ:
        raise Refused("--processes is for a command that no launcher started: leave it out")
    return (count or 1) > 1


def start_processes(context: click.Context, count: int) -> int:
    """The exit code of the same command in `count` processes that know of each other, of which the first one answers."""
    command = [sys.executable, "-m", "ui.cli", str(context.info_name), *words_of(context)]
    shared = {"WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    threads = os.environ.get("OMP_NUM_THREADS", max(1, (os.cpu_count() or 1) // count))
    with stopping_on_signals() as stopping:
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for number in range(count):
                own = {**shared, "OMP_NUM_THREADS": threads, "RANK": number, "LOCAL_RANK": number}
                environment = {**os.environ, **{name: str(value) for name, value in own.items()}}
                # In sessions of their own, so that Ctrl-C reaches them once, from here.
                processes.append(subprocess.Popen(command, env=environment, start_new_session=True))
            failed = wait_for(processes, stopping.is_set)
        finally:
            for process in processes:
                process.kill()
                process.wait()
    return exit_code_of(processes, failed)


def wait_for(processes: Sequence[subprocess.Popen[bytes]], should_stop: Callable[[], bool]) -> int | None:
    """Until all have ended, or one has failed and the others have had time to end. They are stopped together.

    The number of the first one that failed.
    """
    failed, passed_on, deadline = None, False, float("inf")
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
        if should_stop() and not passed_on:
            passed_on = True
            stop(processes)
        if failed is None:
            failed = first_failed(processes)
            deadline = float("inf") if failed is None else time.monotonic() + LAST_WORDS
        time.sleep(OFTEN)
    return first_failed(processes) if failed is None else failed


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)


def first_failed(processes: Sequence[subprocess.Popen[bytes]]) -> int | None:
    return next((number for number, process in enumerate(processes) if process.poll()), None)


def exit_code_of(processes: Sequence[subprocess.Popen[bytes]], failed: int | None) -> int:
    """The first one's, which has said why; where it could not, a line about it. `failed`: which failed first."""
    code, count = processes[0].returncode, len(processes)
    if code >= 0:
        return code
    how = f"ended ({signal.Signals(-code).name})" if not failed else f"was ended, since process {failed} had failed"
    click.echo(f"process 0 of {count} {how}: the same command again continues the run", err=True)
    return 1


def words_of(context: click.Context) -> list[str]:
    """The command's options as they were given, but for `--processes`."""
    words: list[str] = []
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if option.name == "processes" or value in (None, False):
            continue
        if value is True:
            words.append(option.opts[0])
            continue
        for each in value if isinstance(value, tuple) else (value,):  # one that may be repeated
            words += [option.opts[0], str(each)]
    return words


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
