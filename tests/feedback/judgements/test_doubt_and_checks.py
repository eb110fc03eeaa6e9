"""Verdicts that say nothing of their pair, verdicts given again as a check, and stars that were taken back."""

from __future__ import annotations

import random

import pytest

from feedback.judgements import ballots, ratings
from feedback.pair_selection.next_pairs import next_pairs
from feedback.preferences import dataset
from feedback.preferences.rater_reliability import estimate_reliability
from feedback.production.takes import get_take
from feedback.store import Studio
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def age(studio: Studio, minutes: int) -> None:
    """As if every ballot had been cast so much earlier."""
    with studio.writing() as db:
        db.execute(
            "UPDATE ballots SET created = replace(datetime(created, ?), ' ', 'T') || '.000000+00:00'",
            (f"-{minutes} minutes",),
        )


def verdicts(studio: Studio) -> list[str]:
    return [row["verdict"] for row in ballots.current_ballots(studio)]


def cast(scene: Scene, uid: str, a: int, b: int, verdict: str, **more: object) -> ballots.Ballot:
    return ballots.cast_ballot(scene.studio, scene.people["ben"], uid, a, b, verdict, **more)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("doubt", ballots.DOUBTS)
@pytest.mark.parametrize("verdict", ["left", "right", "tie", "both_bad"])
def test_a_doubtful_verdict_is_kept_and_teaches_nothing(scene: Scene, verdict: str, doubt: str) -> None:
    a, b = scene.takes(scene.brief())
    assert cast(scene, "u", a, b, verdict, doubt=doubt)["doubt"] == doubt
    assert dataset.collect(scene.studio).pairs == []
    pair = next_pairs(scene.studio, scene.people["ben"], 1)
    assert {pair[0]["left"]["id"], pair[0]["right"]["id"]} == {a, b}, "the pair comes back, as a skipped one does"
    assert not pair[0]["check"]
    assert cast(scene, "v", a, b, verdict)["supersedes"] is not None
    assert len(dataset.collect(scene.studio).pairs) == 1


@pytest.mark.parametrize("doubt", ballots.DOUBTS)
def test_a_doubtful_verdict_replaces_none(scene: Scene, doubt: str) -> None:
    a, b = scene.takes(scene.brief())
    first = cast(scene, "u", a, b, "left")
    again = cast(scene, "v", a, b, "right", doubt=doubt)
    assert (again["repeats"], again["supersedes"]) == (first["id"], None), "it is kept, beside the verdict"
    assert cast(scene, "v", a, b, "right", doubt=doubt)["id"] == again["id"]
    assert verdicts(scene.studio) == ["left"]
    assert dataset.collect(scene.studio).repeats == []


@pytest.mark.parametrize("undone", [False, True])
def test_a_check_stands_beside_the_first_verdict(scene: Scene, undone: bool) -> None:
    a, b = scene.takes(scene.brief())
    first = cast(scene, "u", a, b, "left")
    if undone:
        cast(scene, "s", a, b, "skip", undoes="u")
    second = cast(scene, "v", b, a, "left", keep_earlier=True)
    assert (second["repeats"], second["supersedes"] is None) == ((None, False) if undone else (first["id"], True))
    assert verdicts(scene.studio) == ["left"]
    assert dataset.collect(scene.studio).pairs[0]["p_left"] == float(not undone)
    assert cast(scene, "v", b, a, "left", keep_earlier=True)["id"] == second["id"], "sent again, it is the same row"
    third = cast(scene, "w", a, b, "tie", keep_earlier=True)
    assert third["repeats"] == (second if undone else first)["id"]
    assert cast(scene, "x", a, b, "right")["supersedes"] == (second if undone else first)["id"], (
        "by the person's own wish"
    )
    assert verdicts(scene.studio) == ["right"]


def test_checks_are_dealt_marked_once_and_late(scene: Scene) -> None:
    takes = [scene.takes(scene.brief()) for _ in range(40)]
    for number, (a, b) in enumerate(takes[:20]):
        cast(scene, f"u{number}", a, b, "left")
    deal = {"check_share": 0.5, "rng": random.Random(1)}
    ben = scene.people["ben"]
    assert not any(pair["check"] for pair in next_pairs(scene.studio, ben, 10, **deal)), "not at once"  # type: ignore[arg-type]
    age(scene.studio, 11)
    judged = {frozenset(pair) for pair in takes[:20]}
    dealt = next_pairs(scene.studio, ben, 10, **deal)  # type: ignore[arg-type]
    checks = [frozenset((pair["left"]["id"], pair["right"]["id"])) for pair in dealt if pair["check"]]
    assert len(dealt) == 10
    assert 1 <= len(checks) <= 9
    assert set(checks) <= judged
    assert all(frozenset((p["left"]["id"], p["right"]["id"])) not in judged for p in dealt if not p["check"])
    for number, (a, b) in enumerate(checks):
        cast(scene, f"v{number}", a, b, "right", keep_earlier=True)
    for _ in range(20):
        again = next_pairs(scene.studio, ben, 10, check_share=0.9, rng=random.Random())
        assert not set(checks) & {frozenset((pair["left"]["id"], pair["right"]["id"])) for pair in again}
    assert not any(pair["check"] for pair in next_pairs(scene.studio, scene.people["cas"], 10, **deal))  # type: ignore[arg-type]


def test_when_all_is_judged_no_check_is_dealt(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    cast(scene, "u", a, b, "left")
    age(scene.studio, 11)
    assert next_pairs(scene.studio, scene.people["ben"], 8, check_share=1.0) == []


def test_checks_say_how_consistent_a_person_is(scene: Scene) -> None:
    for number in range(12):
        a, b = scene.takes(scene.brief())
        cast(scene, f"u{number}", a, b, "left")
    age(scene.studio, 11)
    for row in ballots.current_ballots(scene.studio):
        cast(
            scene,
            f"again {row['id']}",
            row["left"],
            row["right"],
            "right" if row["id"] % 2 else "left",
            keep_earlier=True,
        )
    preferences = dataset.collect(scene.studio)
    assert sorted(agrees for _, _, agrees in preferences.repeats) == [False] * 6 + [True] * 6
    assert len(preferences.pairs) == 12
    assert all(pair["p_left"] == 1.0 for pair in preferences.pairs)
    assert estimate_reliability(preferences.pairs, preferences.repeats)[scene.people["ben"]] < 0.95


def test_stars_are_taken_back_and_given_again(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    ben = scene.people["ben"]
    ratings.rate_take(scene.studio, ben, "r1", a, 4)
    ratings.rate_take(scene.studio, ben, "r2", b, 2)
    assert dataset.collect(scene.studio).star_pairs
    row, new = ratings.rate_take(scene.studio, ben, "r3", a, 0)
    assert (row["taken_back"], new) == (1, True)
    assert ratings.rate_take(scene.studio, ben, "r3", a, 0) == (row, False)
    assert get_take(scene.studio, a)["stars"] is None
    assert dataset.collect(scene.studio).star_pairs == []
    assert ratings.rate_take(scene.studio, ben, "r4", a, 5)[0]["supersedes"] == row["id"]
    assert get_take(scene.studio, a)["stars"] == 5
    ratings.rate_take(scene.studio, ben, "r5", b, 0)
    assert ratings.rate_take(scene.studio, ben, "r6", b, 0)[1], "twice is fine"
