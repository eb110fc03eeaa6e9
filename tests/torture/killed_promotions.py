"""Promotions that are killed before any statement, after any write and at any moment: one version is in production, and
tables, log and adapters agree; the promotion can then be repeated."""

from __future__ import annotations

import random
import shutil
import time
from hashlib import sha256
from pathlib import Path

from feedback.maintenance import doctor
from feedback.models import versions
from feedback.store import Studio
from feedback.store.connection import WRITER_SETTINGS
from feedback.trials import promotion, trials
from tests.faults import power_loss
from tests.faults.killed_statements import count_statements, kill_at, log_of, promote, start
from tests.feedback.scene import Scene
from tests.torture.power_loss import KEPT, forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 100
LONGEST = 0.05  # seconds: more than a promotion takes
RIGHT = {  # by what is in production: states, how many trials are open, promotions of v0001
    "starter": ({"starter": "production", "v0001": "candidate", "v0002": "candidate"}, 2, 0),
    "v0001": ({"starter": "retired", "v0001": "production", "v0002": "candidate"}, 0, 1),
}


def run(count: int, folder: Path, seed: int) -> Row:
    """A third of the kills each before a statement, after a write to the disk, and at a random moment."""
    ready = prepare(folder / "ready")
    shutil.rmtree(folder / "counted", ignore_errors=True)
    statements = count_statements("promotion", Path(shutil.copytree(ready, folder / "counted")))
    recording = record(ready, folder)
    writes = len(recording.operations)
    progress = read_progress(folder, "done") or {"kills": [], "promoted": 0}
    for number in range(len(progress["kills"]), count):
        chance, turn = random.Random(f"{seed} {number}"), seed + number // 3
        place = folder / "killed"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(ready, place)
        if number % 3 == 0:
            at = turn * statements // max(1, count // 3) % statements
            how, killed = f"statement {at}", kill_at("promotion", place, at) == -9
        elif number % 3 == 1:
            how, killed = f"write {turn % (writes + 1)}", True
            leave_writes(place, recording, turn % (writes + 1))
        else:
            seconds = chance.uniform(0, LONGEST)
            how, killed = f"{1000 * seconds:.1f} ms", kill_after(place, seconds)
        is_promoted, wrong = look(place)
        progress["kills"].append([how, [*([] if killed else ["it was not killed"]), *wrong]])
        progress["promoted"] += is_promoted
        write_progress(folder, "done", progress)
    bad = [f"at {how}: {'; '.join(wrong)}" for how, wrong in progress["kills"] if wrong]
    counted = (
        f"{len(progress['kills'])} kills in {statements} statements and {writes} writes, {progress['promoted']} of them"
        f" after the promotion: {'; '.join(bad) or 'one version in production, and all agree'}"
    )
    return Row("Promotion killed", "promotions", "all or nothing, 100", counted, not bad)


def prepare(folder: Path) -> Path:
    """Two candidates with adapters, each in a trial against the starter."""
    shutil.rmtree(folder, ignore_errors=True)
    studio = Studio.create(folder)
    scene = Scene(studio)
    for name in ("v0001", "v0002"):
        data = f"weights of {name}".encode()
        (folder / "models" / name).mkdir()
        (folder / "models" / name / "pytorch_lora_weights.safetensors").write_bytes(data)
        adapter = {"folder": f"models/{name}", "sha256": sha256(data).hexdigest(), "weight": 1.0}
        versions.register_candidate(studio, name, "starter", [adapter])
        trials.open_trial(studio, name, [scene.brief(f"for {name}")], 2)
    scene.draw()
    forget(studio)
    return folder


def record(ready: Path, folder: Path) -> power_loss.Recording:
    """What SQLite writes for a promotion, in order."""
    shutil.rmtree(folder / "recorded", ignore_errors=True)
    studio = Studio.open(shutil.copytree(ready, folder / "recorded"))
    assert studio._writer is not None
    statements: list[str] = []
    studio._writer.db.conn.set_trace_callback(statements.append)
    promote(studio)
    studio._writer.db.conn.set_trace_callback(None)
    forget(studio)
    shutil.copy(ready / "studio.db", folder / "recorded.db")
    transaction = [each for each in statements if each.split()[0].upper() in KEPT]
    recording, _ = power_loss.record(folder / "recorded.db", WRITER_SETTINGS, [transaction])
    return power_loss.Recording([each for each in recording.operations if each.what != "sync"])


def leave_writes(place: Path, recording: power_loss.Recording, count: int) -> None:
    """The database as a process leaves it that is killed after so many writes: what the system has, it keeps."""
    files = {"recorded.db": bytearray((place / "studio.db").read_bytes())}
    for operation in recording.operations[:count]:
        power_loss.apply(files, operation)
    for name, data in files.items():
        (place / name.replace("recorded.db", "studio.db")).write_bytes(bytes(data))


def kill_after(place: Path, seconds: float) -> bool:
    process = start("promotion", place)
    while "open" not in (log_of(place).read_text() if log_of(place).exists() else ""):
        assert process.exitcode is None
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.join()
    return True


def look(folder: Path) -> tuple[bool, list[str]]:
    """(whether it is promoted, what is wrong now and after it was repeated)."""
    studio = Studio.open(folder)
    before = versions.production_version(studio)
    wrong = problems(studio)
    promote(studio)
    wrong += [f"repeated: {each}" for each in problems(studio)]
    wrong += [] if versions.production_version(studio) == "v0001" else ["it cannot be repeated"]
    forget(studio)
    return before == "v0001", wrong


def problems(studio: Studio) -> list[str]:
    production = versions.production_version(studio)
    states = {row["name"]: row["state"] for row in versions.list_versions(studio)}
    is_open = sum(row["state"] == "open" for row in trials.list_trials(studio))
    promoted = sum(row["version"] == "v0001" for row in promotion.list_promotions(studio))
    wrong = (
        [] if (states, is_open, promoted) == RIGHT[production] else [f"{production}: {states}, {is_open}, {promoted}"]
    )
    return wrong + [
        each["detail"] for each in doctor.check(studio, deep=True) if not each["ok"] and each["name"] != "disk"
    ]
