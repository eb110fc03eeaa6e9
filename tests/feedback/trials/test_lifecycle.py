"""Trials end: by hand, with their candidate, and when production changes; and while undecided they can go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback.clock import now
from feedback.errors import Forbidden, Invalid, NotFound, Refused
from feedback.models import versions
from feedback.pair_selection import next_pairs
from feedback.production import render_queue, takes
from feedback.store import Studio, audit_log
from feedback.trials import blinding, promotion, results, trials
from feedback.trials.counting import Limits
from feedback.trials.lifecycle import open_trials
from tests.feedback.scene import Scene

ALONE = Limits(people=1, share=1.0)  # one rater decides, so that these tests need only one


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    for name in ("v0001", "v0002"):
        versions.register_candidate(studio, name, "starter", [])
    return made


def open_drawn(scene: Scene, name: str = "v0001", seeds: int = 4) -> int:
    trial = trials.open_trial(scene.studio, name, [scene.brief(f"for {name}")], seeds, limits=ALONE)
    scene.draw()
    return trial


def judge_all(scene: Scene, trial: int, wins: int, person: str = "ben") -> None:
    """The candidate wins the first pairs and loses the others; pairs that were judged are left alone."""
    rows = scene.studio.rows("SELECT * FROM trial_pairs WHERE trial = ? ORDER BY id", (trial,))
    for index, row in enumerate(rows):
        scene.judge(person, row["candidate_take"], row["baseline_take"], "left" if index < wins else "right")


def ends(scene: Scene) -> list[tuple[str, str, str]]:
    """(trial, who ended it, why), oldest first, from the audit log."""
    rows = scene.studio.rows("SELECT * FROM events WHERE action = 'trial.close' ORDER BY id")
    return [(row["subject"], row["actor"], json.loads(row["detail"])["reason"]) for row in rows]


def in_queue(scene: Scene, person: str = "cas") -> set[str]:
    pairs = next_pairs.next_pairs(scene.studio, scene.people[person], 100)
    return {pair["brief"]["prompt"] for pair in pairs}


def test_closing_by_hand_frees_queue_and_boards_and_keeps_why(scene: Scene) -> None:
    trial = open_drawn(scene)
    assert "for v0001" in in_queue(scene)
    assert not takes.list_takes(scene.studio)
    closed = trials.close_trial_of(scene.studio, "v0001", " the wrong briefs ", scene.people["ana"])
    assert (closed["id"], closed["state"], closed["reason"]) == (trial, "closed", "the wrong briefs")
    assert ends(scene) == [(str(trial), "ana", "the wrong briefs")]
    assert len(takes.list_takes(scene.studio)) == 8
    assert versions.get_version(scene.studio, "v0001")["state"] == "candidate"
    assert blinding.describe_version(scene.studio, "v0001")["trials"] == [closed]
    assert audit_log.verify(scene.studio)
    with pytest.raises(NotFound, match="v0001 plays no trial"):
        trials.close_trial_of(scene.studio, "v0001", "again")


def test_closing_and_opening_are_for_supervisors_and_closing_needs_a_reason(scene: Scene) -> None:
    trial, ben, brief = open_drawn(scene), scene.people["ben"], scene.brief()
    for act in (
        lambda: trials.close_trial_of(scene.studio, "v0001", "no", ben),
        lambda: trials.open_trial(scene.studio, "v0002", [brief], person=ben),
    ):
        with pytest.raises(Forbidden, match="ben is a creative"):
            act()
    with pytest.raises(Invalid, match="closing the trial of v0001 needs a reason"):
        trials.close_trial_of(scene.studio, "v0001", "  ")
    with pytest.raises(NotFound, match="'v0009' does not exist"):
        trials.close_trial_of(scene.studio, "v0009", "no")
    assert [row["id"] for row in open_trials(scene.studio)] == [trial]


def test_promotion_closes_its_own_trial_and_those_against_the_former_production(scene: Scene) -> None:
    first, second = open_drawn(scene, "v0001", 40), open_drawn(scene, "v0002")
    judge_all(scene, first, wins=40)
    promotion.promote(scene.studio, "v0001", scene.people["ana"])
    assert ends(scene) == [
        (str(first), "ana", "v0001 is in production"),
        (str(second), "ana", "v0001 is in production now, and this trial was against starter"),
    ]
    assert len(takes.list_takes(scene.studio)) == 88  # all of them on boards again
    assert not open_trials(scene.studio)


def test_rollback_closes_trials_against_what_is_taken_back_and_old_judgements_count_again(scene: Scene) -> None:
    before = open_drawn(scene, "v0002", 10)
    judge_all(scene, before, wins=10)
    promotion.promote(scene.studio, "v0001", force=True, reason="a test")
    against = open_drawn(scene, "v0002")
    assert trials.get_trial(scene.studio, against)["baseline"] == "v0001"
    promotion.rollback(scene.studio, scene.people["ana"])
    assert ends(scene)[-1] == (
        str(against),
        "ana",
        "starter is in production now, and this trial was against v0001",
    )
    assert results.pooled_results(scene.studio, "v0002", "starter")["pairs_judged"] == 10


def test_rejection_closes_the_trial_with_its_reason(scene: Scene) -> None:
    trial, other = open_drawn(scene, "v0001"), open_drawn(scene, "v0002")
    promotion.reject(scene.studio, "v0001", scene.people["ana"], reason="it lost the faces")
    assert ends(scene) == [(str(trial), "ana", "v0001 was rejected: it lost the faces")]
    assert [row["id"] for row in open_trials(scene.studio)] == [other]


def test_a_new_trial_closes_one_that_an_older_circletake_left_open(scene: Scene) -> None:
    stale, mine = open_drawn(scene, "v0001"), open_drawn(scene, "v0002")
    promotion.promote(scene.studio, "v0001", force=True, reason="a test")
    with scene.studio.writing() as db:
        db.execute("UPDATE trials SET state = 'open', closed = NULL, reason = NULL")
    opened = trials.open_trial(scene.studio, "v0002", [scene.brief()])
    assert [row["id"] for row in open_trials(scene.studio)] == [opened]
    assert {trial for trial, actor, _ in ends(scene) if actor == "studio"} == {str(stale), str(mine)}


def test_two_candidates_may_play_the_same_production(scene: Scene) -> None:
    first, second = open_drawn(scene, "v0001"), open_drawn(scene, "v0002")
    assert [row["id"] for row in open_trials(scene.studio)] == [first, second]


def test_more_pairs_have_fresh_seeds_and_add_to_the_same_record(scene: Scene) -> None:
    trial = open_drawn(scene, seeds=5)
    judge_all(scene, trial, wins=3)
    assert results.trial_results(scene.studio, trial)["left"] == 0
    briefs = [row["brief"] for row in scene.studio.rows("SELECT DISTINCT brief FROM trial_pairs")]
    assert trials.add_pairs(scene.studio, trial, [*briefs, scene.brief("another")], 4, most=7) == 7
    record = results.trial_results(scene.studio, trial)
    assert (record["pairs"], record["pairs_judged"], record["left"]) == (12, 5, 7)
    seeds = [row["seed"] for row in scene.studio.rows("SELECT seed FROM takes WHERE purpose = 'trial'")]
    assert len(set(seeds)) == 24
    scene.draw()
    assert in_queue(scene, "ben") == {"for v0001", "another"}
    assert trials.pairs_by_brief(scene.studio, "v0001")[briefs[0]] == 9
    trials.close_trial(scene.studio, trial)
    with pytest.raises(Refused, match=f"trial {trial} is over: open another with `circletake trial open v0001`"):
        trials.add_pairs(scene.studio, trial, briefs)


def test_a_pair_is_left_until_somebody_saw_it_or_it_cannot_be_drawn(scene: Scene) -> None:
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()], 3, limits=ALONE)
    leased = render_queue.lease_takes(scene.studio, "test", 1)[0]
    render_queue.fail_take(scene.studio, leased["id"], "test", "out of memory")
    assert results.trial_results(scene.studio, trial)["left"] == 2
    scene.draw()
    for row in scene.studio.rows("SELECT * FROM trial_pairs"):
        if leased["id"] not in (row["candidate_take"], row["baseline_take"]):
            scene.judge("ben", row["baseline_take"], row["candidate_take"], "skip")
    record = results.trial_results(scene.studio, trial)
    assert (record["left"], record["pairs_judged"], record["pairs"]) == (0, 0, 3)


def test_what_is_said_after_the_trial_does_not_count(scene: Scene) -> None:
    """Boards tell by then who drew what, and the takes come in ordinary pairs, chosen by what they show."""
    trial = open_drawn(scene, seeds=3)
    rows = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")
    scene.judge("ben", rows[0]["candidate_take"], rows[0]["baseline_take"], "left")
    trials.close_trial(scene.studio, trial)
    scene.judge("ben", rows[0]["candidate_take"], rows[0]["baseline_take"], "right")
    scene.judge("ben", rows[1]["candidate_take"], rows[1]["baseline_take"], "left")
    record = results.trial_results(scene.studio, trial)
    assert (record["wins"], record["losses"], record["pairs_judged"]) == (1, 0, 1)


@pytest.mark.parametrize("clock", [-3600, 3600])
def test_closing_cuts_by_the_order_of_the_record_whatever_the_clock_says(scene: Scene, clock: float) -> None:
    trial = open_drawn(scene, seeds=3)
    first, second, third = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")
    scene.judge("ben", first["candidate_take"], first["baseline_take"], "left")
    trials.close_trial(scene.studio, trial)
    with scene.studio.writing() as db:  # as the row would be, had the clock been set by an hour in between
        db.table("trials").update(trial, {"closed": now(clock)})
    scene.judge("ben", first["candidate_take"], first["baseline_take"], "right")
    scene.judge("ben", second["candidate_take"], second["baseline_take"], "left")
    scene.judge("cas", third["candidate_take"], third["baseline_take"], "left")
    record = results.trial_results(scene.studio, trial)
    assert (record["wins"], record["losses"], record["pairs_judged"]) == (1, 0, 1)


def test_trials_closed_by_an_older_circletake_keep_what_counted(tmp_path: Path) -> None:
    scene = Scene(Studio.create(tmp_path / "old"))
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = open_drawn(scene, seeds=3)
    rows = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")
    scene.judge("ben", rows[0]["candidate_take"], rows[0]["baseline_take"], "left")
    trials.close_trial(scene.studio, trial)
    scene.judge("ben", rows[1]["candidate_take"], rows[1]["baseline_take"], "left")
    with scene.studio.writing() as db:
        db.execute("ALTER TABLE trials DROP COLUMN last_ballot")
        db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%trial_last_ballot'")
    again = Studio.open(tmp_path / "old")
    assert results.trial_results(again, trial)["pairs_judged"] == 1
    again.close()


def test_refusals_name_commands_that_help(scene: Scene) -> None:
    def refusal(name: str = "v0001") -> str:
        with pytest.raises(Refused) as refused:
            promotion.promote(scene.studio, name)
        return str(refused.value)

    assert refusal().endswith("production is starter; open a trial with `circletake trial open v0001`")
    trial = open_drawn(scene, seeds=4)
    assert refusal().endswith("judge the 4 of its pairs that are left, on the review page")
    judge_all(scene, trial, wins=2)
    assert refusal().endswith("all its pairs are judged, and the next `circletake nightly` adds more")
    with pytest.raises(Refused, match="close it with `circletake trial close v0001 --reason TEXT`"):
        trials.open_trial(scene.studio, "v0001", [scene.brief()])
    promotion.promote(scene.studio, "v0001", force=True, reason="a test")
    promotion.rollback(scene.studio)
    assert "only --force --reason TEXT takes it back" in refusal()


def test_a_lost_trial_says_what_it_can_be_at_most_and_what_to_do(scene: Scene) -> None:
    trial = open_drawn(scene, seeds=20)
    judge_all(scene, trial, wins=1)
    ana = scene.people["ana"]
    blinding.unblind_person(scene.studio, "v0001", ana)
    with pytest.raises(Refused, match="it is lost, so reject it with `circletake versions reject v0001 --reason TEXT`"):
        promotion.promote(scene.studio, "v0001", ana)
    assert results.describe_results(results.trial_results(scene.studio, trial)) == (
        "v0001 won 1 of 20 blind pairs against starter (at most 42 %, 95 % sure)"
    )


def test_a_studio_of_before_gets_room_for_reasons(tmp_path: Path) -> None:
    studio = Studio.create(tmp_path / "old")
    with studio.writing() as db:
        db.execute("ALTER TABLE trials DROP COLUMN reason")
        db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%trial_reasons'")
    again = Studio.open(tmp_path / "old")
    assert "reason" in [row["name"] for row in again.rows("PRAGMA table_info(trials)")]
    studio.close()
