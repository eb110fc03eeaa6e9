"""Nights advance trials: more pairs while undecided, an end when lost, one at a time, and a line for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from feedback.errors import Invalid, Refused
from feedback.models import runs, versions
from feedback.production import render_queue
from feedback.rights.consents import add_consent
from feedback.rights.contributors import add_contributor
from feedback.store import Studio
from feedback.trials import promotion, results, trials
from feedback.trials.counting import Limits
from feedback.trials.deciders import PromotionRule
from feedback.trials.lifecycle import open_trials
from finetune.jobs import trial_lifecycle as module
from finetune.jobs.trial_lifecycle import advance_trials, next_candidate, open_missing_trial, start_trial, trial_briefs
from tests.factories import add_person
from tests.feedback.scene import Scene

ALONE = Limits(people=1, share=1.0)  # one rater decides, so that these tests need only one


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Three briefs with a judged pair each, one without, and the candidate v0001 of a finished run."""
    made = Scene(Studio.create(tmp_path / "studio"))
    for number in range(3):
        left, right = made.takes(made.brief(f"prompt {number}"))
        made.judge("ben", left, right, "left")
    made.takes(made.brief("nobody judged this"))
    tuned(made, "v0001")
    return made


def tuned(scene: Scene, name: str) -> str:
    """A candidate as a night makes it, without the hours."""
    run = runs.start_run(scene.studio, "guided", {"heldout_share": 0.2}, "0" * 64, f"runs/{name}", [])
    versions.register_candidate(scene.studio, name, "starter", [], run)
    runs.finish_run(scene.studio, run, name, {})
    return name


def judge(scene: Scene, trial: int, wins: int, losses: int, verdict: str = "tie") -> None:
    """Draws and judges all pairs that were not: some won, some lost, the others with the verdict."""
    scene.draw()
    rows = scene.studio.rows(
        "SELECT * FROM trial_pairs tp WHERE trial = ? AND NOT EXISTS"
        ' (SELECT 1 FROM ballots b WHERE b.trial = tp.trial AND tp.candidate_take IN (b."left", b."right")) ORDER BY id',
        (trial,),
    )
    for index, row in enumerate(rows):
        given = "left" if index < wins else "right" if index < wins + losses else verdict
        scene.judge("ben", row["candidate_take"], row["baseline_take"], given)


def test_trial_is_played_on_judged_briefs_those_used_least_first(scene: Scene) -> None:
    assert trial_briefs(scene.studio, "v0001") == [1, 2, 3]
    trial = start_trial(scene.studio, "v0001", 4)
    assert results.trial_results(scene.studio, trial)["pairs"] == 4
    assert trials.pairs_by_brief(scene.studio, "v0001") == {1: 2, 2: 1, 3: 1}
    left, right = scene.takes(scene.brief("judged since"))
    scene.judge("ben", left, right, "left")
    assert trial_briefs(scene.studio, "v0001") == [5, 2, 3, 1]


def test_what_may_be_learned_from_and_not_drawn_is_no_brief_of_a_trial(scene: Scene) -> None:
    add_contributor(scene.studio, "Ada Lovelace")
    words = {"subject": "likeness", "uses": ["training"], "described": "a face"}
    with scene.studio.writing() as db:
        db.execute("INSERT INTO brief_contributors (brief, contributor) VALUES (2, 1)")
    add_consent(scene.studio, "Ada Lovelace", **words)
    assert trial_briefs(scene.studio, "v0001") == [1, 3]
    trial = start_trial(scene.studio, "v0001", 4)  # and is not refused for it
    assert trials.pairs_by_brief(scene.studio, "v0001") == {1: 2, 3: 2}
    assert results.trial_results(scene.studio, trial)["pairs"] == 4


def test_no_trial_without_a_judged_brief_or_a_candidate(tmp_path: Path) -> None:
    empty = Scene(Studio.create(tmp_path / "empty"))
    tuned(empty, "v0001")
    with pytest.raises(Refused, match="nothing was judged yet, so there is no brief to try v0001 on"):
        start_trial(empty.studio, "v0001")
    with pytest.raises(Invalid, match="starter is production: only a candidate plays a trial"):
        start_trial(empty.studio, "starter")


