"""A studio driven only through its public interfaces, the command line and HTTP, as an outside script would drive it.

The end-to-end benchmark and its test both use this, so that what they prove is true of what people use, and not of an
inner function that happens to be called by it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PYTHON = sys.executable  # tests have one that has loaded the libraries


class CommandFailed(RuntimeError):
    """A command left with a non-zero exit code; the message is its last line on stderr."""


def run_command(studio: Path, *words: str, stdin: str | None = None) -> dict[str, Any]:
    """`circletake WORDS --studio STUDIO --json`; returns its one JSON object."""
    command = [PYTHON, "-m", "ui.cli", *words, "--studio", str(studio), "--json"]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise CommandFailed(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()[-600:]}")
    return json.loads(done.stdout)


def free_port() -> int:
    """A port that nobody listens on, below those that the system hands out to whoever connects: a server that is killed
    and started again finds it free."""
    for port in random.SystemRandom().sample(range(10_000, 32_000), 100):
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("none of a hundred ports is free")


class Client:
    """One person's HTTP client: bearer token, JSON in and out."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token

    def get_bytes(self, path: str) -> bytes:
        request = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def get(self, path: str) -> Any:
        return json.loads(self.get_bytes(path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self.address + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def pairs(self, count: int = 8) -> list[dict[str, Any]]:
        return self.get(f"/api/pairs?count={count}")

    def cast(self, pair: dict[str, Any], verdict: str, elapsed_ms: int = 1200) -> dict[str, Any]:
        ballot = {
            "uid": str(uuid.uuid4()),
            "left": pair["left"]["take"],
            "right": pair["right"]["take"],
            "verdict": verdict,
            "elapsed_ms": elapsed_ms,
        }
        return self.post("/api/ballots", ballot)


def wait_until_healthy(address: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandFailed(f"serve left with exit code {process.returncode}")
        try:
            urllib.request.urlopen(address + "/healthz", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise CommandFailed(f"{address} did not answer in {seconds:.0f} s")


@contextmanager
def serving(studio: Path, log: Path) -> Iterator[str]:
    """`circletake serve` with its worker, on a free port; stopped by SIGTERM at the end."""
    port = free_port()
    command = [PYTHON, "-m", "ui.cli", "serve", "--studio", str(studio), "--port", str(port)]
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env={**os.environ, "NO_COLOR": "1"})
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def new_studio(folder: Path, person: str = "rater") -> str:
    """An empty studio with one supervisor; returns that person's token."""
    command = [PYTHON, "-m", "ui.cli", "init", str(folder), "--json"]
    subprocess.run(command, check=True, capture_output=True)
    run_command(
        folder,
        "user",
        "add",
        person,
        "--role",
        "supervisor",
        "--password-stdin",
        "--agrees",
        stdin="a long pass phrase\n",
    )
    return run_command(folder, "user", "token", person)["token"]
