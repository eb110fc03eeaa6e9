"""Whatever is sent to a route: one line of JSON, 422 for what cannot be right, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import judging_studio
from tests.ui.conftest import ADDRESS
from ui.app import create_app

DIGITS = "9" * 5000
# As they stand in a JSON body; none of them is a number inside any field's bounds.
NUMBERS = [
    *("NaN", "Infinity", "-Infinity", "1e400", "-1", "9223372036854775808", "-9223372036854775809", "1" * 4000, DIGITS),
    *('"NaN"', f'"{DIGITS}"', "[]", "{}", '"\\ud800"', '"\\u0000"'),
]
TEXTS = ['"\\ud800"', '"a\\ud800b"', '"\\u0000"', '"a\\u0000b"', '"\\u001b[31m"', f'"{"x" * 5000}"', "[]", "1"]
BODIES = {
    "/api/ballots": {"uid": '"u"', "left": "1", "right": "2", "verdict": '"left"', "elapsed_ms": "900"},
    "/api/ratings": {"uid": '"u"', "take": "1", "stars": "3"},
    "/api/notes": {"uid": '"u"', "take": "1", "text": '"hands"', "frames": "[0, 0]"},
    "/api/statuses": {"uid": '"u"', "take": "1", "status": '"approved"'},
    "/api/board/statuses": {"status": '"approved"', "takes": '[{"uid": "u", "take": 1}]'},
    "/api/briefs": {
        "shot": '"T_010"',
        "project": '"TEST"',
        "prompt": '"a house"',
        "negative_prompt": '""',
        "kind": '"still"',
        "width": "256",
        "height": "256",
        "frames": "1",
        "steps": "4",
        "guidance": "2.5",
        "guidance_2": "1.5",
        "source_media": "null",
        "mask_media": "null",
        "strength": "null",
        "fps": '"24"',
    },
    "/api/briefs/queue": {
        "place": '"TEST/T_010"',
        "prompt": '"a house"',
        "negative_prompt": '""',
        "kind": '"still"',
        "width": "256",
        "height": "256",
        "frames": "1",
        "steps": "4",
        "guidance": "2.5",
        "guidance_2": "null",
        "takes": "1",
        "seed": "7",
        "based_on": "null",
        "replaces": "false",
    },
    "/api/takes": {"brief": "1", "takes": "1", "seed": "0"},
    "/api/takes/cancel": {"brief": "1"},
    "/api/versions/promote": {"version": '"starter"'},
}
NUMERIC = {
    "/api/ballots": ("left", "right", "elapsed_ms"),
    "/api/ratings": ("take", "stars"),
    "/api/notes": ("take", "frames"),
    "/api/statuses": ("take",),
    "/api/board/statuses": ("takes",),
    "/api/briefs": ("width", "height", "frames", "steps", "guidance", "guidance_2", "strength", "fps"),
    "/api/briefs/queue": (
        *("width", "height", "frames", "steps", "guidance", "guidance_2", "takes", "seed", "based_on", "replaces"),
    ),
    "/api/takes": ("brief", "takes", "seed"),
    "/api/takes/cancel": ("brief", "takes"),
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One for all: next to nothing that is sent here is kept."""
    studio = judging_studio(tmp_path_factory.mktemp("bounds") / "studio")
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def sue(studio: Studio) -> TestClient:
    """A supervisor whose client, as a browser, sees a crash as an answer."""
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, 'sue')}"}
    app = create_app(studio, pages=False)
    return TestClient(app, base_url=ADDRESS, headers=headers, raise_server_exceptions=False)


def as_json(fields: dict[str, str]) -> str:
    return "{" + ",".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def post(client: TestClient, path: str, text: str) -> tuple[int, str]:
    """Status and error; checks that the error is one short line."""
    content = text.encode("utf-8", "surrogateescape")
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    error = answer.json().get("error", "")
    assert answer.status_code < 500, (path, text[:80])
    assert answer.status_code < 400 or list(answer.json()) == ["error"]
    assert "\n" not in error
    assert len(error) < 800
    return answer.status_code, error


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in NUMERIC.items() for field in fields])
def test_numbers_outside_their_bounds_are_422_in_one_line(sue: TestClient, path: str, field: str) -> None:
    for value in NUMBERS:
        status, error = post(sue, path, as_json({**BODIES[path], field: value}))
        assert status == 422, (field, value[:40], error)


@pytest.mark.parametrize("value", ['"1e-20000000"', '"1e20000000"', '"24e0"', '"1/0"', '"' + "9" * 39 + '"'])
def test_frame_rates_are_measured_before_they_are_computed(sue: TestClient, value: str) -> None:
    status, error = post(sue, "/api/briefs", as_json({**BODIES["/api/briefs"], "fps": value}))
    assert (status, "frame rate" in error) == (422, True)


