"""A studio of before exports were recorded."""

from __future__ import annotations

from pathlib import Path

from feedback.production import projects
from feedback.rights.export_record import list_exports
from feedback.rights.passport import passport_of
from feedback.rights.passport_policy import policy_of
from tests.feedback.store.older_studio import open_older

ROWS = """
INSERT INTO projects (id, code, title, fps_num, fps_den, created) VALUES (1, 'OLD', 'OLD', 24, 1, '2026');
INSERT INTO shots (id, project, code, title, fps_num, fps_den, created) VALUES (1, 1, 'S_010', '', 24, 1, '2026');
INSERT INTO briefs (id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance, author, created)
VALUES (1, 1, 'a house', '', 'still', 32, 32, 1, 24, 1, 4, 1.0, 'ana', '2026');
INSERT INTO takes (id, brief, seed, state, created) VALUES (1, 1, 7, 'done', '2026');
"""


def test_projects_ask_nothing_and_takes_have_passports(tmp_path: Path) -> None:
    studio = open_older(tmp_path / "studio", "m041_passports", ROWS)
    assert projects.get_project(studio, "OLD")["passport_policy"] == policy_of(studio, "OLD") == "off"
    assert list_exports(studio) == []
    passport = passport_of(studio, 1)
    assert (passport["making"]["seed"], passport["intended_use"]) == (7, None)
    assert studio.value("PRAGMA integrity_check") == "ok"
    studio.close()
