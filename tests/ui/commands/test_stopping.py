"""SIGTERM ends the server in seconds: what it has is answered, nobody new comes in, and a client that hangs holds nothing."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import judging_studio
from tests.ui.serving import free_port, healthy, start

DOCUMENTED = 30  # seconds, docs/operations.md


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    token: str
    folder: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=DOCUMENTED)

    def ended_in(self, began: float, most: float) -> int:
        """Its exit code; killed when it takes too long."""
        try:
            return self.process.wait(most - (time.monotonic() - began))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    studio = judging_studio(tmp_path / "studio")
    token = tokens.issue_token(studio, "ana")
    studio.close()
    port = free_port()
    process = start(tmp_path / "studio", port, "--no-worker")
    try:
        healthy(port, process)
        yield Server(process, port, token, tmp_path / "studio")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def head(server: Server, method: str, path: str, length: int = 0) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"Authorization: Bearer {server.token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def pair_of(server: Server) -> tuple[str, str]:
    connection = server.connect()
    connection.sendall(head(server, "GET", "/api/pairs?limit=1").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    pair = json.loads(read_all(connection).partition(b"\r\n\r\n")[2])[0]
    return pair["left"]["take"], pair["right"]["take"]


def hang(server: Server) -> socket.socket:
    """A client that sends half a ballot, and never more."""
    connection = server.connect()
    connection.sendall(head(server, "POST", "/api/ballots", 500) + b'{"uid":')
    return connection


def read_nothing(server: Server) -> socket.socket:
    """A client that asks a lot and reads nothing of it."""
    connection = server.connect()
    for _ in range(50):
        connection.sendall(head(server, "GET", "/openapi.json"))
    return connection


def test_what_is_under_way_is_answered_and_nobody_new_comes_in(server: Server) -> None:
    left, right = pair_of(server)
    ballot = {"uid": "u" * 8, "left": left, "right": right, "verdict": "left", "elapsed_ms": 900}
    body = json.dumps(ballot).encode()
    connection = server.connect()
    connection.sendall(head(server, "POST", "/api/ballots", len(body)) + body[:20])
    time.sleep(0.5)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.8)
    with pytest.raises(OSError, match=r"refused|reset"):
        server.connect()
    connection.sendall(body[20:])
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 201"), answer
    assert server.ended_in(began, DOCUMENTED) == 0

    studio = Studio.open(server.folder)
    assert [row["uid"] for row in studio.rows("SELECT uid FROM ballots")] == ["u" * 8]
    studio.close()


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]])
def test_clients_that_hang_hold_the_server_for_seconds_only(server: Server, signals: list[signal.Signals]) -> None:
    clients = [hang(server), read_nothing(server)]
    time.sleep(0.5)
    began = time.monotonic()
    for number in signals:
        server.process.send_signal(number)
        time.sleep(0.5)
    assert server.ended_in(began, DOCUMENTED) == 0

    for client in clients:
        client.close()
    log = (server.folder.parent / "serve.log").read_text()
    assert "Traceback" not in log, log
