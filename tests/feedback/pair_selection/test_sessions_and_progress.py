"""Pairs of a review session come only from its takes, and progress counts what a person can judge."""

from __future__ import annotations

from itertools import combinations

import pytest

from feedback.judgements import ballots
from feedback.models import versions
from feedback.pair_selection import next_pairs
from feedback.pair_selection.offers import Scope
from feedback.pair_selection.pair_pool import NEIGHBOURS
from feedback.pair_selection.progress import progress_of, progress_of_sessions
from feedback.people import accounts
from feedback.production.review_sessions import make_session
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid

Pairs = set[frozenset[int]]


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def deal(scene: Scene, person: str = "ben", count: int = 64, **options: object) -> Pairs:
    pairs = next_pairs.next_pairs(scene.studio, scene.people[person], count, **options)  # type: ignore[arg-type]
    return {frozenset((pair["left"]["id"], pair["right"]["id"])) for pair in pairs}


def every(ids: list[int]) -> Pairs:
    return {frozenset(pair) for pair in combinations(ids, 2)}


def session_of(scene: Scene, ids: list[int], name: str = "dailies") -> int:
    return make_session(scene.studio, scene.people["ana"], "SHOW", name, ids)["id"]


def test_a_sessions_pairs_are_of_its_takes_alone(scene: Scene) -> None:
    first, second = scene.takes(scene.brief(), 4), scene.takes(scene.brief(shot="S_020"), 4)
    session = session_of(scene, [*first[:3], *second[2:]])
    assert deal(scene, session=session) == every(first[:3]) | every(second[2:])
    assert deal(scene, session=session, shot="S_020") == every(second[2:])


def test_takes_far_apart_in_their_brief_are_pairs_in_a_session(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 3 * NEIGHBOURS)
    chosen = [ids[0], ids[NEIGHBOURS + 1], ids[-1]]
    before = deal(scene)
    assert not every(chosen) & before
    session = session_of(scene, chosen)
    assert deal(scene, session=session) == every(chosen)
    # Takes that come later move no pair of the session.
    scene.takes(scene.brief(), 2)
    assert deal(scene, person="cas", session=session) == every(chosen)


def test_a_trials_pairs_belong_to_no_session(scene: Scene) -> None:
    brief = scene.brief()
    session = session_of(scene, scene.takes(brief, 2))
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trials.open_trial(scene.studio, "v0001", [brief])
    scene.draw()
    assert len(deal(scene)) == 2
    assert len(deal(scene, session=session)) == 1
    in_session = progress_of(scene.studio, scene.people["ben"], Scope(session=session))
    in_all = progress_of(scene.studio, scene.people["ben"], Scope())
    assert (in_session["total"], in_all["total"]) == (1, 2)


def test_to_whoever_does_not_see_the_project_a_session_has_no_pairs(scene: Scene) -> None:
    session = session_of(scene, scene.takes(scene.brief(), 3))
    scene.people["dee"] = accounts.add_person(scene.studio, "dee", "creative")["id"]
    assert deal(scene, person="dee", session=session) == set()
    assert progress_of(scene.studio, scene.people["dee"], Scope(session=session))["total"] == 0


def test_progress_counts_judged_pairs_of_the_scope(scene: Scene) -> None:
    studio, ben = scene.studio, scene.people["ben"]
    first, second = scene.takes(scene.brief(), 3), scene.takes(scene.brief(shot="S_020"), 4)
    in_shot, in_project = Scope(shot="S_010"), Scope(project="SHOW")
    assert progress_of(studio, ben, in_shot) == {"judged": 0, "total": 3, "skipped": 0}
    scene.judge("ben", first[0], first[1], "left")
    scene.judge("ben", first[0], first[2], "skip")
    ballots.cast_ballot(studio, ben, uid(), first[1], first[2], "left", 20, doubt="quick")
    scene.judge("ben", second[0], second[1], "tie")
    assert progress_of(studio, ben, in_shot) == {"judged": 1, "total": 3, "skipped": 2}
    assert progress_of(studio, ben, in_project) == {"judged": 2, "total": 9, "skipped": 2}
    assert progress_of(studio, ben, Scope()) == progress_of(studio, ben, in_project)
    assert progress_of(studio, scene.people["cas"], in_shot)["judged"] == 0
    # A check stands beside the first verdict, and is no further pair.
    ballots.cast_ballot(studio, ben, uid(), first[0], first[1], "right", 900, keep_earlier=True)
    assert progress_of(studio, ben, in_shot)["judged"] == 1
    assert progress_of(studio, ben, Scope(shot="NONE"))["total"] == 0


def test_progress_ends_at_a_persons_part_of_a_trial(scene: Scene) -> None:
    """What they will never be dealt is not counted as left."""
    studio, ben = scene.studio, scene.people["ben"]
    briefs = [scene.brief() for _ in range(6)]
    for brief in briefs:
        scene.takes(brief, 1)
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", briefs)
    scene.draw()
    assert progress_of(studio, ben, Scope()) == {"judged": 0, "total": 2, "skipped": 0}
    while dealt := next_pairs.next_pairs(studio, ben, 1, check_share=0):
        scene.judge("ben", dealt[0]["left"]["id"], dealt[0]["right"]["id"], "left")
    assert progress_of(studio, ben, Scope()) == {"judged": 2, "total": 2, "skipped": 0}


def test_going_from_shot_to_shot_gives_nobody_more_than_their_part_of_a_trial(scene: Scene) -> None:
    studio, ben = scene.studio, scene.people["ben"]
    briefs = [scene.brief(shot=shot) for shot in ("S_010", "S_020") for _ in range(3)]
    for brief in briefs:
        scene.takes(brief, 1)
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", briefs)
    scene.draw()
    dealt = 0
    for shot in ("S_010", "S_020"):
        while pairs := next_pairs.next_pairs(studio, ben, 1, shot=shot, check_share=0):
            scene.judge("ben", pairs[0]["left"]["id"], pairs[0]["right"]["id"], "left")
            dealt += 1
        assert progress_of(studio, ben, Scope(shot=shot))["total"] == (2 if shot == "S_010" else 0)
    assert dealt == 2, "a third of six"


def test_who_has_done_how_much_of_a_session(scene: Scene) -> None:
    ids = scene.takes(scene.brief(), 4)
    session, empty = session_of(scene, ids[:3]), session_of(scene, ids[:1], "one")
    scene.judge("ben", ids[0], ids[1], "left")
    scene.judge("ben", ids[2], ids[3], "left")  # of no session
    scene.judge("cas", ids[1], ids[0], "both_bad")
    scene.judge("cas", ids[1], ids[2], "skip")
    progress = progress_of_sessions(scene.studio, [session, empty])
    assert progress[session] == {"pairs": 3, "judged": {scene.people["ben"]: 1, scene.people["cas"]: 1}}
    assert progress[empty] == {"pairs": 0, "judged": {}}
