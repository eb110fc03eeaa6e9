"""Which language a page comes in."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from ui.languages.choice import COOKIE, preferred


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("DE-ch", "de"),
        ("en-GB,en;q=0.9,de;q=0.5", "en"),
        ("en;q=0.3,de;q=0.5", "de"),
        ("fr,de;q=0.2", "de"),
        ("fr", "en"),
        ("de;q=0,en;q=0.1", "en"),
        ("de;q=x", "en"),
        ("de;q=nan", "en"),
        ("*", "en"),
        ("xde,;;;,q=1", "en"),
        ("de" * 5000, "en"),
    ],
)
def test_the_browsers_wish(accept: str, language: str) -> None:
    assert preferred(accept) == language


def language_of_login(client: TestClient, accept: str = "", chosen: str = "") -> str:
    cookies = {"Cookie": f"{COOKIE}={chosen}"} if chosen else {}
    answer = client.get("/login", headers={"Accept-Language": accept, **cookies})
    assert answer.headers["vary"].startswith("Accept-Language, Cookie")
    match = re.search(r'<html lang="([\w-]+)">', answer.text)
    assert match is not None
    assert ("Anmelden" in answer.text) == (match[1] == "de")
    return match[1]


def test_the_login_page_is_in_the_language_of_whoever_asks(client: TestClient) -> None:
    assert language_of_login(client) == "en"
    assert language_of_login(client, "de-DE,de;q=0.9") == "de"
    assert language_of_login(client, "de", chosen="en") == "en", "a person's own choice goes first"
    assert language_of_login(client, "en", chosen="de") == "de"
    assert language_of_login(client, "de", chosen="xx") == "de", "one that is not there is none"


def test_a_refused_login_is_too(client: TestClient) -> None:
    form = {"name": "nobody", "password": "x"}
    answer = client.post("/login", data=form, headers={"Accept-Language": "de"})
    assert "Name und Passwort passen nicht zusammen." in answer.text
