"""Rewards of takes: by the newest model, among the takes of a shot."""

from __future__ import annotations

import pytest

from feedback.models import runs, versions
from feedback.production.take_rewards import KEPT, add_rewards, are_there_rewards, reward_of, takes_to_score
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def add_run(scene: Scene) -> int:
    number = runs.next_number(scene.studio)
    run = runs.start_run(scene.studio, "guided", {}, "0" * 64, f"runs/{number:04d}", [])
    runs.refuse_run(scene.studio, run, "of no matter here", {})
    return run


def test_a_take_stands_among_the_scored_takes_of_its_shot(scene: Scene) -> None:
    first, second, third, unscored = [*scene.takes(scene.brief(), 2), *scene.takes(scene.brief("another brief"), 2)]
    elsewhere = scene.takes(scene.brief(shot="S_020"), 1)[0]
    assert reward_of(scene.studio, first) is None
    assert not are_there_rewards(scene.studio)
    run = add_run(scene)
    add_rewards(scene.studio, run, 0.8, {first: 0.5, second: 1.25, third: -1.0, elsewhere: 9.0})
    shown = {take: reward_of(scene.studio, take) for take in (first, second, third, unscored, elsewhere)}
    assert [(row["reward"], row["place"], row["scored"]) for row in shown.values() if row] == [
        (0.5, 2, 3), (1.25, 1, 3), (-1.0, 3, 3), (None, 0, 3), (9.0, 1, 1),
    ]  # fmt: skip
    assert {(row["run"], row["accuracy"]) for row in shown.values() if row} == {(run, 0.8)}


def test_takes_of_an_open_trial_are_not_counted_among_those_of_a_shot(scene: Scene) -> None:
    brief = scene.brief()
    take = scene.takes(brief, 1)[0]
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = trials.open_trial(scene.studio, "v0001", [brief])
    scene.draw()
    run = add_run(scene)
    every = [row[0] for row in takes_to_score(scene.studio, [brief])]
    add_rewards(scene.studio, run, 0.8, {each: float(each) for each in every})
    assert (reward_of(scene.studio, take) or {})["scored"] == 1
    trials.close_trial(scene.studio, trial)
    assert (reward_of(scene.studio, take) or {})["scored"] == 3


def test_the_newest_model_counts_and_old_ones_go(scene: Scene) -> None:
    take, other = scene.takes(scene.brief(), 2)
    scored = [add_run(scene) for _ in range(KEPT + 2)]
    for place, run in enumerate(scored):
        add_rewards(scene.studio, run, 0.7, {take: float(place)})
    add_rewards(scene.studio, scored[-1], 0.7, {other: 4.0})
    assert (reward_of(scene.studio, take) or {})["reward"] == KEPT + 1
    assert scene.studio.value("SELECT count(*) FROM take_rewards") == KEPT + 1
    assert [row[0] for row in scene.studio.tuples("SELECT run FROM reward_models")] == scored[-KEPT:]


def test_only_takes_of_the_kinds_that_were_judged_are_scored_the_newest_first(scene: Scene) -> None:
    still, clip = scene.brief(), scene.brief("a clip", kind="clip", width=256, height=256, frames=9)
    stills, clips = scene.takes(still, 2), scene.takes(clip, 2)
    assert [row[0] for row in takes_to_score(scene.studio, [still])] == stills[::-1]
    assert [row[0] for row in takes_to_score(scene.studio, [clip, still])] == [*clips[::-1], *stills[::-1]]
