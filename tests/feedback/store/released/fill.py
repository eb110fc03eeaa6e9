"""Writes `schema_NNN.sql`: a studio that the Circletake of the current folder has filled, as text.

    git worktree add /tmp/old COMMIT && cd /tmp/old && PYTHONPATH=. python .../released/fill.py OUT

Functions are looked up by name, since packages moved. What a release did not have is left out.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import feedback

PICTURES = [b"\x89PNG picture %d" % number for number in range(40)]


def find(name: str) -> Callable[..., Any] | None:
    """The function or class of that name, wherever it was then."""
    for module in pkgutil.walk_packages(feedback.__path__, "feedback."):
        member = getattr(importlib.import_module(module.name), name, None)
        if getattr(member, "__module__", None) == module.name:
            return member
    return None


def do(name: str, *given: Any, **named: Any) -> Any:
    """Calls it with those of the names that it takes; None where there is no such function."""
    work = find(name)
    if work is None:
        return None
    taken = inspect.signature(work).parameters
    takes_all = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    return work(*given, **{key: value for key, value in named.items() if takes_all or key in taken})


def fill(studio: Any) -> None:
    do("ensure_starter", studio)
    people = {name: do("add_person", studio, name, role) for name, role in (("ana", "supervisor"), ("ben", "creative"))}
    do("issue_token", studio, "ben", "a script")
    do("start_session", studio, people["ana"]["id"])
    do("add_project", studio, "AGM", "A Good Man", "24000/1001")
    for name in people:
        do("add_member", studio, "AGM", name)
    shots = [do("add_shot", studio, "AGM", code)["id"] for code in ("AGM_010", "AGM_020")]
    briefs = [
        do("write_brief", studio, shot, f"a house by day, {number}", author="ana", kind=kind, frames=frames)["id"]
        for number, (shot, kind, frames) in enumerate([(shots[0], "still", 1), (shots[1], "clip", 9)])
    ]
    takes = [draw(studio, brief, number) for number, brief in enumerate(briefs)]
    judge(studio, people, takes)
    learn_and_try(studio, people, briefs)
    do("queue_takes", studio, briefs[0], [91])
    do("lease_takes", studio, "worker", 1)
    do("queue_takes", studio, briefs[0], [92])


def draw(studio: Any, brief: int, number: int) -> list[int]:
    """Three done takes, and of the first brief one that failed."""
    ids = do("queue_takes", studio, brief, [10 * number + index for index in range(3 if number else 4)])
    work(studio, failing=ids[3] if len(ids) > 3 else None)
    return ids[:3]


def work(studio: Any, failing: int | None = None) -> None:
    """Draws all that is queued; one take fails as often as it is tried."""
    while leased := do("lease_takes", studio, "worker", 9):
        for take in leased:
            if take["id"] == failing:
                do("fail_take", studio, take["id"], "worker", "out of memory")
            else:
                finish(studio, take)


def finish(studio: Any, leased: Any) -> None:
    take = leased["id"]
    frames = studio.value("SELECT frames FROM briefs WHERE id = ?", (leased["brief"],))
    sha256, poster = do("store_bytes", studio, PICTURES[take], "png", "image/png", 16, 16, 1), None
    if frames > 1:
        poster, sha256 = sha256, do("store_bytes", studio, b"clip %d" % take, "mp4", "video/mp4", 16, 16, frames)
    files = {"media": sha256, "poster": poster, "rendition": sha256, "rendition_poster": poster}
    made = {"seed": take, "model": "starter"}
    do("finish_take", studio, take, "worker", **files, provenance=made, recipe=made)


def judge(studio: Any, people: dict[str, Any], takes: list[list[int]]) -> None:
    ids = {name: person["id"] for name, person in people.items()}
    verdicts = ("left", "right", "tie", "both_bad", "skip", "left")
    for number, ((a, b, c), person) in enumerate((pair, name) for pair in takes for name in ("ana", "ben")):
        for index, (left, right) in enumerate([(a, b), (b, c)]):
            uid = f"{person} {number} {index}"
            do("cast_ballot", studio, ids[person], uid, left, right, verdicts[(number + index) % 6], 900 + index)
        do("rate_take", studio, ids[person], f"rating {number}", a, 1 + number % 5)
    first, second = takes[0][0], takes[1][0]
    do("cast_ballot", studio, ids["ben"], "changed", takes[0][1], first, "left", 700)
    region = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    do("write_note", studio, ids["ana"], "note 1", first, "the hand; it's wrong", region=region)
    do("write_note", studio, ids["ben"], "note 2", second, "schön: ab hier\nweiter", frame_in=2, frame_out=5)
    do("add_tag", studio, ids["ana"], "tag 1", first, "hero")
    do("set_status", studio, people["ana"], "status 1", first, "circled")
    do("set_status", studio, people["ana"], "status 2", second, "needs_retake")


def learn_and_try(studio: Any, people: dict[str, Any], briefs: list[int]) -> None:
    """A run that was refused and one that made v0001, whose trial is half judged; and v0002, in production."""
    rows = studio.rows("SELECT id, person FROM ballots ORDER BY id LIMIT 2")
    learned = [("ballot", row["id"], row["person"], "train") for row in rows]
    refused = do("start_run", studio, "dpo", {"method": "dpo", "beta": 2000.0}, "a" * 64, "runs/0001", learned)
    do("refuse_run", studio, refused, "too few pairs", {"pairs": 3})
    number = do("start_run", studio, "guided", {"method": "guided"}, "b" * 64, "runs/0002", learned)
    adapter = {"folder": "models/v0001", "sha256": "c" * 64, "weight": 0.75}
    do("register_candidate", studio, "v0002", "starter", [])
    do("promote", studio, "v0002", force=True, reason="quick")
    do("register_candidate", studio, "v0001", "starter", [adapter], number)
    do("finish_run", studio, number, "v0001", {"heldout_accuracy": 0.7})
    do("open_trial", studio, "v0001", briefs, 1)
    work(studio)
    pair = studio.row("SELECT candidate_take AS a, baseline_take AS b FROM trial_pairs ORDER BY id LIMIT 1")
    do("cast_ballot", studio, people["ben"]["id"], "in the trial", pair["a"], pair["b"], "left", 800)


def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        kind: Any = find("Studio")
        studio = kind.create(Path(place) / "studio", "Old")
        fill(studio)
        with closing(sqlite3.connect(studio.database_path)) as connection:
            out.write_text("\n".join(connection.iterdump()) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
