"""Promotions and rollbacks that are killed before any statement, after any write and at any moment: one version is in
production, the one before or the one after, and tables, log and adapters agree; what was killed can then be repeated."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from feedback.maintenance import doctor
from feedback.models import versions
from feedback.store import Studio, audit_log
from feedback.store.connection import WRITER_SETTINGS
from feedback.trials import promotion, trials
from tests.faults import power_loss
from tests.faults.killed_statements import DECISIONS, count_statements, kill_at, log_of, promote, start
from tests.feedback.scene import Scene
from tests.torture.power_loss import KEPT, forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 200
LONGEST = 0.05  # seconds: more than a decision takes
# By what is decided and what is in production: states, how many trials are open, and decisions about versions on record.
RIGHT = {
    "promotion": {
        "starter": ({"starter": "production", "v0001": "candidate", "v0002": "candidate"}, 2, 1),
        "v0001": ({"starter": "retired", "v0001": "production", "v0002": "candidate"}, 0, 2),
    },
    "rollback": {
        "v0001": ({"starter": "retired", "v0001": "production", "v0002": "candidate"}, 1, 2),
        "starter": ({"starter": "production", "v0001": "retired", "v0002": "candidate"}, 0, 3),
    },
}
EVENTS = ("version.initial", "version.promote", "version.rollback")


@dataclass(frozen=True)
class Decision:
    """What is killed, ready to be made, and what it takes."""

    kind: str  # a key of RIGHT
    ready: Path
    statements: int
    recording: power_loss.Recording

    @property
    def writes(self) -> int:
        return len(self.recording.operations)


def run(count: int, folder: Path, seed: int) -> Row:
    """Promotions and rollbacks by turns, a third of the kills each before a statement, after a write to the disk, and at a
    random moment."""
    decisions = [measure(kind, folder) for kind in RIGHT]
    progress = read_progress(folder, "done") or {"kills": [], "made": 0}
    for number in range(len(progress["kills"]), count):
        decision, chance = decisions[number % len(decisions)], random.Random(f"{seed} {number}")
        how, killed = kill(decision, folder / "killed", number // len(decisions), count, seed, chance)
        is_made, wrong = look(decision.kind, folder / "killed")
        progress["kills"].append([f"{decision.kind}, {how}", [*([] if killed else ["it was not killed"]), *wrong]])
        progress["made"] += is_made
        write_progress(folder, "done", progress)
    bad = [f"at {how}: {'; '.join(wrong)}" for how, wrong in progress["kills"] if wrong]
    sizes = " and ".join(f"{each.statements} statements, {each.writes} writes ({each.kind})" for each in decisions)
    counted = (
        f"{len(progress['kills'])} kills in {sizes}, {progress['made']} of them after it was made:"
        f" {'; '.join(bad) or 'one version in production, and all agree'}"
    )
    return Row("Promotion killed", "promotions and rollbacks", "all or nothing, 100 of each", counted, not bad)


def measure(kind: str, folder: Path) -> Decision:
    ready = prepare(folder / f"ready for {kind}", kind)
    shutil.rmtree(folder / "counted", ignore_errors=True)
    statements = count_statements(kind, Path(shutil.copytree(ready, folder / "counted")))
    return Decision(kind, ready, statements, record(kind, ready, folder))


def kill(decision: Decision, place: Path, turn: int, count: int, seed: int, chance: random.Random) -> tuple[str, bool]:
    """(at what, whether it was killed), in a copy at `place`."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(decision.ready, place)
    third, each = seed + turn // 3, max(1, count // (3 * len(RIGHT)))
    if turn % 3 == 0:
        at = third * decision.statements // each % decision.statements
        return f"statement {at}", kill_at(decision.kind, place, at) == -9
    if turn % 3 == 1:
        at = third % (decision.writes + 1)
        leave_writes(place, decision.recording, at)
        return f"write {at}", True
    seconds = chance.uniform(0, LONGEST)
    return f"{1000 * seconds:.1f} ms", kill_after(decision.kind, place, seconds)


def prepare(folder: Path, kind: str = "promotion") -> Path:
    """Two candidates with adapters, each in a trial against the starter; for a rollback the first of them was promoted,
    and the second plays a trial against it."""
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
    if kind == "rollback":
        promote(studio)
        trials.open_trial(studio, "v0002", [scene.brief("once more")], 2)
    scene.draw()
    forget(studio)
    return folder


def record(kind: str, ready: Path, folder: Path) -> power_loss.Recording:
    """What SQLite writes for the decision, in order."""
    shutil.rmtree(folder / "recorded", ignore_errors=True)
    studio = Studio.open(shutil.copytree(ready, folder / "recorded"))
    assert studio._writer is not None
    statements: list[str] = []
    studio._writer.db.conn.set_trace_callback(statements.append)
    DECISIONS[kind](studio)
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


def kill_after(kind: str, place: Path, seconds: float) -> bool:
    process = start(kind, place)
    while "open" not in (log_of(place).read_text() if log_of(place).exists() else ""):
        assert process.exitcode is None
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.join()
    return True


def look(kind: str, folder: Path) -> tuple[bool, list[str]]:
    """(whether it is made, what is wrong now and after it was repeated)."""
    studio, (_before, after) = Studio.open(folder), RIGHT[kind]
    is_made = versions.production_version(studio) == after
    wrong = problems(studio, kind)
    DECISIONS[kind](studio)
    wrong += [f"repeated: {each}" for each in problems(studio, kind)]
    wrong += [] if versions.production_version(studio) == after else ["it cannot be repeated"]
    forget(studio)
    return is_made, wrong


def problems(studio: Studio, kind: str = "promotion") -> list[str]:
    production = versions.production_version(studio)
    states = {row["name"]: row["state"] for row in versions.list_versions(studio)}
    is_open = sum(row["state"] == "open" for row in trials.list_trials(studio))
    decided = len(promotion.list_promotions(studio))
    events = sum(each["action"] in EVENTS for each in audit_log.list_events(studio))
    wrong = (
        []
        if (states, is_open, decided) == RIGHT[kind][production]
        else [f"{production}: {states}, {is_open}, {decided}"]
    )
    wrong += [] if events == decided else [f"{events} events of {decided} decisions"]
    return wrong + [
        each["detail"] for each in doctor.check(studio, deep=True) if not each["ok"] and each["name"] != "disk"
    ]
