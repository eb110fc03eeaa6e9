"""A tag's word means what the verdicts on takes that have it say, in whatever words a studio tags."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from feedback.judgements import notes, tags
from feedback.models import lineage
from feedback.preferences import dataset, snapshot
from feedback.preferences.tags import meaning_of, tags_that_tell
from feedback.store import Studio
from tests.feedback.models.test_lineage import night
from tests.feedback.scene import Scene, uid

NUMBERS = itertools.count(1)


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def ballot(left: int, right: int, verdict: str) -> dict[str, Any]:
    return {"left": left, "right": right, "verdict": verdict}


def tag(take: int, word: str, person: int = 1) -> dict[str, Any]:
    return {"id": next(NUMBERS), "person": person, "take": take, "brief": 1, "word": word}


def meanings(rows: list[dict[str, Any]], ballots: list[dict[str, Any]]) -> dict[str, bool]:
    return {row["word"]: row["good"] for row in tags_that_tell(rows, ballots)}


def test_a_word_on_takes_that_lose_is_a_complaint_and_one_on_takes_that_win_is_praise() -> None:
    ballots = [ballot(take, 100 + take, "left") for take in range(10)]
    ballots += [ballot(200 + take, 300 + take, "left" if take % 2 else "right") for take in range(10)]
    rows = [tag(take, "hold") for take in range(10)]
    rows += [tag(100 + take, "hands") for take in range(10)]
    rows += [tag(200 + take, "wide") for take in range(10)]
    rows += [tag(take, "keeper") for take in range(3)]
    assert meanings(rows, ballots) == {"hold": True, "hands": False}


def test_takes_that_are_found_bad_together_have_lost() -> None:
    ballots = [ballot(take, 100 + take, "both_bad") for take in range(8)]
    ballots += [ballot(200 + take, 300 + take, "left") for take in range(40)]
    both = [tag(take + side, "flicker") for take in range(8) for side in (0, 100)]
    assert meanings(both, ballots) == {"flicker": False}


def test_where_most_takes_are_bad_a_word_on_any_of_them_tells_nothing() -> None:
    ballots = [ballot(take, 100 + take, "both_bad") for take in range(60)]
    ballots += [ballot(200 + take, 300 + take, "left" if take % 2 else "right") for take in range(20)]
    rows = [tag(take, "night") for take in (*range(15), *range(200, 205))]
    assert meanings(rows, ballots) == {}


@pytest.mark.parametrize("verdict", ["tie", "skip", "left", "right"])
def test_what_says_nothing_of_a_word(verdict: str) -> None:
    """A tie, and a verdict between two takes that both have it."""
    ballots = [ballot(take, 100 + take, verdict) for take in range(40)]
    takes = set(range(140)) if verdict in ("left", "right") else set(range(40))
    assert meaning_of(takes, ballots, 0.5) is None


def hands_lose(scene: Scene, briefs: int = 8) -> list[int]:
    """The takes that ana tagged."""
    losers = []
    for number in range(briefs):
        winner, loser, _ = scene.takes(scene.brief(f"brief {number}"), 3)
        scene.judge("ben", winner, loser, "left")
        tags.add_tag(scene.studio, scene.people["ana"], uid(), loser, " Hands ")
        losers.append(loser)
    return losers


def test_a_run_learns_from_tags_that_tell_and_its_ledger_names_who_gave_them(scene: Scene) -> None:
    losers, ana = hands_lose(scene), scene.people["ana"]
    preferences = dataset.collect(scene.studio)
    assert [(row["take"], row["person"], row["good"]) for row in preferences.tags] == [
        (take, ana, False) for take in losers
    ]
    rows = dataset.judgements_behind(preferences)
    assert [(kind, person) for kind, _, person, _ in rows if kind == "tag"] == [("tag", ana)] * len(losers)
    night(scene, "v0001", ["v0001"])
    behind = lineage.learned_from(scene.studio, "v0001")
    assert behind["takes"] == 16
    assert {row["name"]: row["judgements"] for row in behind["people"]} == {"ana": 8, "ben": 8}


def test_a_removed_tag_is_learned_from_no_more_and_a_record_without_any_keeps_its_hash(scene: Scene) -> None:
    hands_lose(scene)
    assert "tags" in snapshot.freeze(dataset.collect(scene.studio))[0]
    for row in scene.studio.rows("SELECT id, person FROM tags"):
        tags.remove_tag(scene.studio, row["person"], row["id"])
    frozen, _ = snapshot.freeze(dataset.collect(scene.studio))
    assert "tags" not in frozen


def test_where_a_person_pointed_on_a_take_that_they_tagged_counts(scene: Scene) -> None:
    losers, ana = hands_lose(scene), scene.people["ana"]
    region = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    for person in (ana, scene.people["cas"]):
        notes.write_note(scene.studio, person, uid(), losers[0], "six fingers", region=region)
    places = dataset.collect(scene.studio).places
    assert [(place["person"], place["take"], place["box"]) for place in places] == [
        (ana, losers[0], [0.1, 0.2, 0.3, 0.4])
    ]
