"""A studio of before takes could be discarded."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.store import Studio
from tests.feedback.store.older_studio import open_older

ROWS = """
INSERT INTO people VALUES (1, 'ana', 'creative', NULL, 'now', NULL);
INSERT INTO projects (id, code, title, fps_num, fps_den, created) VALUES (1, 'A', 'A', 24, 1, 'now');
INSERT INTO shots VALUES (1, 1, 'S_010', '', 24, 1, 'now');
INSERT INTO briefs (id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance, author, created)
    VALUES (1, 1, 'a', '', 'still', 32, 32, 1, 24, 1, 16, 1, 'ana', 'now');
INSERT INTO takes (id, brief, seed, created) VALUES (1, 1, 1, 'now');
INSERT INTO statuses VALUES (1, 'u', 1, 1, 'approved', 'now');
"""
ADD = "INSERT INTO statuses (uid, person, take, status, created) VALUES (?, 1, 1, ?, 'now')"


def test_statuses_stay_and_a_take_can_be_discarded(tmp_path: Path) -> None:
    studio = open_older(tmp_path / "studio", "m023_takes_discarded", ROWS)
    assert studio.value("SELECT status FROM statuses") == "approved"
    with studio.writing() as db:
        db.execute(ADD, ("v", "discarded"))
    with pytest.raises(Exception, match="CHECK constraint"), studio.writing() as db:
        db.execute(ADD, ("w", "lost"))
    assert studio.value("PRAGMA integrity_check") == "ok"
    assert studio.value("SELECT name FROM sqlite_schema WHERE name = 'statuses_of_take'")
    studio.close()
    Studio.open(tmp_path / "studio").close()