@pytest.mark.parametrize("side", "xywh")
def test_regions_are_shares_of_the_frame(sue: TestClient, side: str) -> None:
    for value in (*NUMBERS, "1.1"):
        region = as_json({**dict.fromkeys("xywh", "0.1"), side: value})
        assert post(sue, "/api/notes", as_json({**BODIES["/api/notes"], "region": region}))[0] == 422


@pytest.mark.parametrize(
    "value", ["[0, 9223372036854775808]", f"[{'1' * 4000}, 0]", "[0]", "[0, NaN]", "[-1, 0]", "[0, 1]"]
)
def test_frames_are_those_of_the_take(sue: TestClient, value: str) -> None:
    assert post(sue, "/api/notes", as_json({**BODIES["/api/notes"], "frames": value}))[0] == 422


@pytest.mark.parametrize("path", BODIES)
def test_no_text_crashes_a_route(sue: TestClient, path: str) -> None:
    for field in BODIES[path]:
        for value in TEXTS:
            post(sue, path, as_json({**BODIES[path], field: value}))


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "1",
        "[" * 100_000,
        "\udcff",
        '{"\\ud800": 1}',
        '{"a\\nb": 1}',
        as_json({"k" * 5000: "1"}),
        as_json({f"k{number}": "1" for number in range(2000)}),
    ],
    ids=["empty", "cut off", "null", "number", "deep", "no UTF-8", "surrogate", "line end", "long name", "many names"],
)
def test_bodies_that_are_no_object_of_the_fields(sue: TestClient, path: str, body: str) -> None:
    assert post(sue, path, body)[0] == 422


VALUES = [
    "NaN",
    "1e400",
    "-1",
    "0",
    "9223372036854775808",
    DIGITS,
    "1.5",
    "",
    "%00",
    "%ED%A0%80",
    "%D9%A1",
    "1e-20000000",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:20])
def test_numbers_in_queries_are_422_in_one_line(sue: TestClient, value: str) -> None:
    for path in (f"/api/takes?brief={value}", f"/api/pairs?count={value}", f"/api/pairs?exclude=9-{value},1"):
        answer = sue.get(path)
        assert answer.status_code == 422, path
        assert list(answer.json()) == ["error"]
        assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:20])
def test_names_in_paths_and_queries_are_found_or_not(sue: TestClient, value: str) -> None:
    for path in (
        f"/media/{value}",
        f"/media/{value}.png",
        f"/api/pairs?project={value}",
        f"/api/shots?project={value}",
    ):
        assert sue.get(path).status_code in (200, 404, 405), path


def test_pairs_beyond_all_takes_are_no_pairs(sue: TestClient) -> None:
    assert sue.get("/api/pairs?exclude=999999999-999999998").status_code == 200
    assert sue.get("/api/pairs?exclude=999999999999999-1").status_code == 422


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://["}, {"Origin": "http://[", "Host": "["}, {"Origin": "null", "Host": ""}]
)
def test_origins_that_are_no_addresses_are_other_sites(client: TestClient, headers: dict[str, str]) -> None:
    quiet = TestClient(client.app, base_url=ADDRESS, raise_server_exceptions=False)
    assert quiet.post("/api/ratings", json={}, headers=headers).status_code == 403


def test_demo_refuses_hosts_that_are_no_addresses(studio: Studio) -> None:
    demo = TestClient(create_app(studio, demo=True, pages=False), base_url=ADDRESS, raise_server_exceptions=False)
    assert demo.get("/api/me", headers={"Host": "["}).status_code == 403


def test_the_form_of_a_brief_is_checked_whatever_stands_in_it(sue: TestClient) -> None:
    fields = BODIES["/api/briefs/queue"]
    for field in fields:
        for value in (*NUMBERS, *TEXTS):
            answer = sue.post("/api/briefs/check", content=as_json({**fields, field: value}))
            assert answer.status_code in (200, 422), (field, value[:40])
            lines = [each["error"] for each in answer.json().get("problems", [])] or [answer.json().get("error", "")]
            assert not any("\n" in line for line in lines)


def test_receipts_stay_as_they_were(sue: TestClient) -> None:
    """The bounds refuse nothing that was right."""
    for path, fields in BODIES.items():
        if path != "/api/versions/promote":
            answer = sue.post(path, json={**json.loads(as_json(fields)), **({"uid": path} if "uid" in fields else {})})
            assert answer.status_code == 201, answer.text
