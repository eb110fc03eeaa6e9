"""`circletake serve` as a real process, for tests that kill it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.public_interfaces import free_port
from tests import preloaded

__all__ = ["free_port", "healthy", "processes_of", "start", "stop", "wait_until_gone"]


def start(
    folder: Path,
    port: int,
    *words: str,
    log: Path | None = None,
    python: str | None = None,
    module: str = "ui.cli",
) -> subprocess.Popen[bytes]:
    """Starts serving; does not wait."""
    sink = (log or folder.parent / "serve.log").open("ab")
    command = [
        python or preloaded.python(),
        "-m",
        module,
        "serve",
        "--studio",
        str(folder),
        "--port",
        str(port),
        *words,
    ]
    with sink:
        return subprocess.Popen(command, stdout=sink, stderr=sink, env={**os.environ, "OMP_NUM_THREADS": "1"})


def wait_until_gone(port: int, seconds: float = 10) -> None:
    """After a server was killed: what was forked for it may outlive it for a moment, and holds its port."""
    for _ in range(int(50 * seconds)):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as the server's own: old connections do not count
            probe.bind(("127.0.0.1", port))
            return
        time.sleep(0.02)
    raise AssertionError(f"port {port} is still held {seconds} s after its server was killed")


def healthy(port: int, process: subprocess.Popen[bytes], seconds: float = 180) -> float:
    """Waits until the server answers; gives the seconds that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        assert process.poll() is None, f"serve left with exit code {process.returncode}"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            return time.monotonic() - began
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"no answer in {seconds} s")


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, and SIGKILL for one that does not listen; the exit code."""
    process.terminate()
    try:
        return process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def processes_of(folder: Path) -> Iterator[psutil.Process]:
    """All whose words name this studio."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(folder) in process.cmdline():
                yield process
