"""The board over HTTP: what is shown to whom, and one status for many."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from feedback.judgements import ballots, notes, ratings, tags
from feedback.judgements.statuses import status_of
from feedback.models import runs, versions
from feedback.people import accounts
from feedback.production import briefs, render_queue, take_rewards
from feedback.store import Studio, media
from feedback.trials import trials
from tests.factories import add_brief, add_takes, finish
from tests.ui.api.test_judging import id_of


def takes_of(board: dict[str, Any]) -> list[int]:
    return [take for shot in board["shots"] for take in shot["takes"]]


def get(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/board{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_supervisor_sees_who_drew_what_and_how_it_did(sue: TestClient, studio: Studio) -> None:
    ana = accounts.get_person(studio, "ana")["id"]
    ballots.cast_ballot(studio, ana, "b", 1, 2, "left", 900)
    ratings.rate_take(studio, ana, "r", 1, 4)
    board = get(sue, "?project=TEST")
    assert (board["project"], board["can_circle"], board["selects"]) == ("TEST", True, False)
    assert [(shot["code"], shot["takes"]) for shot in board["shots"]] == [("T_010", list(range(1, 10)))]
    first = board["cards"][0]
    assert (first["take"], first["version"], first["stars"], first["own_stars"]) == (1, "starter", 4, 0)
    assert first["wins"] == {"rate": 1.0, "low": pytest.approx(0.2065, abs=1e-3), "high": 1.0, "judged": 1}
    assert sue.get(first["media"]).status_code == 200
    assert get(sue, "?sort=win_rate")["cards"][0]["take"] == 1
    assert takes_of(get(sue, "?rater=ana")) == [1, 2]
    assert takes_of(get(sue, "?view=wall&sort=newest"))[0] == 9


def add_rewards(studio: Studio, rewards: dict[int, float]) -> None:
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", [])
    runs.refuse_run(studio, run, "of no matter here", {})
    take_rewards.add_rewards(studio, run, 0.8, rewards)


def test_rewards_are_for_supervisors_and_sort_what_is_not_scored_last(
    sue: TestClient, ana: TestClient, studio: Studio
) -> None:
    assert get(sue)["rewards"] is False
    add_rewards(studio, {2: -0.5, 4: 1.25, 7: 0.0})
    board = get(sue, "?sort=reward&view=wall")
    assert board["rewards"] is True
    assert takes_of(board) == [4, 7, 2, 1, 3, 5, 6, 8, 9]
    assert [card["reward"] for card in board["cards"]] == [1.25, 0.0, -0.5, *[None] * 6]
    assert (
        sue.get("/api/takes/4").json()["reward"].items() >= {"reward": 1.25, "place": 1, "scored": 3, "run": 1}.items()
    )
    assert sue.get("/api/takes/1").json()["reward"].items() >= {"reward": None, "place": 0, "scored": 3}.items()
    # What others are expected to prefer would sway whoever may still be dealt a pair.
    shown = get(ana)
    assert shown["rewards"] is False
    assert {card["reward"] for card in shown["cards"]} == {None}
    assert {ana.get(f"/api/takes/{take}").json()["reward"] for take in takes_of(shown)} == {None}


def test_a_creative_sees_no_version_no_win_rate_and_no_order_of_drawing(ana: TestClient, studio: Studio) -> None:
    ballots.cast_ballot(studio, accounts.get_person(studio, "sue")["id"], "b", 1, 2, "left", 900)
    for query in ("", "?view=wall", "?sort=newest", "?sort=stars"):
        board = get(ana, query)
        assert not {card["version"] or card["wins"] or card["disagreement"] for card in board["cards"]} - {None}
        assert "starter" not in str(board)
        by_brief: dict[int, list[int]] = {}
        for card in board["cards"]:
            by_brief.setdefault(card["brief"], []).append(card["take"])
        assert all(takes == sorted(takes) and takes[0] > 2**47 for takes in by_brief.values())
    assert [id_of(studio, "ana", take) for take in takes_of(get(ana))] != list(range(1, 10))
    for query in (
        "?sort=win_rate",
        "?sort=reward",
        "?sort=disagreement",
        "?version=starter",
        "?version=none",
        "?rater=sue",
        "?rater=nobody",
    ):
        assert ana.get(f"/api/board{query}").status_code == 403, query
    assert takes_of(get(ana, "?rater=ana")) == []
    assert ana.get("/api/board/choices?project=TEST").json()["raters"] == ["ana"]


def test_takes_of_open_trials_are_nowhere(sue: TestClient, studio: Studio) -> None:
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", [1], 1)
    for take in render_queue.lease_takes(studio, "test", 64):
        finish(studio, take["id"])
    (pair,) = studio.rows("SELECT * FROM trial_pairs")
    assert takes_of(get(sue)) == list(range(1, 10))
    hidden = f"{pair['candidate_take']},{pair['baseline_take']}"
    assert [card["take"] for card in sue.get(f"/api/board/cards?takes={hidden},3").json()] == [3]
    body = {"status": "circled", "takes": [{"uid": "u", "take": pair["candidate_take"]}]}
    assert sue.post("/api/board/statuses", json=body).json()["receipts"] == []
    assert "v0001" not in sue.get("/api/board/choices?project=TEST").text


def test_what_is_waiting_or_failed_is_shown_and_what_was_withdrawn_is_not(sue: TestClient, studio: Studio) -> None:
    brief = add_brief(studio, "ana", "a boat")
    queued, failed = render_queue.queue_takes(studio, brief["id"], [1, 2])
    render_queue.lease_takes(studio, "w", 2)
    render_queue.fail_take(studio, failed, "w", "no memory")
    states = {card["take"]: (card["state"], card["media"], card["error"]) for card in get(sue, "?text=boat")["cards"]}
    assert states == {queued: ("leased", None, None), failed: ("failed", None, "no memory")}


def test_an_empty_studio_has_an_empty_board(sue: TestClient, studio: Studio) -> None:
    accounts.add_person(studio, "new", "creative")
    with studio.writing() as db:
        db.execute("DELETE FROM project_members")
    board = get(sue)
    assert (board["project"], board["projects"], board["shots"], board["cards"]) == ("", [], [], [])
    assert sue.get("/api/board?project=TEST").status_code == 404
    assert sue.get("/api/board/choices?project=TEST").status_code == 404
    assert sue.get("/api/board/cards?takes=1").json() == []


@pytest.mark.parametrize(
    "query",
    ["sort=best", "stars=6", "stars=x", "view=list", "kind=film", "status=final", f"text={'x' * 201}", "order=1"],
)
def test_what_cannot_be_right_is_refused_in_one_line(sue: TestClient, query: str) -> None:
    answer = sue.get(f"/api/board?{query}")
    assert answer.status_code == 422
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("takes", ["x", "-1", "9999999999", "1;2", "1,," + "9" * 16, ",".join(map(str, range(1, 102)))])
def test_takes_are_listed_as_numbers(sue: TestClient, takes: str) -> None:
    assert sue.get("/api/board/cards", params={"takes": takes}).status_code == 422
    assert len(sue.get("/api/board/cards", params={"takes": ",".join(map(str, range(1, 101)))}).json()) == 9


def test_a_large_picture_is_sent_small(sue: TestClient, ana: TestClient, studio: Studio) -> None:
    sink = io.BytesIO()
    Image.new("RGB", (1280, 720), (9, 9, 9)).save(sink, "PNG")
    sha256 = media.store_bytes(studio, sink.getvalue(), "png", "image/png", 1280, 720, 1)
    with studio.writing() as db:
        db.execute("UPDATE takes SET rendition = ? WHERE id = 1", (sha256,))
        db.execute("UPDATE briefs SET width = 1280, height = 720 WHERE id = 1")
    board = get(sue)
    address = board["cards"][0]["picture"]
    assert address == board["cards"][0]["media"] + "?thumbnail=true"
    small, whole = sue.get(address), sue.get(board["cards"][0]["media"])
    assert small.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(small.content)).size == (640, 360)
    assert whole.headers["content-type"] == "image/png"
    assert small.headers["etag"] != whole.headers["etag"]
    assert sue.get(address, headers={"If-None-Match": small.headers["etag"]}).status_code == 304
    assert "last-modified" not in small.headers
    assert ana.get(address).status_code == 404  # a name of somebody else's


def test_many_get_a_status_and_what_is_refused_says_why(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    sue.post("/api/statuses", json={"uid": "c", "take": 2, "status": "circled"})
    takes = takes_of(get(ana))
    body = {"status": "approved", "takes": [{"uid": f"u{take}", "take": take} for take in [*takes, takes[0] + 1]]}
    answer = ana.post("/api/board/statuses", json=body)
    assert answer.status_code == 201
    circled = next(take for take in takes if id_of(studio, "ana", take) == 2)
    assert {each["uid"] for each in answer.json()["receipts"]} == {f"u{take}" for take in takes if take != circled}
    reasons = {each["uid"]: each["error"] for each in answer.json()["refused"]}
    assert reasons.keys() == {f"u{circled}", f"u{takes[0] + 1}"}
    assert "only a supervisor" in reasons[f"u{circled}"]
    assert reasons[f"u{takes[0] + 1}"] == f"no take {takes[0] + 1}"
    assert [status_of(studio, take) for take in range(1, 10)] == ["approved", "circled", *["approved"] * 7]
    assert ana.post("/api/board/statuses", json=body).json() == answer.json()
    assert studio.value("SELECT count(*) FROM statuses") == 9


@pytest.mark.parametrize(
    "takes", [[], [{"take": 1}], [{"uid": "", "take": 1}], [{"uid": "u", "take": 0}], [{"uid": "u", "take": 1}] * 501]
)
def test_a_list_of_takes_has_bounds(sue: TestClient, takes: list[dict[str, Any]]) -> None:
    assert sue.post("/api/board/statuses", json={"status": "approved", "takes": takes}).status_code == 422


def test_what_people_wrote_is_on_the_card(sue: TestClient, studio: Studio) -> None:
    ana = accounts.get_person(studio, "ana")["id"]
    notes.write_note(studio, ana, "n", 1, "the hand")
    tags.add_tag(studio, ana, "t", 1, "Soft")
    card = get(sue, "?tag=SOFT")["cards"][0]
    assert (card["notes"], card["tags"], card["prompt"]) == (["ana: the hand"], ["soft"], "a house by day, number 0")
    sue.post("/api/statuses", json={"uid": "c", "take": 1, "status": "circled"})
    assert get(sue)["selects"]


def test_others_notes_are_neither_shown_nor_searched_where_they_would_sway(
    ana: TestClient, sue: TestClient, studio: Studio
) -> None:
    """Ana has judged no pair with the take, and may be dealt one."""
    names = {row["name"]: row["id"] for row in studio.rows("SELECT id, name FROM people")}
    notes.write_note(studio, names["sue"], "of-sue", 1, "the hand is wrong")
    notes.write_note(studio, names["ana"], "of-ana", 1, "warmer please")

    def words(client: TestClient, text: str) -> list[str]:
        board = client.get("/api/board", params={"project": "TEST", "text": text}).json()
        return [note for card in board["cards"] for note in card["notes"]]

    assert words(sue, "HAND") == ["sue: the hand is wrong", "ana: warmer please"]
    assert words(ana, "hand") == []
    assert words(ana, "warmer") == ["ana: warmer please"]
    ballots.cast_ballot(studio, names["ana"], "b", 1, 2, "left")
    assert words(ana, "hand") == ["sue: the hand is wrong", "ana: warmer please"]
    notes.take_back(studio, names["sue"], studio.value("SELECT id FROM notes WHERE uid = 'of-sue'"))
    assert words(sue, "hand") == words(ana, "hand") == []


def changes(client: TestClient, since: str, **headers: str) -> Any:
    return client.get("/api/board/changes", params={"project": "TEST", "since": since}, headers=headers)


def test_an_open_board_hears_what_others_changed_and_mostly_that_nothing_did(
    sue: TestClient, ana: TestClient, studio: Studio
) -> None:
    since = get(ana)["as_of"]
    add_takes(studio, briefs.get_brief(studio, 1), 1, 901)
    first = changes(ana, since)
    assert (first.json()["takes"], first.json()["everything"], first.json()["added"]) == ([], False, True)
    again = {"If-None-Match": first.headers["etag"]}
    assert (changes(ana, since, **again).status_code, changes(ana, since, **again).content) == (304, b"")
    sue.post("/api/statuses", json={"uid": "s", "take": 4, "status": "approved"})
    later = changes(ana, first.json()["as_of"], **again)
    assert [id_of(studio, "ana", take) for take in later.json()["takes"]] == [4]
    assert later.headers["etag"] != first.headers["etag"]
    ballots.cast_ballot(studio, accounts.get_person(studio, "ada")["id"], "b", 1, 2, "left", 900)
    assert changes(ana, since, **{"If-None-Match": later.headers["etag"]}).status_code == 304, (
        "win rates are not theirs"
    )
    assert changes(sue, since).json()["takes"] == [1, 2, 4]
    assert changes(sue, "yesterday").status_code == 422
