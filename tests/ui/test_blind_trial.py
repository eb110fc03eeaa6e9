"""While a trial is open, nothing that a voter can ask for depends on its verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.judgements import ballots
from feedback.judgements.statuses import set_status
from feedback.models import versions
from feedback.people import accounts, tokens
from feedback.production import opaque_names, render_queue
from feedback.store import Studio
from feedback.trials import trials
from feedback.trials.counting import Limits
from tests.factories import add_brief, add_takes, finish
from tests.ui.conftest import ADDRESS
from tests.ui.page_events import call_event, events_of
from ui.app import create_app
from ui.security import page_routes

PAGES = page_routes.PAGES


@pytest.fixture
def trial(studio: Studio) -> int:
    """Six pairs of v0001 against the starter, drawn, three of them judged."""
    versions.register_candidate(studio, "v0001", "starter", [])
    opened = trials.open_trial(studio, "v0001", [1, 2, 3], 2)
    draw(studio)
    vote(studio, pairs_of(studio)[:3], "candidate_take")
    return opened


def draw(studio: Studio) -> None:
    while leased := render_queue.lease_takes(studio, "test", 64):
        for take in leased:
            finish(studio, take["id"])


def pairs_of(studio: Studio) -> list[dict[str, Any]]:
    return studio.rows("SELECT * FROM trial_pairs ORDER BY id")


def vote(studio: Studio, pairs: list[dict[str, Any]], winner: str) -> None:
    person = accounts.get_person(studio, "sue")["id"]
    for pair in pairs:
        sides = pair["candidate_take"], pair["baseline_take"]
        verdict = "left" if winner == "candidate_take" else "right"
        ballots.cast_ballot(studio, person, f"{winner} {pair['id']}", *sides, verdict, 900)


@pytest.fixture
def pages(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_app(studio), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def bearer(studio: Studio, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue_token(studio, who)}"}


def everything(client: TestClient, headers: dict[str, str]) -> dict[str, str]:
    """Every answer of the application to this person, by event, route or page; random ones and the time of day left out."""
    events = {
        f"event {name}": call_event(client, name, [None] * inputs, headers)
        for name, (_, inputs) in events_of(client).items()
    }
    schema = client.get("/openapi.json").json()["paths"]
    random_ones = ("/api/pairs", "/api/rankings")
    paths = [path for path, methods in schema.items() if "get" in methods and "{" not in path]
    paths = [path for path in paths if path not in random_ones]
    texts = {path: client.get(path, headers=headers).text for path in [*paths, "/api/takes?brief=1"]}
    routes = {path: re.sub(r'"as_of":"[^"]*"', "", text) for path, text in texts.items()}  # the time of day
    orders = {
        f"POST {path}": client.post(path, json={"version": "v0001"}, headers=headers).text
        for path in ("/api/versions/promote", "/api/versions/rollback")
    }
    return {**events, **routes, **orders, **{f"page {path}": page(client, path, headers) for path in PAGES}}


def page(client: TestClient, path: str, headers: dict[str, str]) -> str:
    """Without its nonce, which is random."""
    return re.sub(r'nonce="[^"]+"', "", client.get(path, headers=headers).text)


def test_no_answer_to_a_voter_depends_on_the_verdicts(pages: TestClient, studio: Studio, trial: int) -> None:
    ana = bearer(studio, "ana")
    won = everything(pages, ana)
    assert len(won) > 25
    with studio.writing() as db:
        db.execute("UPDATE ballots SET verdict = 'right' WHERE trial = ?", (trial,))
    lost = everything(pages, ana)
    assert {source for source in won if won[source] != lost[source]} == set()
    vote(studio, pairs_of(studio)[3:], "candidate_take")
    more = everything(pages, ana)
    assert {source for source in won if won[source] != more[source]} == set()


def test_supervisors_see_how_the_trial_stands_after_a_look_that_is_on_record(
    pages: TestClient, studio: Studio, trial: int
) -> None:
    """The orders among the answers are to promote and to roll back: their refusals tell nothing either."""
    sentence = "v0001 won"
    for who in ("sue", "ada"):
        shown = "".join(everything(pages, bearer(studio, who)).values())
        assert sentence not in shown
        assert "4 pairs left to judge" in shown  # of the six, sue decided her part: two
        assert not studio.rows("SELECT * FROM events WHERE action = 'trial.unblind'")
    look = pages.post("/api/versions/standing", json={"version": "v0001"}, headers=bearer(studio, "sue"))
    assert (look.status_code, look.json()["wins"]) == (201, 2)
    assert "won 2 of 2" in pages.get("/api/versions", headers=bearer(studio, "sue")).text
    assert "won 2 of 2" not in pages.get("/api/versions", headers=bearer(studio, "ada")).text
    refused = pages.post("/api/versions/standing", json={"version": "v0001"}, headers=bearer(studio, "ana"))
    assert refused.status_code == 403
    (event,) = studio.rows("SELECT actor, subject FROM events WHERE action = 'trial.unblind'")
    assert event == {"actor": "sue", "subject": "1"}


def test_voters_see_the_result_when_the_trial_is_over(pages: TestClient, studio: Studio, trial: int) -> None:
    ana = bearer(studio, "ana")
    name = next(
        event
        for event, (_, inputs) in events_of(pages).items()
        if "Blind trial" in call_event(pages, event, [None] * inputs, ana)
    )
    during = call_event(pages, name, [], ana)
    assert "trial 1 against starter: open" in during
    assert "how it stands is shown when it is over" in during
    trials.close_trial(studio, trial, "enough")
    after = json.loads(call_event(pages, name, [], ana).split("data: ")[-1])[0]
    assert "v0001 won 2 of 2 blind pairs against starter" in after  # the third was more than her part of six


def test_a_take_of_an_open_trial_is_unknown_until_all_are_drawn(ana: TestClient, studio: Studio) -> None:
    """A worker draws one version's takes together: whoever may ask which are drawn can tell them apart."""
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", [1], 3, limits=Limits(1, 1.0))
    hidden = [row[side] for row in pairs_of(studio) for side in ("candidate_take", "baseline_take")]
    person = accounts.get_person(studio, "ana")["id"]
    for half in (4, 1):
        for take in render_queue.lease_takes(studio, "test", half):
            finish(studio, take["id"])

    def ask(take: int) -> list[str]:
        bodies = {
            "/api/ratings": {"uid": f"r{take}", "take": take, "stars": 3},
            "/api/notes": {"uid": f"n{take}", "take": take, "text": "what is this"},
            "/api/statuses": {"uid": f"s{take}", "take": take, "status": "approved"},
            "/api/ballots": {"uid": f"b{take}", "left": take, "right": 1, "verdict": "left"},
        }
        answers = [ana.post(path, json=body) for path, body in bodies.items()]
        return [f"{answer.status_code} {answer.text.replace(str(take), 'TAKE')}" for answer in answers]

    def dealt() -> set[int]:
        return {take for pair in ana.get("/api/pairs?count=64").json() for take in named(pair)}

    names = {take: opaque_names.name_take(studio, person, take) for take in hidden}
    assert {tuple(ask(number)) for number in (*hidden, *names.values())} == {tuple(ask(999))}
    assert not dealt() & set(names.values())
    draw(studio)
    assert dealt() >= set(names.values())
    assert {tuple(ask(number)) for number in hidden} == {tuple(ask(999))}, "its own number is known to nobody"
    assert all(ask(name)[0].startswith("201") for name in names.values())


