"""`circletake project` and `circletake user add --project`: who works on what, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.people import accounts, project_members
from feedback.production import projects
from feedback.store import Studio
from tests.factories import judging_studio
from ui.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    judging_studio(tmp_path / "studio", briefs_count=1, takes_each=1).close()
    return tmp_path / "studio"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--studio", str(folder)])


def run_json(folder: Path, *words: str) -> Any:
    done = run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_project_is_made_with_members_and_they_change(folder: Path) -> None:
    made = run_json(folder, "project", "add", "AGM", "--title", "The keeper", "--fps", "23.976", "--member", "ana")
    assert made == {"code": "AGM", "members": ["ana"]}
    run_json(folder, "project", "member", "add", "AGM", "sue")
    listed = run_json(folder, "project", "member", "list", "AGM")["members"]
    assert [(row["name"], row["role"]) for row in listed] == [("ana", "creative"), ("sue", "supervisor")]
    run_json(folder, "project", "member", "remove", "AGM", "ana")
    assert run_json(folder, "project", "list")["projects"] == [
        {"code": "AGM", "title": "The keeper", "members": 1, "open": False, "fps": "24000/1001", "archived": None},
        {"code": "TEST", "title": "Test", "members": 3, "open": False, "fps": "24", "archived": None},
    ]
    assert "sue" in run(folder, "project", "member", "list", "AGM").stdout
    studio = Studio.open(folder)
    project = projects.get_project(studio, "AGM")
    assert (project["fps_num"], project["fps_den"]) == (24000, 1001)
    assert not project_members.is_visible(studio, accounts.get_person(studio, "ana")["id"], "project", "AGM")
    studio.close()


def test_a_person_is_added_to_projects_at_once(folder: Path) -> None:
    assert run(folder, "user", "add", "kim", "--no-password", "--project", "TEST").exit_code == 0
    assert run(folder, "user", "add", "lea", "--no-password", "--project", "NONE").exit_code == 1
    studio = Studio.open(folder)
    assert project_members.projects_of(studio, "kim") == ["TEST"]
    assert "lea" not in [row["name"] for row in accounts.list_people(studio)], "nobody is half added"
    studio.close()


@pytest.mark.parametrize(
    "words",
    [
        ["add", "TEST"],
        ["add", "../etc"],
        ["add", "NEW", "--fps", "1e-20000000"],
        ["add", "NEW", "--member", "nobody"],
        ["member", "add", "NONE", "ana"],
        ["member", "add", "TEST", "nobody"],
        ["member", "remove", "TEST", "nobody"],
        ["member", "list", "NONE"],
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing_behind(folder: Path, words: list[str]) -> None:
    done = run(folder, "project", *words)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    studio = Studio.open(folder)
    assert [row["code"] for row in projects.list_projects(studio)] == ["TEST"]
    studio.close()


def test_projects_and_shots_are_changed_archived_and_brought_back(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    judging_studio(folder).close()
    run_json(folder, "project", "set", "TEST", "--title", "Маяк", "--fps", "24000/1001")
    made = run_json(folder, "shot", "add", "TEST/T_2", "--title", "The door", "--sequence", "T", "--position", "1")
    assert (made["sequence"], made["position"], made["fps"]) == ("T", 1, "24000/1001")
    run_json(folder, "shot", "add", "TEST/T_10", "--fps", "48")

    def listed(*options: str) -> list[str]:
        return [row["shot"] for row in run_json(folder, "shot", "list", "--project", "TEST", *options)["shots"]]

    assert listed() == ["T_2", "T_010", "T_10"]
    assert run_json(folder, "shot", "set", "TEST/T_2", "--position", "", "--title", "x")["position"] is None
    run_json(folder, "shot", "archive", "TEST/T_010")
    assert (listed(), listed("--archived")) == (["T_2", "T_10"], ["T_2", "T_010", "T_10"])
    run_json(folder, "shot", "unarchive", "TEST/T_010")
    run_json(folder, "project", "archive", "TEST")
    assert run_json(folder, "project", "list")["projects"] == []
    (row,) = run_json(folder, "project", "list", "--archived")["projects"]
    assert (row["title"], row["fps"], bool(row["archived"])) == ("Маяк", "24000/1001", True)
    run_json(folder, "project", "unarchive", "TEST")
    assert len(run_json(folder, "project", "list")["projects"]) == 1
