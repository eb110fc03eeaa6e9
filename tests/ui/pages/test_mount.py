"""Pages inside the house: behind the gate, with our headers, and each handler knows who asks."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType

import gradio
import pytest
from fastapi.testclient import TestClient

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import PASSWORD
from tests.ui.conftest import ADDRESS
from tests.ui.page_events import call_event
from ui.app import create_app, mount_pages
from ui.security.gate import PERSON_HEADER
from ui.security.page_routes import JOIN

HTML = {"Accept": "text/html"}


@pytest.fixture
def client(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """An app whose only page says who is asking."""
    pages = ModuleType("ui.pages")

    def build_pages(studio: Studio, review: object, demo: bool, rule: object) -> gradio.Blocks:
        with gradio.Blocks() as blocks:
            text_box, shown = gradio.Textbox(), gradio.Textbox()

            def tell(text: str, request: gradio.Request) -> str:
                return f"{text} {request.username}"

            text_box.submit(tell, text_box, shown, api_name="tell")
        return blocks

    monkeypatch.setattr(pages, "build_pages", build_pages, raising=False)
    monkeypatch.setattr(pages, "mount_options", dict, raising=False)
    monkeypatch.setitem(sys.modules, "ui.pages", pages)
    app = create_app(studio, pages=False)
    return TestClient(mount_pages(app, app.state.context), base_url=ADDRESS, follow_redirects=False)


def test_nothing_of_the_pages_is_served_to_strangers(client: TestClient) -> None:
    assert client.get("/", headers=HTML).status_code == 303
    for path in ("/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/assets/x.js", "/theme.css"):
        assert client.get(path).status_code == 401, path
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/call/tell"):
        assert client.post(path, json={}).status_code == 401, path


def test_pages_carry_our_headers_and_let_nobody_else_in(client: TestClient, studio: Studio) -> None:
    client.post("/login", data={"name": "ana", "password": PASSWORD})
    page = client.get("/", headers={**HTML, "Origin": "https://evil.example"})
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "access-control-allow-origin" not in page.headers
    assert client.get(f"/gradio_api/file={studio.database_path}").status_code in (403, 404)
    answer = client.post(JOIN, json={"data": ["x"]}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_an_event_of_a_page_opened_for_somebody_else_is_refused(client: TestClient, studio: Studio) -> None:
    client.post("/login", data={"name": "sue", "password": PASSWORD})
    for path in ("/gradio_api/call/tell", "/gradio_api/queue/join", "/gradio_api/run/tell"):
        answer = client.post(path, json={"data": ["x"]}, headers={PERSON_HEADER: "ana"})
        assert answer.status_code == 409, path
        assert "sign in as ana again" in answer.json()["error"]


def test_handlers_know_who_asks(client: TestClient, studio: Studio) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, 'sue')}"}
    with client:
        assert "it is sue" in call_event(client, "tell", ["it is"], headers)


def test_pages_are_mounted_without_a_warning(studio: Studio) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        create_app(studio)
    assert [str(each.message) for each in caught if each.category is UserWarning] == []
