"""What a version learned from, through every night it was built on; and the run rows behind it."""

from __future__ import annotations

import json

import pytest

from feedback.errors import Conflict, Invalid, NotFound
from feedback.judgements import notes
from feedback.models import lineage, runs, versions
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from feedback.trials import blinding
from tests.feedback.scene import Scene
from ui.pages.models import describe_learning


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def adapter(name: str) -> dict:
    return {"folder": f"models/{name}", "sha256": "b" * 64, "weight": 1.0}


def night(scene: Scene, name: str, adapters: list[str], heldout: tuple[int, ...] = ()) -> int:
    """A whole night: a run over all judgements there are, and its version."""
    preferences = dataset.collect(scene.studio)
    _, digest = snapshot.freeze(preferences)
    judgements = dataset.judgements_behind(preferences, heldout)
    run = runs.start_run(scene.studio, "dpo", {"beta": 1000}, digest, f"runs/{name}", judgements)
    versions.register_candidate(scene.studio, name, "starter", [adapter(each) for each in adapters], run)
    runs.finish_run(scene.studio, run, name, {"accuracy": 0.7})
    return run


def test_starter_learned_from_nobody(scene: Scene) -> None:
    empty = {"judgements": 0, "pointed": 0, "people": [], "takes": 0, "outside": {}, "briefs": 0, "runs": []}
    assert lineage.learned_from(scene.studio, "starter") == empty
    with pytest.raises(NotFound, match="'v9'"):
        lineage.learned_from(scene.studio, "v9")


def test_second_night_answers_for_the_first_and_counts_once(scene: Scene) -> None:
    first, second = scene.brief("one"), scene.brief("two")
    a, b = scene.takes(first)
    scene.judge("ana", a, b, "left")
    scene.judge("ben", a, b, "left")
    one = night(scene, "v0001", ["v0001"])
    c, d = scene.takes(second)
    scene.judge("ana", c, d, "right")
    two = night(scene, "v0002", ["v0001", "v0002"], heldout=(second,))
    learned = lineage.learned_from(scene.studio, "v0002")
    assert (learned["judgements"], learned["takes"], learned["briefs"]) == (3, 4, 2)
    assert learned["people"] == [{"name": "ana", "judgements": 2}, {"name": "ben", "judgements": 1}]
    assert [run["id"] for run in learned["runs"]] == [one, two]
    assert [(run["train"], run["heldout"]) for run in learned["runs"]] == [(2, 0), (2, 1)]
    assert lineage.learned_from(scene.studio, "v0001")["judgements"] == 2
    rows = {row["name"]: row["learned_from"]["judgements"] for row in blinding.describe_versions(scene.studio)}
    assert rows == {"starter": 0, "v0001": 2, "v0002": 3}


def test_verdicts_with_a_place_on_either_take_are_counted(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    for name in ("ana", "ben"):
        scene.judge(name, a, b, "left")
    person, box = accounts.get_person(scene.studio, "ana")["id"], {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2}
    note = notes.write_note(scene.studio, person, "note", b, "the hand", region=box)[0]["id"]
    preferences = dataset.collect(scene.studio)
    assert [place["note"] for place in preferences.places] == [note]
    _, digest = snapshot.freeze(preferences)
    judgements = dataset.judgements_behind(preferences)
    run = runs.start_run(scene.studio, "dpo", {}, digest, "runs/1", judgements, {note: person})
    versions.register_candidate(scene.studio, "v0001", "starter", [adapter("v0001")], run)
    runs.finish_run(scene.studio, run, "v0001", {})
    learned = lineage.learned_from(scene.studio, "v0001")
    assert (learned["judgements"], learned["pointed"]) == (2, 1)
    assert describe_learning(learned) == "2 judgements by 2 people. 1 of them point at a part of a take"


def test_which_image_encoder_saw_it_is_said_and_of_others_nothing(scene: Scene) -> None:
    encoder = {"name": "dinov2-base", "sha256": "c" * 64, "licence": "apache-2.0"}
    scene.judge("ana", *scene.takes(scene.brief()), "left")
    for name, features in (("v0001", "image_encoder_4x4"), ("v0002", "look")):
        run = night(scene, name, [name])
        metrics = {"reward_model": {"features": features, "accuracy": 0.91, "pairs": 60}, "image_encoder": encoder}
        with scene.studio.writing() as db:
            db.execute("UPDATE runs SET metrics = ? WHERE id = ?", (json.dumps(metrics), run))
    seen, other = (lineage.learned_from(scene.studio, name) for name in ("v0001", "v0002"))
    assert describe_learning(seen).endswith(
        "Seen in the picture as the image encoder dinov2-base sees it, in 4 by 4 parts: 91 % of held-out verdicts"
    )
    rewards = [each["runs"][0]["reward"] for each in (seen, other)]
    assert lineage.name_features(rewards[0]) == "image_encoder_4x4 of dinov2-base cccccccccccc (apache-2.0)"  # type: ignore[arg-type]
    assert lineage.name_features(rewards[1]) == "look"  # type: ignore[arg-type]
    assert "encoder" not in describe_learning(other)


def test_changed_mind_does_not_change_what_was_learned(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    scene.judge("ana", a, b, "left")
    night(scene, "v0001", ["v0001"])
    before = lineage.learned_from(scene.studio, "v0001")
    scene.judge("ana", a, b, "right")
    assert lineage.learned_from(scene.studio, "v0001") == before


def test_run_goes_from_running_to_one_end(scene: Scene) -> None:
    run = runs.start_run(scene.studio, "dpo", {"beta": 1000}, "c" * 64, "runs/1", [])
    running = runs.running_run(scene.studio)
    assert running is not None
    assert (running["id"], running["recipe"], running["metrics"]) == (run, {"beta": 1000}, None)
    with pytest.raises(Conflict, match=f"run {run} is running"):
        runs.start_run(scene.studio, "dpo", {}, "c" * 64, "runs/2", [])
    runs.progress_run(scene.studio, run, 0.25, {"loss": 0.69})
    assert runs.get_run(scene.studio, run)["metrics"] == {"loss": 0.69}
    runs.refuse_run(scene.studio, run, "held-out accuracy 0.49 is not above chance", {"accuracy": 0.49})
    ended = runs.get_run(scene.studio, run)
    assert (ended["state"], ended["metrics"]) == ("refused", {"accuracy": 0.49})
    assert runs.running_run(scene.studio) is None
    with pytest.raises(Conflict, match="already refused"):
        runs.finish_run(scene.studio, run, "v0001", {})
    again = runs.start_run(scene.studio, "dpo", {}, "c" * 64, "runs/2", [])
    runs.fail_run(scene.studio, again, "out of memory")
    assert [row["state"] for row in runs.list_runs(scene.studio)] == ["failed", "refused"]


def test_wrong_judgements_and_runs_are_named(scene: Scene) -> None:
    with pytest.raises(Invalid, match="split one of train, heldout"):
        runs.start_run(scene.studio, "dpo", {}, "c" * 64, "runs/1", [("ballot", 1, 1, "test")])
    assert runs.list_runs(scene.studio) == []
    with pytest.raises(NotFound, match="run 7"):
        runs.progress_run(scene.studio, 7, 0.5)
