"""The same judgement sent several times, in several ways: one row each.

Four ways take turns: sent again after its receipt, sent twice at once (a double click), sent by two tabs with another
request between, and sent on a connection that is cut before the answer, and then again.
"""

from __future__ import annotations

import json
import random
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.torture.table import Row, read_progress, write_progress
from tests.torture.voting import Voter, compare_with_record, new_place, voting_studio
from tests.ui.serving import free_port, healthy, start, stop

COUNT = 1000


def run(count: int, folder: Path, seed: int) -> Row:
    progress = read_progress(folder, "sent") or {"judgements": 0, "lost": 0, "twice": 0, "altered": 0}
    while progress["judgements"] < count:
        several = min(250, count - progress["judgements"])
        place = new_place(folder)
        wrong = send_all(place / "studio", several, seed + progress["judgements"])
        shutil.rmtree(place)
        progress["judgements"] += several
        for name, number in zip(("lost", "twice", "altered"), wrong, strict=True):
            progress[name] += number
        write_progress(folder, "sent", progress)
    counted = ", ".join(f"{number} {name}" for name, number in progress.items())
    reached = not (progress["lost"] or progress["twice"] or progress["altered"])
    area = "Retries, double clicks, two tabs, cut connections"
    return Row(area, "ballots", f"{count}: one row each", counted, reached)


def send_all(studio: Path, count: int, seed: int) -> tuple[int, int, int]:
    issued, pairs = voting_studio(studio, 2)
    port = free_port()
    process = start(studio, port, "--no-worker")
    try:
        healthy(port, process)
        voter = Voter(port, issued[0], random.Random(seed))
        for number in range(count):
            WAYS[number % len(WAYS)](voter, voter.ballot(*voter.rng.choice(pairs)))
    finally:
        stop(process)
    assert len(voter.acknowledged) == count
    return compare_with_record(studio, voter.sent, voter.acknowledged)


def send_again(voter: Voter, body: dict[str, Any]) -> None:
    for _ in range(1 + voter.rng.randint(1, 3)):
        voter.cast(body)


def send_at_once(voter: Voter, body: dict[str, Any]) -> None:
    """As two clicks do. What an assertion of theirs says is raised here."""
    failures: list[BaseException] = []

    def send() -> None:
        try:
            voter.cast(body)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def send_from_two_tabs(voter: Voter, body: dict[str, Any]) -> None:
    """The second tab found the first one's outbox; in between, the person judges the same pair the other way."""
    voter.cast(body)
    other = voter.ballot(body["right"], body["left"])
    voter.cast(other)
    voter.cast(body)
    voter.cast(other)
    # Counted as one: the second ballot is only there to supersede the first.
    del voter.acknowledged[other["uid"]]


def send_on_a_cut_connection(voter: Voter, body: dict[str, Any]) -> None:
    """Cut somewhere in the request, or after it and before the answer; then sent again, as ever."""
    content = json.dumps(body).encode()
    head = f"POST /api/ballots HTTP/1.1\r\nHost: 127.0.0.1:{voter.port}\r\nAuthorization: Bearer {voter.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    request = head.encode() + content
    whole = voter.rng.random() < 0.5
    with socket.create_connection(("127.0.0.1", voter.port)) as connection:
        connection.sendall(request if whole else request[: voter.rng.randrange(1, len(request))])
        if voter.rng.random() < 0.5:  # a reset, and not an orderly end
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    voter.cast(body)


WAYS: tuple[Callable[[Voter, dict[str, Any]], None], ...] = (
    send_again,
    send_at_once,
    send_from_two_tabs,
    send_on_a_cut_connection,
)
