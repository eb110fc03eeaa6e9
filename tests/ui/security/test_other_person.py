"""A page stays open while somebody else signs in in another tab: what it sends names whom it was opened for."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.store import Studio
from tests.factories import PASSWORD
from ui.security.gate import PERSON_HEADER

OF_ANA = {PERSON_HEADER: "ana"}


def sign_in(client: TestClient, name: str) -> None:
    client.post("/login", data={"name": name, "password": PASSWORD})


def writing_routes(client: TestClient) -> list[tuple[str, str]]:
    """(method, path) of every route in the OpenAPI description that may change something."""
    paths = client.get("/openapi.json").json()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods if method not in ("get", "head")]


def test_no_route_writes_in_the_name_of_whoever_signed_in_meanwhile(client: TestClient, studio: Studio) -> None:
    sign_in(client, "sue")
    routes = writing_routes(client)
    assert {"/api/ballots", "/api/briefs", "/api/versions/promote"} <= {path for _, path in routes}
    for method, path in routes:
        answer = client.request(method, path.replace("{tag}", "1"), json={}, headers=OF_ANA)
        assert answer.status_code == 409, path
        assert answer.json() == {
            "error": "this page was opened for ana, and sue is signed in now; sign in as ana again"
        }
        assert answer.headers[PERSON_HEADER] == "sue"
    assert client.get("/api/pairs", headers=OF_ANA).status_code == 409, "dealing leases pairs in somebody's name"


def test_a_page_of_somebody_else_does_not_sign_out_whoever_is_signed_in(client: TestClient) -> None:
    sign_in(client, "sue")
    answer = client.post("/logout", data={"person": "ana"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/api/me").json()["name"] == "sue"
    assert client.post("/logout", data={"person": "sue"}).headers["location"] == "/login"
    assert client.get("/api/me").status_code == 401


def rating(studio: Studio, uid: str) -> dict[str, Any]:
    return {"uid": uid, "take": studio.value("select min(id) from takes"), "stars": 4}


def test_what_was_kept_for_its_owner_is_taken_when_they_are_back(client: TestClient, studio: Studio) -> None:
    sign_in(client, "sue")
    assert client.post("/api/ratings", json=rating(studio, "u1"), headers=OF_ANA).status_code == 409
    assert studio.value("select count(*) from ratings") == 0
    sign_in(client, "ana")
    assert client.post("/api/ratings", json=rating(studio, "u1"), headers=OF_ANA).status_code == 201
    assert studio.value("select p.name from ratings r join people p on p.id = r.person") == "ana"


@pytest.mark.parametrize("headers", [{}, OF_ANA, {PERSON_HEADER: ""}])
def test_programs_write_as_whoever_their_token_belongs_to(
    ana: TestClient, studio: Studio, headers: dict[str, str]
) -> None:
    assert ana.post("/api/ratings", json=rating(studio, "u1"), headers=headers).status_code == 201


def test_a_token_of_somebody_else_is_refused_too(sue: TestClient, studio: Studio) -> None:
    assert sue.post("/api/ratings", json=rating(studio, "u1"), headers=OF_ANA).status_code == 409


def test_whoever_is_signed_out_is_asked_to_sign_in(client: TestClient, studio: Studio) -> None:
    assert client.post("/api/ratings", json=rating(studio, "u1"), headers=OF_ANA).status_code == 401
