"""Pairs out, judgements in: every status code, and retrying."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.errors import Refused
from feedback.pair_selection.next_pairs import RANDOM_SHARES
from feedback.pair_selection.pair_pool import PairPool
from feedback.people import accounts
from feedback.production import render_queue, takes
from feedback.production.opaque_names import find_named_take
from feedback.store import Studio
from tests.factories import SECRET, add_brief, add_takes
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app
from ui.commands.production.drawing import refuse_obstacle
from ui.context import ReviewOptions
from ui.settings import read_settings


def id_of(studio: Studio, who: str, name: int) -> int:
    """The take behind a name that the person was given."""
    take = find_named_take(studio, accounts.get_person(studio, who)["id"], name)
    assert take is not None
    return take


def ballot(client: TestClient, uid: str = "uid-1", verdict: str = "left", **changes: Any) -> dict[str, Any]:
    pair = client.get("/api/pairs?count=1").json()[0]
    sides = {"left": pair["left"]["take"], "right": pair["right"]["take"]}
    return {"uid": uid, **sides, "verdict": verdict, "elapsed_ms": 900, **changes}


def test_pairs_carry_what_the_page_needs_and_nothing_of_the_version(ana: TestClient, studio: Studio) -> None:
    answer = ana.get("/api/pairs?count=4")
    assert answer.status_code == 200
    pairs = answer.json()
    assert len(pairs) == 4
    for pair in pairs:
        assert set(pair) == {"left", "right", "shot", "brief", "check"}
        assert pair["shot"] == "T_010"
        assert set(pair["brief"]) == {"id", "prompt"}
        for side in (pair["left"], pair["right"]):
            assert set(side) == {"take", "media", "poster", "screen_sides", "kind", "width", "height", "frames", "fps"}
            assert (side["kind"], side["width"], side["height"], side["frames"], side["fps"]) == (
                "still",
                32,
                32,
                1,
                24,
            )
            assert re.fullmatch(r"/media/[0-9a-f]{64}\.png", side["media"])
            # The names are this person's own, which neither the take's number nor a file's hash can be told from.
            assert side["take"] > 2**48
            row = takes.get_take(studio, id_of(studio, "ana", side["take"]))
            assert row["media"] not in side["media"]
            assert row["rendition"] not in side["media"]
    assert "starter" not in answer.text
    assert "seed" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_served_picture_carries_no_metadata(ana: TestClient) -> None:
    side = ana.get("/api/pairs?count=1").json()[0]["left"]
    picture = ana.get(side["media"])
    assert picture.status_code == 200
    assert picture.content.startswith(b"\x89PNG")
    assert SECRET.encode() not in picture.content
    assert b"tEXt" not in picture.content


def test_pairs_can_be_narrowed_and_held_ones_left_out(ana: TestClient) -> None:
    held = ana.get("/api/pairs?count=3").json()
    words = ",".join(f"{pair['left']['take']}-{pair['right']['take']}" for pair in held)
    others = ana.get("/api/pairs", params={"count": 8, "exclude": words, "project": "TEST", "shot": "T_010"}).json()
    takes_of = [frozenset((pair["left"]["take"], pair["right"]["take"])) for pair in held]
    assert others
    assert not [pair for pair in others if frozenset((pair["left"]["take"], pair["right"]["take"])) in takes_of]
    assert ana.get("/api/pairs?project=NOBODY").status_code in (200, 404)


def test_open_pages_of_one_person_hold_no_pair_in_common(ana: TestClient, sue: TestClient) -> None:
    def keys(answer: Any) -> set[frozenset[int]]:
        assert answer.status_code == 200, answer.text
        return {frozenset((pair["left"]["take"], pair["right"]["take"])) for pair in answer.json()}

    everything = keys(ana.get("/api/pairs?count=64"))
    first, second = keys(ana.get("/api/pairs?count=6&client=p1")), keys(ana.get("/api/pairs?count=64&client=p2"))
    assert (len(first), len(second), first | second) == (6, 3, everything)
    others = keys(sue.get("/api/pairs?count=64&client=p9"))
    assert len(others) == len(everything), "another person may judge what ana holds"
    assert not set.union(*map(set, others)) & set.union(*map(set, everything)), "under names of their own"
    held = ",".join("-".join(map(str, pair)) for pair in first)
    assert ana.get("/api/pairs?count=64&client=p2").headers["circletake-leased-elsewhere"] == "6"
    kept = ana.post("/api/pairs/leases", json={"client": "p1", "pairs": held}).json()["pairs"]
    assert {frozenset(map(int, pair.split("-"))) for pair in kept.split(",")} == first
    assert keys(ana.get("/api/pairs?count=64&client=p3")) == set()
    assert keys(ana.get("/api/pairs?count=64&client=p4&replaces=p1")) == first
    assert ana.post("/api/pairs/leases", json={"client": "p4"}).json() == {"pairs": ""}
    assert keys(ana.get("/api/pairs?count=64&client=p3")) == first


@pytest.mark.parametrize(
    "body", [{}, {"client": ""}, {"client": "a b"}, {"client": "x" * 101}, {"client": "a", "pairs": "9"}]
)
def test_wrong_leases_are_told(ana: TestClient, body: dict[str, str]) -> None:
    answer = ana.post("/api/pairs/leases", json=body)
    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize(
    "query",
    ["client=a+b", "replaces=%2e", "count=0", "count=65", "count=x", "exclude=9", "exclude=9-x", "exclude=9-12,;"],
)
def test_wrong_queries_are_told_in_one_line(ana: TestClient, query: str) -> None:
    answer = ana.get(f"/api/pairs?{query}")
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}
    assert "\n" not in answer.json()["error"]


def test_a_ballot_is_kept_once_however_often_it_is_sent(ana: TestClient, studio: Studio) -> None:
    body = ballot(ana)
    first, again = ana.post("/api/ballots", json=body), ana.post("/api/ballots", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"uid": "uid-1", "id": first.json()["id"]}
    assert studio.value("select count(*) from ballots") == 1
    other = ana.post("/api/ballots", json={**body, "verdict": "right"})
    assert other.status_code == 409
    assert studio.value("select verdict from ballots") == "left"


def test_a_changed_mind_is_a_new_row(ana: TestClient, studio: Studio) -> None:
    body = ballot(ana)
    ana.post("/api/ballots", json=body)
    assert ana.post("/api/ballots", json={**body, "uid": "uid-2", "verdict": "tie"}).status_code == 201
    rows = studio.rows("select verdict, supersedes from ballots order by id")
    assert [row["verdict"] for row in rows] == ["left", "tie"]
    assert rows[1]["supersedes"] is not None
    assert studio.value("select count(*) from current_ballots") == 1


def test_a_skip_of_a_judged_pair_keeps_nothing_and_undo_takes_the_verdict_back(ana: TestClient, studio: Studio) -> None:
    body = ballot(ana)
    judged = ana.post("/api/ballots", json=body)
    skip = {**body, "uid": "uid-2", "verdict": "skip"}
    for _ in range(2):
        answer = ana.post("/api/ballots", json=skip)
        assert (answer.status_code, answer.json()) == (200, {"uid": "uid-2", "id": judged.json()["id"]})
    assert [row["verdict"] for row in studio.rows("select verdict from current_ballots")] == ["left"]
    undo = {**skip, "uid": "uid-3", "undoes": "uid-1"}
    assert [ana.post("/api/ballots", json=undo).status_code for _ in range(2)] == [201, 200]
    assert [row["verdict"] for row in studio.rows("select verdict from current_ballots")] == ["skip"]
    assert ana.post("/api/ballots", json={**undo, "uid": "uid-4", "verdict": "tie"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"left": 999_999}, 404),
        ({"verdict": "maybe"}, 422),
        ({"elapsed_ms": -1}, 422),
        ({"uid": ""}, 422),
        ({"uid": "u" * 101}, 422),
        ({"left": "one"}, 422),
        ({"version": "starter"}, 422),
    ],
)
def test_wrong_ballots_are_refused_and_nothing_is_kept(
    ana: TestClient, studio: Studio, changes: dict[str, Any], status: int
) -> None:
    answer = ana.post("/api/ballots", json=ballot(ana, **changes))
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert studio.value("select count(*) from ballots") == 0


def test_takes_of_two_briefs_or_one_take_are_no_pair(ana: TestClient, studio: Studio) -> None:
    ids = [row["id"] for row in studio.rows("select min(id) as id from takes group by brief")]
    assert ana.post("/api/ballots", json=ballot(ana, left=ids[0], right=ids[1])).status_code == 422
    assert ana.post("/api/ballots", json=ballot(ana, left=ids[0], right=ids[0])).status_code == 422


def test_not_json_is_refused(ana: TestClient) -> None:
    answer = ana.post("/api/ballots", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize(
    ("path", "body", "table"),
    [
        ("/api/ratings", {"stars": 4}, "ratings"),
        ("/api/notes", {"text": "the hand is wrong", "region": {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}}, "notes"),
        ("/api/notes", {"text": "softer"}, "notes"),
        ("/api/notes", {"text": "here", "frames": [0, 0]}, "notes"),
        ("/api/tags", {"word": "Warm light"}, "tags"),
        ("/api/statuses", {"status": "approved"}, "statuses"),
    ],
)
def test_other_judgements_have_receipts_too(
    ana: TestClient, studio: Studio, path: str, body: dict[str, Any], table: str
) -> None:
    take = studio.value("select min(id) from takes")
    sent = {"uid": "uid-7", "take": take, **body}
    first, again = ana.post(path, json=sent), ana.post(path, json=sent)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json() == again.json()
    assert ana.post(path, json={**sent, "take": take + 1}).status_code == 409
    assert ana.post(path, json={**sent, "uid": "uid-8", "take": 999_999}).status_code == 404
    assert studio.value(f"select count(*) from {table}") == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/ratings", {"stars": -1}),
        ("/api/ratings", {"stars": 6}),
        ("/api/notes", {"text": ""}),
        ("/api/notes", {"text": "x" * 4001}),
        ("/api/notes", {"text": "x", "region": {"x": 1.2, "y": 0, "w": 0.1, "h": 0.1}}),
        ("/api/notes", {"text": "x", "region": {"x": 0.9, "y": 0, "w": 0.5, "h": 0.1}}),
        ("/api/notes", {"text": "x", "frames": [3, 1]}),
        ("/api/tags", {"word": ""}),
        ("/api/tags", {"word": " "}),
        ("/api/tags", {"word": "x" * 41}),
        ("/api/statuses", {"status": "perfect"}),
    ],
)
def test_wrong_judgements_are_refused(ana: TestClient, studio: Studio, path: str, body: dict[str, Any]) -> None:
    take = studio.value("select min(id) from takes")
    answer = ana.post(path, json={"uid": "uid-9", "take": take, **body})
    assert answer.status_code == 422, answer.text
    assert list(answer.json()) == ["error"]


def test_tags_are_added_seen_and_removed(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    take = studio.value("select min(id) from takes")
    for client, uid, word in ((ana, "u1", "warm"), (ana, "u2", "Good Hands"), (sue, "u3", "flat")):
        assert client.post("/api/tags", json={"uid": uid, "take": take, "word": word}).status_code == 201
    shown = ana.get(f"/api/tags?take={take}").json()
    assert [tag["word"] for tag in shown] == ["good hands", "warm"], "nobody is swayed by what others said"
    again = ana.post("/api/tags", json={"uid": "u4", "take": take, "word": "warm"})
    assert (again.status_code, again.json()) == (200, {"uid": "u4", "id": shown[1]["id"]})
    for _ in range(2):
        assert ana.delete(f"/api/tags/{shown[0]['id']}").status_code == 204
    assert ana.get(f"/api/tags?take={take}").json() == shown[1:]
    (of_sue,) = sue.get(f"/api/tags?take={take}").json()
    assert ana.delete(f"/api/tags/{of_sue['id']}").status_code == 403
    assert sue.delete(f"/api/tags/{shown[1]['id']}").status_code == 204
    assert ana.delete("/api/tags/999").status_code == 404
    assert ana.get("/api/tags?take=999999").status_code == 404


def test_only_supervisors_circle(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    body = {"uid": "uid-1", "take": studio.value("select min(id) from takes"), "status": "circled"}
    assert ana.post("/api/statuses", json=body).status_code == 403
    assert sue.post("/api/statuses", json=body).status_code == 201
    assert studio.value("select count(*) from selects") == 1


def test_state_me_and_health(ana: TestClient, client: TestClient) -> None:
    assert ana.get("/api/state").json() == {
        "queue": {"queued": 0, "leased": 0, "done": 9, "failed": 0, "cancelled": 0},
        "production": "starter",
    }
    assert ana.get("/api/me").json() == {"name": "ana", "role": "creative", "demo": False}
    assert client.get("/healthz").json() == {"status": "ok"}


def test_unknown_routes_are_json_too(ana: TestClient) -> None:
    answer = ana.get("/api/nothing")
    assert answer.status_code == 404
    assert "/api/nothing" in answer.json()["error"]
    assert ana.delete("/api/ballots").status_code == 405


def test_openapi_names_every_route_and_its_answers(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    for path in (
        "/api/pairs",
        "/api/ballots",
        "/api/ratings",
        "/api/notes",
        "/api/statuses",
        "/media/{name}",
        "/healthz",
    ):
        assert path in schema["paths"]
    assert {"200", "201", "401", "404", "409", "422"} <= set(schema["paths"]["/api/ballots"]["post"]["responses"])
    assert "HTTPValidationError" not in json.dumps(schema["paths"]["/api/ballots"])


def test_versions_are_for_supervisors(ana: TestClient, sue: TestClient) -> None:
    assert ana.get("/api/versions").status_code == 403
    assert [row["name"] for row in sue.get("/api/versions").json()] == ["starter"]
    for path, body in (("promote", {"version": "v0009"}), ("rollback", {})):
        assert ana.post(f"/api/versions/{path}", json=body).status_code == 403
        refused = sue.post(f"/api/versions/{path}", json=body)
        assert refused.status_code in (400, 404, 409, 422)
        assert list(refused.json()) == ["error"]


def test_state_says_what_keeps_takes_from_being_drawn(ana: TestClient, studio: Studio) -> None:
    assert "obstacle" not in ana.get("/api/state").json()
    render_queue.queue_takes(studio, 1, [77])
    render_queue.lease_takes(studio, "w", 1)
    render_queue.give_back(studio, "w", "No space left on device: make room")
    assert ana.get("/api/state").json()["obstacle"] == "No space left on device: make room"
    with pytest.raises(Refused, match="1 takes wait in the queue: No space left on device: make room"):
        refuse_obstacle(studio, 1)
    refuse_obstacle(studio, 0)


@pytest.mark.parametrize(
    ("sent", "page", "doubt"),
    [
        ({"elapsed_ms": 149}, True, "quick"),
        ({"elapsed_ms": 149}, False, None),  # a program's number may be anything
        ({"elapsed_ms": 150}, True, None),
        ({"elapsed_ms": 0}, True, None),  # nobody measured it
        ({"elapsed_ms": 3, "verdict": "skip"}, True, None),
        ({"played": False}, False, "not played"),
        ({"played": False, "elapsed_ms": 2000}, True, "not played"),
    ],
)
def test_verdicts_that_cannot_be_about_their_pair_are_doubtful(
    ana: TestClient, studio: Studio, sent: dict[str, Any], page: bool, doubt: str | None
) -> None:
    body = {"uid": "u", "left": 1, "right": 2, "verdict": "left", **sent}
    answer = ana.post("/api/ballots", json=body, headers={"Circletake-Person": "ana"} if page else {})
    assert answer.status_code == 201
    assert studio.value("SELECT doubt FROM ballots") == doubt


def test_a_studio_sets_what_is_too_quick(studio: Studio) -> None:
    client = TestClient(create_app(studio, pages=False, review=ReviewOptions(shortest_look_ms=1000)), base_url=ADDRESS)
    headers = {**with_token(client, studio, "ana").headers, "Circletake-Person": "ana"}
    body = {"uid": "u", "left": 1, "right": 2, "verdict": "left", "elapsed_ms": 900}
    assert client.post("/api/ballots", json=body, headers=headers).status_code == 201
    assert studio.value("SELECT doubt FROM ballots") == "quick"


@pytest.mark.parametrize("way", ["random", "active"])
@pytest.mark.parametrize("path", ["/api/pairs?count=3", "/api/rankings?count=2"])
def test_a_studio_says_how_pairs_are_dealt(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, way: str, path: str
) -> None:
    shares: list[float] = []
    choose = PairPool.select

    def select(pool: PairPool, *rest: Any) -> list[Any]:
        shares.append(rest[4])
        return choose(pool, *rest)

    monkeypatch.setattr(PairPool, "select", select)
    monkeypatch.setenv("CIRCLETAKE_PAIR_SELECTION", way)
    client = TestClient(create_app(studio, pages=False, review=read_settings().review), base_url=ADDRESS)
    assert with_token(client, studio, "ana").get(path).json()
    assert set(shares) == {RANDOM_SHARES[way]}


def test_the_cut_around_a_pair_tells_nothing_of_versions(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    for shot in ("T_005", "T_020"):
        take = add_takes(studio, add_brief(studio, "ana", shot=shot), 1)[0]
        sue.post("/api/statuses", json={"uid": shot, "take": take, "status": "circled"})
    pair = ana.get("/api/pairs?count=1&shot=T_010").json()[0]
    around = ana.get(f"/api/cut?take={pair['left']['take']}").json()
    assert [around[side]["shot"] for side in ("before", "after")] == ["T_005", "T_020"]
    assert around["before"]["side"].keys() == pair["left"].keys()
    assert around["before"]["side"]["take"] > 2**47
    assert ana.get(around["before"]["side"]["media"]).status_code == 200
    assert "starter" not in str(around)
    assert around["before"]["seconds"] == 1.0
    assert ana.get("/api/cut?take=999999").status_code == 404
