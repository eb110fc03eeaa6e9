"""Storyboards over HTTP: for everybody of the project, in names that tell no version, and never overwritten unseen."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from fastapi.testclient import TestClient

from feedback.production.briefs import get_brief
from feedback.rights.content_credentials.reading import verify_file
from feedback.rights.content_credentials.studio_signer import trusted_pem
from feedback.rights.content_credentials.words import in_words
from feedback.rights.export_record import list_exports
from feedback.store import Studio
from tests.factories import add_takes


@pytest.fixture
def brief(studio: Studio) -> int:
    return int(studio.value("SELECT min(id) FROM briefs"))


def read(client: TestClient, **query: str) -> dict[str, object]:
    answer = client.get("/api/storyboard", params={"project": "TEST", **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def numbers(client: TestClient, brief: int) -> list[int]:
    return [each["id"] for each in client.get(f"/api/takes?brief={brief}").json() if each["state"] == "done"]


def added(client: TestClient, *takes: int, **more: object) -> list[int]:
    body = {"project": "TEST", "sequence": "T", "takes": list(takes), **more}
    answer = client.post("/api/storyboard/panels", json=body)
    assert answer.status_code == 201, answer.text
    return list(answer.json()["panels"])


def test_a_creative_makes_a_board_and_a_supervisor_reads_it(ana: TestClient, sue: TestClient, brief: int) -> None:
    first, second = numbers(ana, brief)[:2]
    one, two = added(ana, first, second)
    sent = {"revision": 1, "action": "The door opens.", "dialogue": "Who is there?", "held": 12}
    changed = ana.patch(f"/api/storyboard/panels/{one}", json=sent).json()
    assert (changed["action"], changed["lasts"], changed["revision"]) == ("The door opens.", 12, 2)
    assert ana.post(f"/api/storyboard/panels/{two}/place", json={"place": 1}).status_code == 201
    board = read(sue, sequence="T")
    assert [(panel["id"], panel["number"]) for panel in board["panels"]] == [(two, 1), (one, 2)]  # type: ignore[attr-defined]
    assert board["panels"][1]["dialogue"] == "Who is there?"  # type: ignore[index]
    shown = ana.get(board["panels"][0]["side"]["media"])  # type: ignore[index]
    assert shown.status_code == 404  # the name that another person has for it
    assert "version" not in ana.get("/api/storyboard?project=TEST&sequence=T").text

    late = sue.patch(f"/api/storyboard/panels/{one}", json={"revision": 1, "action": "It stays shut."})
    assert (late.status_code, late.json()["error"][:27]) == (409, "ana changed panel 2 meanwhi")
    assert sue.delete(f"/api/storyboard/panels/{one}").status_code == 204
    assert len(read(ana, sequence="T")["panels"]) == 1  # type: ignore[arg-type]
    assert ana.post(f"/api/storyboard/panels/{one}/restore").json()["action"] == "The door opens."


def test_selects_are_brought_in(sue: TestClient, ana: TestClient, brief: int) -> None:
    take = numbers(sue, brief)[0]
    assert sue.post("/api/statuses", json={"uid": "c", "take": take, "status": "circled"}).status_code == 201
    assert read(ana, sequence="T")["missing_selects"] == 1
    assert len(added(ana, selects=True)) == 1
    board = read(sue, sequence="T")
    assert (board["missing_selects"], board["panels"][0]["take"]) == (0, take)  # type: ignore[index]
    both = {"project": "TEST", "selects": True, "takes": [take]}
    refused = ana.post("/api/storyboard/panels", json=both)
    assert (refused.status_code, refused.json()["error"]) == (422, "body: give takes, or selects, and not both")


def test_takes_are_offered_by_their_own_names(ana: TestClient, brief: int) -> None:
    offered = ana.get("/api/storyboard/takes?project=TEST&sequence=T").json()
    assert set(numbers(ana, brief)) <= {side["take"] for side in offered}
    assert ana.get(offered[0]["media"]).status_code == 200


def test_everybody_of_the_project_exports_it_and_no_take_is_named(
    ana: TestClient, brief: int, studio: Studio, tmp_path: Path
) -> None:
    (panel,) = added(ana, numbers(ana, brief)[0])
    ana.patch(f"/api/storyboard/panels/{panel}", json={"revision": 1, "dialogue": "Who is there?"})
    answer = ana.get("/api/exports/storyboard?project=TEST&sequence=T")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    document = pdfium.PdfDocument(answer.content)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert ("Who is there?" in text, "take" in text) == (True, False)
    movie = ana.get("/api/exports/storyboard?project=TEST&sequence=T&format=animatic")
    assert (movie.status_code, movie.content[4:8]) == (200, b"ftyp")
    (tmp_path / "a.mp4").write_bytes(movie.content)
    verdict = verify_file(tmp_path / "a.mp4", trusted_pem(studio))
    assert (verdict["state"], verdict["cut"]) == ("trusted", {"project": "TEST", "takes": [], "panels": 1})
    assert in_words(verdict)[-1] == "Storyboard: 1 panels of TEST"
    recorded = [(row["format"], row["person"], row["takes"], row["path"]) for row in list_exports(studio, "TEST")]
    assert recorded == [
        ("storyboard, pdf", "ana", 1, "sent as TEST_T_storyboard.pdf"),
        ("storyboard, animatic", "ana", 1, "sent as TEST_T_storyboard_animatic.mp4"),
    ]
    assert ana.get("/api/exports/storyboard?project=TEST&sequence=T&format=docx").status_code == 422


def test_panels_of_a_hidden_project_are_not_told(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    body = {"place": "NEW/N_010", "prompt": "a house by day", "takes": 1}
    brief = sue.post("/api/briefs/queue", json=body).json()["brief"]
    (take,) = add_takes(studio, get_brief(studio, brief), 1, first_seed=9)
    made = sue.post("/api/storyboard/panels", json={"project": "NEW", "sequence": "N", "takes": [take]})
    (panel,) = made.json()["panels"]
    missing = [
        client.patch(f"/api/storyboard/panels/{number}", json={"revision": 1, "action": "a"}).json()["error"]
        for client, number in ((ana, panel), (ana, 999))
    ]
    assert missing == [f"no panel {panel}", "no panel 999"]
    assert ana.delete(f"/api/storyboard/panels/{panel}").status_code == 404
    assert ana.get("/api/storyboard?project=NEW").status_code == 404
    assert ana.get("/api/exports/storyboard?project=NEW&sequence=N").status_code == 404
    assert (
        ana.post("/api/storyboard/panels", json={"project": "NEW", "sequence": "N", "takes": [take]}).status_code == 404
    )


def test_a_sequence_that_is_not_there_is_named_and_gets_no_board(ana: TestClient, brief: int) -> None:
    line = "no sequence 'Q9' in TEST: there is T"
    shown = ana.get("/api/storyboard?project=TEST&sequence=Q9")
    assert (shown.status_code, shown.json()["error"]) == (404, line)
    for body in ({"takes": numbers(ana, brief)[:1]}, {"selects": True}):
        refused = ana.post("/api/storyboard/panels", json={"project": "TEST", "sequence": "Q9", **body})
        assert (refused.status_code, refused.json()["error"]) == (404, line)
    assert read(ana)["sequence"] == "T"
    assert read(ana, sequence="")["panels"] == []
