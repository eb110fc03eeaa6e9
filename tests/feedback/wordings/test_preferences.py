"""Wordings of different briefs of one shot: what stars and circles say of them, and folds over briefs."""

from __future__ import annotations

from feedback.judgements import ratings, statuses
from feedback.people import accounts
from feedback.store import Studio
from feedback.wordings.preferences import compare_wordings, first_of_groups, folds_by_brief
from tests.feedback.scene import Scene, uid


def test_stars_of_one_person_and_circles_decide_between_briefs_of_a_shot(studio: Studio) -> None:
    scene = Scene(studio)
    plain, foggy, other = scene.brief("a boat"), scene.brief("a boat, in the fog"), scene.brief("a boat", shot="S_020")
    first, second = scene.takes(plain, 2), scene.takes(foggy, 2)
    scene.takes(other, 2)
    assert compare_wordings(studio) == []
    statuses.set_status(studio, accounts.get_person(studio, "ana"), uid(), second[0], "circled")
    (row,) = compare_wordings(studio)
    assert (row["one"], row["other"], row["share"], row["briefs"]) == (
        "a boat",
        "a boat, in the fog",
        0.0,
        (plain, foggy),
    )
    assert [kind for kind, _, _ in row["judgements"]] == ["status"]
    ratings.rate_take(studio, scene.people["ben"], uid(), first[0], 5)
    ratings.rate_take(studio, scene.people["cas"], uid(), second[0], 1)
    assert compare_wordings(studio)[0]["share"] == 0.0, "stars of two people do not compare"
    ratings.rate_take(studio, scene.people["ben"], uid(), second[1], 2)
    (row,) = compare_wordings(studio)
    assert (row["share"], [kind for kind, _, _ in row["judgements"]]) == (1.0, ["rating", "rating"])


def test_folds_keep_connected_briefs_together() -> None:
    def row(*briefs: int) -> dict:
        return {"one": "a", "other": "b", "share": 1.0, "briefs": briefs, "judgements": []}

    rows = [row(1), row(1), row(2), row(3), row(2, 3), row(4), row(5)]
    assert first_of_groups(each["briefs"] for each in rows) == {1: 1, 2: 2, 3: 2, 4: 4, 5: 5}
    folds = folds_by_brief(rows, 3)  # type: ignore[arg-type]
    assert folds[0] == folds[1]
    assert folds[2] == folds[3] == folds[4]
    assert set(folds) == {0, 1, 2}
