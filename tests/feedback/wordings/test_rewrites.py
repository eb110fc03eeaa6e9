"""A rewrite on blind trial: what is drawn, who is dealt it, what is shown when, and what the record says of it."""

from __future__ import annotations

import pytest

from feedback.errors import Conflict, Forbidden, Invalid
from feedback.pair_selection.next_pairs import next_pairs
from feedback.pair_selection.offers import Scope
from feedback.pair_selection.progress import progress_of
from feedback.preferences.dataset import collect
from feedback.production import render_queue, takes
from feedback.rights.contributors import add_contributor
from feedback.store import Studio
from feedback.wordings import rewrites, writers
from feedback.wordings.preferences import compare_wordings
from feedback.wordings.writers import UNTUNED
from tests.feedback.scene import Scene

WRITTEN, REWRITTEN = "a boat by the sea.", "a boat by the sea, at dusk"


@pytest.fixture
def scene(studio: Studio) -> Scene:
    writers.ensure_untuned(studio)
    return Scene(studio)


def try_both(scene: Scene, count: int = 2, person: str | None = "ben") -> tuple[int, int]:
    """(brief, rewrite), queued."""
    brief = scene.brief(WRITTEN)
    who = None if person is None else scene.people[person]
    row = rewrites.try_rewrite(scene.studio, brief, UNTUNED, REWRITTEN, range(count), person=who)
    return brief, row["id"]


def pairs_of(scene: Scene, person: str) -> list[tuple[int, int]]:
    dealt = next_pairs(scene.studio, scene.people[person], 8, check_share=0.0)
    return [(pair["left"]["id"], pair["right"]["id"]) for pair in dealt]


def test_both_wordings_are_drawn_from_their_own_words_with_the_same_seeds(scene: Scene) -> None:
    try_both(scene)
    drawn = []
    while leased := render_queue.lease_takes(scene.studio, "test", 100):
        assert len({take["brief_row"]["prompt"] for take in leased}) == 1
        drawn += [(take["brief_row"]["prompt"], take["seed"]) for take in leased]
        for take in leased:
            scene.finish(take)
    assert sorted(drawn) == sorted((prompt, seed) for prompt in (WRITTEN, REWRITTEN) for seed in (0, 1))


def test_what_may_not_be_drawn_is_not_chosen_for_comparing(scene: Scene) -> None:
    one, other = scene.brief("a boat"), scene.brief("Ada Lovelace at sea")
    assert rewrites.briefs_to_compare(scene.studio, 5) == [other, one]
    add_contributor(scene.studio, "Ada Lovelace")
    assert rewrites.briefs_to_compare(scene.studio, 5) == [one]


def test_takes_are_kept_from_boards_until_their_pair_is_judged_and_pairs_show_the_written_prompt(scene: Scene) -> None:
    brief, _ = try_both(scene)
    assert not pairs_of(scene, "cas"), "nothing is drawn yet"
    scene.draw()
    assert takes.list_takes(scene.studio, brief=brief) == []
    dealt = next_pairs(scene.studio, scene.people["cas"], 8, check_share=0.0)
    assert len(dealt) == 2
    assert {pair["brief"]["prompt"] for pair in dealt} == {WRITTEN}
    assert {(pair["left"]["seed"], pair["right"]["seed"]) for pair in dealt} == {(0, 0), (1, 1)}
    left, right = dealt[0]["left"]["id"], dealt[0]["right"]["id"]
    scene.judge("cas", left, right, "left")
    shown = takes.list_takes(scene.studio, brief=brief)
    assert {take["id"] for take in shown} == {left, right}
    assert {take["prompt"] for take in shown} == {WRITTEN, REWRITTEN}


def test_who_asked_for_a_rewrite_is_not_dealt_its_pairs_unless_alone(scene: Scene) -> None:
    try_both(scene)
    scene.draw()
    assert pairs_of(scene, "ben") == []
    assert len(pairs_of(scene, "cas")) == 2
    progress = progress_of(scene.studio, scene.people["cas"], Scope())
    assert (progress["judged"], progress["total"]) == (0, 2)
    for name in ("ana", "cas"):
        disable(scene.studio, name)
    assert len(pairs_of(scene, "ben")) == 2


def disable(studio: Studio, name: str) -> None:
    with studio.writing() as db:
        db.execute("UPDATE people SET disabled = '2026-01-01' WHERE name = ?", (name,))


