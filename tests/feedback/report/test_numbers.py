"""The report's numbers, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.days import StudioDay, day_named
from feedback.judgements import notes, ratings, statuses, tags
from feedback.models import runs, versions
from feedback.people import accounts
from feedback.report.costs import Rate, costs_until
from feedback.report.house_style import NewDirection, house_style, keep_house_style
from feedback.report.judged import judged_on
from feedback.report.learning import gauges_of, learning_curve, newest_version
from feedback.report.standings import ended_trials
from feedback.store import Studio
from feedback.trials import trials
from feedback.trials.counting import Limits
from tests.feedback.scene import Scene, uid

DAY = day_named("2026-11-27")
BEFORE, ON, AFTER = (f"2026-11-{day}T10:00:00.000000+00:00" for day in (26, 27, 28))


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def put_on(studio: Studio, moment: str, table: str, row: int) -> None:
    with studio.writing() as db:
        db.execute(f"UPDATE {table} SET created = ? WHERE id = ?", (moment, row))


def judge(scene: Scene, person: str, pair: list[int], verdict: str, moment: str = ON) -> int:
    row = scene.judge(person, *pair, verdict)
    put_on(scene.studio, moment, "ballots", row)
    return row


def test_judgements_of_the_day_are_counted_by_person_and_kind(scene: Scene) -> None:
    studio, takes = scene.studio, scene.takes(scene.brief(), 6)
    judge(scene, "ana", takes[:2], "left")
    judge(scene, "ben", takes[:2], "left")
    judge(scene, "ben", takes[2:4], "tie")
    judge(scene, "cas", takes[2:4], "skip")  # no judgement
    judge(scene, "cas", takes[:2], "right", BEFORE)
    judge(scene, "cas", takes[4:], "left", AFTER)
    mended = judge(scene, "ana", takes[4:], "left")
    put_on(studio, ON, "ballots", scene.undo("ana", mended))  # taken back on the same day
    rating, _ = ratings.rate_take(studio, scene.people["ben"], uid(), takes[0], 4)
    put_on(studio, ON, "ratings", rating["id"])
    note, _ = notes.write_note(studio, scene.people["ana"], uid(), takes[0], "softer light")
    put_on(studio, ON, "notes", note["id"])
    tag, _ = tags.add_tag(studio, scene.people["ana"], uid(), takes[0], "dark")
    put_on(studio, BEFORE, "tags", tag["id"])
    judged = judged_on(studio, DAY)
    assert judged["total"] == 5
    kinds = {kind: count for kind, count in judged["kinds"].items() if count}
    assert kinds == {"verdicts": 3, "ratings": 1, "notes": 1}
    people = [(each["person"], each["total"], each["kinds"]["verdicts"]) for each in judged["people"]]
    assert people == [("ben", 3, 2), ("ana", 2, 1)]
    agreement = judged["agreement"]
    # Pairs 0-1 and 2-3 were judged on the day; of 0-1 three people's verdicts count: two alike of three comparisons.
    assert (agreement["pairs"], agreement["shared"], agreement["same"], agreement["both"]) == (2, 1, 1, 3)
    assert judged_on(studio, DAY, project="SHOW") == judged
    assert judged_on(studio, DAY, person=scene.people["cas"]) == judged
    with studio.writing() as db:
        db.execute("DELETE FROM project_members WHERE person = ?", (scene.people["cas"],))
    assert judged_on(studio, DAY, person=scene.people["cas"])["total"] == 0


def end_run(studio: Studio, version: str | None, judgements: int, accuracy: float, **metrics: Any) -> int:
    run = runs.start_run(studio, "guided", metrics.pop("recipe", {}), "0" * 64, f"runs/{judgements}", [])
    metrics |= {"judgements": judgements, "reward_model": {"accuracy": accuracy, "pairs": 100, "features": "look"}}
    if version is None:
        runs.refuse_run(studio, run, "it does not hold", metrics)
    else:
        versions.register_candidate(studio, version, "starter", [], run)
        runs.finish_run(studio, run, version, metrics)
    return run


def finished(studio: Studio, run: int, moment: str) -> None:
    with studio.writing() as db:
        db.execute("UPDATE runs SET started = ?, finished = ? WHERE id = ?", (moment, moment, run))


def test_the_curve_has_the_runs_up_to_the_night_after_the_day(scene: Scene) -> None:
    studio = scene.studio
    finished(studio, end_run(studio, "v0001", 100, 0.6), BEFORE)
    finished(studio, end_run(studio, None, 200, 0.7), "2026-11-28T03:00:00.000000+00:00")  # in the night
    finished(studio, end_run(studio, None, 250, 0.7, recipe={"data": {"project": "SHOW"}}), ON)  # of one project
    finished(studio, end_run(studio, "v0002", 300, 0.8), "2026-11-28T13:00:00.000000+00:00")
    points = [(each["version"], each["judgements"], each["accuracy"]) for each in learning_curve(studio, DAY)]
    assert points == [("v0001", 100, 0.6), (None, 200, 0.7)]
    low, high = learning_curve(studio, DAY)[0]["low"], learning_curve(studio, DAY)[0]["high"]
    assert (round(low, 3), round(high, 3)) == (0.502, 0.691), "Wilson's interval of 60 of 100"
    newest = newest_version(studio, DAY)
    assert newest is not None
    assert newest["version"] == "v0001"
    assert newest_version(studio, day_named("2026-11-20")) is None


def test_gauges_are_those_that_were_measured_beside_the_limits_of_their_recipe() -> None:
    recipe = {"guided": {"most_content_lost": 0.02, "most_error_gained": 0.08, "most_variety_lost": 0.1}}
    gauges = gauges_of({"kept_content": -0.01, "kept_error": 1.05, "kept_variety": 0.95, "measured_gain": None}, recipe)
    assert [(each["name"], each["value"], each["limit"]) for each in gauges] == [
        ("content", -0.01, -0.02),
        ("realism", 1.05, 1.08),
        ("variety", 0.95, 0.9),
    ]


def timed(scene: Scene, takes: list[int], begin: str, end: str, device: str | None) -> None:
    provenance = "{}" if device is None else f'{{"sampling": {{"device": "{device}"}}}}'
    with scene.studio.writing() as db:
        for take in takes:
            sql = "UPDATE takes SET started = ?, finished = ?, provenance = ? WHERE id = ?"
            db.execute(sql, (f"2026-11-{begin}.000000+00:00", f"2026-11-{end}.000000+00:00", provenance, take))


def test_cost_is_the_time_that_was_recorded_shared_by_what_was_drawn_together(scene: Scene) -> None:
    studio = scene.studio
    together, alone = scene.takes(scene.brief(), 4), scene.takes(scene.brief(), 1)
    timed(scene, together, "27T10:00:00", "27T10:00:40", "cuda:0")
    timed(scene, alone, "26T10:00:00", "26T10:00:20", "cpu")
    scene.judge("ana", *together[:2], "left")
    for take in together[:2]:
        statuses.set_status(studio, accounts.get_person(studio, "ana"), uid(), take, "circled")
    run = end_run(studio, "v0001", 100, 0.6, seconds=1800.0, device="cuda", processes=2)
    finished(studio, run, ON)
    finished(studio, end_run(studio, None, 100, 0.6, seconds=60.0, device="cpu"), ON)
    costs = costs_until(studio, DAY, Rate(3.6, "EUR"))
    assert (costs["day"]["number"], costs["day"]["seconds"], costs["day"]["each"]) == (4, {"gpu": 40.0}, 10.0)
    assert costs["takes"]["seconds"] == {"gpu": 40.0, "processor": 20.0}
    assert costs["takes"]["money"] == pytest.approx(0.06), "a thousandth of a euro a second"
    assert (costs["circled"]["number"], costs["circled"]["each"]) == (2, 30.0), "all sixty seconds, for two"
    assert costs["circled"]["money_each"] == pytest.approx(0.03)
    (version,) = costs["versions"]
    assert (version["version"], version["tuning"]["seconds"]) == ("v0001", {"gpu": 3600.0}), "of two processes"
    assert version["tuning"]["money"] == pytest.approx(3.6)
    assert costs["refused"]["seconds"] == {"processor": 60.0}


def test_without_a_rate_no_money_is_named_and_what_was_not_recorded_is_not_guessed(scene: Scene) -> None:
    timed(scene, scene.takes(scene.brief(), 1), "27T10:00:00", "27T10:00:05", None)
    timed(scene, scene.takes(scene.brief(), 1), "27T10:00:00", "27T09:00:00", "cuda")  # the clock was set back
    costs = costs_until(scene.studio, DAY, Rate())
    assert costs["day"]["money"] is costs["day"]["money_each"] is None
    assert costs["circled"]["each"] is None
    assert (costs["day"]["number"], costs["day"]["seconds"]) == (1, {"unknown": 5.0})


def play(scene: Scene, version: str, verdicts: str, *, close: bool = True) -> list[int]:
    """A trial with one pair a letter: w, l and t are won, lost and tied; three people judge in turn. Its takes."""
    trial = trials.open_trial(scene.studio, version, [scene.brief()], len(verdicts), limits=Limits(3, 1 / 3))
    scene.draw()
    rows = scene.studio.rows("SELECT * FROM trial_pairs WHERE trial = ? ORDER BY id", (trial,))
    for number, (row, letter) in enumerate(zip(rows, verdicts, strict=True)):
        person = ("ana", "ben", "cas")[number % 3]
        verdict = {"w": "left", "l": "right", "t": "tie"}[letter]
        scene.judge(person, row["candidate_take"], row["baseline_take"], verdict)
    if close:
        trials.close_trial(scene.studio, trial)
    return [row[side] for row in rows for side in ("candidate_take", "baseline_take")]


def today(studio: Studio) -> StudioDay:
    return day_named(studio.value("SELECT substr(max(created), 1, 10) FROM ballots"))


def test_a_trial_that_is_over_is_told_ballot_by_ballot(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    play(scene, "v0001", "wwlwwtwww")
    (ended,) = ended_trials(scene.studio, today(scene.studio))
    assert (ended["results"]["wins"], ended["results"]["losses"], ended["results"]["ties"]) == (7, 1, 1)
    assert [each["judged"] for each in ended["path"]] == list(range(1, 10))
    assert [each["rate"] for each in ended["path"][:3]] == [None, None, pytest.approx(2 / 3)], "three people are needed"
    last = ended["path"][-1]
    assert last["rate"] == pytest.approx(7.5 / 9)
    assert (last["low"], last["high"]) == (ended["results"]["low"], ended["results"]["high"])
    assert all(each["low"] < (each["rate"] or 0.5) < each["high"] for each in ended["path"])


def test_nothing_of_an_open_trial_is_told_not_even_what_its_candidate_won_before(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    play(scene, "v0001", "wwlwww")
    assert len(ended_trials(scene.studio, today(scene.studio))) == 1
    play(scene, "v0001", "www", close=False)
    assert ended_trials(scene.studio, today(scene.studio)) == []


def test_takes_of_an_open_trial_show_no_direction_and_are_in_no_versions_cost(scene: Scene) -> None:
    studio = scene.studio
    run = end_run(studio, "v0001", 100, 0.6)
    hidden, plain = play(scene, "v0001", "ww", close=False), scene.takes(scene.brief(), 2)
    pairs = [(hidden[0], hidden[1]), (plain[0], plain[1])]
    keep_house_style(studio, run, [NewDirection("warmth", 0.8, 0.4, pairs)], takes=40, explained=0.4, accuracy=0.7)
    style = house_style(studio, today(studio))
    assert style is not None
    assert [(each["least"], each["most"]) for each in style["directions"][0]["pairs"]] == [tuple(plain)]
    costs = costs_until(studio, today(studio), Rate())
    assert costs["versions"][0]["takes"]["number"] == 0
    assert costs["takes"]["number"] == 6


def test_directions_are_compared_with_those_of_the_run_before(scene: Scene) -> None:
    studio = scene.studio
    first, second = (end_run(studio, f"v000{number}", 100 * number, 0.6) for number in (1, 2))
    kept = {"takes": 40, "explained": 0.5, "accuracy": 0.7}
    keep_house_style(studio, first, [NewDirection("warmth", 0.8, 0.4, []), NewDirection("grain", 0.2, 0.1, [])], **kept)  # type: ignore[arg-type]
    keep_house_style(
        studio, second, [NewDirection("warmth", -0.5, 0.4, []), NewDirection("line", 0.1, 0.1, [])], **kept
    )  # type: ignore[arg-type]
    day = day_named(studio.value("SELECT substr(max(finished), 1, 10) FROM runs"))
    style = house_style(studio, day)
    assert style is not None
    assert (style["run"], style["before"], style["gone"]) == (second, first, ["grain"])
    assert [(each["name"], each["before"]) for each in style["directions"]] == [("warmth", 0.8), ("line", None)]
