"""Admins look after people over HTTP; everybody looks after their own password, sessions and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient

from feedback.people import accounts, tokens
from feedback.production import projects
from feedback.store import Studio
from tests.factories import PASSWORD
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app

NEW = "a pass phrase of today"


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    projects.add_project(studio, "HIDDEN", "Not for everybody")
    app = create_app(studio, pages=False)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as made:
        yield made


@pytest.fixture
def ada(client: TestClient, studio: Studio) -> TestClient:
    return with_token(client, studio, "ada")


def person(client: TestClient, name: str) -> dict[str, Any]:
    return next(row for row in client.get("/api/people").json() if row["name"] == name)


def test_an_admin_adds_somebody_and_nothing_of_the_password_comes_back(ada: TestClient, studio: Studio) -> None:
    answer = ada.post("/api/people", json={"name": " Юлия ", "role": "supervisor", "password": NEW})
    assert (answer.status_code, answer.json()["name"], answer.json()["has_password"]) == (201, "Юлия", True)
    assert NEW not in answer.text + ada.get("/api/people").text
    assert accounts.check_password(studio, "ЮЛИЯ", NEW)
    assert studio.rows("SELECT actor FROM events WHERE action = 'person.add' AND subject = 'Юлия'") == [
        {"actor": "ada"}
    ]
    assert ada.post("/api/people", json={"name": "юлия"}).status_code == 400


def test_members_are_added_and_removed(ada: TestClient, client: TestClient, studio: Studio) -> None:
    place = f"/api/people/{person(ada, 'ana')['id']}/projects"
    assert ada.put(f"{place}/HIDDEN").status_code == 204
    assert "HIDDEN" in person(ada, "ana")["projects"]
    assert "HIDDEN" in with_token(client, studio, "ana").get("/api/projects").text
    assert ada.delete(f"{place}/HIDDEN").status_code == 204
    assert "HIDDEN" not in person(ada, "ana")["projects"]
    assert ada.put(f"{place}/NONE").status_code == ada.put(f"{place}/%3Cb%3E").status_code == 404


def test_role_password_and_access_change_together_or_not_at_all(ada: TestClient, studio: Studio) -> None:
    ana = person(ada, "ana")
    place = f"/api/people/{ana['id']}"
    assert ada.patch(place, json={"role": "supervisor", "password": "short"}).status_code == 422
    assert person(ada, "ana") == ana
    changed = ada.patch(place, json={"role": "supervisor", "password": NEW, "disabled": True}).json()
    assert (changed["role"], changed["disabled"], changed["tokens"]) == ("supervisor", True, [])
    assert ada.patch(place, json={"disabled": False}).json()["disabled"] is False
    assert accounts.check_password(studio, "ana", NEW)
    assert ada.patch(place, json={}).status_code == 422


def test_the_last_admin_stays_one(ada: TestClient) -> None:
    place = f"/api/people/{person(ada, 'ada')['id']}"
    for change in ({"role": "creative"}, {"disabled": True}):
        answer = ada.patch(place, json=change)
        assert (answer.status_code, "last admin" in answer.json()["error"]) == (400, True)
    assert person(ada, "ada")["role"] == "admin"


def test_a_token_is_shown_once_and_revoked_by_its_owners_row(
    ada: TestClient, client: TestClient, studio: Studio
) -> None:
    ana, sue = person(ada, "ana"), person(ada, "sue")
    issued = ada.post(f"/api/people/{ana['id']}/tokens", json={"label": "grading", "days": 3}).json()["token"]
    assert tokens.person_of_token(studio, issued)
    row = person(ada, "ana")["tokens"][-1]
    assert (row["label"], row["expires"] is not None, issued in ada.get("/api/people").text) == ("grading", True, False)
    assert ada.delete(f"/api/people/{sue['id']}/tokens/{row['id']}").status_code == 404
    assert ada.delete(f"/api/people/{ana['id']}/tokens/{row['id']}").status_code == 204
    assert tokens.person_of_token(studio, issued) is None


def sign_in(client: TestClient, name: str, browser: str, password: str = PASSWORD) -> dict[str, str]:
    """The headers of a browser that signed in."""
    client.cookies.clear()
    answer = client.post("/login", data={"name": name, "password": password}, headers={"User-Agent": browser})
    assert answer.status_code == 303, answer.text
    cookie = f"circletake_session={answer.cookies['circletake_session']}"
    client.cookies.clear()
    return {"Cookie": cookie, "User-Agent": browser, "Origin": ADDRESS}


@pytest.fixture
def browsers(client: TestClient, studio: Studio) -> list[dict[str, str]]:
    accounts.set_password(studio, "ana", PASSWORD)
    return [sign_in(client, "ana", name) for name in ("Firefox/1 Linux", "Chrome/2 Windows", "x" * 300)]


def test_sessions_are_listed_and_ended_one_by_one(client: TestClient, browsers: list[dict[str, str]]) -> None:
    here, other, third = browsers
    listed = client.get("/api/me/access", headers=here).json()["sessions"]
    assert [(row["browser"], row["here"]) for row in listed] == [
        ("x" * 200, False),
        ("Chrome/2 Windows", False),
        ("Firefox/1 Linux", True),
    ]
    assert client.delete(f"/api/me/sessions/{listed[1]['id']}", headers=here).status_code == 204
    assert [client.get("/api/me", headers=each).status_code for each in (here, other, third)] == [200, 401, 200]
    assert client.delete("/api/me/sessions", headers=here).status_code == 204
    assert [client.get("/api/me", headers=each).status_code for each in (here, other, third)] == [200, 401, 401]


def test_nobody_ends_anothers_session_or_token(
    client: TestClient, studio: Studio, browsers: list[dict[str, str]]
) -> None:
    accounts.set_password(studio, "sue", PASSWORD)
    sue = sign_in(client, "sue", "Firefox/3")
    for row in client.get("/api/me/access", headers=browsers[0]).json()["sessions"]:
        assert client.delete(f"/api/me/sessions/{row['id']}", headers=sue).status_code == 404
    token = client.post("/api/me/tokens", json={"label": "mine"}, headers=browsers[0]).json()["token"]
    number = client.get("/api/me/access", headers=browsers[0]).json()["tokens"][-1]["id"]
    assert client.delete(f"/api/me/tokens/{number}", headers=sue).status_code == 404
    assert tokens.person_of_token(studio, token)
    assert client.delete(f"/api/me/tokens/{number}", headers=browsers[0]).status_code == 204
    assert tokens.person_of_token(studio, token) is None


def test_ones_own_password_is_changed_with_the_one_of_today(
    client: TestClient, studio: Studio, browsers: list[dict[str, str]]
) -> None:
    here, other, _ = browsers
    wrong = client.post("/api/me/password", json={"current": "not mine at all", "new": NEW}, headers=here)
    assert (wrong.status_code, list(wrong.json())) == (403, ["error"])
    short = client.post("/api/me/password", json={"current": PASSWORD, "new": "short"}, headers=here)
    assert short.status_code == 422
    assert client.get("/api/me", headers=other).status_code == 200, "nothing was changed"
    changed = client.post("/api/me/password", json={"current": PASSWORD, "new": NEW}, headers=here)
    assert changed.status_code == 204
    renewed = {**here, "Cookie": f"circletake_session={changed.cookies['circletake_session']}"}
    client.cookies.clear()
    assert [client.get("/api/me", headers=each).status_code for each in (renewed, here, other)] == [200, 401, 401]
    assert accounts.check_password(studio, "ana", NEW)


def test_guessing_at_an_open_browser_is_slowed_down(client: TestClient, browsers: list[dict[str, str]]) -> None:
    codes = [
        client.post(
            "/api/me/password", json={"current": f"guess {k} at it", "new": NEW}, headers=browsers[0]
        ).status_code
        for k in range(12)
    ]
    assert codes[0] == 403
    assert codes[-1] == 429


def test_a_name_of_any_script_names_its_page(client: TestClient, studio: Studio) -> None:
    accounts.add_person(studio, "王小明", "creative")
    asking = with_token(client, studio, "王小明")
    right, wrong = (asking.get("/api/me", headers={"Circletake-Person": quote(name)}) for name in ("王小明", "Юлия"))
    assert (right.status_code, right.json()["name"]) == (200, "王小明")
    assert (wrong.status_code, unquote(wrong.headers["Circletake-Person"])) == (409, "王小明")
