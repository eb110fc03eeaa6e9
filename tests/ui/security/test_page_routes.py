"""What of Gradio is open: what our pages use, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fastapi.testclient import TestClient

from feedback.people import tokens
from feedback.store import Studio
from feedback.store.time_zone import set_time_zone
from tests.factories import judging_studio
from tests.ui.conftest import ADDRESS
from tests.ui.page_events import call_event, events_of
from ui.app import create_app
from ui.pages.header import PAGES, UNLISTED
from ui.security import page_routes
from ui.security.page_routes import JOIN, LARGEST_EVENT, LISTEN


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Nothing here changes it."""
    studio = judging_studio(tmp_path_factory.mktemp("routes") / "studio", briefs_count=1)
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def pages(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_app(studio), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def bearer(studio: Studio, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue_token(studio, name)}"}


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """The address of another server, and the paths that were fetched from it."""
    fetched: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *words: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", fetched
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_page_is_listed() -> None:
    assert {path for _, path in (*PAGES, *UNLISTED)} == set(page_routes.PAGES)


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file={there}/x.png", "/gradio_api/proxy={there}/x", "/gradio_api/file/etc/passwd", "/config",
     "/gradio_api/file=/etc/passwd", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/token", "/logout",
     "/gradio_api/user", "/gradio_api/heartbeat/x", "/gradio_api/upload_progress?upload_id=x", "/gradio_api/deep_link",
     "/gradio_api/startup-events", "/gradio_api/call/v2/begin_1/x", "/gradio_api/runs", "/monitoring", "/svelte/x.js",
     "/gradio_api/dev/reload", "/gradio_api/vibe-code", "/gradio_api/stream/a/b/c/playlist.m3u8", "/pwa_icon",
     "/gradio_api/queue/data/", "//gradio_api/file=/etc/passwd", "/gradio_api/../gradio_api/file=/etc/passwd",
     "/%67radio_api/file=/etc/passwd", "/GRADIO_API/info", "/board/", "/assets/../config", "/robots.txt"],
)  # fmt: skip
def test_what_pages_do_not_use_is_not_there(
    pages: TestClient, studio: Studio, elsewhere: tuple[str, list[str]], path: str
) -> None:
    answer = pages.get(path.format(there=elsewhere[0]), headers=bearer(studio, "ada"))
    assert answer.status_code == 404, answer.text[:200]
    assert list(answer.json()) == ["error"]
    assert elsewhere[1] == []


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "x</script><script>alert(1)</script>"])
@pytest.mark.parametrize("path", page_routes.PAGES)
def test_only_a_pages_own_scripts_run_on_it(pages: TestClient, studio: Studio, path: str, host: str) -> None:
    headers = {**bearer(studio, "ana"), "Accept-Encoding": "br, gzip", "Host": host}
    nonces = set()
    for _ in range(2):
        answer = pages.get(path, headers=headers)
        policy = re.search(
            r"script-src 'self' 'nonce-([\w-]+)' 'unsafe-eval';", answer.headers["content-security-policy"]
        )
        assert policy is not None, answer.headers["content-security-policy"]
        assert answer.text.count("<script") == answer.text.count(f'<script nonce="{policy[1]}"') == 7
        assert answer.headers["cache-control"] == "no-store"
        nonces.add(policy[1])
    assert len(nonces) == 2, "another one each time"


def test_a_page_names_the_studios_time_zone(pages: TestClient, studio: Studio) -> None:
    set_time_zone(studio, "Asia/Tokyo")
    page = pages.get("/account", headers=bearer(studio, "ana")).text
    assert '<meta name="ct-time-zone" content="Asia/Tokyo">' in page


def test_nothing_but_pages_may_run_inline_scripts(pages: TestClient, studio: Studio) -> None:
    for path in ("/api/me", "/openapi.json", "/theme.css", "/web/x/y.js"):
        policy = pages.get(path, headers=bearer(studio, "ana")).headers["content-security-policy"]
        assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    "path",
    ["upload", "call/begin_1", "call/v2/begin_1", "run/begin_1", "api/begin_1", "cancel", "reset", "component_server",
     "process_recording", "vibe-edit", "vibe-code", "stream/x", "queue/join/", "profiling/clear"],
)  # fmt: skip
def test_nothing_is_posted_to_gradio_but_events(pages: TestClient, studio: Studio, path: str) -> None:
    headers = bearer(studio, "ada")
    assert pages.post(f"/gradio_api/{path}", json={"data": []}, headers=headers).status_code == 404
    files = {"files": ("a.png", b"x", "image/png")}
    assert pages.post(f"/gradio_api/{path}", files=files, headers=headers).status_code == 404


@pytest.mark.parametrize(
    "value",
    [{"path": "{there}/a.png", "meta": {"_type": "gradio.FileData"}}, {"path": "/etc/passwd", "url": "{there}"}, ["x"]],
)
def test_events_have_plain_values(
    pages: TestClient, studio: Studio, elsewhere: tuple[str, list[str]], value: object
) -> None:
    """Gradio fetches what such an object names, whatever the component, before any handler of ours is asked."""
    there, fetched = elsewhere
    data = [json_with(value, there), None]
    answer = call_event(pages, "reject", data, bearer(studio, "ana"))
    assert "data: an event has a list of texts" in answer
    assert fetched == []


def json_with(value: object, there: str) -> object:
    return (
        {k: v.replace("{there}", there) if isinstance(v, str) else v for k, v in value.items()}
        if isinstance(value, dict)
        else value
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"[]", 422), (b"{", 422), (b'{"data": []}', 422), (b'{"data": [], "session_hash": 7}', 422),
     (b'{"data": [], "session_hash": "../x"}', 422), (b'{"data": "x", "session_hash": "x"}', 422),
     (b"[" * 100_000, 422), (b" " * (LARGEST_EVENT + 1), 413)],
)  # fmt: skip
def test_what_is_no_event_is_refused_in_one_line(pages: TestClient, studio: Studio, body: bytes, status: int) -> None:
    headers = {**bearer(studio, "ana"), "Content-Type": "application/json"}
    answer = pages.post(JOIN, content=body, headers=headers)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_nobody_listens_to_the_events_of_somebody_elses_page(pages: TestClient, studio: Studio) -> None:
    ada, ana = bearer(studio, "ada"), bearer(studio, "ana")
    event = {"fn_index": events_of(pages)["begin"][0], "data": [], "session_hash": "a1"}
    assert pages.post(JOIN, json=event, headers=ada).status_code == 200
    assert pages.get(LISTEN, params={"session_hash": "a1"}, headers=ana).status_code == 404
    assert pages.post(JOIN, json=event, headers=ana).status_code == 409
    assert "starter" in pages.get(LISTEN, params={"session_hash": "a1"}, headers=ada).text
    assert pages.get(LISTEN, params={"session_hash": "never joined"}, headers=ada).status_code == 404
