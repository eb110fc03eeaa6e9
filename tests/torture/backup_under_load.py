"""Backups while people vote and takes are drawn, each restored: rows and hashes equal, and every acknowledged ballot there."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from feedback.judgements import ballots
from feedback.maintenance.backup import make_backup
from feedback.maintenance.backup_folder import read_manifest
from feedback.maintenance.restore import compare, restore
from feedback.store import Studio
from tests.feedback.scene import Scene
from tests.torture.table import Row, read_progress, write_progress

COUNT = 50


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` backups of one studio, of which each is restored and compared."""
    progress = read_progress(folder, "done") or {"backups": 0, "differences": [], "lost": 0}
    if progress["backups"] < count:
        for name in ("studio", "disk", "again"):  # those who voted have ended with the process that was interrupted
            shutil.rmtree(folder / name, ignore_errors=True)
        scene = Scene(Studio.create(folder / "studio"))
        load = Load(scene, f"{seed} {progress['backups']}")
        with load:
            while progress["backups"] < count:
                differences, lost = back_up(scene.studio, folder, load)
                progress = {
                    "backups": progress["backups"] + 1,
                    "differences": progress["differences"] + differences,
                    "lost": progress["lost"] + lost,
                }
                write_progress(folder, "done", progress)
    wrong = progress["differences"]
    counted = (
        f"{progress['backups']} backups: {len(wrong)} differences, {progress['lost']} acknowledged ballots missing"
    )
    return Row("Backup under load", "restored and compared", "equal", counted, not wrong and not progress["lost"])


def back_up(studio: Studio, folder: Path, load: Load) -> tuple[list[str], int]:
    acknowledged = set(load.wait_for_more())
    made = make_backup(studio, folder / "disk", keep=3)
    shutil.rmtree(folder / "again", ignore_errors=True)
    restored = restore(folder / "disk", folder / "again")
    manifest = read_manifest(folder / "disk" / "backups" / str(made["number"]))
    again = Studio.open_to_read(folder / "again")
    uids = {row["uid"] for row in again.rows("SELECT uid FROM ballots")}
    again.close()
    return [*made["damaged"], *restored["damaged"], *compare(folder / "again", manifest)], len(acknowledged - uids)


class Load:
    """Somebody votes and takes are drawn, in threads of their own, until the block ends."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.name = scene, name
        self.brief = scene.brief()
        self.pair = scene.takes(self.brief, 2)
        self.acknowledged: list[str] = []
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=each) for each in (self.vote, self.draw)]

    def __enter__(self) -> None:
        for thread in self.threads:
            thread.start()

    def __exit__(self, *error: object) -> None:
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def vote(self) -> None:
        studio, number = Studio.open(self.scene.studio.folder), 0
        while not self.ends.wait(0.002):
            uid = f"{self.name} {number}"
            ballots.cast_ballot(studio, self.scene.people["ana"], uid, *self.pair, "left", 100)
            self.acknowledged.append(uid)
            number += 1
        studio.close()

    def draw(self) -> None:
        while not self.ends.wait(0.01):
            self.scene.takes(self.brief, 1)

    def wait_for_more(self) -> list[str]:
        """What was acknowledged by now, at least ten more than before."""
        before = len(self.acknowledged)
        while len(self.acknowledged) < before + 10:
            self.ends.wait(0.005)
        return list(self.acknowledged)
