"""Members of projects: who sees what, and that studios from before there were members open with everybody in."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.errors import Invalid, NotFound
from feedback.pair_selection.next_pairs import next_pairs
from feedback.people import accounts, project_members
from feedback.people.project_members import check_visible, is_visible
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, audit_log
from tests.feedback.scene import Scene
from tests.feedback.store.older_studio import open_older

NEW = "m014_project_members"
ROWS = """
INSERT INTO people VALUES (1, 'ada', 'admin', NULL, 'now', NULL), (2, 'ana', 'creative', NULL, 'now', NULL),
    (3, 'sue', 'supervisor', NULL, 'now', NULL), (4, 'old', 'creative', NULL, 'now', 'now');
INSERT INTO projects VALUES (1, 'A', 'A', 24, 1, 'now'), (2, 'B', 'B', 24, 1, 'now');
INSERT INTO shots VALUES (1, 1, 'S_010', '', 24, 1, 'now'), (2, 2, 'S_010', '', 24, 1, 'now');
INSERT INTO briefs (id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance,
    author, created) VALUES (1, 1, 'a', '', 'still', 32, 32, 1, 24, 1, 2, 1, 'ana', 'now'),
    (2, 2, 'b', '', 'still', 32, 32, 1, 24, 1, 2, 1, 'ana', 'now');
INSERT INTO takes (brief, seed, state, created) VALUES (1, 1, 'done', 'now'), (1, 2, 'queued', 'now'), (2, 3, 'done', 'now');
"""


@pytest.fixture
def old(tmp_path: Path) -> Studio:
    """A studio from before there were members, opened by today's Circletake."""
    return open_older(tmp_path / "studio", NEW, ROWS)


def counted(studio: Studio, name: str) -> dict[str, int]:
    state = render_queue.queue_state(studio, accounts.get_person(studio, name)["id"])
    return {state: number for state, number in state.items() if number}


def test_everybody_keeps_what_they_saw_when_a_studio_is_brought_up_to_date(old: Studio) -> None:
    for name in ("ana", "sue", "old"):
        assert project_members.projects_of(old, name) == ["A", "B"]
        assert counted(old, name) == {"queued": 1, "done": 2}
    assert project_members.projects_of(old, "ada") == []
    assert [row["code"] for row in projects.list_projects(old, 1)] == ["A", "B"]
    assert old.rows("PRAGMA foreign_key_check") == []
    since = project_members.list_members(old, "A")[0]["since"]
    assert (len(since), since[-6:]) == (len("2026-11-20T12:00:00.000000+00:00"), "+00:00")


@pytest.fixture
def two(studio: Studio) -> Scene:
    """SHOW with ana, ben and cas; OTHER with ben alone, and takes in both. eve is in none, ada an admin."""
    scene = Scene(studio)
    scene.takes(scene.brief(), 3)
    projects.add_project(studio, "OTHER", maker="ben")
    scene.shots["O_010"] = shots.add_shot(studio, "OTHER", "O_010")["id"]
    scene.takes(scene.brief(shot="O_010"), 3)
    for name, role in (("eve", "creative"), ("ada", "admin")):
        scene.people[name] = accounts.add_person(studio, name, role)["id"]
    return scene


SEEN = {"ana": ["SHOW"], "ben": ["OTHER", "SHOW"], "cas": ["SHOW"], "eve": [], "ada": ["OTHER", "SHOW"]}


@pytest.mark.parametrize("name", SEEN)
def test_each_sees_their_projects_and_what_is_in_them(two: Scene, name: str) -> None:
    studio, person, seen = two.studio, two.people[name], SEEN[name]
    assert [row["code"] for row in projects.list_projects(studio, person)] == seen
    assert {row["project_code"] for row in shots.list_shots(studio, person=person)} == set(seen)
    assert {row["project_code"] for row in briefs.list_briefs(studio, person=person)} == set(seen)
    assert counted(studio, name).get("done", 0) == 3 * len(seen)
    assert {pair["shot"]["project_code"] for pair in next_pairs(studio, person, 64)} == set(seen)
    for take in studio.rows(
        "SELECT t.id, t.brief, t.rendition, p.code FROM takes t JOIN projects p ON p.id = t.project"
    ):
        for kind, value in (("take", "id"), ("brief", "brief"), ("rendition", "rendition"), ("media", "rendition")):
            assert is_visible(studio, person, kind, take[value]) == (take["code"] in seen), (kind, take)
    assert project_members.sees_everything(studio, person) == (len(seen) == 2)


@pytest.mark.parametrize("kind", ["project", "shot", "brief", "take", "tag", "rendition", "media"])
@pytest.mark.parametrize("name", SEEN)
def test_nobody_sees_what_there_is_not(two: Scene, kind: str, name: str) -> None:
    for value in ("nothing", 0, -1, 2**62, None):
        assert not is_visible(two.studio, two.people[name], kind, value)


def test_what_is_hidden_is_refused_in_the_words_for_what_is_not_there(two: Scene) -> None:
    hidden = two.studio.value("SELECT max(id) FROM takes")
    for take in (hidden, hidden + 1):
        with pytest.raises(NotFound, match=f"^no take {take}$"):
            check_visible(two.studio, two.people["ana"], "take", 1, take)
    with pytest.raises(NotFound, match="no shot 'O_010'"):
        shots.find_shot(two.studio, "O_010", person=two.people["ana"])


def test_a_shot_code_that_two_projects_share_is_found_without_naming_the_hidden_one(two: Scene) -> None:
    shots.add_shot(two.studio, "OTHER", "S_010")
    assert shots.find_shot(two.studio, "S_010", person=two.people["ana"])["project_code"] == "SHOW"


