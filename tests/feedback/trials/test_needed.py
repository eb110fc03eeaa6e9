"""How many judgements are still needed: the futures end as trials do, and tell nobody who may vote how one stands."""

from __future__ import annotations

import random

import numpy as np
import pytest

from feedback.models import versions
from feedback.statistics import confidence_sequence, least_successes
from feedback.store import Studio
from feedback.trials import blinding, needed, trials
from feedback.trials.counting import Limits, Outcome
from feedback.trials.needed import HORIZON, first_decided, more_judgements, needs_of_open_trials
from feedback.trials.results import is_lost, is_proven, summarize_outcomes
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    """A drawn trial of thirty pairs, nine of them judged by three people."""
    made = Scene(studio)
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", [made.brief()], 30)
    made.draw()
    for index in range(9):
        judge(made, index, "left" if index % 3 else "tie")
    return made


def judge(scene: Scene, index: int, verdict: str) -> None:
    row = scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")[index]
    scene.judge(("ana", "ben", "cas")[index % 3], row["candidate_take"], row["baseline_take"], verdict)


@pytest.mark.parametrize("limits", [Limits(), Limits(1, 1.0), Limits(4, 0.25), Limits(2, 0.5)])
def test_a_future_ends_where_the_trial_would(limits: Limits) -> None:
    """Judgement for judgement as `results.summarize_outcomes` counts, with people who come as they like."""
    rng, ended = random.Random(4), 0
    for _ in range(25):
        people = [min(rng.randrange(5), rng.randrange(5)) for _ in range(140)]
        values = [rng.choices([1.0, 0.5, 0.0], [0.7, 0.1, 0.2])[0] for _ in people]
        votes: list[Outcome] = [
            {"pair": pair, "person": person, "outcome": value}
            for pair, (person, value) in enumerate(zip(people, values, strict=True))
        ]
        futures = first_decided(np.array([values]), people, 0, limits)
        results = [summarize_outcomes(votes[:count], limits, 140, 0) for count in range(141)]
        decided = [count for count, each in enumerate(results) if is_proven(each) or is_lost(each)]
        assert futures.steps[0] == (decided[0] if decided else -1)
        assert futures.proven[0] == (bool(decided) and is_proven(results[decided[0]]))
        ended += bool(decided)
    assert ended > 5


def test_the_fewest_successes_are_those_of_the_interval() -> None:
    for n in (1, 5, 8, 30, 131):
        least = least_successes(n)
        if least <= n:
            assert confidence_sequence(least, n)[0] > 0.5
        assert confidence_sequence(min(least - 0.5, n), n)[0] <= 0.5


def test_the_nearer_to_one_half_the_more_is_needed() -> None:
    few, some, many = (more_judgements([], Limits(), rate) for rate in (0.7, 0.65, 0.6))
    assert few["low"] < few["median"] < few["high"] < HORIZON  # type: ignore[operator]
    assert few["median"] < some["median"] < many["median"]  # type: ignore[operator]
    equal = more_judgements([], Limits(), 0.5)
    assert (equal["median"], equal["high"]) == (None, None)
    assert equal["proven"] < 0.05
    assert more_judgements([], Limits(1, 1.0), 0.7)["median"] < few["median"]  # type: ignore[operator]


def test_what_was_judged_is_counted_and_a_decided_trial_needs_no_more() -> None:
    fresh = more_judgements([], Limits(), 0.7)
    votes = [(index % 3, 1.0 if index % 4 else 0.0) for index in range(40)]
    later = more_judgements(votes, Limits())
    assert later["median"] < fresh["median"]  # type: ignore[operator]
    won = more_judgements([(index % 3, 1.0) for index in range(60)], Limits())
    assert (won["median"], won["high"], won["proven"]) == (0, 0, 1.0)
    lost = more_judgements([(index % 3, 0.0) for index in range(60)], Limits())
    assert (lost["median"], lost["proven"]) == (0, 0.0)


def test_people_who_are_missing_judge_first() -> None:
    votes = [(7, 1.0)] * 30
    assert needed.people_to_come(votes, Limits()) == [-1, -2, 7]
    assert needed.people_to_come([], Limits(1, 1.0)) == [-1]
    assert more_judgements(votes, Limits())["low"] > 0  # type: ignore[operator]


def test_nothing_of_it_depends_on_who_won_until_somebody_looks(scene: Scene) -> None:
    studio, ana = scene.studio, scene.people["ana"]
    before = needs_of_open_trials(studio, ana)
    (row,) = before
    assert (row["judged"], row["left"], row["raters"], row["needed"]) == (9, 21, 3, 3)
    assert [each["win_rate"] for each in row["at_rates"]] == [0.6, 0.65, 0.7]
    assert row["as_judged"] is None
    with studio.writing() as db:
        db.execute("UPDATE ballots SET verdict = CASE verdict WHEN 'left' THEN 'right' ELSE 'left' END")
    assert needs_of_open_trials(studio, ana) == before == needs_of_open_trials(studio)
    blinding.unblind_person(studio, "v0001", ana)
    (seen,) = needs_of_open_trials(studio, ana)
    assert seen["as_judged"] is not None
    assert seen["as_judged"]["win_rate"] is None
    assert {**seen, "as_judged": None} == before[0]
    assert needs_of_open_trials(studio, scene.people["ben"]) == before
    trials.close_trial(studio, 1)
    assert needs_of_open_trials(studio, ana) == []


def test_an_earlier_trial_that_is_over_is_read(scene: Scene) -> None:
    trials.close_trial(scene.studio, 1)
    trials.open_trial(scene.studio, "v0001", [1], 30)
    (won,) = needs_of_open_trials(scene.studio)
    with scene.studio.writing() as db:
        db.execute("UPDATE ballots SET verdict = 'right'")
    (lost,) = needs_of_open_trials(scene.studio)
    assert won["judged"] == lost["judged"] == 9
    assert won["at_rates"][2]["median"] < lost["at_rates"][2]["median"]  # type: ignore[operator]
