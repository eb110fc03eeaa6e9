"""Which takes come to be ranked: of one brief, with as few judged pairs as can be, and none of an open trial."""

from __future__ import annotations

import random

import pytest

from feedback.errors import Invalid
from feedback.judgements import rankings
from feedback.models import versions
from feedback.pair_selection import next_rankings
from feedback.people import project_members
from feedback.store import Studio
from feedback.trials import trials
from feedback.trials.counting import Limits
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def deal(scene: Scene, count: int = 1, size: int = 4, person: str = "ben", **more: object) -> list[list[int]]:
    sets = next_rankings.next_rankings(
        scene.studio,
        scene.people[person],
        count,
        size,
        rng=random.Random(3),
        **more,  # type: ignore[arg-type]
    )
    return [[take["id"] for take in each["takes"]] for each in sets]


@pytest.mark.parametrize(("takes", "size", "expected"), [(6, 4, 4), (3, 4, 3), (9, 9, 9), (2, 2, 2), (12, 9, 9)])
def test_as_many_takes_of_one_brief_as_there_are(scene: Scene, takes: int, size: int, expected: int) -> None:
    for prompt in ("a house", "a tree"):
        scene.takes(scene.brief(prompt), takes)
    (dealt,) = deal(scene, size=size)
    assert len(set(dealt)) == expected
    briefs = {scene.studio.value("SELECT brief FROM takes WHERE id = ?", (take,)) for take in dealt}
    assert len(briefs) == 1


def test_a_brief_with_one_take_and_sizes_out_of_range_give_none(scene: Scene) -> None:
    scene.takes(scene.brief(), 1)
    assert deal(scene) == []
    for size in (1, 10):
        with pytest.raises(Invalid, match="size"):
            deal(scene, size=size)


def test_what_is_ranked_or_held_does_not_come_again(scene: Scene) -> None:
    scene.takes(scene.brief(), 4)
    (held,) = deal(scene)
    assert deal(scene, exclude=[held]) == []
    rankings.rank_takes(scene.studio, scene.people["ben"], "r", held)
    assert deal(scene) == []
    assert deal(scene, person="cas") != []


def test_takes_whose_pairs_are_judged_come_last(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 6)
    rankings.rank_takes(scene.studio, scene.people["ben"], "r", takes[:4])
    for _ in range(3):
        (dealt,) = deal(scene, size=3)
        assert not set(dealt) <= set(takes[:4])


def test_each_set_dealt_asks_of_pairs_that_no_other_does(scene: Scene) -> None:
    scene.takes(scene.brief(), 8)
    dealt, seen = deal(scene, count=6, size=3), set[int]()
    assert len(dealt) == 6
    for each in dealt:
        new = set(next_rankings.pairs_among(each)) - seen
        assert len(new) >= 2
        seen |= new


def test_neither_takes_of_open_trials_nor_of_projects_that_are_not_seen(scene: Scene) -> None:
    brief = scene.brief()
    ordinary = scene.takes(brief, 2)
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trials.open_trial(scene.studio, "v0001", [brief], 4, limits=Limits(1, 1.0))
    scene.draw()
    assert [sorted(each) for each in deal(scene, count=3)] == [ordinary]
    project_members.remove_member(scene.studio, "SHOW", "ben")
    assert deal(scene) == []


def test_of_one_shot(scene: Scene) -> None:
    here, there = scene.takes(scene.brief(shot="S_010"), 3), scene.takes(scene.brief(shot="S_020"), 3)
    assert [sorted(each) for each in deal(scene, shot="S_020")] == [there]
    assert [sorted(each) for each in deal(scene, project="SHOW", shot="S_010")] == [here]
    assert deal(scene, project="OTHER") == []
