"""Briefs that bring what they start from: checked by content, kept with the brief or not at all."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from PIL import Image

from feedback.exchange.edit.shot_ranges import Range, set_plate, set_ranges
from feedback.production import projects, shots
from feedback.production.briefs import get_brief, give_source
from feedback.production.queue_limits import QueueLimits
from feedback.production.shots import find_shot
from feedback.rights.licences import add_licence, license_media
from feedback.store import Studio
from generation.media.encode import encode_clip
from generation.media.plates import keep_plate
from generation.media.sources import store_source
from tests.factories import add_takes, png
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app
from ui.context import Limits

FORM = {"place": "TEST/T_010", "prompt": "a house by day", "takes": 2}
STILL, CLIP = {"width": 32, "height": 32}, {"width": 32, "height": 32, "frames": None}


def picture(width: int, height: int, format: str = "PNG", grey: int = 200) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (width, height), (grey, grey, grey)).save(sink, format)
    return sink.getvalue()


def clip(frames: int) -> bytes:
    return encode_clip(np.zeros((frames, 64, 64, 3), dtype=np.uint8), Fraction(24))


def send(client: TestClient, fields: dict[str, Any] | None = None, **files: tuple[str, bytes]) -> Response:
    data = {"brief": json.dumps({**FORM, **(fields or {})})}
    return client.post("/api/briefs/queue/files", data=data, files=files)


def last_brief(studio: Studio) -> dict[str, Any]:
    row = studio.row("SELECT * FROM briefs ORDER BY id DESC LIMIT 1")
    assert row is not None
    return row


def kept(studio: Studio) -> tuple[list[int], list[Path]]:
    tables = ("projects", "shots", "briefs", "takes", "media")
    rows = [studio.value(f"SELECT count(*) FROM {table}") for table in tables]
    return rows, sorted(path for path in studio.media_folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("name", "format"), [("plate.png", "PNG"), ("plate.jpg", "JPEG"), ("夜 plate.webp", "WEBP")])
def test_a_still_starts_from_a_still(ana: TestClient, studio: Studio, name: str, format: str) -> None:
    answer = send(ana, {"strength": "0.4"}, source=(name, picture(320, 180, format)))
    assert answer.status_code == 201, answer.text
    row = last_brief(studio)
    file = studio.row("SELECT * FROM media WHERE sha256 = ?", (row["source_media"],))
    assert file is not None
    assert (row["strength"], row["mask_media"], file["width"], file["height"]) == (0.4, None, 320, 180)
    (listed, *_) = ana.get("/api/briefs").json()["briefs"]
    address = f"/media/{row['source_media']}.{file['ext'].lstrip('.')}"
    assert listed["source"] == {"width": 320, "height": 180, "is_clip": False, "mask": False, "media": address}
    assert ana.get(address).content == picture(320, 180, format)
    assert listed["strength"] == 0.4


def test_a_clip_starts_from_a_clip_that_is_as_long(ana: TestClient, studio: Studio) -> None:
    before = kept(studio)
    short = send(ana, {"kind": "clip"}, source=("short.mp4", clip(9)))
    assert (short.status_code, "the source has 9 frames" in short.json()["error"]) == (422, True)
    assert kept(studio) == before
    assert send(ana, {"kind": "clip"}, source=("plate.mp4", clip(17))).status_code == 201
    assert last_brief(studio)["strength"] == 0.6


def test_a_brief_starts_from_the_plate_of_its_shot(ana: TestClient, studio: Studio, tmp_path: Path) -> None:
    shot = find_shot(studio, "T_010", "TEST")
    body = {**FORM, "uses_plate": True}
    (problem,) = ana.post("/api/briefs/check", json=body).json()["problems"]
    assert (problem["field"], problem["error"][:30]) == ("source", "shot TEST/T_010 has no plate: ")
    assert ana.post("/api/briefs/queue", json=body).status_code == 404

    (tmp_path / "plate.png").write_bytes(picture(320, 180))
    plate = keep_plate(studio, tmp_path / "plate.png", keep=True)
    set_plate(studio, shot["id"], plate)
    set_ranges(studio, shot["id"], [Range(100, 119, Fraction(24)), Range(0, 5, Fraction(24))])
    listed = {row["code"]: row for row in ana.get("/api/shots").json()}
    assert listed["T_010"]["plate"] == {
        "width": 320,
        "height": 180,
        "is_clip": False,
        "mask": False,
        "media": f"/media/{plate}.png",
    }
    assert ana.get(f"/media/{plate}.png").status_code == 200
    assert listed["T_010"]["cut_frames"] == 17  # the only length that the starter draws
    assert ana.post("/api/briefs/queue", json=body).status_code == 201
    assert (last_brief(studio)["source_media"], last_brief(studio)["strength"]) == (plate, 0.6)
    assert ana.post("/api/briefs/check", json={**body, "kind": "clip"}).json()["problems"] == []  # its first frame


def test_the_plate_of_a_hidden_shot_is_not_told(ana: TestClient, studio: Studio) -> None:
    projects.add_project(studio, "HIDDEN")
    shots.add_shot(studio, "HIDDEN", "H")
    body = {**FORM, "place": "HIDDEN/H", "uses_plate": True}
    problems = ana.post("/api/briefs/check", json=body).json()["problems"]
    assert [problem["field"] for problem in problems] == ["place"]
    assert "plate" not in json.dumps(problems)
    assert ana.post("/api/briefs/queue", json=body).status_code == 404


def test_an_edit_keeps_what_the_first_brief_starts_from(ana: TestClient, studio: Studio) -> None:
    first = send(ana, {"strength": 0.4}, source=("plate.png", picture(64, 64))).json()["brief"]
    source = last_brief(studio)["source_media"]
    body = {**FORM, "based_on": first, "keeps_source": True, "strength": 0.7}
    assert ana.post("/api/briefs/check", json=body).json()["problems"] == []
    assert ana.post("/api/briefs/queue", json=body).status_code == 201
    assert (last_brief(studio)["source_media"], last_brief(studio)["strength"]) == (source, 0.7)
    assert ana.post("/api/briefs/queue", json={**body, "based_on": 1}).status_code == 422
    assert ana.post("/api/briefs/queue", json={**FORM, "keeps_source": True}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "field", "line"),
    [
        ({"source": CLIP}, "source", "the brief asks for a still: give a still"),
        ({"source": STILL, "mask": STILL, "kind": "clip"}, "mask", "a still is the first frame of the clip"),
        (
            {"source": STILL, "mask": {"width": 64, "height": 32}},
            "mask",
            "the mask has 64x32 pixels and the source 32x32",
        ),
        ({"source_take": 99}, "source", "no take 99"),
        ({"source_media": "ab" * 32}, "source", "no media 'abab"),
        ({"source_take": 1, "uses_plate": True}, "source", "a brief starts from one thing"),
        ({"source": STILL, "strength": 0.01}, "strength", "strength 0.01 leaves none of 16 steps"),
        ({"source": STILL, "strength": 2}, "strength", "strength 2 is outside 0-1"),
        ({"source": STILL, "strength": "much"}, "strength", "'much' is no number"),
        ({"strength": 0.5}, "strength", "strength is for a brief with a source"),
    ],
)
def test_what_cannot_be_started_from_is_told_beside_its_field(
    ana: TestClient, fields: dict[str, Any], field: str, line: str
) -> None:
    problems = ana.post("/api/briefs/check", json={**FORM, **fields}).json()["problems"]
    assert field in [problem["field"] for problem in problems]
    assert any(line in problem["error"] for problem in problems), problems


REFUSED = {
    "no picture": ({}, {"source": ("plate.png", b"not a picture at all")}, 422, "plate.png is no PNG, JPEG"),
    "empty": ({}, {"source": ("plate.png", b"")}, 422, "plate.png is no PNG"),
    "damaged": ({}, {"source": ("a\nb<script>.png", png(1)[:60])}, 422, "<script>.png cannot be read"),
    "a script that claims to be a clip": (
        {},
        {"source": ("x.mp4", b"\0\0\0\x18ftypmp42<script>")},
        422,
        "cannot be read",
    ),
    "mask alone": ({}, {"mask": ("mask.png", picture(64, 64))}, 422, "a mask needs a source"),
    "mask of another size": (
        {},
        {"source": ("a.png", picture(64, 64)), "mask": ("m.png", picture(64, 32))},
        422,
        "the mask has 64x32 pixels",
    ),
    "black mask": (
        {},
        {"source": ("a.png", picture(64, 64)), "mask": ("m.png", picture(64, 64, grey=127))},
        422,
        "the mask m.png is black, so that nothing would be drawn: paint white",
    ),
    "strength": ({"strength": 0.01}, {"source": ("a.png", picture(64, 64))}, 422, "leaves none"),
    "queue": ({"takes": 5}, {"source": ("a.png", picture(64, 64))}, 429, "above 4"),
    "prompt": ({"prompt": ""}, {"source": ("a.png", picture(64, 64))}, 422, "the prompt is empty"),
    "project": ({"place": "NONE/S"}, {"source": ("a.png", picture(64, 64))}, 404, "no project"),
}


@pytest.mark.parametrize(("fields", "files", "status", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_brief_leaves_no_file_behind(
    studio: Studio, fields: dict[str, Any], files: dict[str, tuple[str, bytes]], status: int, line: str
) -> None:
    limits = Limits(queue=QueueLimits(per_person=4))
    app = TestClient(create_app(studio, pages=False, limits=limits), base_url=ADDRESS, follow_redirects=False)
    before = kept(studio)
    answer = send(with_token(app, studio, "ana"), {"place": "TEST/NEW_010", **fields}, **files)
    assert (answer.status_code, line in answer.json()["error"]) == (status, True), answer.text
    assert kept(studio) == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"prompt": 1}', '{"nothing": 1}', "\ud83d", '{"takes": NaN}'])
def test_a_form_that_is_none_is_one_line(ana: TestClient, studio: Studio, text: str) -> None:
    before = kept(studio)
    sent = text.encode("utf-8", "surrogatepass")
    answer = ana.post("/api/briefs/queue/files", files={"brief": (None, sent), "source": ("a.png", picture(64, 64))})
    assert (answer.status_code, list(answer.json())) == (422, ["error"]), answer.text
    assert "\n" not in answer.json()["error"]
    assert kept(studio) == before


def test_files_have_a_largest_size_of_their_own(studio: Studio) -> None:
    limits = Limits(body_bytes=2000, upload_bytes=20_000)
    app = TestClient(create_app(studio, pages=False, limits=limits), base_url=ADDRESS, follow_redirects=False)
    ana = with_token(app, studio, "ana")
    assert send(ana, source=("a.png", picture(64, 64) + b"\0" * 5000)).status_code == 201
    refused = send(ana, source=("a.png", b"\0" * 20_000))
    assert (refused.status_code, "CIRCLETAKE_MOST_UPLOAD_BYTES" in refused.json()["error"]) == (413, True)
    assert ana.post("/api/briefs/queue", json={**FORM, "prompt": "x" * 3000}).status_code == 413


def test_a_brief_of_another_project_gives_no_source(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    first = send(sue, {"place": "NEW/S_010"}, source=("plate.png", picture(64, 64))).json()["brief"]
    body = {**FORM, "based_on": first, "keeps_source": True}
    refused = ana.post("/api/briefs/check", json=body).json()["problems"]
    assert [(each["field"], f"no brief {first}" in each["error"]) for each in refused] == [("place", True)]
    assert ana.post("/api/briefs/queue", json=body).status_code == 404


def test_a_brief_starts_from_a_take_inside_a_painted_mask(ana: TestClient, studio: Studio) -> None:
    """By what is shown of it: a creative never gets the archived file, which tells its version."""
    brief = ana.post("/api/briefs/queue", json={**FORM, "seed": 1}).json()["brief"]
    add_takes(studio, get_brief(studio, brief), 1)
    number = ana.get(f"/api/takes?brief={brief}").json()[0]["id"]
    begun = ana.get(f"/api/briefs/from-take?take={number}").json()
    assert (begun["place"], begun["prompt"], begun["take"]) == ("TEST/T_010", FORM["prompt"], number)
    assert not {"seed", "version", "version_name"} & begun.keys()
    width, height = begun["width"], begun["height"]
    assert Image.open(io.BytesIO(ana.get(begun["media"]).content)).size == (width, height)

    sent = {**FORM, "prompt": "a door", "source_take": number, "strength": 0.8}
    assert (
        ana.post("/api/briefs/check", json={**sent, "mask": {"width": width, "height": height}}).json()["problems"]
        == []
    )
    before = kept(studio)
    wrong = send(ana, sent, mask=("mask.png", picture(width + 1, height)))
    assert (wrong.status_code, "the mask has" in wrong.json()["error"]) == (422, True)
    assert kept(studio) == before
    assert send(ana, sent, mask=("mask.png", picture(width, height))).status_code == 201
    row = last_brief(studio)
    take = studio.row("SELECT * FROM takes WHERE id = ? AND brief = ?", (row["source_take"], brief))
    assert take is not None
    assert (row["source_media"], row["strength"]) == (take["rendition"], 0.8)
    assert row["mask_media"]
    (listed, *_) = ana.get("/api/briefs").json()["briefs"]
    assert (listed["source"]["mask"], ana.get(listed["source"]["media"]).status_code) == (True, 200)

    # Another mask in place of the one that came with the source.
    again = {**FORM, "based_on": row["id"], "keeps_source": True}
    assert send(ana, again, mask=("mask.png", picture(width, height, "JPEG"))).status_code == 201
    later = last_brief(studio)
    assert (later["source_take"], later["source_media"]) == (take["id"], take["rendition"])
    assert later["mask_media"] != row["mask_media"]


def test_a_brief_starts_from_a_file_of_the_studio_by_its_hash(ana: TestClient, studio: Studio, tmp_path: Path) -> None:
    """Such as a frame of its library, which no project has."""
    (tmp_path / "frame.png").write_bytes(picture(320, 180))
    frame = store_source(studio, tmp_path / "frame.png")
    assert ana.post("/api/briefs/queue", json={**FORM, "source_media": frame}).status_code == 201
    assert (last_brief(studio)["source_media"], last_brief(studio)["source_take"]) == (frame, None)


def test_nothing_starts_from_a_take_or_file_of_another_project(
    ana: TestClient, sue: TestClient, studio: Studio
) -> None:
    brief = send(sue, {"place": "NEW/S_010"}, source=("plate.png", picture(64, 64))).json()["brief"]
    file = last_brief(studio)["source_media"]
    (number,) = add_takes(studio, get_brief(studio, brief), 1)
    assert sue.get(f"/api/briefs/from-take?take={number}").status_code == 200
    assert ana.get(f"/api/briefs/from-take?take={number}").status_code == 404
    for fields in ({"source_take": number}, {"source_media": file}):
        assert ana.post("/api/briefs/queue", json={**FORM, **fields}).status_code == 404
    assert ana.get(f"/media/{file}.png").status_code == 404
    assert sue.get(f"/media/{file}.png").status_code == 200


def test_an_archived_take_is_no_plate(ana: TestClient, studio: Studio) -> None:
    """The command line starts briefs from archived files: whoever sees the brief does not get them."""
    brief = ana.post("/api/briefs/queue", json=FORM).json()["brief"]
    (take,) = add_takes(studio, get_brief(studio, brief), 1)
    archived = studio.value("SELECT media FROM takes WHERE id = ?", (take,))
    give_source(studio, brief, archived, None, None)
    (listed, *_) = ana.get("/api/briefs").json()["briefs"]
    assert listed["source"]["media"] is None
    assert ana.get(f"/media/{archived}.png").status_code == 404


def test_what_no_licence_allows_is_not_started_from(ana: TestClient, studio: Studio, tmp_path: Path) -> None:
    """Whichever way it is named; and nothing of the brief is kept."""
    brief = ana.post("/api/briefs/queue", json=FORM).json()["brief"]
    add_takes(studio, get_brief(studio, brief), 1)
    number = ana.get(f"/api/takes?brief={brief}").json()[0]["id"]
    assert ana.post("/api/briefs/queue", json={**FORM, "source_take": number}).status_code == 201
    add_licence(studio, "Archive", holder="The archive", uses=["training"])
    license_media(studio, last_brief(studio)["source_media"], "Archive")
    before = kept(studio)
    for fields in ({"source_take": number}, {"source_media": last_brief(studio)["source_media"]}):
        refused = ana.post("/api/briefs/queue", json={**FORM, **fields})
        assert (refused.status_code, "licence 'Archive' does not allow" in refused.json()["error"]) == (400, True)
    assert kept(studio) == before
