"""The list of briefs: how far each is, for whom, and that it is sent again only when something has changed."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from feedback.people import project_members
from feedback.production import briefs, cancellation, render_queue
from feedback.store import Studio
from tests.factories import add_brief, add_person, finish
from tests.ui.conftest import with_token

EVIL = '"><script>alert(1)</script>'


def listed(client: TestClient, brief: int | None = None, **query: Any) -> Any:
    answer = client.get("/api/briefs", params=query)
    assert answer.status_code == 200, answer.text
    assert "version" not in answer.text
    rows = answer.json()["briefs"]
    return rows if brief is None else next(row for row in rows if row["id"] == brief)


def test_briefs_tell_how_far_their_takes_are(ana: TestClient, studio: Studio) -> None:
    brief = add_brief(studio, "ana", f"a house {EVIL}")
    ids = render_queue.queue_takes(studio, brief["id"], range(4))
    assert render_queue.lease_takes(studio, "worker", 2)
    render_queue.renew_leases(studio, "worker", {ids[0]: 0.5}, 60)
    render_queue.fail_take(studio, ids[1], "worker", f"no memory {EVIL}")
    row = listed(ana, brief["id"])
    assert row["prompt"] == f"a house {EVIL}"
    assert (row["project"], row["shot"], row["author"], row["based_on"]) == ("TEST", "T_010", "ana", None)
    assert sorted((take["state"], take["progress"]) for take in row["takes"]) == [
        ("failed", 0.0),
        ("leased", 0.5),
        ("queued", 0.0),
        ("queued", 0.0),
    ]
    assert row["before"] == 0
    assert ana.get("/api/briefs").json()["totals"] == {"waiting": 3, "done": 9, "failed": 1}


def test_cancelled_takes_are_counted_and_shown_nowhere(
    ana: TestClient, sue: TestClient, client: TestClient, studio: Studio
) -> None:
    add_person(studio, "ben", "creative")
    brief = add_brief(studio, "ana", "a house withdrawn")
    ids = render_queue.queue_takes(studio, brief["id"], range(3))
    ben = with_token(client, studio, "ben")
    assert [listed(each, brief["id"])["may_change"] for each in (ana, sue, ben)] == [True, True, False]
    cancellation.cancel_takes(studio, ids[:2], actor="ana")
    row = listed(ana, brief["id"])
    assert (len(row["takes"]), row["cancelled"]) == (1, 2)
    cancellation.cancel_brief(studio, brief["id"], actor="ana")
    row = listed(ana, brief["id"])
    assert (len(row["takes"]), row["cancelled"], row["before"]) == (0, 3, None)


def test_the_state_changes_whenever_the_list_does(ana: TestClient, studio: Studio) -> None:
    brief = add_brief(studio, "ana", "a new one")
    known = {ana.get("/api/briefs").json()["state"]}
    first, second, third = render_queue.queue_takes(studio, brief["id"], [1, 2, 3])

    def change_by(*steps: object) -> None:
        before = ana.get("/api/briefs").json()
        assert before["state"] not in known
        known.add(before["state"])
        same = ana.get("/api/briefs", params={"state": before["state"]}).json()
        assert (same["state"], same["briefs"]) == (before["state"], None)

    change_by()
    change_by(render_queue.lease_takes(studio, "test", 2))
    change_by(render_queue.renew_leases(studio, "test", {first: 0.5}, 60))
    change_by(finish(studio, first))
    change_by(render_queue.fail_take(studio, second, "test", "out of memory"))
    change_by(cancellation.cancel_takes(studio, [third], actor="ana", own_only=True))
    change_by(render_queue.queue_takes(studio, brief["id"], [4]))
    change_by(render_queue.lease_takes(studio, "test", 1), render_queue.give_back(studio, "test", "the disk is full"))
    assert ana.get("/api/briefs").json()["obstacle"] == "the disk is full"


def test_whoever_signs_in_gets_their_own_list(ana: TestClient, sue: TestClient) -> None:
    state = ana.get("/api/briefs").json()["state"]
    assert sue.get("/api/briefs", params={"state": state}).json()["briefs"] is not None


def test_older_briefs_come_by_the_last_that_was_shown(ana: TestClient, studio: Studio) -> None:
    for number in range(8):
        add_brief(studio, "ana", f"number {number}")
    first = ana.get("/api/briefs").json()
    assert (len(first["briefs"]), first["more"]) == (8, True)
    rest = ana.get("/api/briefs", params={"before": first["briefs"][-1]["id"]}).json()
    assert (len(rest["briefs"]), rest["more"]) == (3, False)
    assert [row["id"] for row in (*first["briefs"], *rest["briefs"])] == list(range(11, 0, -1))


def test_ones_own_briefs_alone(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    brief = add_brief(studio, "sue", "of sue")
    assert [row["id"] for row in listed(sue, mine=True)] == [brief["id"]]
    assert brief["id"] not in [row["id"] for row in listed(ana, mine=True)]


def test_briefs_of_other_projects_are_not_there(sue: TestClient, client: TestClient, studio: Studio) -> None:
    form = {"place": "NEW/S_010", "prompt": "a secret", "takes": 1}
    assert sue.post("/api/briefs/queue", json=form).status_code == 201
    ana = with_token(client, studio, "ana")
    assert "a secret" not in ana.get("/api/briefs").text
    project_members.add_member(studio, "NEW", "ana")
    assert "a secret" in ana.get("/api/briefs").text


def test_nothing_is_said_of_the_time_while_no_worker_draws(ana: TestClient, studio: Studio) -> None:
    brief = briefs.list_briefs(studio)[-1]["id"]
    with studio.writing() as db:
        db.execute("UPDATE takes SET started = '2026-01-01T00:00:00+00:00', finished = '2026-01-01T00:00:21+00:00'")
    render_queue.queue_takes(studio, brief, [9, 10])
    assert (listed(ana, brief)["before"], listed(ana, brief)["seconds"]) == (0, None)
    render_queue.lease_takes(studio, "w", 1)
    assert listed(ana, brief)["seconds"] == 15, "three were drawn together in 21 seconds, and two are left: 14"


def test_the_newest_briefs_are_those_at_the_end_of_the_list(studio: Studio) -> None:
    add_brief(studio, "ana", "another")
    assert briefs.newest_briefs(studio, 2) == briefs.list_briefs(studio)[:-3:-1]
