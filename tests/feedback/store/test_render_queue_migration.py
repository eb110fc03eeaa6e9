"""A studio whose takes were queued before there were priorities, projects' turns and cancelled takes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from feedback.production import cancellation, render_queue, takes
from feedback.store import Studio
from feedback.trials import promotion
from tests.feedback.store.older_studio import open_older

NEW = "m012_render_queue"
ROWS = """
INSERT INTO projects VALUES (1, 'A', 'A', 24, 1, 'now'), (2, 'B', 'B', 24, 1, 'now');
INSERT INTO shots VALUES (1, 1, 'S_010', '', 24, 1, 'now'), (2, 2, 'S_010', '', 24, 1, 'now');
INSERT INTO briefs (id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance,
    author, created) VALUES (1, 1, 'a', '', 'still', 32, 32, 1, 24, 1, 2, 1, 'ana', 'now'),
    (2, 2, 'b', '', 'still', 32, 32, 1, 24, 1, 2, 1, 'ana', 'now');
INSERT INTO media VALUES ('f', 'png', 'image/png', 1, 32, 32, 1, 'now');
INSERT INTO takes (id, brief, seed, state, purpose, media, worker, lease_expires, created) VALUES
    (1, 1, 1, 'done', 'shot', 'f', NULL, NULL, '2026'), (2, 1, 2, 'leased', 'shot', NULL, 'w', '2026', '2026'),
    (3, 1, 3, 'queued', 'trial', NULL, NULL, NULL, '2999'), (4, 2, 4, 'queued', 'shot', NULL, NULL, NULL, '2026'),
    (5, 1, 5, 'failed', 'shot', NULL, NULL, NULL, '2026');
INSERT INTO descriptors VALUES ('f', 1, x'00');
"""


@pytest.fixture
def old(tmp_path: Path) -> Studio:
    """Opened by today's Circletake."""
    studio = open_older(tmp_path / "studio", NEW, ROWS)
    promotion.ensure_starter(studio)
    return studio


def test_every_take_is_there_with_its_project_and_priority(old: Studio) -> None:
    rows = old.rows("SELECT id, state, project, priority FROM takes ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        (1, "done", 1, 0),
        (2, "leased", 1, 0),
        (3, "queued", 1, -1),
        (4, "queued", 2, 0),
        (5, "failed", 1, 0),
    ]
    assert old.value("PRAGMA integrity_check") == "ok"
    assert old.rows("PRAGMA foreign_key_check") == []


def test_what_was_queued_is_drawn_in_the_new_order_and_can_be_withdrawn(old: Studio) -> None:
    leases = [[take["id"] for take in render_queue.lease_takes(old, "w", 4)] for _ in range(4)]
    assert leases == [[2], [4], [3], []]
    assert cancellation.cancel_takes(old, [2, 3, 4], actor="ana")["cancelled"] == [2, 3, 4]
    assert takes.get_take(old, 2)["state"] == "cancelled"


def test_takes_are_counted_as_they_change(old: Studio) -> None:
    def counted() -> dict[str, int]:
        return {state: number for state, number in render_queue.queue_state(old).items() if number}

    assert counted() == {"queued": 2, "leased": 1, "done": 1, "failed": 1}
    render_queue.lease_takes(old, "w", 4)
    render_queue.queue_takes(old, 1, [6, 7])
    cancellation.cancel_takes(old, [4], actor="ana")
    with old.writing() as db:
        db.execute("DELETE FROM takes WHERE id = 5")
    rows = old.rows("SELECT state, count(*) AS number FROM takes GROUP BY state")
    assert counted() == {row["state"]: row["number"] for row in rows}


def test_no_other_state_can_be_written(old: Studio) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"), old.writing() as db:
        db.execute("UPDATE takes SET state = 'lost' WHERE id = 1")
