"""What changed on a board since a moment."""

from __future__ import annotations

import pytest

from feedback.board import changes
from feedback.board.changes import Changes, changes_since, newest_rows
from feedback.clock import now
from feedback.judgements import notes, ratings, tags
from feedback.judgements.statuses import set_status
from feedback.models import versions
from feedback.people.accounts import get_person
from feedback.production import projects, render_queue, shots
from feedback.production.briefs import write_brief
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    scene = Scene(studio)
    scene.takes(scene.brief(), 6)
    return scene


def changed(scene: Scene, since: str, with_results: bool = True) -> Changes:
    return changes_since(scene.studio, 1, since, with_results=with_results)


def test_whatever_is_on_a_card_counts_and_what_came_before_does_not(scene: Scene) -> None:
    studio, people = scene.studio, scene.people
    tag, _ = tags.add_tag(studio, people["ben"], uid(), 5, "too dark")
    ratings.rate_take(studio, people["ben"], uid(), 6, 2)
    since = now()
    assert changed(scene, since) == ([], False, False)
    steps = [
        lambda: set_status(studio, get_person(studio, "ana"), uid(), 1, "approved"),
        lambda: ratings.rate_take(studio, people["ben"], uid(), 2, 4),
        lambda: notes.write_note(studio, people["ben"], uid(), 3, "too close"),
        lambda: tags.add_tag(studio, people["ben"], uid(), 4, "soft"),
        lambda: tags.remove_tag(studio, people["ben"], tag["id"]),
    ]
    for count, step in enumerate(steps, 1):
        before = newest_rows(studio, with_results=False)
        step()
        assert changed(scene, since) == (list(range(1, count + 1)), False, False)
        assert newest_rows(studio, with_results=False) != before


def test_verdicts_are_for_whoever_sees_win_rates(scene: Scene) -> None:
    since = now()
    before = [newest_rows(scene.studio, with_results=seen) for seen in (True, False)]
    scene.judge("ben", 3, 2, "left")
    after = [newest_rows(scene.studio, with_results=seen) for seen in (True, False)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]
    assert changed(scene, since).takes == [2, 3]
    assert changed(scene, since, with_results=False).takes == []


def test_new_takes_are_said_but_not_those_of_an_open_trial_before_it_is_closed(scene: Scene) -> None:
    since = now()
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = trials.open_trial(scene.studio, "v0001", [1])
    scene.draw()
    left, right = (row[0] for row in scene.studio.tuples("SELECT id FROM takes WHERE purpose = 'trial'"))
    scene.judge("ben", left, right, "left")
    assert changed(scene, since) == ([], False, False)
    trials.close_trial(scene.studio, trial)
    assert changed(scene, since) == ([left, right], False, True)
    since = now()
    assert not changed(scene, since).added
    render_queue.queue_takes(scene.studio, 1, [99])
    assert changed(scene, since).added


def test_other_projects_are_left_out(scene: Scene) -> None:
    projects.add_project(scene.studio, "OTHER", "Another", fps="24")
    shot = shots.add_shot(scene.studio, "OTHER", "O_010")["id"]
    brief = write_brief(scene.studio, shot, "a house", author="ana")["id"]
    since = now()
    take = scene.takes(brief, 1)[0]
    ratings.rate_take(scene.studio, scene.people["ana"], uid(), take, 4)
    assert changed(scene, since) == ([], False, False)
    assert changes_since(scene.studio, 2, since, with_results=True) == ([take], False, True)


def test_whoever_was_away_for_long_is_told_to_read_everything(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST", 4)
    since = now()
    for take in range(1, 6):
        assert changed(scene, since) == (list(range(1, take)), False, False)
        ratings.rate_take(scene.studio, scene.people["ben"], uid(), take, 3)
    assert changed(scene, since) == ([], True, False)
