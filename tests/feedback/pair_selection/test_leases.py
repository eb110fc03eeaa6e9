"""Which pairs come next for a person, and that their open pages hold different ones."""

from __future__ import annotations

import time
from typing import Any

import pytest

from feedback.models import versions
from feedback.pair_selection import next_pairs, pair_pool
from feedback.store import Studio
from feedback.trials import trials
from feedback.trials.counting import Limits
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def _judge_all(scene: Scene, person: str, rounds: int) -> list[tuple[int, int]]:
    seen = []
    for _ in range(rounds):
        (pair,) = next_pairs.next_pairs(scene.studio, scene.people[person], 1)
        left, right = pair["left"]["id"], pair["right"]["id"]
        scene.judge(person, left, right, "skip" if len(seen) % 3 == 0 else "left")
        seen.append((min(left, right), max(left, right)))
    return seen


def _pairs(scene: Scene, client: str, count: int = 9, **options: Any) -> set[tuple[int, int]]:
    pairs = next_pairs.next_pairs(scene.studio, scene.people["ben"], count, client=client, **options)
    return {(min(ids), max(ids)) for ids in ((pair["left"]["id"], pair["right"]["id"]) for pair in pairs)}


def test_judged_pairs_do_not_come_back_and_skipped_ones_do_when_nothing_else_is_left(scene: Scene) -> None:
    for _ in range(2):
        scene.takes(scene.brief(), 3)
    seen = _judge_all(scene, "ben", 6)
    assert len(set(seen)) == 6
    skipped = [seen[0], seen[3]]  # the oldest first
    selected = next_pairs.next_pairs(scene.studio, scene.people["ben"], 9)
    assert [tuple(sorted((pair["left"]["id"], pair["right"]["id"]))) for pair in selected] == skipped
    for pair in skipped:
        scene.judge("ben", *pair, "tie")
    assert next_pairs.next_pairs(scene.studio, scene.people["ben"], 9) == []


def test_two_pages_of_one_person_do_not_get_the_same_pair(scene: Scene) -> None:
    for _ in range(2):
        scene.takes(scene.brief(), 3)
    first = _pairs(scene, "page-1", 4)
    second = _pairs(scene, "page-2")
    assert (len(first), len(second), first & second) == (4, 2, set())
    assert _pairs(scene, "page-2", exclude=second) == set()
    assert _pairs(scene, "page-1", exclude=first) == set()
    # A pair that its page skipped does not go to the other one meanwhile either, but what one page leaves is free.
    assert _pairs(scene, "page-1", exclude=list(first)[:3]) == first - set(list(first)[:3])
    assert next_pairs.renew_leases(scene.studio, scene.people["ben"], "page-1", []) == []
    assert _pairs(scene, "page-2", exclude=second) == first


def test_a_page_that_is_loaded_again_gets_back_what_it_held(scene: Scene) -> None:
    scene.takes(scene.brief(), 3)
    everything = _pairs(scene, "page-1")
    assert len(everything) == 3
    assert _pairs(scene, "page-2") == set()
    # It says that it is left, and another page asks before it is back.
    next_pairs.renew_leases(scene.studio, scene.people["ben"], "page-1", everything, leaving=True)
    assert _pairs(scene, "page-2") == set()
    assert _pairs(scene, "page-3", replaces="page-1") == everything
    assert _pairs(scene, "page-2") == set()


