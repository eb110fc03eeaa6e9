"""The library over HTTP: browsed by everybody who is signed in, changed by supervisors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from feedback.library import items
from feedback.store import Studio, media
from tests.feedback.library.shelf import fill_library
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    fill_library(studio, "Harbour", 3)
    fill_library(studio, "Hills", 2, "second unit")
    app = create_app(studio, pages=False)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as made:
        yield made


def test_a_creative_browses_and_changes_nothing(client: TestClient, studio: Studio) -> None:
    ana = with_token(client, studio, "ana")
    answer = ana.get("/api/library", params={"title": "Harbour", "limit": 2}).json()
    assert (answer["total"], len(answer["items"])) == (3, 2)
    item = answer["items"][0]
    assert (item["file"], item["title"], item["licence"]) == ("Harbour.mov", "Harbour", "catalogue")
    assert "/films" not in ana.get("/api/library").text  # no folder of the studio's machine
    assert ana.get(f"/api/library/items/{item['id']}").json() == item
    picture = ana.get(item["picture"])
    assert picture.content == media.path_of(studio, item["media"]).read_bytes()
    assert "last-modified" not in picture.headers
    assert ana.get(item["picture"], headers={"If-None-Match": picture.headers["etag"]}).status_code == 304
    assert ana.get(item["picture"], headers={"Range": "bytes=0-3"}).content == picture.content[:4]
    assert ana.get(item["picture"], params={"whole": True}).status_code == 403
    assert ana.post("/api/library/exclude", json={"items": [1], "reason": "x"}).status_code == 403
    assert ana.get("/api/library/report").status_code == 403


def test_a_supervisor_excludes_includes_and_tags(client: TestClient, studio: Studio) -> None:
    sue = with_token(client, studio, "sue")
    assert sue.post("/api/library/exclude", json={"items": [1, 2], "reason": "not ours"}).json() == {"items": 2}
    assert items.get_item(studio, 1)["excluded_by"] == "sue"
    assert [row["id"] for row in sue.get("/api/library", params={"state": "excluded"}).json()["items"]] == [1, 2]
    assert sue.post("/api/library/include", json={"items": [1]}).json() == {"items": 1}
    body = {"items": [1, 3], "people": ["Ann"], "caption": "a quay"}
    assert sue.post("/api/library/tag", json=body).json() == {"items": 2}
    assert sue.get("/api/library", params={"person": "ann"}).json()["total"] == 2
    assert sue.get("/api/library/choices").json()["people"] == ["Ann"]
    (harbour, _) = sue.get("/api/library/report").json()
    assert (harbour["excluded"], harbour["left_out"]["black"]["count"]) == (1, 1)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("exclude", {"items": [], "reason": "x"}, 422),
        ("exclude", {"items": [1], "reason": ""}, 422),
        ("exclude", {"items": [1], "reason": "   "}, 422),
        ("exclude", {"items": [999], "reason": "x"}, 404),
        ("include", {"items": [1], "reason": "x"}, 422),
        ("tag", {"items": [1], "people": [""]}, 422),
    ],
)
def test_what_cannot_be_is_refused(path: str, body: dict, status: int, client: TestClient, studio: Studio) -> None:
    answer = with_token(client, studio, "sue").post(f"/api/library/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.json()["error"]


def test_filters_that_are_none_are_refused(client: TestClient, studio: Studio) -> None:
    ana = with_token(client, studio, "ana")
    for query in ("kind=film", "state=gone", "offset=-1", "limit=0", "limit=5000"):
        assert ana.get(f"/api/library?{query}").status_code in (400, 422), query