def test_undecided_trial_gets_as_many_pairs_again_once_all_are_judged(scene: Scene) -> None:
    trial, opened = open_missing_trial(scene.studio, 6, ALONE)
    assert (trial, opened) == (1, ["trial 1 is open: v0001 plays 6 pairs against starter"])
    assert advance_trials(scene.studio, 6) == []  # pairs are left
    judge(scene, 1, wins=3, losses=2)
    assert advance_trials(scene.studio, 6) == ["trial 1 of v0001 is undecided, and has 6 more pairs to judge"]
    assert advance_trials(scene.studio, 6) == []  # a second start of the same night
    record = results.trial_results(scene.studio, 1)
    assert (record["pairs"], record["pairs_judged"], record["left"]) == (12, 6, 6)
    assert render_queue.queue_state(scene.studio)["queued"] == 12
    assert trials.pairs_by_brief(scene.studio, "v0001") == {1: 4, 2: 4, 3: 4}
    assert scene.studio.value("SELECT COUNT(*) FROM events WHERE action = 'trial.extend'") == 1


def test_lost_trial_is_closed_and_its_version_rejected(scene: Scene) -> None:
    trial, _ = open_missing_trial(scene.studio, 24, ALONE)
    assert trial == 1
    judge(scene, 1, wins=1, losses=20, verdict="skip")
    assert advance_trials(scene.studio, 24) == [
        "v0001 won 1 of 21 blind pairs against starter (at most 41 %, 95 % sure): lost, so v0001 is rejected and trial 1 closed"
    ]
    assert versions.get_version(scene.studio, "v0001")["state"] == "rejected"
    assert trials.get_trial(scene.studio, 1)["reason"] == (
        "v0001 was rejected: its trial was lost, with at most 41 % of 21 pairs"
    )
    event = scene.studio.row("SELECT * FROM events WHERE action = 'version.reject'")
    assert event is not None
    assert event["actor"] == "studio"
    assert open_missing_trial(scene.studio, 24, ALONE) == (None, [])


def test_lost_is_decided_before_all_pairs_are_judged_and_a_few_losses_are_not_enough(scene: Scene) -> None:
    open_missing_trial(scene.studio, 24, ALONE)
    scene.draw()
    rows = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")
    for row in rows[:5]:
        scene.judge("ben", row["candidate_take"], row["baseline_take"], "right")
    assert advance_trials(scene.studio, 24) == []
    for row in rows[5:15]:
        scene.judge("ben", row["candidate_take"], row["baseline_take"], "right")
    assert advance_trials(scene.studio, 24)[0].startswith("v0001 won 0 of 15")
    assert not open_trials(scene.studio)


