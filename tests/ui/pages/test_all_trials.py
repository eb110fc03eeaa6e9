"""Enough judgements, who promotes, and how versions rank: on the command line, over HTTP and on the Models page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts
from feedback.preferences.night_needs import NightNeeds, describe_night_needs
from feedback.production import render_queue
from feedback.store import Studio
from feedback.trials import trials
from feedback.trials.counting import Limits
from feedback.trials.deciders import PromotionRule
from feedback.trials.needed import Needed, TrialNeeds, describe_needs
from finetune.jobs.nightly import NightOptions
from tests.factories import finish
from tests.ui.pages.test_deciding import run, run_json
from ui.languages import speaking
from ui.pages.models import render_versions
from ui.pages.trials.ranking import describe_unmet
from ui.phrases.needed import describe_night, describe_rule, describe_trial
from ui.security.access import person_of_row
from ui.settings import read_settings

NIGHT: NightNeeds = {
    "run": 4,
    "learned_from": 500,
    "new": 37,
    "first": None,
    "points": 4,
    "known": True,
    "accuracy": 0.8,
    "median": 134,
    "low": 77,
    "high": 494,
    "worth_it": False,
}


@pytest.fixture
def studio(studio: Studio) -> Studio:
    """v0001 has beaten the starter in a trial that is over, and v0002 plays one in which one pair is judged."""
    for name in ("v0001", "v0002", "v0003"):
        versions.register_candidate(studio, name, "starter", [])
    play(studio, "v0001", [*["left"] * 9, "right", "tie"])
    trials.close_trial(studio, 1)
    play(studio, "v0002", ["left"])
    return studio


def play(studio: Studio, version: str, verdicts: list[str]) -> None:
    """Its trial of twelve pairs, the first of them judged so by sue, who is trusted alone."""
    sue = accounts.get_person(studio, "sue")["id"]
    trial = trials.open_trial(studio, version, [1, 2, 3], 4, limits=Limits(1, 1.0))
    while leased := render_queue.lease_takes(studio, "test", 64):
        for take in leased:
            finish(studio, take["id"])
    rows = studio.rows("SELECT * FROM trial_pairs WHERE trial = ? ORDER BY id", (trial,))
    for row, verdict in zip(rows, verdicts, strict=False):
        sides = row["candidate_take"], row["baseline_take"]
        ballots.cast_ballot(studio, sue, f"{trial} {row['id']}", *sides, verdict, 900)


def needed(rate: float | None, low: int | None, median: int | None, high: int | None) -> Needed:
    return {"win_rate": rate, "decided": 0.9, "proven": 0.62, "median": median, "low": low, "high": high}


def trial_needs(**changes: Any) -> TrialNeeds:
    rates = [needed(0.6, 182, None, None), needed(0.65, 70, 164, 332), needed(0.7, 0, 0, 0)]
    needs = {
        "trial": 3,
        "candidate": "v0002",
        "baseline": "starter",
        "judged": 21,
        "left": 27,
        "raters": 2,
        "needed": 3,
    }
    return {**needs, "at_rates": rates, "as_judged": None, **changes}  # type: ignore[typeddict-item]


def test_enough_says_what_a_night_and_each_open_trial_still_need(studio: Studio) -> None:
    lines = run(studio, "enough").stdout.splitlines()
    assert lines[0] == "night: 11 pairs with a preference are judged: the first night needs 16"
    assert lines[1].startswith(
        "trial 2 of v0002: 1 pair judged by 1 person; if it wins 60, 65 or 70 % of pairs, it is decided"
    )
    assert len(lines) == 2
    answer = run_json(studio, "enough")
    assert [trial["as_judged"] for trial in answer["trials"]] == [None]
    assert run(studio, "enough", "--by", "ana").exit_code == 1
    run_json(studio, "trial", "standing", "v0002", "--by", "sue", "--yes")
    assert len(run(studio, "enough", "--by", "sue").stdout.splitlines()) == 3
    assert len(run(studio, "enough", "--by", "ada").stdout.splitlines()) == 2
    trials.close_trial(studio, 2)
    assert run(studio, "enough").stdout.splitlines()[1:] == ["no trial is open"]


def test_versions_that_met_are_ranked_on_the_command_line(studio: Studio) -> None:
    done = run(studio, "versions", "ranking").stdout.splitlines()
    assert done[0].split()[:4] == ["group", "rank", "version", "state"]
    assert [line.split()[:4] for line in done[1:3]] == [
        ["1", "1", "v0001", "candidate"],
        ["1", "2", "starter", "production"],
    ]
    assert done[3] == "no trial of theirs is over and counts: v0002, v0003"
    assert run_json(studio, "versions", "ranking")["unmet"] == ["v0002", "v0003"]


def test_both_are_for_supervisors_over_http(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    assert [row["version"] for row in sue.get("/api/versions/ranking").json()["versions"]] == ["v0001", "starter"]
    needs = sue.get("/api/judgements-needed").json()
    assert (needs["night"]["first"], needs["trials"][0]["judged"], needs["trials"][0]["as_judged"]) == (16, 1, None)
    for path in ("/api/versions/ranking", "/api/judgements-needed"):
        assert ana.get(path).status_code == 403


def shown_to(studio: Studio, name: str, rule: PromotionRule) -> str:
    person = person_of_row(accounts.get_person(studio, name))
    assert person is not None
    return render_versions(studio, person, rule)


def test_the_page_shows_them_to_supervisors_alone(studio: Studio) -> None:
    shown = shown_to(studio, "sue", PromotionRule(True, 5))
    assert "Trial 2 of v0002: 1 pair judged by 1 person." in shown
    assert "promotes a proven candidate by itself, once 5 people have judged" in shown
    assert shown.count("ct-ranks") == 1
    assert "Without a trial that is over and counts: v0002, v0003." in shown
    hidden = shown_to(studio, "ana", PromotionRule())
    assert "ct-ranks" not in hidden
    assert "Enough judgements" not in hidden
    assert "Promotion: by hand." in shown_to(studio, "sue", PromotionRule())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"high": None},
        {"median": None, "low": 90, "high": None},
        {"median": None, "low": None, "high": None},
        {"known": False, "median": None, "low": None, "high": None},
        {"run": None, "first": 16, "new": 3, "learned_from": 0},
    ],
)
def test_the_page_says_of_a_night_what_the_record_says(changes: dict[str, Any]) -> None:
    needs: NightNeeds = {**NIGHT, **changes}  # type: ignore[typeddict-item]
    with speaking("en"):
        shown = describe_night(needs)
    assert numbers(shown) == numbers(describe_night_needs(needs))
    with speaking("de"):
        assert describe_night(needs) != shown


def numbers(text: str) -> list[str]:
    return re.findall(r"\b\d+", text)


def test_the_page_says_of_a_trial_what_the_record_says() -> None:
    for needs in (trial_needs(), trial_needs(raters=3, as_judged=needed(None, 10, 43, None))):
        with speaking("en"):
            shown = describe_trial(needs)
        assert [numbers(line) for line in shown] == [
            numbers(line.replace("as it stands", f"as trial {needs['trial']} stands")) for line in describe_needs(needs)
        ]
    over = trial_needs(as_judged=needed(None, 0, 0, 0))
    with speaking("en"):
        assert describe_trial(over)[1] == "As trial 3 stands, it is decided."
    assert describe_needs(over)[1] == "as it stands: decided"
    assert describe_needs(trial_needs())[0] == (
        "trial 3 of v0002: 21 pairs judged by 2 of the 3 people needed; if it wins 60, 65 or 70 % of pairs, it is decided after"
        " more than 960 (180 to more than 960), about 160 (70 to 330) or 0 more pairs (the range holds eight times in ten)"
    )


def test_who_promotes_is_a_setting(monkeypatch: pytest.MonkeyPatch, studio: Studio) -> None:
    rules: list[PromotionRule] = []
    night = {
        "run": 1,
        "version": None,
        "state": "unchanged",
        "metrics": {},
        "reason": "none",
        "trial": None,
        "trials": [],
        "too_few": False,
        "report": "report.md",
    }

    def nightly(*given: object, options: NightOptions, **more: object) -> dict[str, Any]:
        rules.append(options.rule)
        return night

    monkeypatch.setattr("finetune.jobs.nightly.nightly", nightly)
    run_json(studio, "nightly")
    run_json(studio, "nightly", "--promote")
    monkeypatch.setenv("CIRCLETAKE_PROMOTION", "automatic")
    monkeypatch.setenv("CIRCLETAKE_PROMOTION_PEOPLE", "5")
    run_json(studio, "nightly")
    run_json(studio, "nightly", "--by-hand")
    assert rules == [PromotionRule(), PromotionRule(True), PromotionRule(True, 5), PromotionRule(False, 5)]
    assert read_settings().promotion_rule == PromotionRule(True, 5)
    monkeypatch.setenv("CIRCLETAKE_PROMOTION_PEOPLE", "2")
    refused = run(studio, "nightly")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "CIRCLETAKE_PROMOTION_PEOPLE=" in refused.stderr


def test_sentences_have_their_edges() -> None:
    with speaking("en"):
        assert describe_unmet([]) == ""
        assert describe_rule(PromotionRule(True, 3)).endswith("once 3 people have judged.")
