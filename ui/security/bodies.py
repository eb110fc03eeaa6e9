"""Bodies of requests, read no further than they may be long."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope


async def bounded(scope: Scope, receive: Receive, most: int) -> Receive | None:
    """A `receive` for a body of at most `most` bytes, or None when it is longer.

    A length that is named is held by the server itself. A body that comes in pieces without one is read here.
    """
    headers = Headers(scope=scope)
    length = headers.get("content-length")
    if length is not None:
        return receive if length.isdecimal() and len(length) < 19 and int(length) <= most else None
    if "transfer-encoding" not in headers:
        return receive
    body = await read_body(receive, most)
    return None if body is None else replay(body, receive)


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The request's body, or None when it is larger than `most` bytes."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body which was read once more, and then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
