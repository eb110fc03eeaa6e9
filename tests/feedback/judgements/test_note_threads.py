"""Notes that are answered, resolved, edited and taken back; and who may read whose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback.errors import Conflict, Forbidden, Invalid, NotFound
from feedback.judgements import note_threads, notes, selects, statuses
from feedback.people import accounts
from feedback.production import render_queue
from feedback.production.takes import get_take
from feedback.store import Studio
from tests.feedback.scene import Scene, uid
from tests.feedback.store.older_studio import open_older


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def write(scene: Scene, name: str, take: int, text: str, **more: object) -> int:
    row, _ = notes.write_note(scene.studio, scene.people[name], uid(), take, text, **more)  # type: ignore[arg-type]
    return row["id"]


def read(scene: Scene, take: int, **only: int) -> list[tuple[str, list[str]]]:
    threads = note_threads.list_threads(scene.studio, take, **only)
    return [(thread["text"], [reply["text"] for reply in thread["replies"]]) for thread in threads]


def test_an_answer_stays_in_its_thread_however_the_note_is_edited(scene: Scene) -> None:
    take, other = scene.takes(scene.brief())
    first = write(scene, "ben", take, "the hand")
    answer = write(scene, "ana", take, "which one?", reply_to=first)
    edited = write(scene, "ben", take, "the left hand", supersedes=first)
    write(scene, "cas", take, "this one", reply_to=answer)
    write(scene, "cas", take, "to the edited row", reply_to=edited)
    write(scene, "ana", take, "which of them?", supersedes=answer)
    assert read(scene, take) == [("the left hand", ["which of them?", "this one", "to the edited row"])]
    (thread,) = note_threads.list_threads(scene.studio, take)
    assert (thread["id"], thread["edited"], thread["author"]) == (first, True, "ben")
    assert get_take(scene.studio, take)["notes"] == 4
    with pytest.raises(NotFound, match=f"no note {first} on take {other}"):
        write(scene, "ana", other, "elsewhere", reply_to=first)
    with pytest.raises(NotFound, match=f"no note {first} of yours"):
        write(scene, "ana", take, "not mine", supersedes=first)


def test_two_edits_of_one_note_stand_behind_each_other_and_each_may_be_sent_again(scene: Scene) -> None:
    take = scene.takes(scene.brief())[0]
    first = write(scene, "ben", take, "a")
    sent = [(uid(), text) for text in ("b", "c")]
    rows = [
        notes.write_note(scene.studio, scene.people["ben"], name, take, text, supersedes=first) for name, text in sent
    ]
    assert [is_new for _, is_new in rows] == [True, True]
    for (name, text), (row, _) in zip(sent, rows, strict=True):
        again = notes.write_note(scene.studio, scene.people["ben"], name, take, text, supersedes=first)
        assert again == (row, False)
    with pytest.raises(Conflict):
        notes.write_note(scene.studio, scene.people["ben"], sent[0][0], take, "other", supersedes=first)
    assert read(scene, take) == [("c", [])]


def test_a_note_is_taken_back_by_its_writer_and_its_answers_stay(scene: Scene) -> None:
    take = scene.takes(scene.brief())[0]
    first, lonely = write(scene, "ben", take, "the hand"), write(scene, "ben", take, "nothing")
    write(scene, "ana", take, "why?", reply_to=first)
    with pytest.raises(Forbidden, match="only who wrote it"):
        notes.take_back(scene.studio, scene.people["ana"], first)
    for _ in range(2):
        notes.take_back(scene.studio, scene.people["ben"], first)
        notes.take_back(scene.studio, scene.people["ben"], lonely)
    assert read(scene, take) == [("", ["why?"])]
    assert [note["text"] for note in notes.list_notes(scene.studio, take)] == ["why?"]
    assert scene.studio.value("SELECT count(*) FROM notes") == 5
    write(scene, "ben", take, "the hand after all", supersedes=first)
    assert read(scene, take) == [("the hand after all", ["why?"])]
    with pytest.raises(NotFound):
        notes.take_back(scene.studio, scene.people["ben"], 99)


def test_a_thread_is_resolved_and_opened_again_in_rows(scene: Scene) -> None:
    take = scene.takes(scene.brief())[0]
    first = write(scene, "ben", take, "the hand")
    answer = write(scene, "ana", take, "done", reply_to=first)
    once = uid()
    row, is_new = note_threads.resolve_thread(scene.studio, scene.people["ana"], once, answer)
    assert (row["note"], is_new) == (first, True)
    assert note_threads.resolve_thread(scene.studio, scene.people["ana"], once, answer) == (row, False)
    write(scene, "ben", take, "the left hand", supersedes=first)
    (thread,) = note_threads.list_threads(scene.studio, take)
    assert (thread["resolved"], thread["resolved_by"]) == (True, "ana")
    note_threads.resolve_thread(scene.studio, scene.people["ben"], uid(), first, resolved=False)
    (thread,) = note_threads.list_threads(scene.studio, take)
    assert (thread["resolved"], thread["resolved_by"]) == (False, None)
    assert scene.studio.value("SELECT count(*) FROM note_resolutions") == 2


STROKES = [[[0.1, 0.2], [0.5, 0.25]], [[0.3, 0.9]]]


def test_strokes_are_kept_as_points_and_exported_as_the_box_around_them(scene: Scene) -> None:
    take = scene.takes(scene.brief())[0]
    write(scene, "ben", take, "the edge", region={"strokes": STROKES})
    write(scene, "ben", take, "a dot in the corner", region={"strokes": [[[1, 1]]]})
    line, dot = (note["region"] for note in notes.list_notes(scene.studio, take))
    assert line == {"x": 0.1, "y": 0.2, "w": 0.4, "h": 0.7, "strokes": STROKES}
    assert dot is not None
    assert (dot["x"], dot["w"]) == (0.999, 0.001)
    statuses.set_status(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), take, "circled")
    (select,) = selects.list_selects(scene.studio, "SHOW")
    assert select["notes"][0]["region"] == {"x": 0.1, "y": 0.2, "w": 0.4, "h": 0.7}


@pytest.mark.parametrize(
    "region",
    [
        {"strokes": []},
        {"strokes": [[]]},
        {"strokes": [[[0.5]]]},
        {"strokes": [["ab"]]},
        {"strokes": [[[0.5, 1.2]]]},
        {"strokes": [[[0.5, float("nan")]]]},
        {"strokes": [[[0.1, 0.1]] * 4001]},
        {"strokes": [[[0.1, 0.1]]] * 65},
        {"strokes": STROKES, "x": 0, "y": 0, "w": 1, "h": 1},
        {"x": 0.5, "y": 0.5, "w": 0.6, "h": 0.1},
    ],
    ids=lambda region: json.dumps(region)[:40],
)
def test_what_is_no_region_is_refused(scene: Scene, region: dict) -> None:
    take = scene.takes(scene.brief())[0]
    with pytest.raises(Invalid, match="region"):
        write(scene, "ben", take, "there", region=region)


def is_blind(scene: Scene, name: str, take: int) -> bool:
    return note_threads.is_blind_to(scene.studio, scene.people[name], take)


def test_others_notes_wait_for_a_verdict_on_the_take(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(), 3)
    write(scene, "cas", a, "the hand")
    write(scene, "ben", a, "my own")
    assert is_blind(scene, "ben", a)
    assert not is_blind(scene, "ana", a), "a supervisor reads all"
    assert read(scene, a, only_of=scene.people["ben"]) == [("my own", [])]
    scene.judge("ben", a, b, "skip")
    assert is_blind(scene, "ben", a), "a skip is no verdict"
    verdict = scene.judge("ben", b, a, "left")
    assert [is_blind(scene, "ben", take) for take in (a, b, c)] == [False, False, True]
    assert is_blind(scene, "cas", a), "somebody else's verdict is not one's own"
    scene.undo("ben", verdict)
    assert is_blind(scene, "ben", a), "nor is one that was taken back"


def test_a_take_that_is_compared_with_none_hides_nothing(scene: Scene) -> None:
    brief = scene.brief()
    (only,) = scene.takes(brief, 1)
    assert not is_blind(scene, "ben", only)
    render_queue.queue_takes(scene.studio, brief, [77])
    assert is_blind(scene, "ben", only), "one that is being drawn will be compared with it"


def test_takes_of_an_open_trial_are_compared(scene: Scene) -> None:
    pair = [scene.takes(scene.brief(), 1)[0] for _ in range(2)]
    assert not is_blind(scene, "ben", pair[0])
    with scene.studio.writing() as db:
        db.execute("INSERT INTO versions VALUES ('v0001', 'starter', '[]', 'candidate', NULL, 'now')")
        db.execute(
            "INSERT INTO trials (id, candidate, baseline, state, created) VALUES (1, 'v0001', 'starter', 'open', 'now')"
        )
        brief = get_take(scene.studio, pair[0])["brief"]
        db.table("trial_pairs").insert(
            {"trial": 1, "brief": brief, "candidate_take": pair[0], "baseline_take": pair[1]}
        )
    assert is_blind(scene, "ben", pair[0])


def test_what_others_wrote_cannot_be_named_either(scene: Scene) -> None:
    take, other = scene.takes(scene.brief())
    note, own = write(scene, "cas", take, "the hand"), write(scene, "ben", take, "my own")
    with pytest.raises(NotFound, match=f"no note {note}"):
        note_threads.check_readable(scene.studio, scene.people["ben"], note)
    assert note_threads.check_readable(scene.studio, scene.people["ben"], own) == take
    scene.judge("ben", take, other, "tie")
    assert note_threads.check_readable(scene.studio, scene.people["ben"], note) == take


ROWS = """
INSERT INTO people (id, name, role, created) VALUES (1, 'ana', 'creative', 'now');
INSERT INTO projects (id, code, title, fps_num, fps_den, created) VALUES (1, 'P', 'P', 24, 1, 'now');
INSERT INTO shots (id, project, code, title, fps_num, fps_den, created) VALUES (1, 1, 'S', '', 24, 1, 'now');
INSERT INTO briefs (id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance, author, created)
    VALUES (1, 1, 'a boat', '', 'still', 8, 8, 1, 24, 1, 1, 1, 'ana', 'now');
INSERT INTO takes (id, brief, seed, state, progress, purpose, created) VALUES (1, 1, 0, 'queued', 0, 'shot', 'now');
INSERT INTO notes (id, uid, person, take, text, region, supersedes, created)
    VALUES (1, 'a', 1, 1, 'the hand', NULL, NULL, 't1'), (2, 'b', 1, 1, 'the left hand', '{"x": 0, "y": 0, "w": 1, "h": 1}', 1, 't2');
"""


def test_notes_of_before_are_threads_of_one(tmp_path: Path) -> None:
    old = open_older(tmp_path / "old", "m019_note_threads", ROWS)
    (thread,) = note_threads.list_threads(old, 1)
    assert (thread["id"], thread["text"], thread["created"], thread["replies"]) == (1, "the left hand", "t1", [])
    assert thread["region"] == {"x": 0, "y": 0, "w": 1, "h": 1}
