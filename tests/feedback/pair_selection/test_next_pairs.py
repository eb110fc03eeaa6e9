"""Pairs chosen by what they teach: what must never be chosen, what must never be left out, and that it does teach."""

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
from feedback.pair_selection.acquisition import choose_pairs, estimate_reward, odds
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
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene

BRIEFS, EACH = 12, 4


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def write_look(studio: Studio, take: int, numbers: np.ndarray) -> None:
    """Instead of a measured one."""
    sha256 = studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))
    row = {"sha256": sha256, "scheme": SCHEME, "numbers": numbers.astype("<f2").tobytes()}
    with studio.writing() as db:
        db.table("descriptors").insert(row, pk="sha256", replace=True)


def house_of_looks(scene: Scene, seed: int = 0) -> dict[int, np.ndarray]:
    """Twelve briefs of four takes with random looks, by take."""
    rng = np.random.default_rng(seed)
    ids = [take for _ in range(BRIEFS) for take in scene.takes(scene.brief(), EACH)]
    looks = {take: rng.standard_normal(DIMENSIONS) for take in ids}
    for take, numbers in looks.items():
        write_look(scene.studio, take, numbers)
    return looks


def ids_of(pair: dict) -> tuple[int, int]:
    return pair["left"]["id"], pair["right"]["id"]


def deal(scene: Scene, count: int, seed: int, person: str = "ben", **options) -> list[frozenset[int]]:
    pairs = next_pairs.next_pairs(scene.studio, scene.people[person], count, rng=random.Random(seed), **options)
    return [frozenset(ids_of(pair)) for pair in pairs]


def test_the_same_seed_on_the_same_record_deals_the_same(scene: Scene) -> None:
    house_of_looks(scene)
    assert deal(scene, 8, 1) == deal(scene, 8, 1)
    assert deal(scene, 8, 1) != deal(scene, 8, 2)


def test_without_ballots_takes_that_look_most_unlike_come_first(scene: Scene) -> None:
    looks = house_of_looks(scene)
    lengths = {
        frozenset(pair): np.linalg.norm(looks[pair[0]] - looks[pair[1]])
        for first in range(1, BRIEFS * EACH, EACH)
        for pair in combinations(range(first, first + EACH), 2)
    }
    chosen = [lengths[pair] for seed in range(5) for pair in deal(scene, 6, seed, chance=0.0)]
    by_chance = [lengths[pair] for seed in range(5) for pair in deal(scene, 6, seed, chance=1.0)]
    assert np.mean(chosen) > np.mean(by_chance) + np.std(by_chance) / 2


