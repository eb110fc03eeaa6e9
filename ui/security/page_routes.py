"""What of Gradio is open: the addresses that our pages use, and events with plain values.

Gradio also serves uploads, files, a proxy that fetches other addresses, events called by name, recordings and tools for
developers, to everybody who may open a page. None of them is ours, so none of them is there.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import OrderedDict
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedback.store.time_zone import time_zone
from ui.context import studio_of
from ui.languages import fill_in, language_of, speaking
from ui.rendering import render
from ui.security.access import find_person
from ui.security.bodies import read_body, replay
from ui.security.gate import deny, page_policy

PAGES = (
    *("/", "/rank", "/board", "/selects", "/storyboard", "/briefs", "/projects", "/sessions", "/agreement"),
    *("/report", "/models", "/library", "/rights", "/people", "/summary", "/take", "/account", "/ledger"),
)
JOIN, LISTEN = "/gradio_api/queue/join", "/gradio_api/queue/data"  # an event of a page begins, its answers come
OPEN: dict[str, tuple[str, ...]] = {
    "GET": (
        *(re.escape(page) for page in PAGES),
        r"/theme\.css",
        r"/favicon\.ico",
        r"/manifest\.json",
        r"/assets/[\w./-]+",
        r"/static/js/[\w.-]+",
        r"/gradio_api/app_id",  # a page whose connection broke asks whether the server is the same one
        LISTEN,
    ),
    "HEAD": ("/",),
    "POST": (JOIN,),
}
LARGEST_EVENT = 128 * 1024  # bytes: a form with two prompts of the greatest length, however they are written
MOST_SESSIONS = 10_000  # whose owner is remembered; the one silent longest is forgotten
LANG, HEAD = re.compile(rb'(<html[^>]*?\slang=)"[^"]*"'), re.compile(rb"<head[^>]*>")
SCRIPT = re.compile(rb"<script(?=[\s>])")
SESSION = re.compile(r"[\w-]{1,64}")


def is_open(method: str, path: str) -> bool:
    """Whether one of our pages uses this route of Gradio."""
    return any(re.fullmatch(pattern, path) for pattern in OPEN.get(method, ()))


class OpenPageRoutes:
    """ASGI middleware around Gradio: answers 404 for whatever is not listed, and looks into events."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.owners: OrderedDict[str, int] = OrderedDict()  # of sessions of pages: people's ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not is_open(scope["method"], path):
            await (self.close if scope["type"] == "websocket" else self.deny)(scope, receive, send)
        elif path in PAGES and scope["method"] == "GET":
            await serve_page(self.app, scope, receive, send)
        elif path == JOIN:
            await self.join(scope, receive, send)
        elif path == LISTEN and not self.owns(scope, Request(scope).query_params.get("session_hash", "")):
            await self.deny(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def deny(self, scope: Scope, receive: Receive, send: Send) -> None:
        await deny(404, f"there is no {scope['path'][:80]}")(scope, receive, send)

    async def close(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 1008})

    async def join(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes an event on when its values are plain and its session is nobody else's."""
        body = await read_body(receive, LARGEST_EVENT)
        problem = check_event(body)
        if problem:
            await deny(413 if body is None else 422, problem)(scope, receive, send)
        elif not self.own(scope, json.loads(body or b"")["session_hash"]):
            await deny(409, "this session is of somebody else's page; load the page again")(scope, receive, send)
        else:
            await self.app(scope, replay(body or b"", receive), send)

    def own(self, scope: Scope, session: str) -> bool:
        """Whether the session is the asker's; one that nobody has yet becomes theirs."""
        person = find_person(HTTPConnection(scope))
        owner = self.owners.setdefault(session, person.id if person else 0)
        self.owners.move_to_end(session)
        while len(self.owners) > MOST_SESSIONS:
            self.owners.popitem(last=False)
        return person is not None and owner == person.id

    def owns(self, scope: Scope, session: str) -> bool:
        return session in self.owners and self.own(scope, session)


async def serve_page(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The page in the language of whoever asks, with a nonce on each of its own scripts: no other inline script runs on it.

    What people wrote is in no page: it comes by events, after the page is there.
    """
    plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
    start: dict[str, Any] = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await app({**scope, "headers": plain}, receive, collect)
    nonce = secrets.token_urlsafe(16)
    page = SCRIPT.sub(
        rb'\g<0> nonce="%s"' % nonce.encode(),
        translate(bytes(body), language_of(Request(scope)), time_zone(studio_of(Request(scope)))),
    )
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-length"] = str(len(page))
    headers["content-security-policy"] = page_policy(nonce)
    headers["cache-control"] = "no-store"
    headers.add_vary_header("Accept-Language, Cookie")
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": page})


def translate(page: bytes, language: str, zone: str) -> bytes:
    """The page in a language: its texts, the catalogue that its modules get theirs from, and the studio's time zone."""
    with speaking(language):
        catalogue = render("catalogue.html", zone=zone).encode()
    page = HEAD.sub(lambda match: match[0] + catalogue, page, count=1)
    return fill_in(LANG.sub(rb'\1"%s"' % language.encode(), page, count=1), language)


def check_event(body: bytes | None) -> str:
    """What is wrong with the body of an event, empty when nothing is.

    Gradio fetches, or opens, what an object in `data` names as a file, whatever the component; our events only have
    texts, numbers, yes and no.
    """
    if body is None:
        return f"an event of a page has at most {LARGEST_EVENT} bytes"
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return "body: this JSON cannot be read; numbers are too long, or it is nested too deep"
    if not isinstance(event, dict) or not is_session(event.get("session_hash")):
        return "session_hash: an event names the session of its page, up to 64 letters and digits"
    values = event.get("data")
    if not isinstance(values, list) or not all(is_plain(value) for value in values):
        return "data: an event has a list of texts, numbers, true, false and null"
    return ""


def is_session(value: Any) -> bool:
    return isinstance(value, str) and bool(SESSION.fullmatch(value))


def is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)
