"""The short form of the count of trials that promote an equal version; and it would see an interval that is not for peeking."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from typing import Any

import pytest

from benchmarks.trial_honesty import __main__ as command
from benchmarks.trial_honesty.ladders import measure_ladders
from benchmarks.trial_honesty.trials import BATCH, PANELS, Ended, Panel, measure, play, play_all, summarize
from feedback.statistics import wilson_interval
from feedback.trials import counting

ALONE, THREE = PANELS[0], PANELS[2]
TRIALS = 120


def promoted(panel: Panel, rate: float = 0.5) -> float:
    """Of trials of two nights' pairs."""
    return measure(panel, rate, TRIALS, seed=0, batches=2)["promoted"]


def test_equal_versions_are_promoted_one_time_in_twenty_at_most() -> None:
    assert promoted(ALONE) <= 0.05
    assert promoted(THREE) <= 0.05


def test_an_interval_of_a_fixed_number_would_promote_them_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "confidence_sequence", wilson_interval)
    assert promoted(ALONE) > 0.1


def test_a_better_version_is_promoted_sooner_the_better_it_is() -> None:
    assert promoted(ALONE, 0.8) > 0.9 > promoted(ALONE, 0.65) > 0.2


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_every_pair_counts_once_and_nobody_decides_more_than_their_part(panel: Panel) -> None:
    outcomes = play_all(panel, 0.7, random.Random(1), 2)
    assert sorted(each["pair"] for each in outcomes) == list(range(2 * BATCH))
    part = panel.limits.part(BATCH)
    for batch in range(2):
        of_batch = Counter(each["person"] for each in outcomes if each["pair"] // BATCH == batch)
        assert max(of_batch.values()) <= part
    rate = sum(each["outcome"] for each in outcomes) / len(outcomes)
    assert 0.55 < rate < 0.85
    ties = sum(each["outcome"] == 0.5 for each in outcomes) / len(outcomes)
    assert ties == pytest.approx(panel.ties, abs=0.12)


def test_the_panel_wins_as_often_as_it_is_to() -> None:
    for panel in PANELS:
        people = range(len(panel.activity))
        decided = [panel.own_rate(person, 0.6) for person in people]
        assert panel.ties / 2 + (1 - panel.ties) * sum(decided) / len(decided) == pytest.approx(0.6)


def test_a_trial_ends_at_its_first_proof() -> None:
    ended = play(ALONE, 1.0, random.Random(0), 1)
    won = [counting.interval_of([1.0] * number)[0] > 0.5 for number in range(1, BATCH)]
    assert ended == Ended("proven", 1 + won.index(True))
    assert play(ALONE, 0.0, random.Random(0), 1).state == "lost"


def test_the_middle_of_trials_of_which_most_are_undecided_is_not_known() -> None:
    row = summarize(THREE, 0.6, [Ended("proven", 50), Ended("undecided", 480), Ended("undecided", 480)])
    assert (row["median_judgements"], row["promoted"], row["rejected"]) == (None, 1 / 3, 0)
    assert row["decided_within"] == {48: 0, 96: 1 / 3, 192: 1 / 3, 480: 1 / 3}


def test_the_command_prints_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "PANELS", (ALONE,))
    few = ["--trials", "3", "--better", "2", "--rates", "0.9", "--ladders", "1"]
    monkeypatch.setattr(sys, "argv", ["trial_honesty", *few, "--json"])
    command.main()
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(row["win_rate"], row["trials"]) for row in answer["rows"]] == [(0.5, 3), (0.9, 2)]
    assert answer["wrongly_promoted_at_most"] == answer["rows"][0]["promoted"]
    assert [row["stops"] for row in answer["ladders"]] == 3 * [False, True]
    monkeypatch.setattr(sys, "argv", ["trial_honesty", *few])
    command.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines] == ["0.50", "0.90", *6 * ["rank"]]


@pytest.mark.parametrize("stops", [False, True])
def test_the_intervals_of_the_ranking_hold_nineteen_times_in_twenty(stops: bool) -> None:
    held = measure_ladders(150, 0.7, stops, seed=1)
    assert held["average"] > 0.92
    assert held["against_production"] > 0.92
