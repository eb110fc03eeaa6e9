"""A studio whose briefs had sources before there was a strength."""

from __future__ import annotations

from pathlib import Path

from feedback.production.briefs import list_briefs
from tests.feedback.store.older_studio import open_older

NEW = "m013_brief_strength"
COLUMNS = "id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance"
ROWS = f"""
INSERT INTO projects VALUES (1, 'A', 'A', 24, 1, 'now');
INSERT INTO shots VALUES (1, 1, 'S_010', '', 24, 1, 'now');
INSERT INTO media VALUES ('f', 'png', 'image/png', 1, 32, 32, 1, 'now'), ('c', 'mp4', 'video/mp4', 1, 32, 32, 9, 'now');
INSERT INTO briefs ({COLUMNS}, source_media, author, created) VALUES
    (1, 1, 'a', '', 'still', 32, 32, 1, 24, 1, 16, 1, NULL, 'ana', 'now'),
    (2, 1, 'b', '', 'still', 32, 32, 1, 24, 1, 16, 1, 'f', 'ana', 'now'),
    (3, 1, 'c', '', 'clip', 32, 32, 9, 24, 1, 16, 1, 'c', 'ana', 'now'),
    (4, 1, 'd', '', 'clip', 32, 32, 9, 24, 1, 16, 1, 'f', 'ana', 'now');
"""


def test_briefs_with_a_source_have_the_usual_strength(tmp_path: Path) -> None:
    studio = open_older(tmp_path / "studio", NEW, ROWS)
    briefs = list_briefs(studio)
    assert [brief["strength"] for brief in briefs] == [None, 0.6, 0.6, None]
    assert [brief["prompt"] for brief in briefs] == ["a", "b", "c", "d"]
    studio.close()
