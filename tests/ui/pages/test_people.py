"""The people page: an admin says there who sees which project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient

from feedback.people import accounts
from feedback.production import projects
from feedback.store import Studio
from tests.ui.conftest import ADDRESS, with_token
from tests.ui.page_events import call_event
from ui.app import create_app
from ui.pages.people import render_people


@pytest.fixture
def pages(studio: Studio) -> Iterator[TestClient]:
    projects.add_project(studio, "HIDDEN", "Not for everybody")
    with TestClient(create_app(studio), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def codes_for(pages: TestClient, studio: Studio, name: str) -> list[str]:
    return [project["code"] for project in with_token(pages, studio, name).get("/api/projects").json()]


def test_members_are_added_and_removed(pages: TestClient, studio: Studio) -> None:
    ada = dict(with_token(pages, studio, "ada").headers)
    assert "HIDDEN" not in codes_for(pages, studio, "ana")
    assert "ana sees HIDDEN now." in call_event(pages, "add_member", ["ana", " HIDDEN "], ada)
    assert "HIDDEN" in codes_for(pages, studio, "ana")
    assert "<td>HIDDEN, TEST</td>" in render_people(studio)
    assert "ana is no member of HIDDEN" in call_event(pages, "remove_member", ["ana", "HIDDEN"], ada)
    assert "HIDDEN" not in codes_for(pages, studio, "ana")
    events = studio.rows(
        "SELECT actor, subject FROM events WHERE action = 'project.member.add' ORDER BY id DESC LIMIT 1"
    )
    assert events == [{"actor": "ada", "subject": "HIDDEN"}]


@pytest.mark.parametrize(
    ("name", "project"), [("nobody.here", "HIDDEN"), ("ana", "NONE"), ("ana", "<b>x</b>"), ("", "")]
)
def test_what_there_is_not_is_refused_in_one_line(pages: TestClient, studio: Studio, name: str, project: str) -> None:
    ada = dict(with_token(pages, studio, "ada").headers)
    before = render_people(studio)
    answer = call_event(pages, "add_member", [name, project], ada)
    assert "event: complete" in answer
    assert "<b>x</b>" not in answer
    assert "sees" not in answer
    assert render_people(studio) == before


@pytest.mark.parametrize("event", ["add_member", "remove_member"])
def test_only_admins_may(pages: TestClient, studio: Studio, event: str) -> None:
    call_event(
        pages,
        event,
        ["sue", "TEST" if event == "remove_member" else "HIDDEN"],
        dict(with_token(pages, studio, "sue").headers),
    )
    assert codes_for(pages, studio, "sue") == ["TEST"]


def test_a_password_is_never_left_in_the_field(pages: TestClient, studio: Studio) -> None:
    ada = dict(with_token(pages, studio, "ada").headers)
    for event, data in (
        ("add_person", ["Юлия", "creative", "a long pass phrase"]),
        ("set_password", ["юлия", "short"]),
    ):
        answer = call_event(pages, event, data, ada)
        assert json.loads(answer.split("data: ")[1])[2] == ""
    assert accounts.check_password(studio, "ЮЛИЯ", "a long pass phrase")


def test_a_name_of_any_script_names_its_page(pages: TestClient, studio: Studio) -> None:
    accounts.add_person(studio, "王小明", "creative")
    client = with_token(pages, studio, "王小明")
    right, wrong = (client.get("/api/me", headers={"Circletake-Person": quote(name)}) for name in ("王小明", "Юлия"))
    assert (right.status_code, right.json()["name"]) == (200, "王小明")
    assert (wrong.status_code, unquote(wrong.headers["Circletake-Person"])) == (409, "王小明")
