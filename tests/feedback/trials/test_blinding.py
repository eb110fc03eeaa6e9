"""Nobody who votes knows how a trial stands: whoever looks is written down, and votes in it no more."""

from __future__ import annotations

import json

import pytest

from feedback.errors import Forbidden, NotFound, Refused
from feedback.models import versions
from feedback.store import Studio
from feedback.trials import blinding, promotion, results, trials
from feedback.trials.counting import Limits
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    """A drawn trial of six pairs in which one person is enough."""
    made = Scene(studio)
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", [made.brief()], 6, limits=Limits(1, 1.0))
    made.draw()
    return made


def judge(scene: Scene, person: str, index: int, verdict: str = "left") -> None:
    row = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")[index]
    scene.judge(person, row["candidate_take"], row["baseline_take"], verdict)


def test_a_look_is_an_event_and_ends_the_lookers_part(scene: Scene) -> None:
    judge(scene, "ana", 0)
    seen = blinding.unblind_person(scene.studio, "v0001", scene.people["ana"])
    assert (seen["wins"], seen["pairs_judged"]) == (1, 1)
    judge(scene, "ana", 1)
    judge(scene, "ana", 0, "right")  # within the seconds in which others may undo
    record = results.trial_results(scene.studio, 1)
    assert (record["wins"], record["losses"], record["left"]) == (1, 0, 5)
    judge(scene, "ben", 1, "right")
    assert results.trial_results(scene.studio, 1)["losses"] == 1
    blinding.unblind_person(scene.studio, "v0001", scene.people["ana"])
    (event,) = scene.studio.rows("SELECT * FROM events WHERE action = 'trial.unblind'")
    assert (event["actor"], event["subject"]) == ("ana", "1")
    assert json.loads(event["detail"]) == {"candidate": "v0001", "baseline": "starter", "last_ballot": 1}


def test_only_supervisors_look_and_only_at_what_is_open(scene: Scene) -> None:
    with pytest.raises(Forbidden, match="ben is a creative"):
        blinding.unblind_person(scene.studio, "v0001", scene.people["ben"])
    with pytest.raises(NotFound, match="v0009"):
        blinding.unblind_person(scene.studio, "v0009", scene.people["ana"])
    trials.close_trial(scene.studio, 1)
    with pytest.raises(NotFound, match="plays no trial"):
        blinding.unblind_person(scene.studio, "v0001", scene.people["ana"])
    assert not scene.studio.rows("SELECT * FROM trial_unblindings")


def test_the_standing_is_for_whoever_looked_and_for_everybody_when_the_trial_is_over(scene: Scene) -> None:
    judge(scene, "ben", 0)
    blinding.unblind_person(scene.studio, "v0001", scene.people["ana"])

    def sentence(person: str | None) -> str | None:
        who = None if person is None else scene.people[person]
        return blinding.describe_version(scene.studio, "v0001", who)["trial_sentence"]

    assert sentence("ben") == sentence(None) == blinding.BLIND
    assert "won 1 of 1 blind pair" in (sentence("ana") or "")
    trials.close_trial(scene.studio, 1)
    assert sentence("ben") == sentence("ana") == sentence(None) != blinding.BLIND


@pytest.mark.parametrize("verdict", ["left", "right", "tie"])
def test_a_refused_promotion_tells_only_what_is_missing(scene: Scene, verdict: str) -> None:
    for index in range(6):
        judge(scene, "ben", index, verdict)
    for person in (None, scene.people["ana"]):
        with pytest.raises(Refused) as refused:
            promotion.promote(scene.studio, "v0001", person)
        assert str(refused.value) == (
            "v0001 is not proven: how its trial stands is shown when it is over; all its pairs are judged, and the next"
            " `circletake nightly` adds more"
        )
