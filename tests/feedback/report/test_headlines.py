"""The top of the report: what somebody knows who reads no further."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from feedback.clock import now
from feedback.models import nights, runs, versions
from feedback.report.costs import Rate
from feedback.report.morning import MorningReport, ReportOptions, morning_report
from feedback.report.rendering.headlines import headlines
from feedback.report.rendering.pictures import NoPictures
from feedback.report.rendering.render import to_html, to_page
from feedback.report.rendering.words import Words
from feedback.store import Studio
from feedback.trials import trials
from tests.factories import play_trial
from tests.feedback.scene import Scene

TODAY = now()[:10]


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def report_of(scene: Scene) -> MorningReport:
    options = ReportOptions(Rate(36.0, "EUR"))
    report = morning_report(scene.studio, 16, date=TODAY, options=options)
    day = replace(report["day"], nights_begin=report["day"].begin)
    return {**report, "day": day}


def lines_of(scene: Scene, **changes: Any) -> list[str]:
    return headlines({**report_of(scene), **changes}, Words())  # type: ignore[typeddict-item]


def night(**changes: Any) -> dict[str, Any]:
    row = {"night": 3, "project": None, "person": None, "state": "done", "reason": None, "why": None, "lines": []}
    return {**row, "started": now(), "ended": now(), "learned": "candidate", "version": "v0001", **changes}


def make_version(scene: Scene, right: float) -> None:
    run = runs.start_run(scene.studio, "guided", {}, "0" * 64, "runs/0001", [])
    versions.register_candidate(scene.studio, "v0001", "starter", [], run)
    model = {"accuracy": right, "pairs": 100, "features": "look"}
    metrics: Any = {"judgements": 40, "seconds": 60.0, "device": "cuda", "reward_model": model}
    runs.finish_run(scene.studio, run, "v0001", metrics)


@pytest.mark.parametrize(
    ("right", "end"),
    [
        (0.8, "It predicts 80 % of verdicts that it has not seen (71 % to 87 %)."),
        (0.52, "It predicts 52 % of verdicts that it has not seen (42 % to 62 %), which may be chance."),
    ],
)
def test_they_say_whether_what_was_learned_holds_and_what_it_cost(scene: Scene, right: float, end: str) -> None:
    make_version(scene, right)
    lines = lines_of(scene, nights=[night()])
    assert next(line for line in lines if line.startswith("v0001, the newest version")).endswith(end)
    assert "Cost: tuning of v0001 60 s GPU (0.60 EUR)." in lines


def test_they_say_what_is_to_be_judged_next(scene: Scene) -> None:
    assert lines_of(scene)[-1] == "To do now: judge 16 more pairs, so that the first night has enough."
    make_version(scene, 0.8)
    assert lines_of(scene)[-1] == "To do now: open the blind trial of v0001 on the page Models."
    assert (
        lines_of(scene, waiting=[])[-1]
        == "To do now: judge new pairs, so that the next night has something to learn from."
    )
    for number in range(2):
        scene.judge("ben", *scene.takes(scene.brief(f"a house, {number}")), "left")
    assert lines_of(scene, waiting=[])[-1] == "To do now: nothing: the next night learns from 2 new judgements."
    play_trial(scene.studio, scene.people["ben"], "left")
    assert (
        lines_of(scene)[-1]
        == "To do now: nothing: all pairs of the blind trial of v0001 are judged, and the next night counts them."
    )
    versions.register_candidate(scene.studio, "v0002", "starter", [])
    assert lines_of(scene)[-1].endswith("counts them. Waiting for a trial of its own: v0002.")
    page = to_page(report_of(scene), NoPictures(), Words())  # type: ignore[arg-type]
    assert re.search(r'<a href="/models">To do now: [^<]*v0001[^<]*v0002\.</a>', page)
    assert "<a " not in to_html(report_of(scene)), "a mail knows no address of the server"  # type: ignore[arg-type]
    trials.close_trial(scene.studio, 1, "softer light")
    lines = lines_of(scene)
    assert next(line for line in lines if "blind pair" in line).endswith("That proves neither.")


def test_a_proven_candidate_is_to_be_promoted(scene: Scene) -> None:
    make_version(scene, 0.8)
    scene.brief()
    play_trial(scene.studio, scene.people["ben"], "left")
    trials.close_trial(scene.studio, 1, "softer light")
    (ended,) = report_of(scene)["trials"]
    proven = {**ended, "results": {**ended["results"], "low": 0.56}}
    lines = lines_of(scene, trials=[proven])
    assert next(line for line in lines if "blind pair" in line).endswith("So it is better in blind eyes.")
    assert lines[-1] == "To do now: promote v0001 on the page Models."
    assert "promote" not in lines_of(scene, trials=[{**proven, "state": "production"}])[-1]
    lost = {**ended, "results": {**ended["results"], "low": 0.1, "high": 0.4}}
    none = {**ended, "results": {**ended["results"], "pairs_judged": 0, "wins": 0, "low": 0.0, "high": 1.0}}
    assert "neither" not in " ".join(lines_of(scene, trials=[none])), "nothing was judged that could prove something"
    assert "So it is worse in blind eyes." in " ".join(lines_of(scene, trials=[lost]))


def test_a_night_that_was_stopped_comes_first(scene: Scene) -> None:
    failed = night(state="refused", learned=None, reason="disk: 0.0 GiB free: make room", project="A")
    fine = night(night=4, project="B", learned="refused", why="nothing was judged yet: judge at least 16 pairs")
    lines = lines_of(scene, nights=[failed, fine])
    assert "The night made no version: disk: 0.0 GiB free: make room." in lines
    assert lines[-1] == "To do now: mend what stopped night 3, and start it again: disk: 0.0 GiB free: make room."
    assert "judge 16 more pairs" in lines_of(scene, nights=[fine])[-1]
    old = {"nights": [failed], "written": "2100-01-01T00:00:00.000000+00:00"}
    assert "judge 16 more pairs" in lines_of(scene, **old)[-1], "later nights say what became of it"
    stopped = night(state="interrupted", learned=None)
    assert lines_of(scene, nights=[stopped])[-1].startswith("To do now: start night 3 again: it was interrupted")
    under_way = night(state="running", learned=None)
    assert lines_of(scene, nights=[under_way])[-1] == "To do now: wait: night 3 is still under way."


def test_a_night_whose_machine_went_away_is_interrupted(scene: Scene) -> None:
    nights.begin_night(scene.studio, nights.this_process())
    with scene.studio.writing() as db:
        db.execute("UPDATE nights SET started = ?", (f"{TODAY}T23:00:00.000000+00:00",))
    assert [each["state"] for each in report_of(scene)["nights"]] == ["running"]
    with scene.studio.writing() as db:
        db.execute("UPDATE nights SET expires = ?", ("2026-01-01T00:00:00.000000+00:00",))
    assert [each["state"] for each in report_of(scene)["nights"]] == ["interrupted"]


def test_a_judged_day_without_a_night_is_told(scene: Scene) -> None:
    scene.judge("ben", *scene.takes(scene.brief()), "left")
    assert "No night has followed this day." not in lines_of(scene), "it is not over"
    assert "No night has followed this day." in lines_of(scene, written="2100-01-01T00:00:00.000000+00:00")
    unchanged = night(learned="unchanged")
    assert "The night had nothing new to learn from." in lines_of(scene, nights=[unchanged])