def test_pairs_dealt_together_are_of_different_briefs_while_there_are_any(scene: Scene) -> None:
    house_of_looks(scene)
    homes = [{(take - 1) // EACH for take in pair} for pair in deal(scene, BRIEFS, 0, chance=0.0)]
    assert len(set(map(frozenset, homes))) > BRIEFS * 2 / 3


def test_what_nobody_is_sure_about_is_asked_and_what_is_clear_is_not(scene: Scene) -> None:
    """People like the first number; takes that differ in it alone are settled, those that differ in another are not."""
    settled, open_question = np.zeros(DIMENSIONS), np.zeros(DIMENSIONS)
    settled[0], open_question[7] = 1.0, 1.0
    for _ in range(20):
        a, b = scene.takes(scene.brief(), 2)
        write_look(scene.studio, a, settled)
        write_look(scene.studio, b, -settled)
        scene.judge("ana", a, b, "left")
    clear, unclear = (scene.takes(scene.brief(), 2) for _ in range(2))
    for (a, b), numbers in ((clear, settled), (unclear, open_question)):
        write_look(scene.studio, a, numbers)
        write_look(scene.studio, b, -numbers)
    assert {deal(scene, 1, seed, chance=0.0)[0] for seed in range(10)} == {frozenset(unclear)}


def test_what_is_clear_is_not_asked_even_where_part_of_it_is_new() -> None:
    """Two pairs differ alike in a number nobody has judged; one of them differs in what everybody likes, too."""
    told = np.zeros((30, DIMENSIONS))
    told[:, 0] = 1.0
    liking = estimate_reward(np.ones(DIMENSIONS), told, np.ones(30), np.ones(30))
    new, clear = np.eye(DIMENSIONS)[7], np.eye(DIMENSIONS)[7] + np.eye(DIMENSIONS)[0]
    for order in ([new, clear], [clear, new]):
        (row,) = choose_pairs(liking, np.stack(order), np.arange(2), np.zeros(2), 1, 0.0, np.random.default_rng(0))
        assert order[row] is new


def test_briefs_judged_less_come_first_among_equal_lessons() -> None:
    liking = estimate_reward(np.ones(DIMENSIONS), np.empty((0, DIMENSIONS)), np.empty(0), np.empty(0))
    apart = np.eye(DIMENSIONS)[:4]
    dealt = choose_pairs(
        liking, apart, np.array([3, 3, 4, 4]), np.array([2, 2, 0, 0]), 3, 0.0, np.random.default_rng(0)
    )
    assert dealt == [2, 3, 0]


def test_the_fit_finds_the_liking_behind_many_verdicts() -> None:
    rng = np.random.default_rng(0)
    true, told = rng.standard_normal(DIMENSIONS), rng.standard_normal((3000, DIMENSIONS)) / 8
    share = (rng.random(3000) < odds(told @ true * 3)).astype(float)
    weight = estimate_reward(np.ones(DIMENSIONS), told, share, np.ones(3000)).weight
    assert weight @ true / np.linalg.norm(weight) / np.linalg.norm(true) > 0.95


def learned(scene: Scene, person: str, liking: np.ndarray, looks: dict[int, np.ndarray], chance: float, seed: int):
    """Cosine of the fitted liking with the true one after 24 verdicts."""
    for _ in range(6):
        rng = random.Random(seed)
        for pair in next_pairs.next_pairs(scene.studio, scene.people[person], 4, random_share=chance, rng=rng):
            left, right = ids_of(pair)
            scene.judge(person, left, right, "left" if (looks[left] - looks[right]) @ liking > 0 else "right")
    deck = pair_pool_of(scene.studio)
    deck.read(scene.studio)
    assert deck.liking is not None
    found = deck.liking.weight / deck.liking.scale
    return float(found @ liking / np.linalg.norm(found) / np.linalg.norm(liking))


def test_chosen_pairs_teach_faster_than_random_ones(tmp_path: Path) -> None:
    """Looks in which a few numbers vary together, as pictures' do; the same stock and the same taste for both."""
    cosines: dict[float, list[float]] = {0.0: [], 1.0: []}
    for seed in range(4):
        for chance, found in cosines.items():
            studio = Studio.create(tmp_path / f"studio_{seed}_{chance:g}")
            rng, scene = np.random.default_rng(seed), Scene(studio)
            # Most takes of a brief are all but alike: what random pairs mostly show.
            ids = [take for _ in range(BRIEFS) for take in scene.takes(scene.brief(), EACH)]
            looks = {take: rng.standard_normal(DIMENSIONS) * rng.choice([0.1, 2.0], p=[0.6, 0.4]) for take in ids}
            for take, numbers in looks.items():
                write_look(studio, take, numbers)
            found.append(learned(scene, "ben", rng.standard_normal(DIMENSIONS), looks, chance, seed))
            studio.close()
    assert np.mean(cosines[0.0]) > np.mean(cosines[1.0]) + 0.03


def test_trial_pairs_are_dealt_by_chance_whatever_they_look_like(scene: Scene) -> None:
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
            write_look(scene.studio, take, rng.standard_normal(DIMENSIONS) * (50 if place == 0 else 0.01))
    house_of_looks(scene)
    firsts = [next(pair for pair in deal(scene, 8, seed, chance=0.0) if pair in pairs) for seed in range(60)]
    assert {pair: 5 <= firsts.count(pair) <= 28 for pair in pairs} == dict.fromkeys(pairs, True)
    assert not pair_pool_of(scene.studio).find([pair_of(*pair) for pair in pairs])[0].size
    trial_takes = {take for pair in pairs for take in pair}
    assert all(pair in pairs or not pair & trial_takes for pair in deal(scene, 64, 0))


def test_a_take_without_a_look_is_dealt_as_often_as_by_chance(scene: Scene) -> None:
    looks = house_of_looks(scene)
    bare = scene.takes(scene.brief(), EACH)  # six of 78 pairs
    seen = [pair <= set(bare) for seed in range(150) for pair in deal(scene, 2, seed)]
    assert 0.03 < np.mean(seen) < 0.14  # 6 / 78 = 0.08
    assert len(set(deal(scene, 78, 0))) == 78
    assert len(looks) == BRIEFS * EACH


def test_with_no_looks_at_all_everything_is_dealt_by_chance(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    assert {deal(scene, 1, seed)[0] for seed in range(30)} == {frozenset(p) for p in ((a, b), (a, c), (b, c))}


def test_a_look_that_comes_later_is_noticed(scene: Scene) -> None:
    a, _, c = scene.takes(scene.brief(), 3)
    deal(scene, 1, 0)
    for take, number in zip((a, a + 1, c), (0.0, 0.1, 3.0), strict=True):
        write_look(scene.studio, take, np.full(DIMENSIONS, number))
    assert {deal(scene, 1, seed, chance=0.0)[0] for seed in range(10)} == {frozenset((a, c))}


def test_only_pairs_of_the_shot_asked_for_are_dealt(scene: Scene) -> None:
    house_of_looks(scene)
    there = scene.takes(scene.brief(shot="S_020"), 3)
    for take in there:
        write_look(scene.studio, take, np.full(DIMENSIONS, 0.01 * take))
    assert set(deal(scene, 9, 0, shot="S_020")) == {frozenset(pair) for pair in combinations(there, 2)}
    assert len(deal(scene, 200, 0, project="SHOW")) == BRIEFS * 6 + 3
    assert deal(scene, 9, 0, project="OTHER") == []


def test_fewer_judgements_come_before_better_lessons_and_held_pairs_are_left_out(scene: Scene) -> None:
    looks = house_of_looks(scene)
    best = deal(scene, 10, 0, person="ben", chance=0.0)
    for pair in best:
        scene.judge("ben", *pair, "left")
    dealt = deal(scene, BRIEFS * 6, 0, person="cas", chance=0.0)
    assert set(dealt[-10:]) == set(best)
    assert len(dealt) == len(set(dealt)) == len(looks) * 3 // 2
    held = [tuple(pair) for pair in dealt[:5]]
    assert not set(dealt[:5]) & set(deal(scene, 30, 0, person="cas", exclude=held))


def test_what_somebody_has_in_hand_is_not_dealt_to_the_next_person(scene: Scene) -> None:
    house_of_looks(scene)
    ana = set(deal(scene, 8, 0, person="ana", chance=0.0))
    everything = deal(scene, BRIEFS * 6, 0, person="ben", chance=0.0)
    assert set(everything[-8:]) == ana  # when nothing else is left
    assert ana & set(deal(scene, 8, 0, person="ana", chance=0.0))  # asking again, as a page does that was loaded again


def test_a_day_of_ballots_is_taken_in_by_one_search(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One search for each ballot, over all pairs, would make the first deal after a restart quadratic."""
    house_of_looks(scene)
    searches = []
    find = PairPool.find

    def counted(self: PairPool, pairs: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        searches.append(len(pairs))
        return find(self, pairs)

    monkeypatch.setattr(PairPool, "find", counted)
    pair_pool_of(scene.studio).read(scene.studio)
    counts = []
    for person in ("ana", "ben"):
        pairs = deal(scene, BRIEFS * 6, 0, person=person)
        for pair in pairs[: 5 if person == "ana" else None]:
            scene.judge(person, *sorted(pair), "left")
        searches.clear()
        pair_pool_of(scene.studio).read(scene.studio)
        counts.append(len(searches))
    assert counts[0] == counts[1], "as many searches for 72 ballots as for 5"
    judged = pair_pool_of(scene.studio).judged
    assert sorted(judged) == [1] * (BRIEFS * 6 - 5) + [2] * 5


def test_finding_a_pair_does_not_copy_the_pairs() -> None:
    deck = PairPool()
    deck.pair = np.arange(1_000_000, dtype=np.int64)
    tracemalloc.start()
    rows, which = deck.find([3, 2_000_000, 999_999])
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
    deck = pair_pool_of(scene.studio)
    deck.read(scene.studio)
    assert deck.tally.counts == {pair_of(a, b): (2, 2, 0.0)}
    scene.undo("cas", second)
    deck.read(scene.studio)
    assert deck.tally.counts == {pair_of(a, b): (2, 1, 0.0)}


def test_an_older_studio_gets_its_table_of_looks(tmp_path: Path) -> None:
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


def test_a_look_of_another_scheme_is_missing_and_is_found_again_once_it_is_measured_anew(scene: Scene) -> None:
    (take,) = scene.takes(scene.brief(), 1)
    sha256 = scene.studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))
    picture = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), dtype=np.uint8)
    store_descriptors(scene.studio, sha256, picture)
    with scene.studio.writing() as db:
        db.execute("UPDATE descriptors SET scheme = ?", (SCHEME - 1,))
    assert takes_without_descriptors(scene.studio, 0, 9) == [(take, sha256)]
    looks, place = read_descriptors(scene.studio)
    assert not looks
    store_descriptors(scene.studio, sha256, picture)
    assert takes_without_descriptors(scene.studio, 0, 9) == []
    looks, _ = read_descriptors(scene.studio, place)
    np.testing.assert_allclose(looks[sha256], measure_descriptors(picture), atol=2e-3)