def test_pairs_of_a_trial_are_for_members(two: Scene) -> None:
    from feedback.models import versions
    from feedback.trials import trials

    versions.register_candidate(two.studio, "v0001", "starter", [])
    trials.open_trial(two.studio, "v0001", [1, 2], 1)
    two.draw()
    given = set()
    for name, seen in SEEN.items():
        dealt = next_pairs(two.studio, two.people[name], 64)
        assert {pair["shot"]["project_code"] for pair in dealt} == set(seen), name
        trial_pairs = [pair for pair in dealt if pair["left"]["purpose"] == "trial"]
        assert {pair["shot"]["project_code"] for pair in trial_pairs} <= set(seen), name
        given |= {pair["shot"]["project_code"] for pair in trial_pairs}
    assert given, "a trial deals each pair to few, and to each person a part"


def test_who_is_removed_is_out_at_once_and_both_are_in_the_log(two: Scene) -> None:
    studio, ben = two.studio, two.people["ben"]
    for _ in range(2):
        project_members.remove_member(studio, "OTHER", "ben", actor="ada")
    assert not is_visible(studio, ben, "project", "OTHER")
    assert {pair["shot"]["project_code"] for pair in next_pairs(studio, ben, 64)} == {"SHOW"}
    for _ in range(2):
        project_members.add_member(studio, "OTHER", "ben", actor="ada")
    assert [row["name"] for row in project_members.list_members(studio, "OTHER")] == ["ben"]
    actions = [row["action"] for row in studio.rows("SELECT action FROM events WHERE subject = 'OTHER' ORDER BY id")]
    assert actions == ["project.member.add", "project.member.remove", "project.member.add"]
    assert audit_log.verify(studio)


@pytest.mark.parametrize(("code", "name"), [("NONE", "ana"), ("SHOW", "nobody"), ("\ud800", "ana"), ("", "")])
def test_members_are_people_of_projects(two: Scene, code: str, name: str) -> None:
    for change in (project_members.add_member, project_members.remove_member):
        with pytest.raises((NotFound, Invalid), match=r"no project|no person|half of a character"):
            change(two.studio, code, name)


def test_counts_follow_takes_through_all_their_states(two: Scene) -> None:
    from feedback.production import cancellation

    studio = two.studio
    ids = render_queue.queue_takes(studio, 2, [901, 902, 903])
    render_queue.lease_takes(studio, "w", 1)
    cancellation.cancel_takes(studio, ids[2:], actor="ben")
    assert counted(studio, "ben") == {"queued": 1, "leased": 1, "done": 6, "cancelled": 1}
    assert counted(studio, "ana") == {"done": 3}
    total = studio.rows("SELECT project, state, count(*) AS number FROM takes GROUP BY project, state ORDER BY 1, 2")
    rows = studio.rows("SELECT project, state, number FROM project_take_counts WHERE number ORDER BY 1, 2")
    assert rows == total


def test_a_file_is_looked_up_and_not_searched_for(two: Scene) -> None:
    """Pictures are asked for by the hundred: no query may read all takes."""
    for kind in ("rendition", "media", "source", "take", "brief"):
        statements: list[str] = []
        is_visible(two.studio, 1, kind, "ab" * 32)
        connection = two.studio._local.connection
        connection.set_trace_callback(statements.append)
        is_visible(two.studio, 1, kind, "ab" * 32)
        connection.set_trace_callback(None)
        plan = [row["detail"] for row in two.studio.rows(f"EXPLAIN QUERY PLAN {statements[0]}")]
        assert not [step for step in plan if step.startswith(("SCAN t", "SCAN b", "SCAN takes", "SCAN briefs"))], plan


def test_pairs_of_projects_and_briefs_that_came_later_are_for_their_members(two: Scene) -> None:
    studio = two.studio

    def dealt(name: str) -> set[str]:
        return {pair["shot"]["project_code"] for pair in next_pairs(studio, two.people[name], 64)}

    assert dealt("eve") == set()
    projects.add_project(studio, "THIRD", maker="eve")
    two.shots["T_010"] = shots.add_shot(studio, "THIRD", "T_010")["id"]
    assert dealt("eve") == set()
    for _ in range(3):
        two.takes(two.brief(shot="T_010"), 2)
        two.takes(two.brief(), 2)
        assert (dealt("eve"), dealt("cas")) == ({"THIRD"}, {"SHOW"})
    scoped = next_pairs(studio, two.people["eve"], 64, project="SHOW")
    assert scoped == []


def test_a_large_studio_is_not_read_for_each_pair(two: Scene) -> None:
    for _ in range(2):
        next_pairs(two.studio, two.people["cas"], 1)
    statements: list[str] = []
    connection = two.studio._local.connection
    connection.set_trace_callback(statements.append)
    next_pairs(two.studio, two.people["cas"], 1)
    connection.set_trace_callback(None)
    assert statements
    assert not [text for text in statements if "FROM briefs b JOIN shots" in text and "b.id >" in text]


def test_a_project_that_is_open_is_seen_by_whoever_comes(studio: Studio) -> None:
    projects.add_project(studio, "SCRATCH", open_to_all=True)
    projects.add_project(studio, "HIDDEN")
    new = accounts.add_person(studio, "new", "creative")["id"]
    assert [row["code"] for row in projects.list_projects(studio, new)] == ["SCRATCH"]
    check_visible(studio, new, "project", "SCRATCH")
    assert not is_visible(studio, new, "project", "HIDDEN")
