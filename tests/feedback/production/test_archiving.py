"""What is archived is in no list, board, dealing, queue or cut; nothing is deleted, and it comes back as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedback.board.filters import Filters
from feedback.board.listing import list_board
from feedback.errors import NotFound, Refused
from feedback.judgements import selects, statuses
from feedback.pair_selection.next_pairs import next_pairs
from feedback.people import accounts
from feedback.people.project_members import is_visible, projects_of
from feedback.preferences.dataset import collect
from feedback.production import archiving, briefs, projects, render_queue, shots
from feedback.store import Studio
from finetune.jobs.trial_lifecycle import trial_briefs
from tests.factories import add_brief, add_takes, judging_studio


@pytest.fixture
def judged(tmp_path) -> Studio:  # type: ignore[no-untyped-def]
    """TEST with the shots T_010, judged, and T_020."""
    studio = judging_studio(tmp_path / "studio")
    add_takes(studio, add_brief(studio, "ana", "elsewhere", "T_020"), 2, 500)
    return studio


def archive_project(studio: Studio) -> None:
    archiving.archive_project(studio, "TEST", actor="sue")


def archive_shots(studio: Studio) -> None:
    for shot in shots.list_shots(studio):
        archiving.archive_shot(studio, shot["id"], actor="sue")


def bring_back(studio: Studio) -> None:
    archiving.unarchive_project(studio, "TEST", actor="sue")
    for shot in shots.list_shots(studio, "TEST", archived=True):
        archiving.unarchive_shot(studio, shot["id"], actor="sue")


def dealt(studio: Studio, name: str) -> int:
    return len(next_pairs(studio, accounts.get_person(studio, name)["id"], 50, client=name))


@pytest.mark.parametrize("archive", [archive_project, archive_shots])
def test_it_leaves_everything_and_comes_back(judged: Studio, archive: Callable[[Studio], None]) -> None:
    studio, ada = judged, accounts.get_person(judged, "ada")
    statuses.set_status(studio, ada, "circled", 1, "circled")
    project = projects.get_project(studio, "TEST")["id"]
    before = {
        table: studio.value(f"SELECT count(*) FROM {table}") for table in ("takes", "briefs", "shots", "projects")
    }
    archive(studio)
    assert [dealt(studio, name) for name in ("ana", "ada")] == [0, 0]
    assert shots.list_shots(studio) == []
    assert briefs.newest_briefs(studio, 9, person=ada["id"]) == []
    with pytest.raises(NotFound):
        shots.find_shot(studio, "T_010")
    with pytest.raises(Refused, match="archived"):
        render_queue.queue_takes(studio, 1, [9])
    with pytest.raises(Refused, match="archived"):
        shots.add_shot(studio, "TEST", "T_010")
    if archive is archive_shots:
        assert selects.list_selects(studio, "TEST") == []
        assert list_board(studio, Filters(project)) == []
    else:
        assert projects.list_projects(studio, ada["id"]) == []
        assert not is_visible(studio, ada["id"], "take", 1)
        assert projects_of(studio, "ana") == ["TEST"]
        with pytest.raises(Refused, match="an archived project 'TEST'"):
            projects.add_project(studio, "TEST")
    archive(studio)  # twice is fine
    bring_back(studio)
    after = {table: studio.value(f"SELECT count(*) FROM {table}") for table in before}
    assert after == before
    assert min(dealt(studio, name) for name in ("ana", "ada")) > 0
    assert [shot.code for shot in list_board(studio, Filters(project))] == ["T_010", "T_020"]
    assert [select["take"] for select in selects.list_selects(studio, "TEST")] == [1]
    assert render_queue.queue_takes(studio, 1, [9])


def test_one_shot_leaves_the_others(judged: Studio) -> None:
    archiving.archive_shot(judged, shots.find_shot(judged, "T_010")["id"], actor="sue")
    assert dealt(judged, "ana") == 1
    assert [shot["code"] for shot in shots.list_shots(judged)] == ["T_020"]


@pytest.mark.parametrize("archive", [archive_project, archive_shots])
def test_what_waits_is_cancelled_and_what_is_done_stays(judged: Studio, archive: Callable[[Studio], None]) -> None:
    ids = render_queue.queue_takes(judged, 1, [7, 8, 9])
    render_queue.lease_takes(judged, "w", 1)
    archive(judged)
    states = {row["state"] for row in judged.rows("SELECT state FROM takes WHERE id >= ?", (ids[0],))}
    assert states == {"cancelled"}
    assert judged.value("SELECT count(*) FROM takes WHERE state = 'done'") == 11
    assert render_queue.lease_takes(judged, "w", 1) == []
    actions = {row["action"] for row in judged.rows("SELECT action FROM events")}
    assert actions & {"project.archive", "shot.archive"}


@pytest.mark.parametrize("archive", [archive_project, archive_shots])
def test_judgements_count_but_no_trial_is_played_on_it(judged: Studio, archive: Callable[[Studio], None]) -> None:
    from feedback.judgements.ballots import cast_ballot

    cast_ballot(judged, accounts.get_person(judged, "ana")["id"], "u", 1, 2, "left", 900)
    assert trial_briefs(judged, "starter") == [1]
    archive(judged)
    assert len(collect(judged).pairs) == 1
    assert trial_briefs(judged, "starter") == []
