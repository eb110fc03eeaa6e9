"""A ranking is one row and a ballot on each of its pairs; earlier verdicts stay, and it can be taken back whole."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.judgements import ballots, rankings
from feedback.models import versions
from feedback.preferences.dataset import collect
from feedback.store import Studio
from feedback.trials import trials
from feedback.trials.counting import Limits
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def winners(scene: Scene) -> set[tuple[int, int]]:
    """(better, worse) of every ballot that counts."""
    rows = [ballot for ballot in ballots.current_ballots(scene.studio) if ballot["verdict"] in ("left", "right")]
    sides = [(row["left"], row["right"]) for row in rows]
    return {pair if row["verdict"] == "left" else pair[::-1] for pair, row in zip(sides, rows, strict=True)}


def rank(scene: Scene, takes: list[int], uid: str = "r-1", person: str = "ben", **more: object) -> rankings.Ranking:
    return rankings.rank_takes(scene.studio, scene.people[person], uid, takes, **more)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_a_ranking_orders_every_pair(scene: Scene, order: tuple[int, ...]) -> None:
    takes = scene.takes(scene.brief(), 3)
    best, middle, worst = (takes[place] for place in order)
    row = rank(scene, [best, middle, worst], elapsed_ms=4000)
    assert json.loads(row["takes"]) == [best, middle, worst]
    assert winners(scene) == {(best, middle), (best, worst), (middle, worst)}
    assert {ballot["ranking"] for ballot in ballots.current_ballots(scene.studio)} == {row["id"]}
    learned = collect(scene.studio).pairs
    assert {(pair["left"], pair["right"], pair["p_left"] > 0.5) for pair in learned} == {
        (min(a, b), max(a, b), a < b) for a, b in ((best, middle), (best, worst), (middle, worst))
    }


def test_takes_that_were_not_ranked_are_below_all_others_and_unordered(scene: Scene) -> None:
    a, b, c, d = scene.takes(scene.brief(), 4)
    rank(scene, [c], rest=[a, d, b])
    assert winners(scene) == {(c, a), (c, b), (c, d)}


def test_sending_it_again_stores_nothing_and_other_content_is_refused(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 4)
    first = rankings.rank_takes(scene.studio, scene.people["ben"], "r-1", takes, elapsed_ms=900)
    again = rankings.rank_takes(scene.studio, scene.people["ben"], "r-1", takes, elapsed_ms=900)
    assert (first[1], again[1], first[0]) == (True, False, again[0])
    assert scene.studio.value("SELECT count(*) FROM ballots") == 6
    with pytest.raises(Conflict, match="other content"):
        rank(scene, takes[::-1])
    assert scene.studio.value("SELECT count(*) FROM ballots") == 6


def test_a_verdict_given_before_goes_on_to_count(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    scene.judge("ben", a, b, "right")
    rank(scene, [a, b, c])
    assert winners(scene) == {(b, a), (a, c), (b, c)}
    assert scene.studio.value("SELECT count(*) FROM ballots WHERE repeats IS NOT NULL") == 1


def test_another_persons_ranking_is_their_own(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 2)
    rank(scene, takes)
    rank(scene, takes[::-1], uid="r-2", person="cas")
    assert scene.studio.value("SELECT count(*) FROM current_ballots") == 2
    with pytest.raises(Invalid, match="not yours"):
        rankings.take_back(scene.studio, scene.people["ben"], "u-1", "r-2")


def test_it_is_taken_back_whole_and_once(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    scene.judge("ben", a, b, "right")
    rank(scene, [a, b, c])
    first = rankings.take_back(scene.studio, scene.people["ben"], "u-1", "r-1")
    assert winners(scene) == {(b, a)}
    again = rankings.take_back(scene.studio, scene.people["ben"], "u-1", "r-1")
    assert (first[1], again[1]) == (True, False)
    other = rankings.take_back(scene.studio, scene.people["ben"], "u-2", "r-1")
    assert other[0]["supersedes"] is None
    rank(scene, [c, b, a], uid="r-2")
    assert winners(scene) == {(b, a), (c, a), (c, b)}


def test_undoing_what_never_arrived_takes_nothing_back(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 2)
    rank(scene, takes)
    rankings.take_back(scene.studio, scene.people["ben"], "u-1", "never sent")
    assert winners(scene) == {(takes[0], takes[1])}


def test_a_doubtful_ranking_is_kept_and_not_counted(scene: Scene) -> None:
    takes = scene.takes(scene.brief(), 3)
    rank(scene, takes, doubt="quick")
    assert {ballot["doubt"] for ballot in ballots.current_ballots(scene.studio)} == {"quick"}
    assert collect(scene.studio).pairs == []


def test_wrong_rankings_are_refused_and_nothing_is_kept(scene: Scene) -> None:
    one, other = scene.brief(), scene.brief("a tree by night")
    takes, elsewhere = scene.takes(one, 10), scene.takes(other, 1)
    wrong: list[tuple[list[int], list[int], str]] = [
        ([], [], "0 takes"),
        (takes[:1], [], "1 takes"),
        (takes, [], "10 takes"),
        ([], takes[:2], "0 of them ranked"),
        ([takes[0], takes[0]], [], "named twice"),
        (takes[:2], takes[1:3], "named twice"),
        ([takes[0], elsewhere[0]], [], "different briefs"),
    ]
    for best, rest, words in wrong:
        with pytest.raises(Invalid, match=words):
            rank(scene, best, rest=rest)
    with pytest.raises(NotFound, match="no take 999"):
        rank(scene, [takes[0], 999])
    assert scene.studio.value("SELECT count(*) FROM ballots") + scene.studio.value("SELECT count(*) FROM rankings") == 0


def test_takes_that_are_not_drawn_or_of_an_open_trial_are_not_ranked(scene: Scene) -> None:
    brief = scene.brief()
    ordinary = scene.takes(brief, 2)
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trials.open_trial(scene.studio, "v0001", [brief], 2, limits=Limits(1, 1.0))
    hidden = scene.studio.value("SELECT candidate_take FROM trial_pairs LIMIT 1")
    with pytest.raises((NotFound, Refused)):
        rank(scene, [ordinary[0], hidden])
    scene.draw()
    for order in permutations([ordinary[0], hidden]):
        with pytest.raises(NotFound, match=f"no take {hidden}"):
            rank(scene, list(order))
    assert scene.studio.value("SELECT count(*) FROM rankings") == 0
