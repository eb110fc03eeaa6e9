"""The serving process: what it refuses, how it ends, and that nothing acknowledged is lost when it is killed."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import add_person, judging_studio, new_studio
from tests.ui.serving import free_port, healthy, processes_of, start, stop
from ui.cli import main


def serve(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(main, ["serve", "--studio", str(folder), "--port", str(free_port()), *words])


def test_a_public_host_needs_an_account(tmp_path: Path) -> None:
    studio = new_studio(tmp_path / "studio")
    done = serve(tmp_path / "studio", "--host", "0.0.0.0")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    assert "account" in done.stderr
    add_person(studio, "demo", "supervisor")  # neither a password nor a token: nobody can sign in as them
    assert serve(tmp_path / "studio", "--host", "0.0.0.0").exit_code == 1
    studio.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_demo_on_a_public_host_is_refused(tmp_path: Path, host: str) -> None:
    done = serve(tmp_path / "studio", "--host", host, "--demo")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    assert not (tmp_path / "studio").exists()


def test_demo_does_not_enter_a_studio_with_work_of_its_own(tmp_path: Path) -> None:
    judging_studio(tmp_path / "studio").close()
    done = serve(tmp_path / "studio", "--demo")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    assert "TEST" in done.stderr


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    new_studio(tmp_path / "studio").close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = CliRunner().invoke(
            main, ["serve", "--studio", str(tmp_path / "studio"), "--port", str(taken.getsockname()[1])]
        )
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output


def test_the_web_application_loads_no_torch(tmp_path: Path) -> None:
    judging_studio(tmp_path / "studio").close()
    code = (
        "import sys\nfrom feedback.store.connection import Studio\nfrom ui.app import create_app\n"
        f"create_app(Studio.open(__import__('pathlib').Path({str(tmp_path / 'studio')!r})), demo=True)\n"
        "print([name for name in ('torch', 'diffusers', 'transformers', 'peft') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_cleanly_and_takes_its_worker_along(tmp_path: Path, number: int) -> None:
    judging_studio(tmp_path / "studio").close()
    port = free_port()
    process = start(tmp_path / "studio", port)
    healthy(port, process)
    worker = wait_for_worker(tmp_path / "studio")
    process.send_signal(number)
    assert process.wait(30) == 0
    assert not worker.is_running()
    log = (tmp_path / "serve.log").read_text()
    assert "Traceback" not in log, log


def test_a_killed_server_leaves_no_worker_and_a_killed_worker_comes_back(tmp_path: Path) -> None:
    judging_studio(tmp_path / "studio").close()
    port = free_port()
    process = start(tmp_path / "studio", port, python=sys.executable)  # a worker leaves with its own parent
    healthy(port, process)
    first = wait_for_worker(tmp_path / "studio")
    first.kill()
    second = wait_for_worker(tmp_path / "studio", other_than=first.pid)
    process.kill()
    process.wait()
    assert gone(second, seconds=30)


def wait_for_worker(folder: Path, other_than: int | None = None, seconds: float = 30) -> psutil.Process:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in processes_of(folder):
            if process.pid != other_than and process.status() != psutil.STATUS_ZOMBIE and "worker" in process.cmdline():
                return process
        time.sleep(0.1)
    raise AssertionError("no worker was started")


def gone(process: psutil.Process, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


class Voter(threading.Thread):
    """Posts ballots one after another and keeps the uids whose receipt arrived."""

    def __init__(self, port: int, token: str, pairs: list[tuple[int, int]], name: str) -> None:
        super().__init__(daemon=True)
        self.port, self.token, self.pairs, self.label = port, token, pairs, name
        self.receipts: dict[str, int] = {}
        self.unsure: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        for k, (left, right) in enumerate(itertools.cycle(self.pairs)):
            body = {"uid": f"{self.label}-{k}", "left": left, "right": right, "verdict": "left", "elapsed_ms": k}
            try:
                self.receipts[body["uid"]] = post(self.port, self.token, body)["id"]
            except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
                self.unsure[body["uid"]] = body
                return


def post(port: int, token: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/ballots",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    studio = judging_studio(folder, briefs_count=2, takes_each=4)
    api_tokens = [tokens.issue_token(studio, name, "test") for name in ("ana", "sue", "ada")]
    groups = [[row["id"] for row in studio.rows("select id from takes where brief = ?", (b,))] for b in (1, 2)]
    pairs = [pair for group in groups for pair in itertools.combinations(group, 2)]
    studio.close()
    port = free_port()
    process = start(folder, port, "--no-worker")
    healthy(port, process)
    voters = [Voter(port, token, pairs, f"voter{k}") for k, token in enumerate(api_tokens)]
    for voter in voters:
        voter.start()
    while sum(len(voter.receipts) for voter in voters) < 60:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for voter in voters:
        voter.join(15)

    process = start(folder, port, "--no-worker")
    healthy(port, process)
    for voter, token in zip(voters, api_tokens, strict=True):
        for uid, body in voter.unsure.items():  # the page's outbox does this: it sends again what had no receipt
            first = post(port, token, body)["id"]
            assert post(port, token, body)["id"] == first
            voter.receipts[uid] = first
    assert stop(process) == 0

    studio = Studio.open(folder)
    kept = {row["uid"]: row["id"] for row in studio.rows("select uid, id from ballots")}
    receipts = {uid: number for voter in voters for uid, number in voter.receipts.items()}
    assert kept == receipts
    assert studio.value("pragma integrity_check") == "ok"
    studio.close()


def test_numpy_has_one_thread_in_the_web_process() -> None:
    """Matrices are small, and threads that wait for each other on busy processors take three times as long."""
    code = (
        "import os, sys, ui.cli; from ui.commands.serving import calculate_in_one_thread;"
        "assert 'numpy' not in sys.modules; calculate_in_one_thread();"
        "import feedback.store, numpy; print(len(os.listdir('/proc/self/task')))"
    )
    settings = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=settings)
    assert done.stdout == "1\n"
