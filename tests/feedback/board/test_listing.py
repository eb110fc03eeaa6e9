"""Which takes a board shows, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.board import cards, listing
from feedback.board.filters import Filters
from feedback.errors import Invalid
from feedback.judgements import notes, ratings, statuses, tags
from feedback.models import versions
from feedback.people import accounts
from feedback.production import cancellation, render_queue
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    """Takes 1 to 3 of S_010 and 4 to 6 of S_020, which is drawn as a clip."""
    scene = Scene(studio)
    scene.takes(scene.brief("a House by day"), 3)
    scene.takes(scene.brief("дом у Моря", "S_020"), 3)
    return scene


def shown(scene: Scene, sort: str = "brief", blind: Any = None, **filters: Any) -> list[list[int]]:
    return [shot.takes for shot in listing.list_board(scene.studio, Filters(1, **filters), sort, blind)]


def rate(scene: Scene, name: str, take: int, stars: int) -> None:
    ratings.rate_take(scene.studio, scene.people[name], uid(), take, stars)


def set_status(scene: Scene, take: int, status: str) -> None:
    statuses.set_status(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), take, status)


def test_shots_come_in_the_order_of_their_codes(scene: Scene) -> None:
    listed = listing.list_board(scene.studio, Filters(1))
    assert [(shot.code, shot.takes) for shot in listed] == [("S_010", [1, 2, 3]), ("S_020", [4, 5, 6])]
    assert listing.list_wall(scene.studio, Filters(1), "newest") == [6, 5, 4, 3, 2, 1]
    assert shown(scene, shot="S_020") == [[4, 5, 6]]


def test_statuses(scene: Scene) -> None:
    for take, status in ((1, "circled"), (2, "discarded"), (4, "needs_retake"), (4, "approved")):
        set_status(scene, take, status)
    assert shown(scene) == [[1, 3], [4, 5, 6]]
    assert shown(scene, statuses=("discarded",)) == [[2]]
    assert shown(scene, statuses=("approved", "circled")) == [[1], [4]]
    assert shown(scene, statuses=("needs_retake",)) == []
    with pytest.raises(Invalid, match="no status 'final'"):
        shown(scene, statuses=("final",))


def test_stars_are_the_mean_or_one_persons(scene: Scene) -> None:
    rate(scene, "ana", 1, 5)
    rate(scene, "ben", 1, 1)
    rate(scene, "ben", 4, 4)
    rate(scene, "ben", 5, 2)
    rate(scene, "ben", 5, 0)  # taken back
    assert shown(scene, stars=3) == [[1], [4]]
    assert shown(scene, stars=4) == [[4]]
    assert shown(scene, stars=4, rater=scene.people["ana"]) == [[1]]
    assert shown(scene, rater=scene.people["ben"]) == [[1], [4]]
    assert shown(scene, "stars") == [[1, 2, 3], [4, 5, 6]]
    assert listing.list_wall(scene.studio, Filters(1), "stars")[:2] == [4, 1]


def test_whoever_chose_between_two_takes_judged_both(scene: Scene) -> None:
    scene.judge("ben", 4, 5, "right")
    scene.judge("ben", 1, 2, "skip")
    assert shown(scene, rater=scene.people["ben"]) == [[4, 5]]
    assert shown(scene, rater=scene.people["cas"]) == []


def test_words_of_prompts_and_notes_in_upper_and_lower_case(scene: Scene) -> None:
    notes.write_note(scene.studio, scene.people["ben"], uid(), 3, "die HÄNDE sind falsch: 50% zu groß")
    for text, takes in (
        ("house", [[1, 2, 3]]),
        ("МОРЯ", [[4, 5, 6]]),
        ("hände", [[3]]),
        ("GROSS", [[3]]),
        ("50%", [[3]]),
        ("h_use", []),
        (" ", [[1, 2, 3], [4, 5, 6]]),
    ):
        assert shown(scene, text=text) == takes, text


def test_tags_kinds_and_versions(scene: Scene) -> None:
    tag, _ = tags.add_tag(scene.studio, scene.people["ben"], uid(), 2, "soft hands")
    tags.add_tag(scene.studio, scene.people["ben"], uid(), 5, "soft hands")
    assert shown(scene, tag="soft hands") == [[2], [5]]
    tags.remove_tag(scene.studio, scene.people["ben"], tag["id"])
    assert shown(scene, tag="soft hands") == [[5]]
    assert shown(scene, kind="clip") == []
    assert shown(scene, kind="still", version="starter") == [[1, 2, 3], [4, 5, 6]]
    assert shown(scene, version="v0001") == []


def test_the_most_certain_winner_comes_first(scene: Scene) -> None:
    scene.judge("ana", 4, 5, "left")
    for name in ("ana", "ben", "cas"):
        scene.judge(name, 2, 1, "left")
    scene.judge("ana", 2, 3, "tie")
    scene.judge("ben", 6, 5, "both_bad")
    # 3.5 of 4, 1 of 1, 0.5 of 1; then those that lost, the one that lost least often first.
    assert listing.list_wall(scene.studio, Filters(1), "win_rate") == [2, 4, 3, 6, 5, 1]


def test_what_people_disagree_on_comes_first(scene: Scene) -> None:
    for name, verdict in (("ana", "left"), ("ben", "right"), ("cas", "left")):
        scene.judge(name, 5, 6, verdict)
    rate(scene, "ana", 2, 5)
    rate(scene, "ben", 2, 1)
    assert listing.list_wall(scene.studio, Filters(1), "disagreement") == [2, 5, 6, 1, 3, 4]


def test_takes_of_open_trials_and_withdrawn_ones_are_not_shown(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trials.open_trial(scene.studio, "v0001", [1], 2)
    scene.draw()
    ids = render_queue.queue_takes(scene.studio, 2, [50, 51])
    cancellation.cancel_takes(scene.studio, ids[:1], actor="ana")
    assert shown(scene) == [[1, 2, 3], [4, 5, 6, ids[1]]]
    hidden = scene.studio.value("SELECT candidate_take FROM trial_pairs")
    assert cards.read_cards(scene.studio, scene.people["ana"], [hidden, 1], with_results=True)[0]["id"] == 1
    assert listing.list_choices(scene.studio, 1, for_supervisor=True)["versions"] == ["starter"]


def test_whoever_is_blind_gets_an_order_that_says_nothing_of_when_takes_were_drawn(scene: Scene) -> None:
    names = {1: 30, 2: 10, 3: 20, 4: 5, 5: 7, 6: 6}
    rate(scene, "ana", 1, 3)
    rate(scene, "ana", 2, 3)
    assert shown(scene, "brief", names.__getitem__) == [[2, 3, 1], [4, 6, 5]]
    assert shown(scene, "stars", names.__getitem__)[0] == [2, 1, 3]
    assert listing.list_wall(scene.studio, Filters(1), "newest", names.__getitem__) == [4, 6, 5, 2, 3, 1]


def test_choices_are_what_the_project_has(scene: Scene) -> None:
    rate(scene, "ben", 1, 3)
    scene.judge("cas", 1, 2, "left")
    tags.add_tag(scene.studio, scene.people["ben"], uid(), 2, "soft")
    choices = listing.list_choices(scene.studio, 1, for_supervisor=True)
    assert [shot["code"] for shot in choices.pop("shots")] == ["S_010", "S_020"]
    assert choices == {"tags": ["soft"], "kinds": ["still"], "versions": ["starter"], "raters": ["ben", "cas"]}
    assert listing.list_choices(scene.studio, 1, for_supervisor=False).keys() == {"shots", "tags", "kinds"}


def test_a_card_has_what_people_said_of_its_take(scene: Scene) -> None:
    rate(scene, "ana", 1, 5)
    rate(scene, "ben", 1, 2)
    notes.write_note(scene.studio, scene.people["ben"], uid(), 1, "the hand")
    tags.add_tag(scene.studio, scene.people["ben"], uid(), 1, "soft")
    tags.add_tag(scene.studio, scene.people["cas"], uid(), 1, "soft")
    scene.judge("ana", 2, 1, "right")
    first, second = cards.read_cards(scene.studio, scene.people["ben"], [2, 1], with_results=True)
    assert (first["id"], first["stars"], first["own_stars"], first["tags"], first["notes"]) == (2, None, 0, [], [])
    assert (second["stars"], second["raters"], second["own_stars"], second["stars_apart"]) == (3.5, 2, 2, 3)
    assert (second["tags"], second["notes"], second["shot"]) == (["soft"], ["ben: the hand"], "S_010")
    assert second["results"] is not None
    assert (second["results"].rate, second["results"].judged) == (1.0, 1)
    assert cards.read_cards(scene.studio, 99, [1], with_results=True) == []  # of no project of theirs
