"""`circletake serve` is killed again and again while people vote: what was acknowledged is there, once."""

from __future__ import annotations

import random
import shutil
import signal
import threading
import time
from pathlib import Path

from tests.torture.table import Row, read_progress, write_progress
from tests.torture.voting import NoAnswer, Voter, compare_with_record, new_place, voting_studio
from tests.ui.serving import free_port, healthy, start

COUNT = 200  # kills
EACH = 100  # ballots acknowledged before each of them
PEOPLE = 4


def run(count: int, folder: Path, seed: int, each: int = EACH) -> Row:
    """Each life of the server is a row of the progress; an interrupted count goes on with a new studio."""
    progress = read_progress(folder, "lives") or {"kills": 0, "acknowledged": 0, "lost": 0, "twice": 0, "altered": 0}
    while progress["kills"] < count:
        lives = min(20, count - progress["kills"])  # in one studio
        place = new_place(folder)
        acknowledged, wrong = live(place / "studio", lives, seed + progress["kills"], each)
        shutil.rmtree(place)
        progress["kills"] += lives
        progress["acknowledged"] += acknowledged
        for name, number in zip(("lost", "twice", "altered"), wrong, strict=True):
            progress[name] += number
        write_progress(folder, "lives", progress)
    counted = ", ".join(f"{number} {name}" for name, number in progress.items())
    reached = not (progress["lost"] or progress["twice"] or progress["altered"]) and progress["kills"] >= count
    goal = f"{count} kills, {count * each} acknowledged: 0 lost, 0 twice"
    return Row("SIGKILL of the server during voting", "ballots", goal, counted, reached)


def live(studio: Path, lives: int, seed: int, each: int) -> tuple[int, tuple[int, int, int]]:
    """(ballots acknowledged, what of them is lost, double or altered) after so many lives of the server."""
    issued, pairs = voting_studio(studio, PEOPLE)
    rng, port = random.Random(seed), free_port()
    voters = [Voter(port, token, random.Random(f"{seed} {number}")) for number, token in enumerate(issued)]
    waiting: list[list[dict]] = [[] for _ in voters]  # each one's outbox, which outlives the server
    for _ in range(lives):
        process = start(studio, port, "--no-worker")
        healthy(port, process)
        before, stop = total(voters), threading.Event()
        threads = [
            threading.Thread(target=vote, args=(voter, outbox, pairs, stop))
            for voter, outbox in zip(voters, waiting, strict=True)
        ]
        for thread in threads:
            thread.start()
        while total(voters) - before < each:
            time.sleep(0.002)
        time.sleep(rng.random() * 0.05)  # somewhere in the middle of a request
        process.send_signal(signal.SIGKILL)
        process.wait()
        stop.set()
        for thread in threads:
            thread.join()
    sent = {uid: body for voter in voters for uid, body in voter.sent.items()}
    acknowledged = {uid: id for voter in voters for uid, id in voter.acknowledged.items()}
    return len(acknowledged), compare_with_record(studio, sent, acknowledged)


def total(voters: list[Voter]) -> int:
    return sum(len(voter.acknowledged) for voter in voters)


def vote(voter: Voter, outbox: list[dict], pairs: list[tuple[int, int]], stop: threading.Event) -> None:
    """What is in the outbox first; what has no receipt stays in it."""
    while not stop.is_set():
        if not outbox:
            outbox.append(voter.ballot(*voter.rng.choice(pairs)))
        try:
            voter.cast(outbox[0])
        except NoAnswer:
            time.sleep(0.01)
            continue
        outbox.pop(0)
