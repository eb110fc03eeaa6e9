"""A night: in order, resumable, and safe to start twice."""

from __future__ import annotations

import pytest

from feedback import runs, takes, trials
from feedback.errors import Conflict, Refused
from feedback.studio import Studio
from finetune import nightly as module
from finetune.locks import only_one
from finetune.nightly import nightly
from tests.finetune.judged import cast, quick

RECIPE = quick(max_winner_error=2)


def test_night_tunes_registers_and_opens_the_trial(studio: Studio) -> None:
    result = nightly(studio, RECIPE, pairs=12, progress=False)
    assert (result["state"], result["version"], result["trial"]) == ("candidate", "v0001", 1)
    record = trials.record(studio, 1)
    assert (record["candidate"], record["baseline"], record["pairs"]) == ("v0001", "tiny", 12)
    assert takes.queue_state(studio)["queued"] == 24
    drawn = studio.rows("SELECT seed, brief FROM takes WHERE purpose = 'trial'")
    assert len({(row["seed"], row["brief"]) for row in drawn}) == 24


def test_second_start_changes_nothing_and_new_judgements_make_a_new_version(studio: Studio) -> None:
    nightly(studio, RECIPE, pairs=6, progress=False)
    again = nightly(studio, RECIPE, pairs=6, progress=False)
    assert (again["state"], again["version"], again["trial"]) == ("unchanged", "v0001", None)
    assert "nothing was judged since run 1" in again["reason"]
    assert len(runs.list_runs(studio)) == len(trials.list_trials(studio)) == 1
    cast(studio, 1, 2, "tie", "ben")
    assert nightly(studio, RECIPE, pairs=6, progress=False)["version"] == "v0002"


def test_night_killed_before_the_trial_goes_on_there(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "open_missing_trial", die)
        with pytest.raises(KeyboardInterrupt):
            nightly(studio, RECIPE, progress=False)
    result = nightly(studio, RECIPE, pairs=6, progress=False)
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

    monkeypatch.setattr("finetune.tune.load_policy", broken)
    with pytest.raises(Refused, match="disk is full"):
        nightly(studio, RECIPE, progress=False)
    assert runs.get_run(studio, 1)["state"] == "failed"


def test_two_nights_at_once_are_refused(studio: Studio) -> None:
    with only_one(studio.runs_folder / "nightly.lock", "a night"), pytest.raises(Conflict, match="already going on"):
        nightly(studio, RECIPE, progress=False)