def test_what_a_closed_page_held_is_soon_free(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.takes(scene.brief(), 3)
    everything = _pairs(scene, "page-1")
    next_pairs.renew_leases(scene.studio, scene.people["ben"], "page-1", everything, leaving=True)
    later = time.monotonic() + next_pairs.LEAVING_SECONDS + 1
    monkeypatch.setattr(pair_pool.time, "monotonic", lambda: later)
    assert next_pairs.LEAVING_SECONDS < pair_pool.PAGE_SECONDS
    assert _pairs(scene, "page-2") == everything


def test_trial_pairs_too_go_to_one_page_of_a_person(scene: Scene) -> None:
    brief = scene.brief()
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trials.open_trial(scene.studio, "v0001", [brief], 4, limits=Limits(1, 1.0))
    scene.draw()
    first, second = _pairs(scene, "page-1", 3), _pairs(scene, "page-2")
    assert (len(first), len(second), first & second) == (3, 1, set())


def test_a_page_that_fell_silent_loses_its_pairs_and_learns_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.takes(scene.brief(), 3)
    ben = scene.people["ben"]
    held = _pairs(scene, "page-1")
    assert set(next_pairs.renew_leases(scene.studio, ben, "page-1", held)) == held
    later = time.monotonic() + pair_pool.PAGE_SECONDS + 1
    monkeypatch.setattr(pair_pool.time, "monotonic", lambda: later)
    taken = _pairs(scene, "page-2", 2)
    assert len(taken) == 2
    assert set(next_pairs.renew_leases(scene.studio, ben, "page-1", held)) == held - taken
    assert _pairs(scene, "page-2", exclude=taken) == set()


def test_what_is_undone_on_a_page_is_taken_from_the_page_that_judged_it(scene: Scene) -> None:
    scene.takes(scene.brief(), 3)
    ben = scene.people["ben"]
    held = sorted(_pairs(scene, "page-1"))
    undone = held[0]
    assert next_pairs.renew_leases(scene.studio, ben, "page-2", [undone]) == []
    assert next_pairs.renew_leases(scene.studio, ben, "page-2", [undone], taken=[undone]) == [undone]
    assert next_pairs.renew_leases(scene.studio, ben, "page-1", held) == held[1:]
    assert next_pairs.renew_leases(scene.studio, scene.people["ana"], "page-9", held, taken=held) == held
    assert next_pairs.renew_leases(scene.studio, ben, "page-1", held[1:]) == held[1:], "each person's own"


def test_a_program_that_names_no_page_keeps_nothing_from_anybody(scene: Scene) -> None:
    scene.takes(scene.brief(), 3)
    assert len(_pairs(scene, "")) == len(_pairs(scene, "")) == len(_pairs(scene, "page-1")) == 3
    assert _pairs(scene, "") == set()


def test_pages_and_what_they_hold_are_bounded(scene: Scene) -> None:
    scene.takes(scene.brief(), 3)
    ben, pool = scene.people["ben"], pair_pool.pair_pool_of(scene.studio)
    for page in range(100):
        next_pairs.renew_leases(scene.studio, ben, f"page-{page}", [(page, 1000 + k) for k in range(1000)])
    assert len(pool.leases) == pair_pool.MOST_PAGES
    assert max(len(leased) for leased in pool.leases.values()) <= pair_pool.MOST_LEASES


def test_fewest_judged_first_held_pairs_left_out_and_sides_at_random(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    scene.judge("ben", a, b, "left")
    pairs = next_pairs.next_pairs(scene.studio, scene.people["cas"], 9)
    assert [{p["left"]["id"], p["right"]["id"]} for p in pairs][-1] == {a, b}
    assert len(next_pairs.next_pairs(scene.studio, scene.people["cas"], 9, exclude=[(c, a), (b, c)])) == 1
    lefts = {next_pairs.next_pairs(scene.studio, scene.people["cas"], 9)[-1]["left"]["id"] for _ in range(40)}
    assert lefts == {a, b}
    assert next_pairs.next_pairs(scene.studio, scene.people["cas"], 9, shot="S_020") == []


def test_trial_pairs_are_mixed_in_at_random(scene: Scene) -> None:
    brief = scene.brief()
    scene.takes(brief, 4)
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trials.open_trial(scene.studio, "v0001", [brief], 4, limits=Limits(1, 1.0))
    scene.draw()
    hidden = [
        tuple(p["left"]["purpose"] == "trial" for p in next_pairs.next_pairs(scene.studio, scene.people["ben"], 6))
        for _ in range(30)
    ]
    assert len(set(hidden)) > 5
    assert {first for first, *_ in hidden} == {True, False}


def test_ten_thousand_takes_of_one_brief_are_no_more_than_six_pairs_each(scene: Scene) -> None:
    brief = scene.brief()
    with scene.studio.writing() as db:
        numbers = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 10000)"
        db.execute(f"{numbers} INSERT INTO media SELECT 'm' || k, 'png', 'image/png', 1, 16, 16, 1, 'now' FROM n")
        db.execute(
            f"{numbers} INSERT INTO takes (brief, seed, state, rendition, created)"
            " SELECT ?, k, 'done', 'm' || k, 'now' FROM n",
            (brief,),
        )
    assert len(next_pairs.next_pairs(scene.studio, scene.people["ben"], 8)) == 8
    assert len(pair_pool.pair_pool_of(scene.studio).pair) <= pair_pool.NEIGHBOURS * 10_000


def test_the_pair_that_a_page_wishes_for_comes_first_while_it_may_be_judged(studio: Studio) -> None:
    scene = Scene(studio)
    takes = [scene.takes(scene.brief()) for _ in range(30)]
    ben, wish = scene.people["ben"], (takes[17][1], takes[17][0])

    def dealt(**more: Any) -> list[frozenset[int]]:
        return [frozenset((p["left"]["id"], p["right"]["id"])) for p in next_pairs.next_pairs(studio, ben, 4, **more)]

    for _ in range(5):
        first, *others = dealt(first=wish)
        assert first == frozenset(wish)
        assert len(others) == 3
        assert first not in others
    assert frozenset((takes[0][0], takes[1][0])) not in dealt(first=(takes[0][0], takes[1][0])), "no pair of a brief"
    assert frozenset(wish) not in dealt(first=wish, exclude=[wish]), "the page has it"
    scene.judge("ben", *wish, "left")
    assert frozenset(wish) not in dealt(first=wish)
