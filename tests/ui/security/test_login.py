"""The login, its cookie, its throttle, and what may enter the house at all."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from feedback.people import accounts
from feedback.store import Studio
from tests.factories import PASSWORD
from tests.ui.conftest import ADDRESS
from ui.app import create_app
from ui.security.access import COOKIE
from ui.security.login import safe_path
from ui.security.throttle import (
    FORGET_AFTER,
    LONGEST_WAIT,
    LONGEST_WAIT_OF_ADDRESS,
    PER_ADDRESS,
    PER_NAME,
    Throttle,
)


def sign_in(client: TestClient, name: str = "ana", password: str = PASSWORD, next_path: str = "/") -> object:
    return client.post("/login", data={"name": name, "password": password, "next": next_path})


def test_pages_lead_to_the_login_and_programs_are_told(client: TestClient) -> None:
    page = client.get("/board", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=/board")
    place = client.get("/?shot=T_010&x=%2F%2Fa%20b", headers={"Accept": "text/html"}).headers["location"]
    assert place == "/login?next=/%3Fshot%3DT_010%26x%3D%252F%252Fa%2520b", "with the shot, and as it was written"
    for path in ("/api/pairs", "/api/me", "/api/state", "/media/" + "0" * 64 + ".png"):
        answer = client.get(path)
        assert answer.status_code == 401, path
        assert list(answer.json()) == ["error"]
    assert client.post("/api/ballots", json={}).status_code == 401


def test_login_gives_a_cookie_that_scripts_cannot_read(client: TestClient, studio: Studio) -> None:
    answer = sign_in(client, next_path="/board")
    assert (answer.status_code, answer.headers["location"]) == (303, "/board")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    token = client.cookies[COOKIE]
    assert client.get("/api/me").json()["name"] == "ana"
    assert token not in str(studio.rows("select * from sessions"))


def test_cookie_is_secure_over_https(client: TestClient) -> None:
    https = TestClient(client.app, base_url="https://takes.example", follow_redirects=False)
    assert "secure" in sign_in(https).headers["set-cookie"].lower()


def test_answers_over_https_ask_for_nothing_else_from_then_on(client: TestClient, studio: Studio) -> None:
    name = "strict-transport-security"
    assert name not in client.get("/login").headers
    https = TestClient(client.app, base_url="https://takes.example", follow_redirects=False)
    assert https.get("/login").headers[name] == "max-age=31536000"
    behind = create_app(studio, public_origin="https://takes.example", pages=False)
    assert name in TestClient(behind, base_url=ADDRESS).get("/api/me").headers


def test_logout_ends_the_session_itself(client: TestClient) -> None:
    sign_in(client)
    token = client.cookies[COOKIE]
    assert client.post("/logout").headers["location"] == "/login"
    client.cookies.set(COOKIE, token)
    assert client.get("/api/me").status_code == 401


def test_disabling_a_person_ends_what_they_hold(client: TestClient, studio: Studio, ana: TestClient) -> None:
    sign_in(client)
    accounts.disable_person(studio, "ana")
    assert client.get("/api/me").status_code == 401
    assert ana.get("/api/me").status_code == 401
    client.cookies.clear()
    assert sign_in(client).status_code == 401


@pytest.mark.parametrize(("name", "password"), [("ana", "wrong"), ("nobody", PASSWORD), ("", ""), ("ana", "")])
def test_wrong_names_and_passwords_get_the_same_words(client: TestClient, name: str, password: str) -> None:
    answer = sign_in(client, name, password)
    assert answer.status_code == 401
    assert "That name and password do not match." in answer.text
    assert COOKIE not in client.cookies


def test_a_name_is_escaped_in_the_form(client: TestClient) -> None:
    answer = sign_in(client, '"><script>alert(1)</script>', "x", '/"><script>')
    assert "<script>" not in answer.text


def test_failed_logins_are_slowed_down(client: TestClient) -> None:
    for _ in range(PER_NAME):
        assert sign_in(client, "ana", "wrong").status_code == 401
    slowed = sign_in(client, "ana", PASSWORD)
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert sign_in(client, "sue", PASSWORD).status_code == 303


def test_throttle_doubles_forgets_and_watches_the_address() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    waits = []
    for _ in range(PER_NAME + 3):
        throttle.fail("ana", "10.0.0.1")
        waits.append(throttle.wait("ana", "10.0.0.1"))
    assert waits[: PER_NAME - 1] == [0] * (PER_NAME - 1)
    assert waits[PER_NAME] == 2 * waits[PER_NAME - 1] > 0
    assert throttle.wait("ana", "10.0.0.2") == 0
    assert throttle.wait("ben", "10.0.0.1") == 0
    now[0] = waits[-1] + 1
    assert throttle.wait("ana", "10.0.0.1") == 0
    throttle.succeed("ana", "10.0.0.1")
    for k in range(PER_ADDRESS):
        throttle.fail(f"name{k}", "10.0.0.1")
    assert 0 < throttle.wait("never tried", "10.0.0.1") <= LONGEST_WAIT_OF_ADDRESS


def test_an_address_is_forgotten_after_a_time_and_after_a_success() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(200):
        throttle.fail("ana", "10.0.0.1")
    assert throttle.wait("ana", "10.0.0.1") == LONGEST_WAIT
    assert throttle.wait("sue", "10.0.0.1") == LONGEST_WAIT_OF_ADDRESS
    throttle.succeed("sue", "10.0.0.1")
    assert throttle.wait("ben", "10.0.0.1") == 0
    assert throttle.wait("ana", "10.0.0.1") == LONGEST_WAIT, "one known password frees no guesses at another name"
    now[0] = FORGET_AFTER
    for _ in range(PER_NAME - 1):
        throttle.fail("ana", "10.0.0.1")
    assert throttle.wait("ana", "10.0.0.1") == 0, "counted from the beginning again"


def test_who_signed_in_before_is_not_shut_out_by_what_others_type(client: TestClient) -> None:
    sign_in(client)
    client.post("/logout")
    stranger = TestClient(client.app, base_url=ADDRESS, follow_redirects=False)  # from the same address
    for _ in range(PER_NAME):
        assert sign_in(stranger, "ana", "wrong").status_code == 401
    assert sign_in(stranger, "ana", PASSWORD).status_code == 429
    assert sign_in(client, "ana", PASSWORD).status_code == 303
    for _ in range(PER_NAME):
        sign_in(client, "ana", "wrong")
    assert sign_in(client, "ana", PASSWORD).status_code == 429, "that browser's own failures count"
    client.cookies.clear()
    client.cookies.set("circletake_known", "0" * 64)
    assert sign_in(client, "ana", "wrong").status_code == 429


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/board", "/board"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example", "/"),
     ("/a\r\nSet-Cookie: x", "/"), ("", "/"), ("/\t/evil.example", "/")],
)  # fmt: skip
def test_login_leads_only_to_our_own_pages(path: str, expected: str) -> None:
    assert safe_path(path) == expected


def test_login_form_is_limited(client: TestClient) -> None:
    assert client.post("/login", content=b"x" * 9000).status_code == 422
    assert client.post("/login", content=b"\xff\xfe").status_code == 422


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999"])
def test_posts_with_a_cookie_from_elsewhere_are_refused(client: TestClient, studio: Studio, origin: str) -> None:
    sign_in(client)
    body = {"uid": "u", "take": studio.value("select min(id) from takes"), "stars": 3}
    assert client.post("/api/ratings", json=body, headers={"Origin": origin}).status_code == 403
    assert client.post("/logout", headers={"Origin": origin}).status_code == 403
    assert client.post("/api/ratings", json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/api/ratings", json=body, headers={"Origin": ADDRESS}).status_code == 201


def test_login_itself_cannot_be_posted_from_elsewhere(client: TestClient) -> None:
    answer = client.post(
        "/login", data={"name": "ana", "password": PASSWORD}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_no_other_site_may_read_answers(ana: TestClient) -> None:
    answer = ana.get("/api/me", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-allow-origin")]
    preflight = ana.options(
        "/api/ballots", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert "access-control-allow-origin" not in preflight.headers


def test_every_answer_carries_the_headers(client: TestClient, ana: TestClient) -> None:
    for answer in (client.get("/login"), client.get("/api/me"), ana.get("/api/me"), ana.get("/api/nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert client.get("/login").headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")


@pytest.mark.parametrize("value", ["Bearer nonsense", "Bearer ", "bearer ct_x"])
def test_wrong_tokens_are_told(client: TestClient, value: str) -> None:
    answer = client.get("/api/me", headers={"Authorization": value})
    assert answer.status_code == 401
    assert "token" in answer.json()["error"]


def test_demo_signs_everybody_in_on_this_machine_only(studio: Studio) -> None:
    app = create_app(studio, demo=True, pages=False)
    here = TestClient(app, base_url=ADDRESS, follow_redirects=False)
    assert here.get("/api/me").json() == {"name": "demo", "role": "supervisor", "demo": True}
    assert here.get("/api/me", headers={"Authorization": "Bearer wrong"}).status_code == 401
    sign_in(here, "ada")
    assert here.get("/api/me").json()["name"] == "ada"
    rebound = TestClient(app, base_url="http://evil.example:7860")
    assert rebound.get("/api/me").status_code == 403
    assert here.post("/api/ratings", json={}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert TestClient(app, base_url=ADDRESS).get("/api/me", headers={"Host": "localhost:7860"}).status_code == 200
