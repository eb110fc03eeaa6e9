"""Events of the pages, called as a page calls them: joined to the queue, and their answers listened to."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from fastapi.testclient import TestClient

from ui.security.page_routes import JOIN, LISTEN

_sessions = count(1)


def events_of(client: TestClient) -> dict[str, tuple[int, int]]:
    """The number of every event of the app's pages and how many values it takes, by its name."""
    gradio_app = client.app.routes[-1].app.app  # type: ignore[attr-defined]
    return {str(fn.api_name): (number, len(fn.inputs)) for number, fn in gradio_app.get_blocks().fns.items()}


def call_event(
    client: TestClient, name: str, data: list[Any] | str, headers: dict[str, str] | None = None, **extra: Any
) -> str:
    """What the event answers: `event: complete` or `event: error`, and its data; or the refusal of the event itself.

    `data`: the values, or the JSON of them as it is sent.
    """
    session = f"test{next(_sessions)}"
    values = data if isinstance(data, str) else json.dumps(data)
    fields = {"session_hash": session, "fn_index": events_of(client)[name][0], **extra}
    content = json.dumps(fields)[:-1] + f', "data": {values}}}'
    joined = client.post(JOIN, content=content, headers={"Content-Type": "application/json", **(headers or {})})
    if joined.status_code != 200:
        return joined.text
    answers = client.get(LISTEN, params={"session_hash": session}, headers=headers).text
    messages = [json.loads(line[6:]) for line in answers.split("\n") if line.startswith("data: ")]
    last = next(message for message in messages if message["msg"] in ("process_completed", "unexpected_error"))
    kind = "complete" if last.get("success") else "error"
    output = last.get("output") or {}
    return f"event: {kind}\ndata: {json.dumps(output.get('data') if kind == 'complete' else output)}\n\n"
