"""Review sessions over HTTP: made, dealt from, closed; progress; and what one chose."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts
from feedback.production import render_queue
from feedback.store import Studio
from feedback.trials import trials
from tests.factories import finish
from tests.ui.api.test_judging import id_of


def make(client: TestClient, name: str = "Dailies & more", **given: Any) -> dict[str, Any]:
    answer = client.post("/api/review-sessions", json={"project": "TEST", "name": name, **given})
    assert answer.status_code == 201, answer.text
    return answer.json()


def judge(client: TestClient, pair: dict[str, Any], verdict: str = "left") -> None:
    uid = f"{pair['left']['take']}-{pair['right']['take']}-{verdict}"
    body = {"uid": uid, "left": pair["left"]["take"], "right": pair["right"]["take"], "verdict": verdict}
    assert client.post("/api/ballots", json=body).status_code == 201


def takes_of(studio: Studio, brief: int) -> list[int]:
    return [row["id"] for row in studio.rows("SELECT id FROM takes WHERE brief = ? ORDER BY id", (brief,))]


def test_a_session_is_shared_as_a_link_and_says_who_has_done_how_much(
    sue: TestClient, ana: TestClient, studio: Studio
) -> None:
    made = make(sue, takes=takes_of(studio, 1), people=["ana"])
    assert (made["takes"], made["pairs"], made["judged"], made["closed"]) == (3, 3, 0, None)
    assert made["address"] == "/?session=Dailies+%26+more&project=TEST"
    assert made["people"] == [{"name": "ana", "judged": 0}]
    pairs = ana.get("/api/pairs" + made["address"][1:]).json()
    assert len(pairs) == 3
    assert {id_of(studio, "ana", pair[side]["take"]) for pair in pairs for side in ("left", "right")} == {1, 2, 3}
    judge(ana, pairs[0])
    (seen,) = sue.get("/api/review-sessions").json()
    assert seen["people"] == [{"name": "ana", "judged": 1}]
    (own,) = ana.get("/api/review-sessions?project=TEST").json()
    assert (own["judged"], own["people"]) == (1, None)


def test_a_closed_session_deals_nothing_more(sue: TestClient, ana: TestClient) -> None:
    make(sue)
    assert ana.get("/api/pairs?session=Dailies %26 more").json()
    close = {"project": "TEST", "name": "Dailies & more"}
    for _ in range(2):
        assert sue.post("/api/review-sessions/close", json=close).json()["closed"]
    assert ana.get("/api/pairs?session=Dailies %26 more").json() == []
    assert ana.get("/api/progress?session=Dailies %26 more").json()["session"]["closed"] is True
    assert ana.get("/api/pairs").json()


def test_how_many_takes_a_session_would_have(sue: TestClient) -> None:
    def count(**given: Any) -> int:
        answer = sue.post("/api/review-sessions", json={"project": "TEST", "dry_run": True, **given})
        assert answer.status_code == 201, answer.text
        return answer.json()["takes"]

    assert count() == 9
    assert count(text="NUMBER 1") == 3
    assert count(shots=["T_010"], kind="still", statuses=["wip"], version="starter", since="2020-01-01") == 9
    assert count(until="2020-01-01") == 0
    assert sue.get("/api/review-sessions").json() == []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"name": ""}, 422, "the name of the review session is empty"),
        ({"name": "x" * 81}, 422, "name"),
        ({"text": "no such prompt"}, 422, "no take meets all that is asked for"),
        ({"shots": ["NONE"]}, 404, "no shot 'NONE'"),
        ({"takes": [10**9]}, 404, "no take 1000000000"),
        ({"people": ["nobody.here"]}, 404, "nobody.here"),
        ({"since": "noon"}, 422, "since 'noon' is not a date"),
        ({"statuses": ["good"]}, 422, "statuses"),
        ({"who": "me"}, 422, "who"),
    ],
)
def test_a_refused_session_leaves_nothing(
    sue: TestClient, studio: Studio, body: dict[str, Any], status: int, words: str
) -> None:
    answer = sue.post("/api/review-sessions", json={"project": "TEST", "name": "one", **body})
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert studio.value("SELECT count(*) FROM review_sessions") == 0


def test_progress_is_of_what_the_address_names(ana: TestClient) -> None:
    assert ana.get("/api/progress").json() == {"judged": 0, "total": 9, "skipped": 0, "session": None}
    judge(ana, ana.get("/api/pairs?count=1").json()[0])
    assert ana.get("/api/progress?shot=T_010&project=TEST").json()["judged"] == 1
    assert ana.get("/api/progress?shot=NONE").json()["total"] == 0
    assert ana.get("/api/progress?session=none").status_code == 404
    assert ana.get("/api/progress?project=NONE").status_code == 404


def test_what_one_chose_and_how_far_others_agree(sue: TestClient, ana: TestClient, studio: Studio) -> None:
    make(sue, takes=takes_of(studio, 1))
    pairs = ana.get("/api/pairs?session=Dailies %26 more").json()
    for pair, verdict in zip(pairs, ("left", "tie", "both_bad"), strict=True):
        judge(ana, pair, verdict)
    left, right = (id_of(studio, "ana", pairs[0][side]["take"]) for side in ("left", "right"))
    ballots.cast_ballot(studio, accounts.get_person(studio, "sue")["id"], "of sue", right, left, "left", 900)
    summary = ana.get("/api/summary?session=Dailies %26 more").json()
    assert (summary["chosen"], summary["ties"], summary["both_bad"]) == (1, 1, 1)
    assert [choice["verdict"] for choice in summary["choices"]] == ["both_bad", "tie", "left"]
    assert summary["choices"][2]["left"] == pairs[0]["left"], "by the names that the person knows"
    assert (summary["agreement"]["count"], summary["agreement"]["number"]) == (0, 1)
    assert summary["consistency"]["number"] == 0
    assert summary["progress"]["judged"] == summary["progress"]["total"] == 3
    assert summary["next"] == [{"label": "", "address": "/", "left": 6}]
    assert sue.get("/api/summary").json()["next"][0] == {
        "label": "Dailies & more",
        "address": "/?session=Dailies+%26+more&project=TEST",
        "left": 2,
    }
    # Nobody's own verdicts are on anybody else's page.
    assert [choice["verdict"] for choice in sue.get("/api/summary").json()["choices"]] == ["left"]


def test_choices_come_in_parts(ana: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.api import sessions

    monkeypatch.setattr(sessions, "CHOICES", 4)
    pairs = ana.get("/api/pairs?count=9").json()
    for pair in pairs:
        judge(ana, pair)
    shown, before = [], ""
    for _ in range(3):
        summary = ana.get(f"/api/summary{before}").json()
        shown += [choice["left"]["take"] for choice in summary["choices"]]
        before = f"?before={summary['before']}"
    assert shown == [pair["left"]["take"] for pair in pairs[::-1]]
    assert summary["before"] is None


def test_an_open_trial_is_in_nobodys_agreement(sue: TestClient, ana: TestClient, studio: Studio) -> None:
    """What one chose of its pairs is one's own; whether others chose it too would tell how the trial stands."""
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", [1])
    while leased := render_queue.lease_takes(studio, "test", 64):
        for take in leased:
            finish(studio, take["id"])
    (pair,) = studio.rows("SELECT candidate_take AS a, baseline_take AS b FROM trial_pairs")
    for who in ("ana", "sue"):
        person = accounts.get_person(studio, who)["id"]
        ballots.cast_ballot(studio, person, f"of {who}", pair["a"], pair["b"], "left", 900)
    summary = ana.get("/api/summary").json()
    assert (len(summary["choices"]), summary["agreement"]["number"]) == (1, 0)
    agreement = sue.get("/api/agreement").json()
    assert agreement["people"] == agreement["cells"] == agreement["shots"] == []
    assert sue.get("/api/agreement/differences?one=ana&other=sue").json() == []
    assert make(sue, "all")["takes"] == 9


def test_who_differs_with_whom_is_shown_to_supervisors(sue: TestClient, ana: TestClient, studio: Studio) -> None:
    for who, verdict in (("ana", "left"), ("ada", "both_bad")):
        ballots.cast_ballot(studio, accounts.get_person(studio, who)["id"], who, 1, 2, verdict, 900)
    measured = sue.get("/api/agreement?project=TEST&shot=T_010").json()
    assert measured["cells"] == [{"one": "ana", "other": "ada", "same": 0, "both": 1}]
    assert measured["verdicts"]["alpha"] == 0
    (pair,) = sue.get("/api/agreement/differences?one=ada&other=ana").json()
    assert (pair["one"], pair["other"], pair["shot"]) == ("both_bad", "left", "T_010")
    assert sue.get(pair["left"]["media"]).status_code == 200
    assert "version" not in str(pair)
    for path in ("/api/agreement", "/api/agreement/differences?one=ana&other=ada"):
        assert ana.get(path).status_code == 403
    assert sue.get("/api/agreement/differences?one=ana&other=none").status_code == 404
