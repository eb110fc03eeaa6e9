"""A night: in order, resumable, and safe to start twice."""

from __future__ import annotations

import numpy as np
import pytest

from feedback.errors import Conflict, Interrupted, Refused
from feedback.models import runs, versions
from feedback.production import render_queue
from feedback.store import Studio, media
from feedback.trials import results, trials
from feedback.trials.counting import Limits
from finetune.jobs import nightly as module
from finetune.jobs.locks import only_one
from finetune.jobs.nightly import nightly
from tests.finetune.judged import cast, picture, quick

RECIPE = quick(max_winner_error=2)
ALONE = Limits(people=1, share=1.0)  # one rater decides, so that these tests need only one


def judge_trial(studio: Studio, trial: int, winner: str | None) -> None:
    """Draws and judges what nobody judged: the `winner`'s side ("candidate_take", "baseline_take") or ties."""
    while leased := render_queue.lease_takes(studio, "test", 16):
        for take in leased:
            chance = np.random.default_rng(take["id"])
            sha256 = media.store_bytes(studio, picture(0.5, chance), "png", "image/png", 32, 32, 1)
            files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
            render_queue.finish_take(studio, take["id"], "test", **files, provenance={})
    for row in studio.rows("SELECT * FROM trial_pairs WHERE trial = ?", (trial,)):
        if not studio.value('SELECT 1 FROM ballots WHERE "left" = ?', (row["candidate_take"],)):
            verdict = {"candidate_take": "left", "baseline_take": "right", None: "tie"}[winner]
            cast(studio, row["candidate_take"], row["baseline_take"], verdict, "ben")


def test_night_tunes_registers_and_opens_the_trial(studio: Studio) -> None:
    result = nightly(studio, RECIPE, pairs=12, limits=ALONE, progress=False)
    assert (result["state"], result["version"], result["trial"]) == ("candidate", "v0001", 1)
    record = results.trial_results(studio, 1)
    assert (record["candidate"], record["baseline"], record["pairs"]) == ("v0001", "tiny", 12)
    assert render_queue.queue_state(studio)["queued"] == 24
    drawn = studio.rows("SELECT seed, brief FROM takes WHERE purpose = 'trial'")
    assert len({(row["seed"], row["brief"]) for row in drawn}) == 24


def test_second_start_changes_nothing_and_new_judgements_make_a_new_version(studio: Studio) -> None:
    nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)
    again = nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)
    assert (again["state"], again["version"], again["trial"]) == ("unchanged", "v0001", None)
    assert "nothing was judged since run 1" in again["reason"]
    assert len(runs.list_runs(studio)) == len(trials.list_trials(studio)) == 1
    cast(studio, 1, 2, "tie", "ben")
    assert nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)["version"] == "v0002"


def test_undecided_trial_goes_on_and_the_newer_candidate_waits(studio: Studio) -> None:
    assert nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)["trials"] == [
        "trial 1 is open: v0001 plays 6 pairs against tiny"
    ]
    judge_trial(studio, 1, None)
    night = nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)
    assert (night["version"], night["trial"]) == ("v0002", None)
    assert night["trials"] == [
        "trial 1 of v0001 is undecided, and has 6 more pairs to judge",
        "v0002 waits: trial 1 of v0001 is not over",
    ]
    assert results.trial_results(studio, 1)["pairs"] == 12


def test_lost_trial_ends_and_the_next_candidate_plays(studio: Studio) -> None:
    nightly(studio, RECIPE, pairs=24, limits=ALONE, progress=False)
    judge_trial(studio, 1, "baseline_take")
    night = nightly(studio, RECIPE, pairs=24, limits=ALONE, progress=False)
    assert night["trials"][0].startswith("v0001 won 0 of 24 blind pairs against tiny (at most")
    assert night["trials"][1:] == ["trial 2 is open: v0002 plays 24 pairs against tiny"]
    assert night["trial"] == 2
    assert versions.get_version(studio, "v0001")["state"] == "rejected"


def test_night_killed_before_the_trial_goes_on_there(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "open_missing_trial", die)
        with pytest.raises(KeyboardInterrupt):
            nightly(studio, RECIPE, progress=False)
    result = nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)
    assert (result["version"], result["trial"]) == ("v0001", 1)
    assert len(runs.list_runs(studio)) == 1


def test_night_without_judgements_is_refused_quietly(empty: Studio) -> None:
    result = nightly(empty, RECIPE, progress=False)
    assert (result["state"], result["trial"], result["version"]) == ("refused", None, None)
    assert "nothing was judged" in result["reason"]
    assert not runs.list_runs(empty)


def test_refused_run_is_not_repeated_on_the_same_judgements(studio: Studio) -> None:
    strict = quick(max_winner_error=0.01)
    assert nightly(studio, strict, progress=False)["state"] == "refused"
    assert nightly(studio, strict, progress=False)["state"] == "unchanged"
    assert len(runs.list_runs(studio)) == 1


def test_broken_run_is_an_error_and_not_a_quiet_night(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object, **named: object) -> None:
        raise Refused("the disk is full")

    monkeypatch.setattr("finetune.jobs.tune.load_tunable_model", broken)
    with pytest.raises(Refused, match="disk is full"):
        nightly(studio, RECIPE, progress=False)
    assert runs.get_run(studio, 1)["state"] == "failed"


def test_interrupted_night_is_no_refusal_and_goes_on(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object, **named: object) -> None:
        raise Interrupted("training was interrupted after step 1")

    with monkeypatch.context() as patch:
        patch.setattr("finetune.jobs.tune.run_training", interrupted)
        with pytest.raises(Interrupted, match="run 1 was interrupted: the same command again continues it"):
            nightly(studio, RECIPE, progress=False)
    assert not issubclass(Interrupted, Refused)
    assert runs.get_run(studio, 1)["state"] == "running"
    assert nightly(studio, RECIPE, pairs=6, limits=ALONE, progress=False)["run"] == 1


def test_two_nights_at_once_are_refused(studio: Studio) -> None:
    with only_one(studio.runs_folder / "nightly.lock", "a night"), pytest.raises(Conflict, match="already going on"):
        nightly(studio, RECIPE, progress=False)
