"""Every route and page event x every kind of person: all as in the allow-list, which names them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from feedback.people import accounts
from feedback.store import Studio
from tests.security import matrix
from tests.security.allow_list import EVENTS, ROUTES
from tests.security.askers import PEOPLE


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        studio = matrix.make_studio(tmp_path_factory.mktemp("matrix") / "studio")
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def client(studio: Studio) -> Iterator[TestClient]:
    with matrix.serving(studio) as client:
        yield client


def test_every_route_and_event_has_an_entry(client: TestClient) -> None:
    assert matrix.unlisted(client) == set()
    assert all(set(case.expected) == set(PEOPLE) for cases in ROUTES.values() for case in cases)


def test_a_new_route_or_event_without_an_entry_is_seen(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi import APIRouter

    from ui import app
    from ui.api import service

    def routes() -> APIRouter:
        router = made()
        router.add_api_route("/api/secrets", lambda: "all of them", methods=["GET"])
        return router

    made = service.routes
    monkeypatch.setattr(service, "routes", routes)
    monkeypatch.setattr(app, "routes_of_every_studio", app.routes_of_every_studio.__wrapped__)
    monkeypatch.delitem(EVENTS, "promote")
    monkeypatch.delitem(ROUTES, "GET /api/me")
    with matrix.serving(studio) as client:
        assert matrix.unlisted(client) == {"GET /api/secrets", "promote", "GET /api/me"}


@pytest.mark.timeout(300)
def test_everybody_gets_what_is_listed_for_them_and_nothing_else(studio: Studio, client: TestClient) -> None:
    combinations, wrong = matrix.ask_everything(studio, client)
    assert wrong == []
    assert combinations > 600


def test_an_answer_that_tells_of_the_hidden_project_is_seen(client: TestClient, studio: Studio) -> None:
    assert matrix.secrets_in("outsider", "GET /x", '{"code": "HIDDEN"}') == ["outsider: GET /x tells 'HIDDEN'"]
    assert matrix.secrets_in("creative", "GET /x", '{"code": "HIDDEN"}') == []
    asker = matrix.asker_of(studio, "creative")
    (wrong,) = matrix.ask_route(client, {}, asker, "GET /api/me", ROUTES["GET /api/me"][0])
    assert wrong.startswith("creative: GET /api/me None: 401, not 200")
