"""A discarded take is dealt nowhere, and what was judged of it goes on to count."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest

from feedback.judgements.statuses import set_status
from feedback.models import versions
from feedback.pair_selection import next_pairs, next_rankings
from feedback.pair_selection.descriptors import DIMENSIONS, SCHEME
from feedback.pair_selection.offers import Scope
from feedback.pair_selection.pair_pool import NEIGHBOURS, PairPool
from feedback.pair_selection.progress import progress_of, progress_of_sessions
from feedback.people.accounts import get_person
from feedback.preferences.dataset import collect
from feedback.production.review_sessions import TakeFilter, filter_takes, make_session
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid

Pairs = set[frozenset[int]]


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def give(scene: Scene, take: int, status: str = "discarded") -> None:
    set_status(scene.studio, get_person(scene.studio, "ana"), uid(), take, status)


def deal(scene: Scene, count: int = 64, person: str = "ben", **options: object) -> Pairs:
    dealt = next_pairs.next_pairs(scene.studio, scene.people[person], count, **options)  # type: ignore[arg-type]
    return {frozenset((pair["left"]["id"], pair["right"]["id"])) for pair in dealt}


def rank(scene: Scene, size: int) -> list[set[int]]:
    sets = next_rankings.next_rankings(scene.studio, scene.people["ben"], 9, size)
    return [{take["id"] for take in each["takes"]} for each in sets]


def every(ids: list[int]) -> Pairs:
    return {frozenset(pair) for pair in combinations(ids, 2)}


def describe(scene: Scene, takes: list[int]) -> None:
    rng = np.random.default_rng(7)
    for take in takes:
        sha256 = scene.studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))
        row = {"sha256": sha256, "scheme": SCHEME, "numbers": rng.normal(size=DIMENSIONS).astype("<f2").tobytes()}
        with scene.studio.writing() as db:
            db.table("descriptors").insert(row, pk="sha256", replace=True)


def test_it_is_in_no_pair_until_another_status_brings_it_back(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 4)
    assert deal(scene) == every(ids)
    give(scene, ids[1])
    assert deal(scene) == every([ids[0], ids[2], ids[3]])
    give(scene, ids[1], "wip")
    assert deal(scene) == every(ids)


def test_a_new_process_deals_it_neither(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 3)
    give(scene, ids[0])
    pool = PairPool()
    pool.read(scene.studio)
    assert [divmod(pair, 1 << 32) for pair in pool.pair.tolist()] == [(ids[1], ids[2])]


def test_takes_on_both_sides_of_it_become_neighbours(scene: Scene) -> None:
    """Of many takes each is compared with the nearest; without the one between, two more are near."""
    ids = scene.takes(scene.brief(), NEIGHBOURS + 2)
    ends = frozenset((ids[0], ids[-1]))
    assert ends not in deal(scene)
    give(scene, ids[3])
    assert ends in deal(scene)


def test_it_is_in_no_ranking(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 4)
    give(scene, ids[2])
    assert rank(scene, 4) == [{ids[0], ids[1], ids[3]}]


def test_it_is_in_no_new_session_whatever_status_the_session_is_of(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 3)
    give(scene, ids[0])
    for chosen in (TakeFilter(), TakeFilter(takes=ids), TakeFilter(statuses=["wip", "discarded"])):
        assert filter_takes(scene.studio, "SHOW", chosen) == ids[1:]


def test_a_session_deals_it_no_more_and_its_progress_is_of_what_is_left(scene: Scene) -> None:
    ids, ana, ben = scene.takes(scene.brief(), 4), scene.people["ana"], scene.people["ben"]
    session = make_session(scene.studio, ana, "SHOW", "dailies", ids)["id"]
    scene.judge("ben", ids[0], ids[1], "left")
    scene.judge("ben", ids[2], ids[3], "left")
    give(scene, ids[1])
    assert deal(scene, session=session) == {frozenset((ids[0], ids[2])), frozenset((ids[0], ids[3]))}
    assert progress_of(scene.studio, ben, Scope(session=session)) == {"judged": 1, "total": 3, "skipped": 0}
    assert progress_of_sessions(scene.studio, [session])[session] == {"pairs": 3, "judged": {ben: 1}}


def test_it_comes_back_neither_as_skipped_nor_as_a_check_nor_by_wish(scene: Scene, monkeypatch) -> None:
    ids = scene.takes(scene.brief(), 3)
    scene.judge("ben", ids[0], ids[1], "skip")
    scene.judge("ben", ids[1], ids[2], "left")
    scene.judge("ben", ids[0], ids[2], "left")
    monkeypatch.setattr(next_pairs, "REPEAT_MINUTES", -1)
    some = {"check_share": 1.0, "rng": random.Random(3)}
    assert frozenset((ids[0], ids[1])) in deal(scene, **some)
    give(scene, ids[1])
    assert deal(scene, first=(ids[0], ids[1]), **some) == set()


def test_a_pair_in_somebodys_hands_can_still_be_judged_and_is_learned_from(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 2)
    assert deal(scene, client="page-of-ben") == every(ids)
    give(scene, ids[0])
    scene.judge("ben", ids[0], ids[1], "right")
    [pair] = collect(scene.studio).pairs
    assert (pair["left"], pair["right"], pair["p_left"]) == (*ids, 0.0)


def test_a_trials_pairs_are_dealt_whoever_discards_their_takes(scene: Scene) -> None:
    """Who discards a take must not choose which pairs decide a trial; once it is closed, they are takes as all others."""
    brief = scene.brief()
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = trials.open_trial(scene.studio, "v0001", [brief])
    scene.draw()
    [pair] = deal(scene)
    give(scene, min(pair))
    assert deal(scene) == {pair}
    trials.close_trial(scene.studio, trial)
    assert deal(scene) == set()


def test_a_new_trial_is_of_takes_of_its_own(scene: Scene) -> None:
    brief = scene.brief()
    ids = scene.takes(brief, 2)
    give(scene, ids[0])
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trials.open_trial(scene.studio, "v0001", [brief])
    sides = "SELECT candidate_take FROM trial_pairs UNION SELECT baseline_take FROM trial_pairs"
    assert not {row[0] for row in scene.studio.tuples(sides)} & set(ids)


def test_what_was_judged_of_it_stays_in_what_pairs_are_chosen_by(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 4)
    describe(scene, ids)
    for better, worse in ((0, 1), (0, 2), (3, 1)):
        scene.judge("ana", ids[better], ids[worse], "left")
    before, after = PairPool(), PairPool()
    before.read(scene.studio)
    give(scene, ids[1])
    after.read(scene.studio)
    assert before.reward is not None
    assert after.reward is not None
    assert np.abs(before.reward.weight).max() > 0.01
    np.testing.assert_array_equal(after.reward.weight, before.reward.weight)
