"""The pairs of a ranking weigh together what its choices are, wherever judgements are learned from or counted."""

from __future__ import annotations

from math import comb

import pytest

from feedback.judgements import ballots, rankings
from feedback.models import lineage, runs, versions
from feedback.pair_selection.vote_counts import VoteCounts, pair_of
from feedback.preferences import dataset, snapshot
from feedback.preferences.rater_reliability import PRIOR_JUDGEMENTS, PRIOR_RELIABILITY, estimate_reliability
from feedback.store import Studio
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def rank(scene: Scene, takes: list[int], rest: list[int] | None = None, person: str = "ben", name: str = "r") -> None:
    rankings.rank_takes(scene.studio, scene.people[person], name, takes, rest or [])


def choices(ranked: int, below: int) -> int:
    """One at a time the best of what is left is taken, until there is nothing to choose between."""
    left, made = ranked + below, 0
    for _ in range(ranked):
        made += left > 1
        left -= 1
    return made


@pytest.mark.parametrize(("ranked", "below"), [(2, 0), (3, 0), (9, 0), (1, 1), (1, 8), (3, 4), (8, 1)])
def test_the_pairs_of_a_ranking_weigh_its_choices(scene: Scene, ranked: int, below: int) -> None:
    takes = scene.takes(scene.brief(), ranked + below)
    rank(scene, takes[:ranked], takes[ranked:])
    pairs = dataset.collect(scene.studio).pairs
    weights = [dataset.weight_of(pair) for pair in pairs]
    assert len(weights) == comb(ranked + below, 2) - comb(below, 2)
    assert sum(weights) == pytest.approx(choices(ranked, below))
    assert weights == pytest.approx([weights[0]] * len(weights))
    if not below:
        assert weights[0] == pytest.approx(2 / ranked)


def test_a_verdict_outweighs_a_pair_of_a_ranking(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    rank(scene, [a, b, c])
    scene.judge("cas", a, b, "right")
    first, *others = dataset.collect(scene.studio).pairs
    assert first["p_left"] == pytest.approx((2 / 3) / (2 / 3 + 1))
    assert dataset.weights_of(first) == pytest.approx([2 / 3, 1])
    assert [dataset.weight_of(pair) for pair in (first, *others)] == pytest.approx([1, 2 / 3, 2 / 3])
    assert (first["votes"], first["both_bad"]) == (2, 0)


def test_two_who_rank_alike_weigh_twice_but_no_pair_more_than_one(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 3)
    rank(scene, takes)
    rank(scene, takes, person="cas", name="r2")
    assert [dataset.weight_of(pair) for pair in dataset.collect(scene.studio).pairs] == [1, 1, 1]


def test_without_rankings_a_snapshot_is_as_it_was(scene: Scene) -> None:
    """Or every studio would tune once more, on the same judgements."""
    a, b = scene.takes(scene.brief())
    scene.judge("ana", a, b, "left")
    rank(scene, [a, b], person="ben")
    assert not any("weights" in pair for pair in snapshot.freeze(dataset.collect(scene.studio))[0]["pairs"])


def test_a_ledger_counts_choices(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 9)
    rank(scene, takes)
    scene.judge("cas", takes[0], takes[1], "left")
    preferences = dataset.collect(scene.studio)
    judgements = dataset.judgements_behind(preferences)
    run = runs.start_run(scene.studio, "dpo", {}, snapshot.freeze(preferences)[1], "runs/v0001", judgements)
    adapter = {"folder": "models/v0001", "sha256": "b" * 64, "weight": 1.0}
    versions.register_candidate(scene.studio, "v0001", "starter", [adapter], run)
    learned = lineage.learned_from(scene.studio, "v0001")
    assert learned["people"] == [{"name": "ben", "judgements": 8}, {"name": "cas", "judgements": 1}]
    assert (learned["judgements"], learned["takes"], learned["runs"][0]["train"]) == (9, 9, 9)


def test_a_persons_reliability_moves_by_choices(scene: Scene) -> None:
    """Two who rank nine takes alike have agreed eight times."""
    judged = [(1, 1, "left"), (2, 2, "left")]
    pairs = [{"left": k, "right": k + 100, "judgements": judged, "weights": [2 / 9, 2 / 9]} for k in range(36)]
    once = [{"left": k, "right": k + 100, "judgements": judged} for k in range(8)]
    assert estimate_reliability(pairs) == pytest.approx(estimate_reliability(once))
    most = (PRIOR_RELIABILITY * PRIOR_JUDGEMENTS + 8) / (PRIOR_JUDGEMENTS + 8)
    assert PRIOR_RELIABILITY < estimate_reliability(pairs)[1] <= most


def test_the_choice_of_pairs_learns_from_choices_and_a_ranking_taken_back_leaves_nothing(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 4)
    rank(scene, takes)
    scene.judge("cas", takes[0], takes[1], "right")
    votes = VoteCounts()
    votes.read(scene.studio)
    assert votes.counts[pair_of(takes[0], takes[1])] == pytest.approx((2, 1.5, 0.5))
    assert sum(count[1] for count in votes.counts.values()) == pytest.approx(3 + 1)
    rankings.take_back(scene.studio, scene.people["ben"], uid(), "r")
    votes.read(scene.studio)
    assert [count for count in votes.counts.values() if count[1]] == [(2, 1.0, 0.0)]
    assert {row["verdict"] for row in ballots.current_ballots(scene.studio)} == {"skip", "right"}
