"""Takes that somebody withdraws are not drawn, dealt or learned from, and stay in the record."""

from __future__ import annotations

import json

import pytest

from feedback.errors import Forbidden, NotFound
from feedback.models import versions
from feedback.pair_selection.next_pairs import next_pairs
from feedback.preferences import dataset
from feedback.production import cancellation, render_queue, takes
from feedback.production.render_queue import LeaseLost
from feedback.store import Studio, audit_log
from feedback.trials import results, trials
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def states(scene: Scene, ids: list[int]) -> list[str]:
    return [takes.get_take(scene.studio, id)["state"] for id in ids]


def test_queued_and_running_takes_are_withdrawn_and_the_worker_learns_of_it(scene: Scene) -> None:
    brief = scene.brief()
    ids = render_queue.queue_takes(scene.studio, brief, [1, 2, 3, 4])
    render_queue.lease_takes(scene.studio, "w", 2)
    outcome = cancellation.cancel_takes(scene.studio, ids[1:3], actor="ana")
    assert outcome == {"cancelled": ids[1:3], "too_late": []}
    assert states(scene, ids) == ["leased", "cancelled", "cancelled", "queued"]
    assert render_queue.renew_leases(scene.studio, "w", {ids[0]: 0.5, ids[1]: 0.5}, 60) == {ids[1]}
    with pytest.raises(LeaseLost, match=f"take {ids[1]} was cancelled"):
        render_queue.fail_take(scene.studio, ids[1], "w", "too late")
    assert render_queue.give_back(scene.studio, "w") == 1
    assert [take["id"] for take in render_queue.lease_takes(scene.studio, "w", 9)] == [ids[0], ids[3]]
    assert takes.get_take(scene.studio, ids[1])["seed"] == 2
    assert render_queue.count_unfinished(scene.studio, ids) == 2


def test_all_of_a_brief_and_nothing_else(scene: Scene) -> None:
    brief, other = scene.brief(), scene.brief("another")
    done = scene.takes(brief)
    waiting = render_queue.queue_takes(scene.studio, brief, [7, 8])
    (kept,) = render_queue.queue_takes(scene.studio, other, [9])
    assert cancellation.cancel_brief(scene.studio, brief, actor="ana") == {"cancelled": waiting, "too_late": []}
    assert states(scene, [*done, *waiting, kept]) == ["done"] * 2 + ["cancelled"] * 2 + ["queued"]
    assert cancellation.cancel_brief(scene.studio, brief, actor="ana")["cancelled"] == []
    with pytest.raises(NotFound, match="no brief 99"):
        cancellation.cancel_brief(scene.studio, 99, actor="ana")


def test_it_is_safe_to_try_again_and_too_late_for_what_is_done(scene: Scene) -> None:
    (done,) = scene.takes(scene.brief(), 1)
    (waiting,) = render_queue.queue_takes(scene.studio, scene.brief(), [1])
    for _ in range(2):
        outcome = cancellation.cancel_takes(scene.studio, [done, waiting], actor="ana")
        assert outcome == {"cancelled": [waiting], "too_late": [done]}
    with pytest.raises(NotFound, match="no take 99"):
        cancellation.cancel_takes(scene.studio, [waiting, 99], actor="ana")
    (event,) = [row for row in audit_log.list_events(scene.studio) if row["action"] == "takes.cancel"]
    brief = str(takes.get_take(scene.studio, waiting)["brief"])
    assert (event["actor"], event["subject"], json.loads(event["detail"])) == ("ana", brief, {"takes": [waiting]})
    audit_log.verify(scene.studio)


def test_another_persons_takes_are_not_withdrawn(scene: Scene) -> None:
    ids = render_queue.queue_takes(scene.studio, scene.brief(), [1])
    for withdraw in (
        lambda author: cancellation.cancel_takes(scene.studio, ids, actor=author, own_only=True),
        lambda author: cancellation.cancel_brief(scene.studio, 1, actor=author, own_only=True),
    ):
        with pytest.raises(Forbidden, match="brief 1 was written by ana"):
            withdraw("ben")
    assert states(scene, ids) == ["queued"]
    assert cancellation.cancel_takes(scene.studio, ids, actor="ana", own_only=True)["cancelled"] == ids


def test_takes_of_an_open_trial_end_with_the_trial(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    brief = scene.brief()
    trial = trials.open_trial(scene.studio, "v0001", [brief])
    ids = [row["id"] for row in takes.list_takes(scene.studio, brief=brief, with_hidden=True)]
    with pytest.raises(NotFound, match="takes of an open trial end with"):
        cancellation.cancel_takes(scene.studio, ids[:1], actor="ana")
    assert cancellation.cancel_brief(scene.studio, brief, actor="ana")["cancelled"] == []
    trials.close_trial(scene.studio, trial)
    assert cancellation.cancel_brief(scene.studio, brief, actor="ana")["cancelled"] == ids


def test_what_is_cancelled_is_neither_dealt_nor_learned_from_nor_left_to_judge(scene: Scene) -> None:
    brief = scene.brief()
    a, b = scene.takes(brief)
    (waiting,) = render_queue.queue_takes(scene.studio, brief, [9])
    cancellation.cancel_takes(scene.studio, [waiting], actor="ana")
    pairs = next_pairs(scene.studio, scene.people["ben"], 9)
    assert [{pair["left"]["id"], pair["right"]["id"]} for pair in pairs] == [{a, b}]
    scene.judge("ben", a, b, "left")
    assert set(dataset.collect(scene.studio).takes) == {str(a), str(b)}
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trial = trials.open_trial(scene.studio, "v0001", [brief])
    assert results.trial_results(scene.studio, trial)["left"] == 1
    with scene.studio.writing() as db:
        db.execute("UPDATE takes SET state = 'cancelled' WHERE purpose = 'trial' AND requested_version = 'v0001'")
    assert results.trial_results(scene.studio, trial)["left"] == 0
