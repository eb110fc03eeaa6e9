"""A server that stops ends its event streams at once, and waits for everything else."""

from __future__ import annotations

import asyncio
import http.client
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from feedback.store import Studio
from tests.ui.serving import free_port
from ui.monitoring.metrics import Metrics
from ui.monitoring.requests import RequestLog
from ui.monitoring.stopping import EventStreams, Server

GRACE = 20  # seconds: a stream that ends before was not waited for


async def some(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield b"data: %d\n\n" % number
        await asyncio.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, int]]:
    studio, app, streams, port = Studio.create(tmp_path / "studio"), FastAPI(), EventStreams(), free_port()
    app.add_middleware(RequestLog, metrics=Metrics(studio), streams=streams)
    app.add_api_route("/events", lambda: StreamingResponse(some(10_000), media_type="text/event-stream"))
    app.add_api_route("/export", lambda: StreamingResponse(some(20), media_type="text/csv"))
    server = Server(uvicorn.Config(app, port=port, timeout_graceful_shutdown=GRACE, log_config=None), streams)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server, port
    server.should_exit = True
    thread.join()
    studio.close()


def ask(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2 * GRACE)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.readline()
    return answer


def test_event_streams_end_at_once_and_exports_to_their_end(
    server: tuple[Server, int], caplog: pytest.LogCaptureFixture
) -> None:
    stopped, port = server
    events, export = ask(port, "/events"), ask(port, "/export")
    began = time.monotonic()
    with caplog.at_level(logging.ERROR):
        stopped.should_exit = True
        events.read()  # ends as a whole answer: no page takes it for a broken one
        assert time.monotonic() - began < GRACE
        assert b"data: 19\n" in export.read()
    assert caplog.records == []
