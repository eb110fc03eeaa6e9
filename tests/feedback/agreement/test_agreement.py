"""Who agrees with whom: what counts, and what an open trial keeps to itself."""

from __future__ import annotations

from itertools import combinations

import pytest

from feedback.agreement import measures
from feedback.agreement.measures import list_differences, measure_agreement
from feedback.judgements import ballots, rankings, ratings, tags
from feedback.models import versions
from feedback.people import accounts, project_members
from feedback.production import projects
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def test_verdicts_are_compared_on_the_pairs_own_sides(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    scene.judge("ben", a, b, "left")
    scene.judge("cas", b, a, "right")  # the same take
    measured = measure_agreement(scene.studio, scene.people["ana"])
    assert measured["cells"] == [{"one": "ben", "other": "cas", "same": 1, "both": 1}]
    assert list_differences(scene.studio, scene.people["ana"], scene.people["ben"], scene.people["cas"]) == []


def test_a_pair_on_which_two_differ_is_listed_with_what_each_said(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    scene.judge("ben", b, a, "left")
    scene.judge("cas", a, b, "both_bad")
    (pair,) = list_differences(scene.studio, scene.people["ana"], scene.people["ben"], scene.people["cas"])
    assert (pair["left"], pair["right"], pair["one"], pair["other"], pair["shot"]) == (
        a,
        b,
        "right",
        "both_bad",
        "S_010",
    )


def test_doubtful_verdicts_checks_skips_and_what_was_taken_back_are_left_out(scene: Scene) -> None:
    studio, ben = scene.studio, scene.people["ben"]
    ids = scene.takes(scene.brief(), 4)
    pairs = list(combinations(ids, 2))
    for pair in pairs:
        scene.judge("cas", *pair, "left")
    scene.judge("ben", *pairs[0], "left")
    ballots.cast_ballot(studio, ben, uid(), *pairs[0], "right", 900, keep_earlier=True)
    ballots.cast_ballot(studio, ben, uid(), *pairs[1], "right", 20, doubt="quick")
    scene.judge("ben", *pairs[2], "skip")
    scene.undo("ben", scene.judge("ben", *pairs[3], "right"))
    measured = measure_agreement(studio, scene.people["ana"])
    assert measured["cells"] == [{"one": "ben", "other": "cas", "same": 1, "both": 1}]
    assert [(row["person"], row["count"], row["number"]) for row in measured["consistency"]] == [("ben", 0, 1)]
    assert [(row["person"], row["number"]) for row in measured["left_of"]] == [("ben", 1), ("cas", 6)]


def test_pairs_and_stars_of_an_open_trial_are_left_out(scene: Scene) -> None:
    studio, ana = scene.studio, scene.people["ana"]
    brief = scene.brief()
    a, b = scene.takes(brief)
    scene.judge("ben", a, b, "left")
    versions.register_candidate(studio, "v0001", "starter", [])
    trial = trials.open_trial(studio, "v0001", [brief])
    scene.draw()
    (pair,) = studio.rows("SELECT candidate_take AS c, baseline_take AS o FROM trial_pairs")
    for who, verdict in (("ben", "left"), ("cas", "right")):
        scene.judge(who, pair["c"], pair["o"], verdict)
        ratings.rate_take(studio, scene.people[who], uid(), pair["c"], 4)
    hidden = measure_agreement(studio, ana)
    assert hidden["cells"] == []
    assert hidden["people"] == ["ben"]
    assert hidden["stars_ordinal"]["units"] == 0
    assert list_differences(studio, ana, scene.people["ben"], scene.people["cas"]) == []
    trials.close_trial(studio, trial, "a test")
    assert measure_agreement(studio, ana)["cells"] == [{"one": "ben", "other": "cas", "same": 0, "both": 1}]


def test_by_shot_and_by_tag(scene: Scene) -> None:
    studio = scene.studio
    first, second = scene.takes(scene.brief(shot="S_010")), scene.takes(scene.brief(shot="S_020"))
    for who in ("ben", "cas"):
        scene.judge(who, *first, "left")
        scene.judge(who, *second, "left" if who == "ben" else "right")
    tags.add_tag(studio, scene.people["ben"], uid(), second[1], "soft hands")
    measured = measure_agreement(studio, scene.people["ana"])
    assert [(row["name"], row["pairs"], row["units"]) for row in measured["shots"]] == [
        ("S_010", 1, 1),
        ("S_020", 1, 1),
    ]
    assert [(row["name"], row["pairs"], row["project"]) for row in measured["tags"]] == [("soft hands", 1, "")]
    assert measured["verdicts"]["units"] == 2
    one = measure_agreement(studio, scene.people["ana"], "SHOW", "S_020")
    assert [cell["same"] for cell in one["cells"]] == [0]


def test_stars_are_compared_by_take(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 5)
    for who, shift in (("ben", 0), ("cas", 1)):
        for take, stars in zip(ids, (1, 2, 3, 4, 4), strict=True):
            ratings.rate_take(scene.studio, scene.people[who], uid(), take, stars + shift)
    measured = measure_agreement(scene.studio, scene.people["ana"])
    assert measured["stars_interval"]["units"] == 5
    assert 0 < measured["stars_interval"]["alpha"] < 1


def test_left_bias_is_of_the_sides_that_were_seen(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 6)
    for a, b in combinations(ids, 2):
        scene.judge("ben", b, a, "left")
    measured = measure_agreement(scene.studio, scene.people["ana"])
    assert (measured["left"]["count"], measured["left"]["number"]) == (15, 15)
    assert measured["left"]["low"] > 0.5


def test_other_projects_are_nobodys_business(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    scene.judge("ben", a, b, "left")
    projects.add_project(scene.studio, "OTHER", "Another")
    dee = accounts.add_person(scene.studio, "dee", "supervisor")["id"]
    project_members.add_member(scene.studio, "OTHER", "dee")
    measured = measure_agreement(scene.studio, dee)
    assert measured["people"] == measured["shots"] == measured["cells"] == []


def test_a_persons_agreement_is_on_pairs_that_they_judged(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 3)
    for who, verdicts in (("ana", ("left", "right", "tie")), ("ben", ("left", "left", "left")), ("cas", ("left",))):
        for (a, b), verdict in zip(combinations(ids, 2), verdicts, strict=False):
            scene.judge(who, a, b, verdict)
    verdicts = measures.read_verdicts(scene.studio, scene.people["cas"])
    cas = measures.agreement_with_others(verdicts, scene.people["cas"])
    ana = measures.agreement_with_others(verdicts, scene.people["ana"])
    assert (cas["count"], cas["number"]) == (2, 2)
    assert (ana["count"], ana["number"]) == (2, 4)


def test_pairs_of_a_ranking_had_no_sides(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 4)
    rankings.rank_takes(scene.studio, scene.people["ben"], "r", takes)
    measured = measure_agreement(scene.studio, scene.people["ana"])
    assert measured["left"]["number"] == 0
    scene.judge("cas", takes[0], takes[1], "right")
    assert measure_agreement(scene.studio, scene.people["ana"])["left"]["number"] == 1
