"""Each request gets an id, which its answer and its log lines carry, and is counted.

Plain ASGI, and around everything else: what the gate refuses is seen too, and whatever nobody foresaw is answered in one
line of JSON.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.monitoring.logs import request_id
from ui.monitoring.metrics import Metrics
from ui.monitoring.stopping import EventStreams
from ui.security.access import name_of_scope
from ui.security.gate import HEADERS

log = logging.getLogger("circletake.requests")

ID_HEADER = "X-Request-ID"
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # of a proxy's making; whatever else is sent as one is replaced
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"


class RequestLog:
    """ASGI middleware; one for each app."""

    def __init__(self, app: ASGIApp, metrics: Metrics, streams: EventStreams) -> None:
        self.app, self.metrics, self.streams = app, metrics, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = Answer(send, scope, self.streams)
        reset, began = request_id.set(seen.id), time.perf_counter()
        self.metrics.in_progress.inc()
        try:
            await self.app(scope, receive, seen.send)
            await seen.end_events()
        except Exception:
            await self.fail(scope, receive, seen)
        except asyncio.CancelledError:  # the server stops
            await self.cut_off(scope, receive, seen)
        finally:
            self.metrics.in_progress.dec()
            self.note(scope, seen, time.perf_counter() - began)
            request_id.reset(reset)

    async def fail(self, scope: Scope, receive: Receive, seen: Answer) -> None:
        """Says so in one line; one who has the log finds the rest by the request's id."""
        log.exception("%s %s failed", scope["method"], route_of(scope))
        if seen.status is None:
            reason = f"something went wrong in here; the server's log tells what, under the request {seen.id}"
            await JSONResponse({"error": reason}, 500, headers=HEADERS)(scope, receive, seen.send)

    async def cut_off(self, scope: Scope, receive: Receive, seen: Answer) -> None:
        if seen.status is None:
            reason = "the server stopped before this was answered: send it again"
            await JSONResponse({"error": reason}, 503, headers=HEADERS)(scope, receive, seen.send)
        await seen.end_events()

    def note(self, scope: Scope, seen: Answer, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        # Without an answer, the client hung up.
        status, route = seen.status or 499, route_of(scope)
        self.metrics.count(method, route, status, seconds)
        fields: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "person": name_of_scope(scope),
        }
        log.info("%s %s %d in %.0f ms", method, route, status, 1000 * seconds, extra={"fields": fields})


class Answer:
    """Passes an answer on with the request's id, and remembers its status.

    Takes are judged blind: their files' headers are all alike, and have no id.
    """

    def __init__(self, send: Send, scope: Scope, streams: EventStreams) -> None:
        self._send, self._named, self._streams = send, not scope["path"].startswith("/media/"), streams
        self.id, self.status, self.is_event_stream, self.is_whole = id_of(scope), None, False, False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.is_event_stream = (
                Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
            )
            if self.is_event_stream:
                self._streams.add_current()
            if self._named:
                MutableHeaders(scope=message)[ID_HEADER] = self.id
        self.is_whole = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def end_events(self) -> None:
        """A stream of events may end anywhere; whatever else is half sent must not look whole."""
        if self.is_event_stream and not self.is_whole:
            await self.send({"type": "http.response.body", "body": b""})


def id_of(scope: Scope) -> str:
    sent = Headers(scope=scope).get(ID_HEADER.lower(), "")
    return sent if ID.fullmatch(sent) else secrets.token_hex(8)


def route_of(scope: Scope) -> str:
    """The route's pattern, such as /media/{name}: a path itself may say what nobody needs to know, and is never twice the same."""
    return getattr(scope.get("route"), "path", OTHER)