def test_whoever_decides_in_the_same_moment_goes_first(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    open_missing_trial(scene.studio, 24, ALONE)
    judge(scene, 1, wins=0, losses=24)
    proof = results.pooled_results(scene.studio, "v0001", "starter")

    def promoted_meanwhile(*given: object) -> dict[str, Any]:
        promotion.promote(scene.studio, "v0001", force=True, reason="the director asked")
        return proof

    monkeypatch.setattr(module, "pooled_results", promoted_meanwhile)
    (line,) = advance_trials(scene.studio, 24)
    assert line.startswith("trial 1 of v0001 is left as it is: production is v0001 by now, not starter")
    assert versions.get_version(scene.studio, "v0001")["state"] == "production"


def test_won_trial_waits_for_a_person(scene: Scene) -> None:
    open_missing_trial(scene.studio, 24, ALONE)
    judge(scene, 1, wins=23, losses=1)
    (line,) = advance_trials(scene.studio, 24)
    assert line.endswith("v0001 is proven: promote it with `circletake versions promote v0001`")
    assert results.trial_results(scene.studio, 1)["pairs"] == 24
    assert promotion.promote(scene.studio, "v0001")["state"] == "production"


def test_night_promotes_what_three_people_proved(scene: Scene) -> None:
    scene.people["dee"] = add_person(scene.studio, "dee", "creative")["id"]
    open_missing_trial(scene.studio, 24)
    scene.draw()
    for number, row in enumerate(scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")):
        scene.judge(("ben", "cas", "dee")[number % 3], row["candidate_take"], row["baseline_take"], "left")
    assert advance_trials(scene.studio, 24) == ["v0001 is proven: promote it with `circletake versions promote v0001`"]
    (line,) = advance_trials(scene.studio, 24, rule=PromotionRule(automatic=True))
    assert line.startswith("v0001 won 24 of 24 blind pairs")
    assert line.endswith("proven, so v0001 is in production")
    assert versions.production_version(scene.studio) == "v0001"
    assert scene.studio.value("SELECT person FROM promotions ORDER BY id DESC") == "studio"


def test_night_promotes_by_no_fewer_than_three_people_whatever_the_trial_says(scene: Scene) -> None:
    open_missing_trial(scene.studio, 24, ALONE)
    judge(scene, 1, wins=23, losses=1)
    (line,) = advance_trials(scene.studio, 24, rule=PromotionRule(automatic=True))
    assert line == (
        "warning: v0001 is proven, but not promoted by itself, as 1 of the 3 people needed have judged: promote it with"
        " `circletake versions promote v0001`"
    )
    assert versions.production_version(scene.studio) == "starter"


def test_night_waits_for_as_many_people_as_its_rule_asks_for(scene: Scene) -> None:
    scene.people["dee"] = add_person(scene.studio, "dee", "creative")["id"]
    open_missing_trial(scene.studio, 24)
    scene.draw()
    rows = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")
    for number, row in enumerate(rows[:-1]):
        scene.judge(("ben", "cas", "dee")[number % 3], row["candidate_take"], row["baseline_take"], "left")
    four = PromotionRule(automatic=True, people=4)
    (line,) = advance_trials(scene.studio, 24, rule=four)
    assert "as 3 of the 4 people needed have judged" in line
    assert versions.production_version(scene.studio) == "starter"
    scene.judge("ana", rows[-1]["candidate_take"], rows[-1]["baseline_take"], "tie")
    assert "proven, so v0001 is in production" in advance_trials(scene.studio, 24, rule=four)[0]


def test_night_warns_of_too_few_people_and_tells_no_more(scene: Scene) -> None:
    open_missing_trial(scene.studio, 12)
    judge(scene, 1, wins=4, losses=0)
    warning = "warning: trial 1 of v0001 is not counted: 1 of the 3 people needed have judged"
    assert advance_trials(scene.studio, 12) == [warning]


def test_newer_candidate_waits_for_the_trial_that_goes_on(scene: Scene) -> None:
    open_missing_trial(scene.studio, 6, ALONE)
    tuned(scene, "v0002")
    assert open_missing_trial(scene.studio, 6, ALONE) == (None, ["v0002 waits: trial 1 of v0001 is not over"])
    promotion.reject(scene.studio, "v0001", reason="a test")
    assert open_missing_trial(scene.studio, 6, ALONE)[0] == 2
    assert trials.get_trial(scene.studio, 2)["candidate"] == "v0002"


def test_trial_that_stays_undecided_makes_room_for_a_newer_candidate(scene: Scene) -> None:
    open_missing_trial(scene.studio, 6, ALONE)
    tuned(scene, "v0002")
    for round_ in range(1, 5):
        judge(scene, 1, wins=3, losses=3)
        (line,) = advance_trials(scene.studio, 6)
        assert ("6 more pairs" in line) == (round_ < 4)
    assert line == "trial 1 of v0001 is closed: undecided after 24 pairs, and v0002 learned from more"
    assert versions.get_version(scene.studio, "v0001")["state"] == "candidate"
    assert open_missing_trial(scene.studio, 6, ALONE)[0] == 2


def test_undecided_trial_goes_on_while_nobody_waits(scene: Scene) -> None:
    open_missing_trial(scene.studio, 6, ALONE)
    for _ in range(5):
        judge(scene, 1, wins=3, losses=3)
        assert "6 more pairs" in advance_trials(scene.studio, 6)[0]


def test_trial_whose_takes_all_failed_is_closed(scene: Scene) -> None:
    open_missing_trial(scene.studio, 3, ALONE)
    while leased := render_queue.lease_takes(scene.studio, "test", 100):
        for take in leased:
            render_queue.fail_take(scene.studio, take["id"], "test", "the adapter is missing")
    assert advance_trials(scene.studio, 3) == [
        "trial 1 of v0001 is closed: none of its pairs could be judged: see `circletake doctor` for takes that failed"
    ]
    assert next_candidate(scene.studio) is None  # it is not tried again by itself


def test_moot_trial_is_closed_and_the_candidate_tried_against_the_new_production(scene: Scene) -> None:
    open_missing_trial(scene.studio, 6, ALONE)
    versions.register_candidate(scene.studio, "other", "starter", [])
    promotion.promote(scene.studio, "other", force=True, reason="a test")
    assert not open_trials(scene.studio)
    trial, lines = open_missing_trial(scene.studio, 6, ALONE)
    assert lines == [f"trial {trial} is open: v0001 plays 6 pairs against other"]
    with scene.studio.writing() as db:  # as an older Circletake would have left it
        db.execute("UPDATE trials SET state = 'open', closed = NULL WHERE id = 1")
    assert advance_trials(scene.studio, 6) == [
        "trial 1 of v0001 is closed: other is in production now, and this trial was against starter"
    ]
