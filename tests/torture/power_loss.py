"""Power loss at arbitrary moments of voting: every acknowledged ballot is there when the studio is opened again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from feedback.judgements import ballots
from feedback.store import Studio, connection
from feedback.store.connection import WRITER_SETTINGS
from tests.faults import power_loss
from tests.feedback.scene import Scene
from tests.torture.table import Row, read_progress, write_progress

COUNT = 500
BALLOTS = 240  # enough for several checkpoints of the log into the database


def run(count: int, folder: Path, seed: int, settings: Sequence[str] = WRITER_SETTINGS, votes: int = BALLOTS) -> Row:
    """`count` cuts, each at a moment of its own. `settings`: PRAGMAs of the writer, the studio's own unless given."""
    before, transactions = prepare(folder, votes)
    recording, acknowledged = power_loss.record(folder / "recorded" / "studio.db", settings, transactions)
    progress = read_progress(folder, "done") or {"cuts": 0, "lost": 0, "damaged": 0}
    for number in range(progress["cuts"], count):
        chance = random.Random(f"{seed} {number}")
        cut = chance.randrange(len(recording.operations) + 1)
        files = power_loss.after_power_loss(before, recording, cut, chance)
        due = sum(moment <= cut for moment in acknowledged)
        lost, is_damaged = open_again(folder / "cut", files, due)
        progress = {
            "cuts": number + 1,
            "lost": progress["lost"] + lost,
            "damaged": progress["damaged"] + is_damaged,
        }
        write_progress(folder, "done", progress)
    counted = (
        f"{progress['cuts']} cuts of {len(recording.operations)} writes and syncs for {votes} ballots:"
        f" {progress['lost']} acknowledged ballots lost, {progress['damaged']} databases damaged"
    )
    reached = progress["lost"] == progress["damaged"] == 0
    return Row("Power loss", "acknowledged ballots after cuts", "every one there", counted, reached)


def prepare(folder: Path, votes: int) -> tuple[dict[str, bytes], list[list[str]]]:
    """(the database before voting, the statements of each vote as the studio runs them)."""
    for name in ("voted", "recorded"):
        shutil.rmtree(folder / name, ignore_errors=True)
    scene = Scene(Studio.create(folder / "voted"))
    a, b = scene.takes(scene.brief(), 2)
    forget(scene.studio)
    shutil.copytree(folder / "voted", folder / "recorded")
    studio = Studio.open(folder / "voted")
    assert studio._writer is not None
    transactions: list[list[str]] = []
    for number in range(votes):
        statements: list[str] = []
        studio._writer.db.conn.set_trace_callback(statements.append)
        ballots.cast_ballot(studio, scene.people["ana"], f"vote {number}", a, b, ("left", "right")[number % 2], 900)
        studio._writer.db.conn.set_trace_callback(None)
        transactions.append([each for each in statements if each.split()[0].upper() in KEPT])
    forget(studio)
    return {"studio.db": (folder / "recorded" / "studio.db").read_bytes()}, transactions


KEPT = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT", "SAVEPOINT", "RELEASE")


def open_again(folder: Path, files: dict[str, bytes], due: int) -> tuple[int, bool]:
    """(acknowledged ballots that are missing, whether the database is damaged), as the studio itself finds it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    studio = Studio.open(folder)
    try:
        uids = {row["uid"] for row in studio.rows("SELECT uid FROM ballots")}
        answer = studio.value("PRAGMA integrity_check(1)")
        return len({f"vote {number}" for number in range(due)} - uids), answer != "ok"
    finally:
        forget(studio)


def forget(studio: Studio) -> None:
    """Closes what this process holds of a studio, as the end of the process would."""
    studio.close()
    connection._writers.pop(studio.database_path).db.conn.close()
