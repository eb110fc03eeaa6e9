"""Which pairs are selected, which never are, and that the informative ones teach faster than random ones."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from feedback.models import versions
from feedback.pair_selection import next_pairs
from feedback.pair_selection.acquisition import choose_pairs, estimate_reward
from feedback.pair_selection.descriptors import (
    DIMENSIONS,
    SCHEME,
    measure_descriptors,
    read_descriptors,
    store_descriptors,
    takes_without_descriptors,
)
from feedback.pair_selection.pair_pool import PairPool, pair_pool_of
from feedback.pair_selection.vote_counts import pair_of
from feedback.preferences.bradley_terry import NUMPY
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene

BRIEFS, EACH = 12, 4


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def write_descriptors(studio: Studio, take: int, numbers: np.ndarray) -> None:
    """Instead of a measured one."""
    sha256 = studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))
    row = {"sha256": sha256, "scheme": SCHEME, "numbers": numbers.astype("<f2").tobytes()}
    with studio.writing() as db:
        db.table("descriptors").insert(row, pk="sha256", replace=True)


def studio_with_descriptors(scene: Scene, seed: int = 0) -> dict[int, np.ndarray]:
    """Twelve briefs of four takes with random descriptors, by take."""
    rng = np.random.default_rng(seed)
    ids = [take for _ in range(BRIEFS) for take in scene.takes(scene.brief(), EACH)]
    descriptors = {take: rng.standard_normal(DIMENSIONS) for take in ids}
    for take, numbers in descriptors.items():
        write_descriptors(scene.studio, take, numbers)
    return descriptors


def ids_of(pair: dict) -> tuple[int, int]:
    return pair["left"]["id"], pair["right"]["id"]


def select(scene: Scene, count: int, seed: int, person: str = "ben", **options) -> list[frozenset[int]]:
    pairs = next_pairs.next_pairs(scene.studio, scene.people[person], count, rng=random.Random(seed), **options)
    return [frozenset(ids_of(pair)) for pair in pairs]


def test_the_same_seed_on_the_same_record_selects_the_same(scene: Scene) -> None:
    studio_with_descriptors(scene)
    assert select(scene, 8, 1) == select(scene, 8, 1)
    assert select(scene, 8, 1) != select(scene, 8, 2)


def test_pairs_come_at_random_unless_asked_otherwise(scene: Scene) -> None:
    studio_with_descriptors(scene)
    usual = [select(scene, 8, seed) for seed in range(5)]
    assert usual == [select(scene, 8, seed, random_share=1.0) for seed in range(5)]
    assert usual != [select(scene, 8, seed, random_share=next_pairs.RANDOM_SHARES["active"]) for seed in range(5)]


def test_without_ballots_the_most_different_takes_come_first(scene: Scene) -> None:
    descriptors = studio_with_descriptors(scene)
    lengths = {
        frozenset(pair): np.linalg.norm(descriptors[pair[0]] - descriptors[pair[1]])
        for first in range(1, BRIEFS * EACH, EACH)
        for pair in combinations(range(first, first + EACH), 2)
    }
    chosen = [lengths[pair] for seed in range(5) for pair in select(scene, 6, seed, random_share=0.0)]
    at_random = [lengths[pair] for seed in range(5) for pair in select(scene, 6, seed, random_share=1.0)]
    assert np.mean(chosen) > np.mean(at_random) + np.std(at_random) / 2


def test_pairs_selected_together_are_of_different_briefs_while_there_are_any(scene: Scene) -> None:
    studio_with_descriptors(scene)
    briefs = [{(take - 1) // EACH for take in pair} for pair in select(scene, BRIEFS, 0, random_share=0.0)]
    assert len(set(map(frozenset, briefs))) > BRIEFS * 2 / 3


def test_pairs_whose_verdict_is_open_come_before_those_whose_verdict_is_clear(scene: Scene) -> None:
    """People prefer a high first descriptor: pairs that differ in it alone are settled, pairs that differ in another are not."""
    settled, open_question = np.zeros(DIMENSIONS), np.zeros(DIMENSIONS)
    settled[0], open_question[7] = 1.0, 1.0
    for _ in range(20):
        a, b = scene.takes(scene.brief(), 2)
        write_descriptors(scene.studio, a, settled)
        write_descriptors(scene.studio, b, -settled)
        scene.judge("ana", a, b, "left")
    clear, unclear = (scene.takes(scene.brief(), 2) for _ in range(2))
    for (a, b), numbers in ((clear, settled), (unclear, open_question)):
        write_descriptors(scene.studio, a, numbers)
        write_descriptors(scene.studio, b, -numbers)
    assert {select(scene, 1, seed, random_share=0.0)[0] for seed in range(10)} == {frozenset(unclear)}


def test_a_clear_pair_is_not_selected_even_where_part_of_it_is_new() -> None:
    """Two pairs differ alike in a descriptor nobody has judged; one of them also differs in one that everybody prefers."""
    differences = np.zeros((30, DIMENSIONS))
    differences[:, 0] = 1.0
    reward = estimate_reward(np.ones(DIMENSIONS), differences, np.ones(30), np.ones(30))
    new, clear = np.eye(DIMENSIONS)[7], np.eye(DIMENSIONS)[7] + np.eye(DIMENSIONS)[0]
    for order in ([new, clear], [clear, new]):
        (row,) = choose_pairs(reward, np.stack(order), np.arange(2), np.zeros(2), 1, 0.0, np.random.default_rng(0))
        assert order[row] is new


def test_briefs_judged_less_come_first_among_equally_informative_pairs() -> None:
    reward = estimate_reward(np.ones(DIMENSIONS), np.empty((0, DIMENSIONS)), np.empty(0), np.empty(0))
    apart = np.eye(DIMENSIONS)[:4]
    selected = choose_pairs(
        reward, apart, np.array([3, 3, 4, 4]), np.array([2, 2, 0, 0]), 3, 0.0, np.random.default_rng(0)
    )
    assert selected == [2, 3, 0]


def test_the_fit_recovers_the_reward_behind_many_verdicts() -> None:
    rng = np.random.default_rng(0)
    true, differences = rng.standard_normal(DIMENSIONS), rng.standard_normal((3000, DIMENSIONS)) / 8
    share = (rng.random(3000) < NUMPY.sigmoid(differences @ true * 3)).astype(float)
    weight = estimate_reward(np.ones(DIMENSIONS), differences, share, np.ones(3000)).weight
    assert weight @ true / np.linalg.norm(weight) / np.linalg.norm(true) > 0.95


def cosine_after_judging(
    scene: Scene, person: str, reward: np.ndarray, descriptors: dict[int, np.ndarray], random_share: float, seed: int
) -> float:
    """Cosine of the fitted reward with the true one after 24 verdicts."""
    for _ in range(6):
        rng = random.Random(seed)
        for pair in next_pairs.next_pairs(scene.studio, scene.people[person], 4, random_share=random_share, rng=rng):
            left, right = ids_of(pair)
            scene.judge(
                person, left, right, "left" if (descriptors[left] - descriptors[right]) @ reward > 0 else "right"
            )
    pool = pair_pool_of(scene.studio)
    pool.read(scene.studio)
    assert pool.reward is not None
    fitted = pool.reward.weight / pool.reward.scale
    return float(fitted @ reward / np.linalg.norm(fitted) / np.linalg.norm(reward))


def test_chosen_pairs_teach_faster_than_random_ones(tmp_path: Path) -> None:
    """The same takes and the same taste for both."""
    cosines: dict[float, list[float]] = {0.0: [], 1.0: []}
    for seed in range(4):
        for random_share, results in cosines.items():
            studio = Studio.create(tmp_path / f"studio_{seed}_{random_share:g}")
            rng, scene = np.random.default_rng(seed), Scene(studio)
            # Most takes of a brief are all but alike: what random pairs mostly show.
            ids = [take for _ in range(BRIEFS) for take in scene.takes(scene.brief(), EACH)]
            descriptors = {take: rng.standard_normal(DIMENSIONS) * rng.choice([0.1, 2.0], p=[0.6, 0.4]) for take in ids}
            for take, numbers in descriptors.items():
                write_descriptors(studio, take, numbers)
            results.append(
                cosine_after_judging(scene, "ben", rng.standard_normal(DIMENSIONS), descriptors, random_share, seed)
            )
            studio.close()
    assert np.mean(cosines[0.0]) > np.mean(cosines[1.0]) + 0.03


def test_trial_pairs_come_at_random_whatever_they_show(scene: Scene) -> None:
    brief = scene.brief()
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trials.open_trial(scene.studio, "v0001", [brief], 4)
    scene.draw()
    pairs = [
        frozenset((row["candidate_take"], row["baseline_take"]))
        for row in scene.studio.rows("SELECT * FROM trial_pairs ORDER BY id")
    ]
    rng = np.random.default_rng(0)
    for place, pair in enumerate(pairs):
        for take in pair:
            write_descriptors(scene.studio, take, rng.standard_normal(DIMENSIONS) * (50 if place == 0 else 0.01))
    studio_with_descriptors(scene)
    firsts = [next(pair for pair in select(scene, 8, seed, random_share=0.0) if pair in pairs) for seed in range(60)]
    assert {pair: 5 <= firsts.count(pair) <= 28 for pair in pairs} == dict.fromkeys(pairs, True)
    assert not pair_pool_of(scene.studio).rows_of([pair_of(*pair) for pair in pairs])[0].size
    trial_takes = {take for pair in pairs for take in pair}
    assert all(pair in pairs or not pair & trial_takes for pair in select(scene, 64, 0))


def test_a_take_without_descriptors_comes_as_often_as_at_random(scene: Scene) -> None:
    descriptors = studio_with_descriptors(scene)
    bare = scene.takes(scene.brief(), EACH)  # six of 78 pairs
    seen = [pair <= set(bare) for seed in range(150) for pair in select(scene, 2, seed)]
    assert 0.03 < np.mean(seen) < 0.14  # 6 / 78 = 0.08
    assert len(set(select(scene, 78, 0))) == 78
    assert len(descriptors) == BRIEFS * EACH


def test_without_any_descriptors_everything_comes_at_random(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    assert {select(scene, 1, seed)[0] for seed in range(30)} == {frozenset(p) for p in ((a, b), (a, c), (b, c))}


def test_descriptors_that_come_later_are_noticed(scene: Scene) -> None:
    a, _, c = scene.takes(scene.brief(), 3)
    select(scene, 1, 0)
    for take, number in zip((a, a + 1, c), (0.0, 0.1, 3.0), strict=True):
        write_descriptors(scene.studio, take, np.full(DIMENSIONS, number))
    assert {select(scene, 1, seed, random_share=0.0)[0] for seed in range(10)} == {frozenset((a, c))}


def test_only_pairs_of_the_requested_shot_are_selected(scene: Scene) -> None:
    studio_with_descriptors(scene)
    there = scene.takes(scene.brief(shot="S_020"), 3)
    for take in there:
        write_descriptors(scene.studio, take, np.full(DIMENSIONS, 0.01 * take))
    assert set(select(scene, 9, 0, shot="S_020")) == {frozenset(pair) for pair in combinations(there, 2)}
    assert len(select(scene, 200, 0, project="SHOW")) == BRIEFS * 6 + 3
    assert select(scene, 9, 0, project="OTHER") == []


def test_fewer_judgements_come_before_more_information_and_held_pairs_are_left_out(scene: Scene) -> None:
    descriptors = studio_with_descriptors(scene)
    best = select(scene, 10, 0, person="ben", random_share=0.0)
    for pair in best:
        scene.judge("ben", *pair, "left")
    selected = select(scene, BRIEFS * 6, 0, person="cas", random_share=0.0)
    assert set(selected[-10:]) == set(best)
    assert len(selected) == len(set(selected)) == len(descriptors) * 3 // 2
    held = [tuple(pair) for pair in selected[:5]]
    assert not set(selected[:5]) & set(select(scene, 30, 0, person="cas", exclude=held))


def test_a_pair_that_somebody_holds_comes_last_for_the_next_person(scene: Scene) -> None:
    studio_with_descriptors(scene)
    ana = set(select(scene, 8, 0, person="ana", random_share=0.0))
    everything = select(scene, BRIEFS * 6, 0, person="ben", random_share=0.0)
    assert set(everything[-8:]) == ana  # when nothing else is left
    assert ana & set(
        select(scene, 8, 0, person="ana", random_share=0.0)
    )  # asking again, as a page does that was loaded again


def test_a_day_of_ballots_is_taken_in_by_one_search(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One search for each ballot, over all pairs, would make the first request after a restart quadratic."""
    studio_with_descriptors(scene)
    searches = []
    rows_of = PairPool.rows_of

    def counted(self: PairPool, pairs: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        searches.append(len(pairs))
        return rows_of(self, pairs)

    monkeypatch.setattr(PairPool, "rows_of", counted)
    pair_pool_of(scene.studio).read(scene.studio)
    counts = []
    for person in ("ana", "ben"):
        pairs = select(scene, BRIEFS * 6, 0, person=person)
        for pair in pairs[: 5 if person == "ana" else None]:
            scene.judge(person, *sorted(pair), "left")
        searches.clear()
        pair_pool_of(scene.studio).read(scene.studio)
        counts.append(len(searches))
    assert counts[0] == counts[1], "as many searches for 72 ballots as for 5"
    judged = pair_pool_of(scene.studio).judged
    assert sorted(judged) == [1] * (BRIEFS * 6 - 5) + [2] * 5


def test_finding_a_pair_does_not_copy_the_pairs() -> None:
    pool = PairPool()
    pool.pair = np.arange(1_000_000, dtype=np.int64)
    tracemalloc.start()
    rows, which = pool.rows_of([3, 2_000_000, 999_999])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (rows.tolist(), which.tolist()) == ([3, 999_999], [0, 2])
    assert most < 100_000


def test_a_changed_mind_counts_once(scene: Scene) -> None:
    a, b = scene.takes(scene.brief(), 2)
    for verdict in ("left", "tie", "right"):
        scene.judge("ben", a, b, verdict)
    second = scene.judge("cas", b, a, "left")
    scene.judge("cas", b, a, "skip")
    pool = pair_pool_of(scene.studio)
    pool.read(scene.studio)
    assert pool.votes.counts == {pair_of(a, b): (2, 2, 0.0)}
    scene.undo("cas", second)
    pool.read(scene.studio)
    assert pool.votes.counts == {pair_of(a, b): (2, 1, 0.0)}


def test_an_older_studio_gets_its_table_of_descriptors(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    scene = Scene(Studio.create(folder))
    a, b = scene.takes(scene.brief(), 2)
    with scene.studio.writing() as db:  # as Circletake 0.1 left it
        db.execute("DROP TABLE descriptors")
        db.execute("DELETE FROM _sqlite_migrations WHERE name IN ('m004_looks', 'm007_descriptors')")
    again = Studio.open(folder)
    assert takes_without_descriptors(again, 0, 9) == [
        (take, again.value("SELECT rendition FROM takes WHERE id = ?", (take,))) for take in (a, b)
    ]
    assert len(next_pairs.next_pairs(again, scene.people["ben"], 8)) == 1


def test_descriptors_of_another_scheme_are_missing_until_they_are_measured_again(scene: Scene) -> None:
    (take,) = scene.takes(scene.brief(), 1)
    sha256 = scene.studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))
    picture = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), dtype=np.uint8)
    store_descriptors(scene.studio, sha256, picture)
    with scene.studio.writing() as db:
        db.execute("UPDATE descriptors SET scheme = ?", (SCHEME - 1,))
    assert takes_without_descriptors(scene.studio, 0, 9) == [(take, sha256)]
    descriptors, place = read_descriptors(scene.studio)
    assert not descriptors
    store_descriptors(scene.studio, sha256, picture)
    assert takes_without_descriptors(scene.studio, 0, 9) == []
    descriptors, _ = read_descriptors(scene.studio, place)
    np.testing.assert_allclose(descriptors[sha256], measure_descriptors(picture), atol=2e-3)
