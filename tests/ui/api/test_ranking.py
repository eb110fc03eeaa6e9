"""Takes to rank out, rankings in: what each says, every refusal, and retrying."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.store import Studio


def deal(client: TestClient, query: str = "size=3") -> list[dict[str, Any]]:
    answer = client.get(f"/api/rankings?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def names(dealt: dict[str, Any]) -> list[int]:
    return [side["take"] for side in dealt["takes"]]


def test_takes_to_rank_tell_nothing_of_their_versions(ana: TestClient) -> None:
    (dealt,) = deal(ana, "count=1&size=3")
    assert set(dealt) == {"takes", "shot", "brief"}
    assert len(set(names(dealt))) == 3
    for side in dealt["takes"]:
        assert set(side) == {"take", "media", "poster", "screen_sides", "kind", "width", "height", "frames", "fps"}
        assert side["take"] > 2**48
        assert ana.get(side["media"]).status_code == 200


def test_a_ranking_is_kept_once_and_its_pairs_come_no_more(ana: TestClient, studio: Studio) -> None:
    (dealt, *_) = deal(ana)
    body = {"uid": "r-1", "takes": names(dealt), "elapsed_ms": 4000}
    first, again = (ana.post("/api/rankings", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"uid": "r-1", "id": 1}
    assert studio.value("SELECT count(*) FROM ballots WHERE ranking = 1") == 3
    left = [frozenset((pair["left"]["take"], pair["right"]["take"])) for pair in ana.get("/api/pairs?count=64").json()]
    assert not [pair for pair in left if pair <= set(names(dealt))]
    assert ana.post("/api/rankings", json={**body, "takes": body["takes"][::-1]}).status_code == 409


def test_it_is_taken_back_by_name(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    (dealt, *_) = deal(ana)
    ana.post("/api/rankings", json={"uid": "r-1", "takes": names(dealt)[:1], "rest": names(dealt)[1:]})
    assert studio.value("SELECT count(*) FROM current_ballots WHERE verdict <> 'skip'") == 2
    refused = sue.post("/api/rankings", json={"uid": "u-9", "takes": [], "undoes": "r-1"})
    assert (refused.status_code, "not yours" in refused.json()["error"]) == (422, True)
    assert ana.post("/api/rankings", json={"uid": "u-1", "takes": [], "undoes": "r-1"}).status_code == 201
    assert studio.value("SELECT count(*) FROM current_ballots WHERE verdict <> 'skip'") == 0


def test_what_the_client_holds_is_left_out(ana: TestClient) -> None:
    held = [names(dealt) for dealt in deal(ana, "count=16&size=9")]
    assert held
    exclude = ",".join("-".join(map(str, each)) for each in held)
    assert deal(ana, f"size=9&exclude={exclude}") == []
    assert deal(ana, "size=9&exclude=281474976710657-281474976710658"), "what is gone is nobody's"


@pytest.mark.parametrize(
    "query",
    [
        *("size=1", "size=10", "count=0", "count=17", "project=NOBODY"),
        *(
            "exclude=9",
            "exclude=a-b",
            "exclude=²-3",
            "exclude=1-2-3-4-5-6-7-8-9-10",
            "exclude=" + ",".join(["1-2"] * 65),
        ),
    ],
)
def test_wrong_questions_are_told_in_one_line(ana: TestClient, query: str) -> None:
    answer = ana.get(f"/api/rankings?{query}")
    assert answer.status_code in (404, 422), answer.text
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"takes": []},
        {"takes": [1]},
        {"takes": [1, 1]},
        {"takes": [1, 10**12]},
        {"takes": [1, 2], "undoes": "r-1"},
        {"takes": list(range(1, 11))},
        {"takes": [1], "rest": list(range(2, 11))},
        {"takes": [1, 2], "elapsed_ms": -1},
        {"takes": [1, 2], "uid": ""},
        {"takes": ["a", 2]},
        {"takes": [0, 2]},
        {"takes": "1,2"},
        {},
    ],
)
def test_wrong_rankings_are_told_and_nothing_is_kept(ana: TestClient, studio: Studio, change: dict[str, Any]) -> None:
    answer = ana.post("/api/rankings", json={"uid": "r-1", **change})
    assert answer.status_code in (404, 422), answer.text
    assert list(answer.json()) == ["error"]
    assert studio.value("SELECT count(*) FROM rankings") == studio.value("SELECT count(*) FROM ballots") == 0


def test_takes_that_nobody_saw_are_kept_as_doubtful(ana: TestClient, studio: Studio) -> None:
    (dealt, *_) = deal(ana)
    body = {"uid": "r-1", "takes": names(dealt), "elapsed_ms": 20}
    ana.post("/api/rankings", json=body, headers={"Circletake-Person": "ana"})
    assert studio.value("SELECT doubt FROM rankings") == "quick"
    assert {row["doubt"] for row in studio.rows("SELECT doubt FROM ballots")} == {"quick"}
