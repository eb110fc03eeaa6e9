"""What a run learns from: soft, turned the right way round, and the same bytes for the same judgements."""

from __future__ import annotations

import json

import pytest

from feedback.clock import now
from feedback.errors import Invalid
from feedback.judgements import ratings, statuses
from feedback.models import versions
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def rate(scene: Scene, name: str, take: int, stars: int) -> None:
    ratings.rate_take(scene.studio, scene.people[name], uid(), take, stars)


def test_pairs_are_soft_and_turned_to_one_side(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    ids = [scene.judge("ana", a, b, "left"), scene.judge("ben", b, a, "right"), scene.judge("cas", b, a, "left")]
    (pair,) = dataset.collect(scene.studio).pairs
    people = scene.people
    assert (pair["left"], pair["right"], pair["votes"]) == (a, b, 3)
    assert pair["p_left"] == pytest.approx(2 / 3)
    assert pair["judgements"] == [
        (ids[0], people["ana"], "left"),
        (ids[1], people["ben"], "left"),
        (ids[2], people["cas"], "right"),
    ]


def test_ties_are_half_both_bad_counts_apart_and_skips_are_nothing(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    scene.judge("ana", a, b, "tie")
    scene.judge("ben", a, b, "left")
    scene.judge("cas", a, b, "both_bad")
    scene.judge("ana", a, c, "both_bad")
    scene.judge("ana", b, c, "skip")
    first, second = dataset.collect(scene.studio).pairs
    assert (first["p_left"], first["votes"], first["both_bad"]) == (0.75, 2, 1)
    assert (second["p_left"], second["votes"], second["both_bad"]) == (0.5, 0, 1)


def test_changed_mind_replaces_the_old_one(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    scene.judge("ana", a, b, "left")
    second = scene.judge("ana", b, a, "left")
    scene.judge("ana", a, b, "skip")
    (pair,) = dataset.collect(scene.studio).pairs
    assert (pair["p_left"], pair["votes"]) == (0.0, 1)
    scene.undo("ana", second)
    assert dataset.collect(scene.studio).pairs == []


def test_stars_make_pairs_within_a_brief_and_a_person(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief("one"), 3)
    (other,) = scene.takes(scene.brief("two"), 1)
    for name, stars in (("ana", (5, 2)), ("ben", (3, 2))):
        rate(scene, name, a, stars[0])
        rate(scene, name, b, stars[1])
    rate(scene, "cas", c, 1)
    rate(scene, "ana", other, 1)
    (pair,) = dataset.collect(scene.studio).star_pairs
    assert (pair["left"], pair["right"], pair["margin"]) == (a, b, 2.0)
    assert pair["p_left"] == pytest.approx(0.8808, abs=1e-4)
    assert len(pair["judgements"]) == 4
    rate(scene, "ana", a, 2)
    assert dataset.collect(scene.studio).star_pairs[0]["margin"] == 0.5


def test_direct_comparison_wins_over_stars(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    rate(scene, "ana", a, 5)
    rate(scene, "ana", b, 1)
    scene.judge("ana", a, b, "right")
    preferences = dataset.collect(scene.studio)
    assert preferences.star_pairs == []
    assert preferences.pairs[0]["p_left"] == 0.0


def test_stars_of_those_who_compared_say_how_clearly(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    scene.judge("ana", b, a, "right")
    scene.judge("ben", a, b, "left")
    scene.judge("cas", a, c, "both_bad")
    ana, ben = scene.people["ana"], scene.people["ben"]
    for name, take, stars in (("ana", a, 5), ("ana", b, 1), ("ben", a, 4), ("cas", a, 1), ("cas", b, 2), ("cas", c, 1)):
        rate(scene, name, take, stars)
    preferences = dataset.collect(scene.studio)
    first, second = preferences.pairs
    assert (first["star_margin"], first["stars"]) == (4.0, [(1, ana, 5), (2, ana, 1)])  # ben rated one, cas chose none
    assert (second["star_margin"], second["stars"]) == (0.0, [])
    rate(scene, "ben", b, 3)
    preferences = dataset.collect(scene.studio)
    assert (preferences.pairs[0]["star_margin"], len(preferences.pairs[0]["stars"])) == (2.5, 4)
    kinds = {(kind, person) for kind, _, person, _ in dataset.judgements_behind(preferences, star_margins=True)}
    assert {("rating", ana), ("rating", ben)} <= kinds
    assert ("rating", ana) not in {row[:3:2] for row in dataset.judgements_behind(preferences)}


def judged_earlier(scene: Scene, ballot: int, minutes: int) -> None:
    with scene.studio.writing() as db:
        db.execute("UPDATE ballots SET created = ? WHERE id = ?", (now(-60 * minutes), ballot))


def test_judging_a_pair_again_is_a_repeat_unless_it_mends_a_slip(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    judged_earlier(scene, scene.judge("ana", a, b, "left"), 60)
    judged_earlier(scene, scene.judge("ben", a, b, "left"), 60)
    judged_earlier(scene, scene.judge("cas", a, b, "tie"), 60)
    judged_earlier(scene, scene.judge("ana", a, c, "left"), 5)
    again = [scene.judge("ana", b, a, "right"), scene.judge("ben", b, a, "left")]
    scene.judge("cas", a, b, "left")
    scene.judge("ana", a, c, "right")
    preferences = dataset.collect(scene.studio)
    people = scene.people
    assert preferences.repeats == [(again[0], people["ana"], True), (again[1], people["ben"], False)]
    assert preferences.pairs[0]["votes"] == 3


def test_takes_say_which_version_drew_them(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    brief = scene.brief()
    (old,), (new,) = scene.takes(brief, 1), scene.takes(brief, 1, "v0001")
    scene.judge("ana", old, new, "right")
    assert dataset.collect(scene.studio).versions == {str(old): "starter", str(new): "v0001"}


def test_circled_takes_and_trial_ballots_are_included(scene: Scene) -> None:
    brief = scene.brief("a lamp")
    take = scene.takes(brief, 1)[0]
    ana = accounts.get_person(scene.studio, "ana")
    statuses.set_status(scene.studio, ana, uid(), take, "circled")
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trials.open_trial(scene.studio, "v0001", [brief])
    scene.draw()
    scene.judge("ben", take + 1, take + 2, "left")
    preferences = dataset.collect(scene.studio)
    assert preferences.circled == [take]
    assert [(pair["left"], pair["right"]) for pair in preferences.pairs] == [(take + 1, take + 2)]
    assert preferences.prompts == {str(brief): "a lamp"}
    assert set(preferences.takes) == {str(take), str(take + 1), str(take + 2)}
    statuses.set_status(scene.studio, ana, uid(), take, "approved")
    assert dataset.collect(scene.studio).circled == []


def test_since_leaves_older_judgements_out(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    scene.judge("ana", a, b, "left")
    assert len(dataset.collect(scene.studio, since="2020-01-01").pairs) == 1
    assert dataset.collect(scene.studio, since="2999-01-01T00:00:00+02:00").pairs == []
    with pytest.raises(Invalid, match="'yesterday' is not a date"):
        dataset.collect(scene.studio, since="yesterday")


def test_snapshot_is_canonical_and_frozen(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief("ein Häuschen"), 3)
    scene.judge("ana", a, b, "left")
    data, digest = snapshot.freeze(dataset.collect(scene.studio))
    assert snapshot.freeze(dataset.collect(scene.studio)) == (data, digest)
    assert json.loads(json.dumps(data)) == data
    assert len(digest) == 64
    scene.judge("ana", a, c, "left")
    assert snapshot.freeze(dataset.collect(scene.studio))[1] != digest


def test_judgements_behind_are_split_by_brief_and_named_once(scene: Scene) -> None:
    first, second = scene.brief("one"), scene.brief("two")
    a, b, c = scene.takes(first, 3)
    d, e = scene.takes(second, 2)
    ballot, other = scene.judge("ana", a, b, "left"), scene.judge("ben", d, e, "left")
    for take, stars in ((a, 5), (b, 3), (c, 1)):
        rate(scene, "cas", take, stars)
    rows = dataset.judgements_behind(dataset.collect(scene.studio), heldout_briefs=[second])
    assert [row for row in rows if row[0] == "ballot"] == [
        ("ballot", ballot, scene.people["ana"], "train"),
        ("ballot", other, scene.people["ben"], "heldout"),
    ]
    assert [row[1:] for row in rows if row[0] == "rating"] == [(k, scene.people["cas"], "train") for k in (1, 2, 3)]
