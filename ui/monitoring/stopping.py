"""How the server stops: event streams end at once, other requests are answered, and what hangs is cut off in one line."""

from __future__ import annotations

import asyncio
import socket

import uvicorn


class EventStreams:
    """The event streams that are open: each page holds one, for as long as it is shown."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[object]] = set()

    def add_current(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def end(self) -> None:
        for task in tuple(self.tasks):
            task.cancel()


class Server(uvicorn.Server):
    """uvicorn's, which does not wait for event streams: pages open new ones when there is a server again."""

    def __init__(self, config: uvicorn.Config, streams: EventStreams) -> None:
        super().__init__(config)
        self.streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.streams.end()
        await super().shutdown(sockets)
