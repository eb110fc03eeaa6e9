"""Many threads and processes write at once and nothing acknowledged is lost, not even when a writer is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from feedback.judgements import ballots
from feedback.people import accounts
from feedback.production import render_queue
from feedback.store import Studio, audit_log
from tests.feedback.scene import Scene

# Prints each uid after its ballot is stored: what was printed was acknowledged.
WRITER = """
import sys
from feedback.judgements import ballots
from feedback.store import Studio
folder, name, person, a, b, count = sys.argv[1:]
studio = Studio.open(folder)
for k in range(int(count)):
    ballots.cast_ballot(studio, int(person), f"{name}-{k}", int(a), int(b), ("left", "right")[k % 2], 100)
    print(f"{name}-{k}", flush=True)
"""


@pytest.fixture
def pair(studio: Studio) -> tuple[Scene, int, int]:
    scene = Scene(studio)
    a, b = scene.takes(scene.brief())
    return scene, a, b


def _start(scene: Scene, name: str, person: str, a: int, b: int, count: int) -> subprocess.Popen[str]:
    words = [str(scene.studio.folder), name, str(scene.people[person]), str(a), str(b), str(count)]
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", WRITER, *words], cwd=root, stdout=subprocess.PIPE, text=True)


def _uids(studio: Studio) -> set[str]:
    return {row["uid"] for row in studio.rows("SELECT uid FROM ballots")}


def test_threads_and_processes_lose_no_ballot(pair: tuple[Scene, int, int]) -> None:
    scene, a, b = pair
    errors: list[Exception] = []

    def cast(thread: int) -> None:
        own = Studio.open(scene.studio.folder)  # a second Studio on the folder shares the process's writer
        try:
            for k in range(25):
                ballots.cast_ballot(own, scene.people["ana"], f"t{thread}-{k}", a, b, "tie", 100)
        except Exception as error:
            errors.append(error)
        finally:
            own.close()

    processes = [_start(scene, name, person, a, b, 40) for name, person in (("p1", "ben"), ("p2", "cas"))]
    threads = [threading.Thread(target=cast, args=(k,)) for k in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    acknowledged = {line.strip() for process in processes for line in process.communicate()[0].splitlines()}
    assert errors == []
    assert [process.returncode for process in processes] == [0, 0]
    assert _uids(scene.studio) == acknowledged | {f"t{thread}-{k}" for thread in range(12) for k in range(25)}
    current = ballots.current_ballots(scene.studio)
    assert sorted(row["person"] for row in current) == sorted(scene.people.values())  # one each: chains never fork


def test_a_killed_writer_loses_nothing_acknowledged(pair: tuple[Scene, int, int]) -> None:
    scene, a, b = pair
    process = _start(scene, "k", "ben", a, b, 100_000)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(60)]
    process.kill()
    acknowledged += process.communicate()[0].split()
    assert set(acknowledged) <= _uids(scene.studio)
    assert len(_uids(scene.studio)) <= len(acknowledged) + 1  # the one that was stored and not yet acknowledged
    assert scene.studio.value("PRAGMA integrity_check") == "ok"
    assert scene.studio.rows("PRAGMA foreign_key_check") == []
    audit_log.verify(scene.studio)
    row, created = ballots.cast_ballot(
        scene.studio, scene.people["ben"], acknowledged[0], a, b, "left", 100
    )  # a safe retry
    assert (row["uid"], created) == ("k-0", False)


def test_workers_never_share_a_take(pair: tuple[Scene, int, int]) -> None:
    scene, _, _ = pair
    ids = render_queue.queue_takes(scene.studio, scene.brief(), list(range(60)))
    got: list[int] = []

    def work(name: str) -> None:
        while leased := render_queue.lease_takes(scene.studio, name, 3):
            got.extend(row["id"] for row in leased)
        scene.studio.close()

    threads = [threading.Thread(target=work, args=(f"w{k}",)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ids


def test_people_added_at_once_keep_one_chain(studio: Studio) -> None:
    threads = [threading.Thread(target=accounts.add_person, args=(studio, f"p{k}", "creative")) for k in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit_log.verify(studio) == 10
