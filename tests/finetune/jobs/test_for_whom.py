"""Runs for one person or one project: what they learn from, what the version says, and what stays the house's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedback.agreement.standings import list_standings
from feedback.errors import NotFound, Refused
from feedback.models import lineage, runs
from feedback.people import accounts
from feedback.preferences.dataset import collect
from feedback.production import projects, shots
from feedback.production.take_rewards import are_there_rewards
from feedback.store import Studio
from finetune.jobs.for_whom import collect_for
from finetune.jobs.nightly import nightly
from finetune.jobs.tune import tune
from finetune.settings import Recipe
from tests.finetune.judged import cast, quick
from ui.pages.models import describe_learning

GUIDED = quick(method="guided", max_winner_error=2)


def whose(recipe: Recipe, **fields: str) -> Recipe:
    return replace(recipe, data=replace(recipe.data, **fields))  # type: ignore[arg-type]


def judged_by_four(studio: Studio) -> None:
    """What was judged is judged again: by two people alike, and by cas the other way round."""
    opposite = {"left": "right", "right": "left"}
    rows = studio.rows("SELECT * FROM ballots WHERE verdict IN ('left', 'right') ORDER BY id")
    for name in ("cas", "dan", "eli"):
        accounts.add_person(studio, name, "creative")
        for row in rows:
            verdict = opposite[row["verdict"]] if name == "cas" else row["verdict"]
            cast(studio, row["left"], row["right"], verdict, name)


def test_a_night_for_one_person_is_told_from_the_studios_and_leaves_the_board_alone(studio: Studio) -> None:
    judged_by_four(studio)
    result = tune(studio, whose(GUIDED, person="cas"), progress=False)
    assert result["metrics"]["people_rewards"]["own_rewards"]
    assert not are_there_rewards(studio)
    assert list_standings(studio, accounts.get_person(studio, "ada")["id"]) == []
    learned = lineage.learned_from(studio, str(result["version"]))
    assert learned["runs"][0]["person"] == "cas"
    assert "Tuned for cas" in describe_learning(learned)

    everybodys = tune(studio, GUIDED, progress=False)
    assert lineage.learned_from(studio, str(everybodys["version"]))["runs"][0]["person"] is None
    people = {each["person"]: each for each in list_standings(studio, accounts.get_person(studio, "ada")["id"])}
    assert people["cas"]["kind"] == "contrary"
    assert people["cas"]["unlike_others"] > 0.9 * people["cas"]["verdicts"]
    assert {"chosen", "passed", "own", "shot", "brief"} == set(people["cas"]["pairs"][0])


def test_what_of_people_is_shown_keeps_to_visible_projects_and_closed_trials(studio: Studio) -> None:
    judged_by_four(studio)
    ada = accounts.get_person(studio, "ada")["id"]
    tune(studio, GUIDED, progress=False)
    before = {each["person"]: each["verdicts"] for each in list_standings(studio, ada)}
    assert before
    pair = list_standings(studio, ada)[0]["pairs"][0]
    with studio.writing() as db:
        trial = {"candidate": "tiny", "baseline": "tiny", "state": "open", "created": "2026-01-01T00:00:00+00:00"}
        number = db.table("trials").insert(trial).last_pk
        takes = {"candidate_take": pair["chosen"], "baseline_take": pair["passed"]}
        db.table("trial_pairs").insert({"trial": number, "brief": pair["brief"], **takes})
    after = {each["person"]: each["verdicts"] for each in list_standings(studio, ada)}
    assert sum(after.values()) < sum(before.values())
    assert list_standings(studio, ada, "NONE") == []


def test_a_project_alone_is_learned_from(studio: Studio) -> None:
    projects.add_project(studio, "Q", "Another")
    shots.add_shot(studio, "Q", "S_020")
    everything = collect(studio)
    assert collect(studio, project="P") == everything
    assert collect(studio, project="Q").briefs == set()
    with pytest.raises(Refused, match="nothing was judged yet"):
        tune(studio, whose(GUIDED, project="Q"), progress=False)
    with pytest.raises(NotFound, match="R"):
        collect_for(studio, whose(GUIDED, project="R"))
    assert runs.list_runs(studio) == []


def test_who_judged_little_or_is_not_there_is_refused_in_a_line(studio: Studio) -> None:
    accounts.add_person(studio, "dan", "creative")
    with pytest.raises(Refused, match="dan preferred one take in 0 pairs only: judge at least 10"):
        tune(studio, whose(GUIDED, person="dan"), progress=False)
    with pytest.raises(NotFound, match="eve"):
        tune(studio, whose(GUIDED, person="eve"), progress=False)
    with pytest.raises(Refused, match="method dpo tunes for the studio"):
        tune(studio, whose(quick(), person="ben"), progress=False)


def test_a_night_for_a_project_does_not_count_as_the_studios(studio: Studio) -> None:
    first = nightly(studio, whose(GUIDED, project="P"), pairs=6, progress=False)
    assert first["state"] == "candidate"
    assert nightly(studio, whose(GUIDED, project="P"), pairs=6, progress=False)["state"] == "unchanged"
    assert nightly(studio, GUIDED, pairs=6, progress=False)["state"] == "candidate"
