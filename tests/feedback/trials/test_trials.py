"""A trial is blind, fair, and counted so that looking at it every morning is allowed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.models import versions
from feedback.store import Studio
from feedback.trials import blinding, promotion, results, trials
from feedback.trials.counting import Limits
from tests.feedback.scene import Scene, uid

ALONE = Limits(people=1, share=1.0)  # one rater decides, so that these tests need only one
ADAPTER = {"folder": "models/v0001", "sha256": "a" * 64, "weight": 1.0}


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    versions.register_candidate(studio, "v0001", "starter", [ADAPTER])
    return made


def pairs_of(scene: Scene, trial: int) -> list[tuple[int, int]]:
    rows = scene.studio.rows("SELECT * FROM trial_pairs WHERE trial = ? ORDER BY id", (trial,))
    return [(row["candidate_take"], row["baseline_take"]) for row in rows]


def judge_all(scene: Scene, trial: int, wins: int, losses: int = 0, person: str = "ben") -> None:
    """The candidate wins the first pairs and loses the next; its side alternates."""
    for index, (candidate, baseline) in enumerate(pairs_of(scene, trial)[: wins + losses]):
        left, right = (candidate, baseline) if index % 2 else (baseline, candidate)
        winner = candidate if index < wins else baseline
        scene.judge(person, left, right, "left" if winner == left else "right")


def open_drawn(scene: Scene, briefs: int = 3, seeds: int = 1) -> int:
    trial = trials.open_trial(
        scene.studio, "v0001", [scene.brief(f"prompt {k}") for k in range(briefs)], seeds, limits=ALONE
    )
    scene.draw()
    return trial


def test_both_versions_draw_the_same_briefs_with_fresh_seeds(scene: Scene) -> None:
    brief = scene.brief()
    scene.takes(brief, 3)
    trial = trials.open_trial(scene.studio, "v0001", [brief, scene.brief("another")], seeds_per_brief=4)
    rows = scene.studio.rows(
        "SELECT tp.brief, c.brief AS cb, b.brief AS bb, c.requested_version AS cv, b.requested_version AS bv,"
        " c.seed AS cs, b.seed AS bs, c.purpose FROM trial_pairs tp"
        " JOIN takes c ON c.id = tp.candidate_take JOIN takes b ON b.id = tp.baseline_take WHERE trial = ?",
        (trial,),
    )
    assert len(rows) == 8
    assert all(row["brief"] == row["cb"] == row["bb"] for row in rows)
    assert {(row["cv"], row["bv"], row["purpose"]) for row in rows} == {("v0001", "starter", "trial")}
    seeds = [row[key] for row in rows for key in ("cs", "bs")]
    assert len(set(seeds)) == 16
    assert not set(seeds) & {0, 1, 2}


def test_order_of_ids_tells_nothing(scene: Scene) -> None:
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()], seeds_per_brief=60)
    first = sum(candidate < baseline for candidate, baseline in pairs_of(scene, trial))
    assert 12 < first < 48  # a fair coin leaves this range once in a million trials


def test_record_counts_one_outcome_per_pair(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=5)
    (c1, b1), (c2, b2), (c3, b3), (c4, b4), _ = pairs_of(scene, trial)
    scene.judge("ben", c1, b1, "left")
    scene.judge("cas", b1, c1, "left")  # second rater of the pair: does not count
    scene.judge("ben", b2, c2, "left")
    scene.judge("cas", c3, b3, "skip")
    scene.judge("ben", c3, b3, "tie")
    scene.judge("ben", b4, c4, "both_bad")
    record = results.trial_results(scene.studio, trial)
    assert {key: record[key] for key in ("wins", "losses", "ties", "pairs_judged", "pairs", "win_rate", "raters")} == {
        "wins": 1,
        "losses": 1,
        "ties": 2,
        "pairs_judged": 4,
        "pairs": 5,
        "win_rate": 0.5,
        "raters": 1,
    }
    assert record["low"] < 0.5 < record["high"]


def test_changed_mind_of_the_first_rater_counts(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=1)
    candidate, baseline = pairs_of(scene, trial)[0]
    scene.judge("ben", candidate, baseline, "right")
    scene.judge("cas", candidate, baseline, "right")
    scene.judge("ben", baseline, candidate, "right")
    assert results.trial_results(scene.studio, trial)["wins"] == 1


def test_a_verdict_taken_back_leaves_the_pair_to_the_next_rater(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=1)
    candidate, baseline = pairs_of(scene, trial)[0]
    slip = scene.judge("ben", candidate, baseline, "right")
    scene.judge("ben", candidate, baseline, "skip")
    assert results.trial_results(scene.studio, trial)["pairs_judged"] == 1
    scene.undo("ben", slip)
    assert results.trial_results(scene.studio, trial)["pairs_judged"] == 0
    scene.judge("cas", candidate, baseline, "left")
    assert results.trial_results(scene.studio, trial)["wins"] == 1


def cast_later(scene: Scene, person: str, left: int, right: int, verdict: str, seconds: float) -> None:
    """The row of a ballot that a person cast so many seconds after the newest one, superseding their own."""
    newest = scene.studio.row("SELECT * FROM ballots ORDER BY id DESC LIMIT 1") or {}
    who = scene.people[person]
    superseded = scene.studio.value("SELECT MAX(id) FROM ballots WHERE person = ?", (who,))
    moment = (datetime.fromisoformat(newest["created"]) + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
    row = {"uid": uid(), "person": who, "left": left, "right": right, "verdict": verdict, "created": moment}
    with scene.studio.writing() as db:
        db.table("ballots").insert({**row, "elapsed_ms": 900, "trial": newest["trial"], "supersedes": superseded})


@pytest.mark.parametrize(
    ("verdicts", "wins", "losses"),
    [
        ([("left", 0), ("right", 3)], 0, 1),  # a slip, mended at once
        ([("left", 0), ("right", 3600)], 1, 0),  # whoever votes again later proves nothing
        ([("left", 0), ("skip", 3600)], 1, 0),
        ([("left", 0), ("skip", 3600), ("right", 2)], 1, 0),
        ([("left", 0), ("right", 8), ("left", 8)], 0, 1),  # within seconds of the first, and not of the last
        ([("left", 0), ("skip", 3)], 0, 0),
        ([("left", 0), ("skip", 3), ("right", 60)], 0, 1),  # undone, then looked at again
        ([("left", 0), ("skip", 3), ("right", 60), ("left", 60)], 0, 1),
        ([("skip", 0), ("left", 3600)], 1, 0),
        ([("left", 0), ("right", -3600)], 1, 0),  # the clock was set back in between
        ([("tie", 0), ("left", 600)], 0, 0),
    ],
)
def test_the_first_verdict_counts(scene: Scene, verdicts: list[tuple[str, float]], wins: int, losses: int) -> None:
    trial = open_drawn(scene, briefs=1)
    candidate, baseline = pairs_of(scene, trial)[0]
    scene.judge("ben", candidate, baseline, verdicts[0][0])
    for verdict, seconds in verdicts[1:]:
        cast_later(scene, "ben", candidate, baseline, verdict, seconds)
    record = results.trial_results(scene.studio, trial)
    assert (record["wins"], record["losses"]) == (wins, losses)


def test_whoever_undid_a_verdict_comes_after_those_who_voted_meanwhile(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=1)
    candidate, baseline = pairs_of(scene, trial)[0]
    scene.judge("ben", candidate, baseline, "left")
    cast_later(scene, "cas", candidate, baseline, "right", 1)
    cast_later(scene, "ben", candidate, baseline, "skip", 1)
    cast_later(scene, "ben", candidate, baseline, "left", 60)
    record = results.trial_results(scene.studio, trial)
    assert (record["wins"], record["losses"], record["pairs_judged"]) == (0, 1, 1)


def test_sentence_says_what_was_won_and_how_sure(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=1, seeds=30)
    empty = results.trial_results(scene.studio, trial)
    assert results.describe_results(empty) == "v0001: none of 30 blind pairs is judged yet"
    assert (empty["win_rate"], empty["low"], empty["high"]) == (None, 0.0, 1.0)
    judge_all(scene, trial, wins=25, losses=5)
    assert results.describe_results(results.trial_results(scene.studio, trial)) == (
        "v0001 won 25 of 30 blind pairs against starter (at least 55 %, 95 % sure)"
    )


def test_promotion_needs_the_lower_bound_above_one_half(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=1, seeds=40)
    with pytest.raises(Refused, match="0 of the 1 people needed have judged its pairs"):
        promotion.promote(scene.studio, "v0001")
    judge_all(scene, trial, wins=6, losses=2)
    with pytest.raises(Refused, match="shown when it is over; judge the 32 of its pairs that are left"):
        promotion.promote(scene.studio, "v0001")
    judge_all(scene, trial, wins=35, losses=5, person="cas")
    assert promotion.promote(scene.studio, "v0001", scene.people["ana"])["state"] == "production"
    assert trials.get_trial(scene.studio, trial)["state"] == "closed"
    assert blinding.describe_version(scene.studio, "v0001")["trial"]["pairs_judged"] == 40


def test_second_trial_adds_to_the_first_and_cannot_replace_it(scene: Scene) -> None:
    first = open_drawn(scene, briefs=1, seeds=20)
    judge_all(scene, first, wins=2, losses=18)
    trials.close_trial(scene.studio, first)
    second = open_drawn(scene, briefs=1, seeds=20)
    judge_all(scene, second, wins=20)
    assert results.trial_results(scene.studio, second)["low"] > 0.5
    assert results.pooled_results(scene.studio, "v0001", "starter")["pairs_judged"] == 40
    with pytest.raises(Refused, match="shown when it is over"):
        promotion.promote(scene.studio, "v0001")
    trials.close_trial(scene.studio, second)
    with pytest.raises(Refused, match=r"won 22 of 40 .* must be above 50 %"):
        promotion.promote(scene.studio, "v0001")


def test_trial_against_a_former_production_is_no_proof(scene: Scene) -> None:
    trial = open_drawn(scene, briefs=1, seeds=20)
    judge_all(scene, trial, wins=20)
    versions.register_candidate(scene.studio, "v0002", "starter", [])
    promotion.promote(scene.studio, "v0002", force=True, reason="a test")
    with pytest.raises(Refused, match="its trial was against starter, production is v0002"):
        promotion.promote(scene.studio, "v0001")


def test_closing_twice_is_fine(scene: Scene) -> None:
    trial = open_drawn(scene)
    trials.close_trial(scene.studio, trial)
    closed = trials.get_trial(scene.studio, trial)
    trials.close_trial(scene.studio, trial)
    assert trials.get_trial(scene.studio, trial) == closed
    assert [row["id"] for row in trials.list_trials(scene.studio, "v0001")] == [trial]


def test_impossible_trials_are_refused_and_queue_nothing(scene: Scene) -> None:
    brief = scene.brief()
    for briefs, seeds, error, message in (
        ([], 1, Invalid, "at least one"),
        ([brief, brief], 1, Invalid, "each once"),
        ([brief], 0, Invalid, "1 to 10000 pairs"),
        ([brief, 404], 1, NotFound, "404"),
    ):
        with pytest.raises(error, match=message):
            trials.open_trial(scene.studio, "v0001", briefs, seeds)
    with pytest.raises(Invalid, match="starter is production"):
        trials.open_trial(scene.studio, "starter", [brief])
    with pytest.raises(NotFound, match="trial 9"):
        results.trial_results(scene.studio, 9)
    assert scene.studio.value("SELECT COUNT(*) FROM takes") == 0
    trial = trials.open_trial(scene.studio, "v0001", [brief])
    with pytest.raises(Conflict, match=f"already plays trial {trial}"):
        trials.open_trial(scene.studio, "v0001", [brief])
