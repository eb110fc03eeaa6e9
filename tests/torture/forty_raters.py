"""Forty raters judge over HTTP while a worker draws: how long each waits for the next pair and for the receipt."""

from __future__ import annotations

import random
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from feedback.production import render_queue
from feedback.production.opaque_names import find_named_take
from feedback.store import Studio
from tests.torture.table import Row, read_progress, write_progress
from tests.torture.voting import NoAnswer, Voter, compare_with_record, new_place, voting_studio
from tests.ui.serving import free_port, healthy, start, stop

COUNT = 600  # seconds
RATERS = 40
PAUSE = (1.0, 5.0)  # seconds that a person looks at a pair
STARTING = 300  # seconds that a worker may take until its first take is done
QUEUED = 5000  # takes of the starter model, more than are drawn in ten minutes
P95, P99 = 150, 500  # milliseconds


def run(count: int, folder: Path, seed: int, raters: int = RATERS) -> Row:
    """`count` is in seconds; there is nothing to resume but the whole."""
    progress = read_progress(folder, "waits")
    if not progress:
        progress = rate(folder, count, seed, raters)
        write_progress(folder, "waits", progress)
    goal = f"p95 {P95} ms, p99 {P99} ms"
    reached = progress["p95"] <= P95 and progress["p99"] <= P99 and not progress["failed"] and not progress["lost"]
    counted = ", ".join(f"{name} {number}" for name, number in progress.items())
    return Row(f"{raters} raters for {count} s over HTTP with drawing on", "milliseconds", goal, counted, reached)


def rate(folder: Path, seconds: float, seed: int, raters: int) -> dict[str, float]:
    place = new_place(folder)
    issued, _ = voting_studio(place / "studio", raters, briefs=20, takes=16)
    queue(place / "studio")
    port = free_port()
    process = start(place / "studio", port)
    voters = [Voter(port, token, random.Random(f"{seed} {number}")) for number, token in enumerate(issued)]
    waits: list[list[float]] = [[] for _ in voters]
    failed = [0 for _ in voters]
    try:
        healthy(port, process)
        wait_until_drawing(place / "studio")
        end = time.monotonic() + seconds

        def work(number: int) -> None:
            while time.monotonic() < end:
                try:
                    judge(voters[number], waits[number])
                except NoAnswer:
                    failed[number] += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(raters)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        stop(process)
    lost, twice, altered = compare_with_record(
        place / "studio",
        ballots_by_id(place / "studio", voters),
        {uid: id for voter in voters for uid, id in voter.acknowledged.items()},
    )
    drawn = count_drawn(place / "studio")
    shutil.rmtree(place)
    ordered = sorted(1000 * wait for each in waits for wait in each)
    return {
        "requests": len(ordered),
        **{f"p{share}": round(ordered[len(ordered) * share // 100], 1) for share in (50, 95, 99)},
        "failed": sum(failed),
        "lost": lost + twice + altered,
        "takes drawn": drawn,
    }


def ballots_by_id(folder: Path, voters: list[Voter]) -> dict[str, dict[str, Any]]:
    """What was sent, by uid, with the ids of the takes that each person knows by names of their own."""
    studio = Studio.open(folder)
    people = {row["name"]: row["id"] for row in studio.rows("SELECT id, name FROM people")}
    sent = {}
    for number, voter in enumerate(voters):
        for uid, body in voter.sent.items():
            ids = {side: find_named_take(studio, people[f"rater{number}"], body[side]) for side in ("left", "right")}
            sent[uid] = body | ids
    studio.close()
    return sent


def queue(folder: Path) -> None:
    """Takes of one brief that the starter can draw."""
    studio = Studio.open(folder)
    with studio.writing() as db:
        db.execute("UPDATE briefs SET width = 256, height = 256, steps = 4 WHERE id = 1")
    render_queue.queue_takes(studio, 1, list(range(10_000, 10_000 + QUEUED)))
    studio.close()


def wait_until_drawing(folder: Path) -> None:
    """A worker loads its libraries and its model first."""
    deadline = time.monotonic() + STARTING
    while not count_drawn(folder):
        assert time.monotonic() < deadline, "the worker draws nothing"
        time.sleep(0.5)


def count_drawn(folder: Path) -> int:
    studio = Studio.open(folder)
    drawn = studio.value("SELECT count(*) FROM takes WHERE state = 'done' AND seed >= 10000")
    studio.close()
    return drawn


def judge(voter: Voter, waits: list[float]) -> None:
    """Asks for a pair, looks at it, and judges it. Only the waiting for answers is counted."""
    began = time.monotonic()
    status, pairs = voter.request("GET", "/api/pairs?count=1")
    waits.append(time.monotonic() - began)
    assert status == 200, pairs
    time.sleep(voter.rng.uniform(*PAUSE))
    for pair in pairs:
        body = voter.ballot(pair["left"]["take"], pair["right"]["take"])
        began = time.monotonic()
        voter.cast(body)
        waits.append(time.monotonic() - began)
