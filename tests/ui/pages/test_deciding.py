"""Who decides about versions and trials, by command line and on the models page, and what a confirmation is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient

from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts, tokens
from feedback.store import Studio
from feedback.trials import promotion, trials
from feedback.trials.blinding import BLIND, UNBLINDING
from feedback.trials.results import TrialResults, describe_results
from tests.ui.conftest import ADDRESS
from tests.ui.page_events import call_event
from ui.app import create_app
from ui.cli import main
from ui.languages import speaking
from ui.pages import models
from ui.pages.models import ACTIONS, NOTHING, ask_first, describe_standing, render_versions
from ui.security.access import person_of_row


def run(studio: Studio, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--studio", str(studio.folder)])


def run_json(studio: Studio, *words: str) -> dict[str, Any]:
    done = run(studio, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def studio(studio: Studio) -> Studio:
    """With one judged brief, and the candidates v0001 and v0002."""
    ana = accounts.get_person(studio, "ana")["id"]
    ballots.cast_ballot(studio, ana, "judged", 1, 2, "left", 900)
    for name in ("v0001", "v0002"):
        versions.register_candidate(studio, name, "starter", [])
    return studio


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_app(studio), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def press(client: TestClient, studio: Studio, who: str, button: str, *values: Any) -> str:
    """What the page says after a button of the models page, called as the endpoint that it is."""
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, who)}"}
    answer = call_event(client, button, list(values), headers)
    assert "event: complete" in answer, answer
    return json.loads(answer.split("data: ")[-1])[1]


def shown_to(studio: Studio, name: str) -> str:
    person = person_of_row(accounts.get_person(studio, name))
    assert person is not None
    return render_versions(studio, person)


def state(studio: Studio, name: str) -> str:
    return versions.get_version(studio, name)["state"]


def test_trial_is_opened_and_closed_on_the_command_line(studio: Studio) -> None:
    opened = run_json(studio, "trial", "open", "v0001", "--pairs", "5", "--by", "sue")
    assert opened == {"trial": 1, "candidate": "v0001", "baseline": "starter", "pairs": 5}
    again = run(studio, "trial", "open", "v0001")
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    assert "circletake trial close v0001 --reason TEXT" in again.stderr
    closed = run(studio, "trial", "close", "v0001", "--reason", "the wrong briefs")
    assert closed.stdout == "trial 1 of v0001 is closed: the wrong briefs\n"
    assert "[closed: the wrong briefs]" in run(studio, "versions", "list").stdout
    actors = studio.rows("SELECT actor FROM events WHERE action LIKE 'trial.%' ORDER BY id")
    assert [row["actor"] for row in actors] == ["sue", "command line"]


def test_version_is_rejected_on_the_command_line(studio: Studio) -> None:
    run_json(studio, "trial", "open", "v0001")
    rejected = run_json(studio, "versions", "reject", "v0001", "--reason", "it lost the faces", "--by", "sue")
    assert rejected == {"version": "v0001", "state": "rejected", "production": "starter"}
    assert trials.get_trial(studio, 1)["reason"] == "v0001 was rejected: it lost the faces"


def test_force_needs_a_reason_on_the_command_line(studio: Studio) -> None:
    for words in (["--force"], ["--force", "--reason", " "]):
        done = run(studio, "versions", "promote", "v0001", *words)
        assert done.exit_code == 2
        assert "--force needs --reason TEXT" in done.stderr
    for words in (["trial", "close", "v0001"], ["versions", "reject", "v0001"]):
        assert run(studio, *words).exit_code == 2
    assert versions.production_version(studio) == "starter"
    forced = run_json(studio, "versions", "promote", "v0001", "--force", "--reason", "the director asked")
    assert forced == {"production": "v0001", "previous": "starter"}


@pytest.mark.parametrize(
    "words",
    [
        ["trial", "open", "v0009"],
        ["trial", "open", "starter"],
        ["trial", "open", "v0001", "--by", "ana"],
        ["trial", "close", "v0001", "--reason", "it has none"],
        ["versions", "reject", "starter", "--reason", "no"],
        ["versions", "reject", "v0001", "--reason", " "],
        ["versions", "reject", "v0001", "--reason", "no", "--by", "ana"],
        ["versions", "promote", "v0001"],
    ],
)
def test_refusals_are_one_line_and_exit_code_1(studio: Studio, words: list[str]) -> None:
    done = run(studio, *words)
    assert (done.exit_code, done.stderr.count("\n"), done.stdout) == (1, 1, ""), done.output


def test_night_says_what_became_of_the_trials(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    night = {"run": 1, "version": None, "state": "refused", "metrics": {}, "reason": "too few", "trial": None}
    monkeypatch.setattr(
        "finetune.jobs.nightly.nightly", lambda *given, **options: night | {"trials": ["v0001 is rejected: it lost"]}
    )
    refused = run(studio, "nightly")
    assert (refused.exit_code, refused.stderr) == (1, "v0001 is rejected: it lost\ntoo few\n")
    night["state"] = "unchanged"
    assert run(studio, "nightly").stdout.endswith("reason: too few\nv0001 is rejected: it lost\n")
    assert run_json(studio, "nightly")["trials"] == ["v0001 is rejected: it lost"]


def test_page_opens_and_closes_a_trial_and_shows_why(client: TestClient, studio: Studio) -> None:
    message = press(client, studio, "sue", "open_trial", "v0001", "", "")
    assert "Trial 1 is open: v0001 plays 8 pairs against starter." in message
    assert "trial 1 against starter: open, 8 pairs left to judge" in shown_to(studio, "sue")
    assert "needs a reason" in press(client, studio, "sue", "close_trial", "v0001", "", "")
    press(client, studio, "ada", "close_trial", "v0001", "<b>wrong</b> briefs", "")
    today = trials.get_trial(studio, 1)["closed"][:10]
    assert f"trial 1 against starter: closed {today}: &lt;b&gt;wrong&lt;/b&gt; briefs" in shown_to(studio, "sue")


def test_a_supervisor_sees_how_a_trial_stands_only_after_saying_yes(client: TestClient, studio: Studio) -> None:
    press(client, studio, "sue", "open_trial", "v0001", "", "")
    script = ask_first(next(action for action in ACTIONS if action.label == "See standing"))
    assert "your own votes in this trial do not count" in (script or "")
    assert NOTHING in press(client, studio, "sue", "see_standing", "v0001", "", "")
    assert not studio.rows("SELECT * FROM trial_unblindings")
    assert "none of 8 blind pairs is judged yet" in press(client, studio, "sue", "see_standing", "v0001", "", "starter")
    (event,) = studio.rows("SELECT actor, subject FROM events WHERE action = 'trial.unblind'")
    assert event == {"actor": "sue", "subject": "1"}
    assert "none of 8 blind pairs" in shown_to(studio, "sue")
    assert "how it stands is shown when it is over" in shown_to(studio, "ada")


def test_the_command_says_before_what_a_look_costs(studio: Studio) -> None:
    run_json(studio, "trial", "open", "v0001", "--people", "2")
    words = ["trial", "standing", "v0001", "--by", "sue"]
    declined = CliRunner().invoke(main, [*words, "--studio", str(studio.folder)], input="n\n")
    assert (declined.exit_code, declined.stdout) == (1, "")
    assert "your own votes in this trial do not count" in declined.stderr
    assert not studio.rows("SELECT * FROM trial_unblindings")
    assert run_json(studio, *words, "--yes")["needed"] == 2
    assert run(studio, "trial", "standing", "v0001", "--by", "ana", "--yes").exit_code == 1
    assert run(studio, "trial", "standing", "v0002", "--by", "sue", "--yes").exit_code == 1
    assert [row["person"] for row in studio.rows("SELECT person FROM trial_unblindings")] == [2]


def test_page_promotes_rejects_and_goes_back_when_that_was_confirmed(client: TestClient, studio: Studio) -> None:
    assert "not proven" in press(client, studio, "sue", "promote", "v0001", "", "starter")
    promotion.promote(studio, "v0001", force=True, reason="a test")
    assert "v0002 is rejected; v0001 stays" in press(client, studio, "sue", "reject", "v0002", "noise", "v0001")
    assert state(studio, "v0002") == "rejected"
    assert "starter is in production again" in press(client, studio, "sue", "roll_back", None, "", "v0001")
    assert "nothing to go back to" in press(client, studio, "sue", "roll_back", None, "", "starter")


def test_nothing_happens_without_a_yes_or_when_production_has_changed(client: TestClient, studio: Studio) -> None:
    promotion.promote(studio, "v0001", force=True, reason="a test")
    for button in ("promote", "roll_back", "reject"):
        assert NOTHING in press(client, studio, "sue", button, "v0002", "why", "")
        message = press(client, studio, "sue", button, "v0002", "why", "starter")
        assert "production is v0001 by now, not starter" in message
    assert (versions.production_version(studio), state(studio, "v0002")) == ("v0001", "candidate")


def test_creatives_decide_nothing_on_the_page(client: TestClient, studio: Studio) -> None:
    for action in ACTIONS:
        button = action.label.lower().replace(" ", "_")
        message = press(client, studio, "ana", button, "v0001", "why", "starter")
        assert "ana is a creative; this needs the role supervisor" in message
    assert state(studio, "v0001") == "candidate"
    assert not trials.list_trials(studio)


def test_questions_name_both_versions(studio: Studio) -> None:
    scripts = {action.label: ask_first(action) for action in ACTIONS}
    assert "Put {name} into production, in place of {production}?" in (scripts["Promote"] or "")
    assert "Go back from {production} to {before}?" in (scripts["Roll back"] or "")
    assert "Reject {name}? Its trial ends, and {production} stays" in (scripts["Reject"] or "")
    assert scripts["Open trial"] is scripts["Close trial"] is None
    assert 'data-production="starter" data-before=""' in shown_to(studio, "sue")
    promotion.promote(studio, "v0001", force=True, reason="a test")
    assert 'data-production="v0001" data-before="starter"' in shown_to(studio, "sue")


def test_a_german_decides_in_german(client: TestClient, studio: Studio) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, 'sue')}", "Accept-Language": "de-DE,de;q=0.9"}
    page = client.get("/models", headers=headers).text
    assert "Test schlie\\u00dfen" in page
    assert "anstelle von {production}?" in page, "what is asked before anything is done"
    answer = call_event(client, "open_trial", ["v0001", "", ""], headers)
    table, message, *_ = json.loads(answer.split("data: ")[-1])
    assert "Test 1 ist offen: v0001 spielt 8 Paare gegen starter." in message
    assert "Test 1 gegen starter: offen, noch 8 Paare zu beurteilen" in table
    assert "ein Blindtest ist offen" in table
    declined = call_event(client, "reject", ["v0002", "", ""], headers)
    assert "Es wurde nichts geändert." in json.loads(declined.split("data: ")[-1])[1]
    trials.close_trial_of(studio, "v0001", "the wrong briefs")
    day = "{2}.{1}.{0}".format(*(trials.get_trial(studio, 1)["closed"] or "")[:10].split("-"))
    with speaking("de"):
        assert f"Test 1 gegen starter: geschlossen {day}: the wrong briefs" in shown_to(studio, "sue")
        assert ">Produktion</span>" in shown_to(studio, "sue")


RESULTS: TrialResults = {
    "candidate": "v0002",
    "baseline": "v0001",
    "wins": 20,
    "losses": 8,
    "ties": 2,
    "pairs_judged": 30,
    "pairs": 40,
    "left": 10,
    "win_rate": 0.7,
    "counted": 30,
    "low": 0.55,
    "high": 0.81,
    "raters": 2,
    "needed": 1,
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ties": 0, "counted": 12},
        {"low": 0.1, "high": 0.404},
        {"low": 0.1, "high": 0.4, "counted": 12},
        {"needed": 3},
        {"pairs_judged": 1, "wins": 1, "ties": 0, "counted": 1},
        {"pairs_judged": 0},
    ],
)
def test_the_page_and_the_command_line_say_the_same(changes: dict[str, Any]) -> None:
    results: TrialResults = {**RESULTS, **changes}  # type: ignore[typeddict-item]
    assert describe_standing(results) == describe_results(results)
    with speaking("de"):
        assert describe_standing(results) != describe_results(results)


def test_the_page_has_the_words_of_the_rules_on_blindness() -> None:
    assert models.BLIND == BLIND
    assert UNBLINDING in models.SEE_STANDING