def test_a_verdict_counts_for_the_wording_and_not_for_the_picture_model(scene: Scene) -> None:
    brief, rewrite = try_both(scene, 3)
    scene.draw()
    pairs = scene.studio.tuples("SELECT written, rewritten FROM wording_pairs ORDER BY written")
    scene.judge("cas", pairs[0][0], pairs[0][1], "right")
    scene.judge("cas", pairs[1][1], pairs[1][0], "right")
    undone = scene.judge("cas", pairs[2][1], pairs[2][0], "tie")
    results = writers.results_of(scene.studio, UNTUNED)
    assert (results["judged"], results["wins"], results["waiting"]) == (3, 1.5, 0)
    scene.undo("cas", undone)
    assert writers.results_of(scene.studio, UNTUNED)["judged"] == 2
    assert collect(scene.studio).pairs == []
    compared = compare_wordings(scene.studio)
    chosen = [row["one"] if row["share"] == 1 else row["other"] for row in compared]
    assert set(chosen) == {WRITTEN, REWRITTEN}
    assert {row["briefs"] for row in compared} == {(brief,)}
    (left,) = rewrites.open_comparisons(scene.studio)
    assert (left["id"], left["judged"]) == (rewrite, 2)


def test_a_take_of_a_rewrite_is_dealt_in_its_own_pair_alone(scene: Scene) -> None:
    """What two seeds make of two wordings teaches neither the picture model nor, by much, a writer."""
    brief, _ = try_both(scene, 2)
    scene.draw()
    pairs = scene.studio.tuples("SELECT written, rewritten FROM wording_pairs")
    for written, rewritten in pairs:
        scene.judge("cas", written, rewritten, "right")
    dealt = next_pairs(scene.studio, scene.people["ben"], 20, check_share=0)
    assert [{pair["left"]["id"], pair["right"]["id"]} for pair in dealt] == [{written for written, _ in pairs}]
    assert dealt[0]["brief"]["id"] == brief


def test_a_comparison_that_is_ended_shows_its_takes(scene: Scene) -> None:
    brief, rewrite = try_both(scene)
    scene.draw()
    with pytest.raises(Forbidden):
        rewrites.end_rewrite(scene.studio, rewrite, scene.people["cas"])
    assert [row["pairs"] for row in rewrites.open_comparisons(scene.studio, scene.people["ben"])] == [2]
    rewrites.end_rewrite(scene.studio, rewrite, scene.people["ben"])
    assert rewrites.open_comparisons(scene.studio) == []
    assert len(takes.list_takes(scene.studio, brief=brief)) == 4


@pytest.mark.parametrize(
    "prompt", ["a ship by the sea, at dusk", "at dusk, a boat by the sea", WRITTEN, "a boat by the seaside"]
)
def test_a_rewrite_keeps_every_word(scene: Scene, prompt: str) -> None:
    with pytest.raises(Invalid, match="keeps the prompt as it was written"):
        rewrites.try_rewrite(scene.studio, scene.brief(WRITTEN), UNTUNED, prompt, [1])
    assert scene.studio.value("SELECT count(*) FROM rewrites") == 0


def judge_many(scene: Scene, wins: int, losses: int) -> None:
    brief = scene.brief(WRITTEN)
    row = rewrites.try_rewrite(scene.studio, brief, UNTUNED, REWRITTEN, range(wins + losses))
    scene.draw()
    assert row["person"] is None
    pairs = scene.studio.tuples("SELECT written, rewritten FROM open_wording_pairs")
    for number, (written, rewritten) in enumerate(pairs):
        scene.judge("cas", written, rewritten, "right" if number < wins else "left")


def test_a_writer_that_loses_stops_and_can_not_be_kept(scene: Scene) -> None:
    judge_many(scene, 4, 4)
    in_use = writers.writer_in_use(scene.studio)
    assert in_use is not None
    assert in_use["name"] == UNTUNED
    judge_many(scene, 0, 20)
    assert writers.writer_in_use(scene.studio) is None
    row = writers.get_writer(scene.studio, UNTUNED)
    assert (row["state"], row["reason"]) == ("stopped", "its wording won 4 of 28 blind pairs, at most 44 %")
    with pytest.raises(Conflict, match="does not win"):
        writers.keep_by_hand(scene.studio, UNTUNED, "try on")


def test_a_tuned_writer_takes_the_place_of_the_untuned_one(scene: Scene) -> None:
    judge_many(scene, 3, 1)
    learned = compare_wordings(scene.studio)
    writers.register_writer(scene.studio, "w0001", "starter", "models/w", {}, {"accuracy": 0.7}, learned)
    in_use = writers.writer_in_use(scene.studio)
    assert in_use is not None
    assert in_use["name"] == "w0001"
    described = writers.describe_writer(scene.studio, in_use)
    assert (described["judgements"], described["people"]) == (4, ["cas"])
    writers.stop_by_hand(scene.studio, "w0001", "we like our own words")
    assert writers.writer_in_use(scene.studio) is None, "an untuned one does not come back"
    writers.keep_by_hand(scene.studio, "w0001", "on second thoughts")
    assert writers.writer_in_use(scene.studio) is not None