def named(pair: dict[str, Any]) -> tuple[int, int]:
    return pair["left"]["take"], pair["right"]["take"]


def test_the_cut_around_both_takes_of_a_trials_pair_is_the_same(ana: TestClient, studio: Studio) -> None:
    """Also where a neighbour was drawn by the candidate, and where somebody circled a take of the trial itself."""
    sue = accounts.get_person(studio, "sue")
    versions.register_candidate(studio, "v0001", "starter", [])
    for shot, version in (("T_005", "v0001"), ("T_020", "starter")):
        take = add_takes(studio, add_brief(studio, "ana", shot=shot), 1)[0]
        set_status(studio, sue, f"circled {shot}", take, "circled")
        with studio.writing() as db:
            db.table("takes").update(take, {"version": version})
    trials.open_trial(studio, "v0001", [1], 2, limits=Limits(1, 1.0))
    draw(studio)
    before = around_every_pair(ana)
    set_status(studio, sue, "circled in the trial", pairs_of(studio)[0]["candidate_take"], "circled")
    assert around_every_pair(ana) == before
    assert len(before) == 4
    (answer,) = set(before.values())
    assert [json.loads(answer)[side]["shot"] for side in ("before", "after")] == ["T_005", "T_020"]
    assert "starter" not in answer
    assert "v0001" not in answer


def around_every_pair(person: TestClient) -> dict[int, str]:
    """The cut around each take of the trial's pairs, by the name that the person has for it."""
    pairs = person.get("/api/pairs?count=64&shot=T_010").json()
    hidden = {take for pair in pairs for take in named(pair)}
    of_trial = [take for take in hidden if is_of_trial(person, take)]
    return {take: person.get(f"/api/cut?take={take}").text for take in of_trial}


def is_of_trial(person: TestClient, take: int) -> bool:
    studio = person.app.state.context.studio  # type: ignore[attr-defined]
    number = opaque_names.find_named_take(studio, accounts.get_person(studio, "ana")["id"], take)
    return any(number in (row["candidate_take"], row["baseline_take"]) for row in pairs_of(studio))


def test_what_is_needed_and_how_versions_rank_tells_a_supervisor_nothing_of_an_open_trial(
    pages: TestClient, studio: Studio, trial: int
) -> None:
    sue, paths = bearer(studio, "sue"), ("/api/judgements-needed", "/api/versions/ranking", "/api/versions")
    (event,) = [name for name in events_of(pages) if "Enough judgements?" in call_event(pages, name, [], sue)]

    def answers() -> list[str]:
        return [*(pages.get(path, headers=sue).text for path in paths), call_event(pages, event, [], sue)]

    won = answers()
    assert '"as_judged":null' in won[0]
    assert "Trial 1 of v0001: 2 pairs judged by 1 of the 3 people needed." in won[3]
    with studio.writing() as db:
        db.execute("UPDATE ballots SET verdict = 'right' WHERE trial = ?", (trial,))
    assert answers() == won
    pages.post("/api/versions/standing", json={"version": "v0001"}, headers=sue)
    looked = answers()
    assert '"as_judged":{' in looked[0]
    assert "As trial 1 stands:" in looked[3]
    assert "As trial 1 stands:" not in call_event(pages, event, [], bearer(studio, "ada"))
    assert looked[1] == won[1], "the ranking waits until the trial is over"
