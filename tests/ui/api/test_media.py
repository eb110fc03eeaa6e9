"""Who may have which file, and how it is served."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from PIL import Image

from feedback.people import accounts, project_members
from feedback.production import briefs, render_queue, takes
from feedback.production.opaque_names import PICTURE, find_named_rendition
from feedback.store import Studio, media
from tests.factories import SECRET
from tests.faults.damage import KINDS


@pytest.fixture
def names(studio: Studio) -> tuple[str, str]:
    """The addresses of one take's rendition and archived file."""
    take = takes.get_take(studio, studio.value("select min(id) from takes"))
    return f"/media/{take['rendition']}.png", f"/media/{take['media']}.png"


def test_renditions_are_for_everybody_and_archives_for_supervisors(
    ana: TestClient, sue: TestClient, client: TestClient, names: tuple[str, str]
) -> None:
    rendition, archive = names
    assert ana.get(rendition).status_code == sue.get(rendition).status_code == 200
    assert ana.get(archive).status_code == 404
    assert SECRET in sue.get(archive).content.decode("latin1")
    assert client.get(rendition).status_code == client.get(archive).status_code == 401


def test_a_file_that_may_not_be_seen_looks_like_one_that_is_not_there(ana: TestClient, names: tuple[str, str]) -> None:
    missing = "/media/" + "0" * 64 + ".png"
    hidden, absent = ana.get(names[1]), ana.get(missing)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace(names[1].split("/")[-1], "") == absent.text.replace(missing.split("/")[-1], "")


@pytest.mark.parametrize(
    "name", ["../studio.db", "..%2fstudio.db", "%2e%2e%2fstudio.db", "studio.db", "x" * 64 + ".png", "a.png", ".png"]
)
def test_names_are_hashes_and_never_paths(sue: TestClient, name: str) -> None:
    assert sue.get(f"/media/{name}").status_code == 404


def test_the_ending_must_be_the_right_one(sue: TestClient, names: tuple[str, str]) -> None:
    assert sue.get(names[0].replace(".png", ".html")).status_code == 404
    assert sue.get(names[0].replace(".png", ".PNG")).status_code == 404


def test_files_may_be_kept_by_the_browser_alone(ana: TestClient, names: tuple[str, str]) -> None:
    answer = ana.get(names[0])
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for word in ("private", "immutable", "max-age=31536000"):
        assert word in answer.headers["cache-control"]
    again = ana.get(names[0], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_ranges_are_honoured(ana: TestClient, names: tuple[str, str]) -> None:
    whole = ana.get(names[0]).content
    part = ana.get(names[0], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")
    assert part.headers["content-range"] == f"bytes 1-3/{len(whole)}"
    assert ana.get(names[0], headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


QUESTIONS: list[dict[str, str]] = [
    {},
    {"Range": "bytes=0-9"},
    {"Range": "bytes=0-3,8-9"},
    {"Range": "bytes=99999-"},
    {"Range": "lines=1"},
    {"Range": "bytes=0-9", "If-Range": "Thu, 01 Jan 2026 00:00:00 GMT"},
    {"Range": "bytes=0-9", "If-Range": '"another"'},
    {"If-None-Match": '"another"'},
    {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
    {"If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
]


def status_and_headers(answer: Response, address: str) -> tuple[int, dict[str, str]]:
    """The answer beside its content, without lengths and without the file's own name."""
    name = address.split("/")[-1].split(".")[0]
    headers = {key: value.replace(name, "NAME") for key, value in answer.headers.items() if key != "content-length"}
    if "boundary=" in headers.get("content-type", ""):  # a new random one in every answer
        headers["content-type"] = headers["content-type"].split("boundary=")[0]
    size = headers.get("content-range", "").split("/")[-1]
    return answer.status_code, {key: value.replace(f"/{size}", "/SIZE") for key, value in headers.items()}


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_headers_do_not_tell_when_a_take_was_drawn(ana: TestClient, studio: Studio, question: dict[str, str]) -> None:
    """A worker draws one version's takes together: the time of a file tells which of two takes is whose."""
    first, second = studio.rows("select rendition from takes order by id limit 2")
    os.utime(media.path_of(studio, first["rendition"]), (1_000_000_000, 1_000_000_000))
    addresses = [f"/media/{row['rendition']}.png" for row in (first, second)]
    early, late = (status_and_headers(ana.get(address, headers=question), address) for address in addresses)
    assert early == late
    assert "last-modified" not in early[1]
    own = [
        status_and_headers(ana.get(address, headers={"If-None-Match": ana.get(address).headers["etag"]}), address)
        for address in addresses
    ]
    assert own[0] == own[1]
    assert own[0][0] == 304


def test_a_range_is_served_only_of_the_file_that_the_browser_has(ana: TestClient, names: tuple[str, str]) -> None:
    tag, whole = ana.get(names[0]).headers["etag"], ana.get(names[0]).content
    for condition, status, content in ((tag, 206, b"PNG"), ('"another"', 200, whole), (f"W/{tag}", 200, whole)):
        answer = ana.get(names[0], headers={"Range": "bytes=1-3", "If-Range": condition})
        assert (answer.status_code, answer.content) == (status, content)


def dealt(client: TestClient) -> list[str]:
    """The addresses of pictures in the pairs that a person is dealt."""
    pairs = client.get("/api/pairs?count=64").json()
    return sorted({pair[side]["media"] for pair in pairs for side in ("left", "right")})


def test_addresses_are_of_one_person(ana: TestClient, sue: TestClient) -> None:
    own, others = dealt(ana), dealt(sue)
    assert len(own) == len(others) == 9
    assert not set(own) & set(others)
    for address in own:
        assert ana.get(address).status_code == 200
        assert sue.get(address).status_code == 404


def test_all_pictures_of_a_size_are_equally_long_however_they_are_asked_for(ana: TestClient, studio: Studio) -> None:
    """The factory's files are as those of an older Circletake: not padded, and of different lengths."""
    assert len({row["bytes"] for row in studio.rows("select bytes from media")}) > 1
    addresses = dealt(ana)
    for question in QUESTIONS:
        answers = [ana.get(address, headers=question) for address in addresses]
        lengths = {(a.status_code, a.headers.get("content-length"), a.headers.get("content-range")) for a in answers}
        assert len(lengths) == 1, question


def test_a_padded_picture_is_the_stored_one(ana: TestClient, studio: Studio) -> None:
    address = dealt(ana)[0]
    name = address.split("/")[-1].split(".")[0]
    take, part = find_named_rendition(studio, accounts.get_person(studio, "ana")["id"], name) or (0, 0)
    assert part == PICTURE
    stored = media.path_of(studio, takes.get_take(studio, take)["rendition"])
    with Image.open(io.BytesIO(ana.get(address).content)) as served, Image.open(stored) as original:
        assert list(served.getdata()) == list(original.getdata())
    by_hash = ana.get(f"/media/{takes.get_take(studio, take)['rendition']}.png")
    assert by_hash.content == stored.read_bytes()


def test_a_disk_that_cannot_be_written_to_shows_the_take_all_the_same(ana: TestClient, studio: Studio) -> None:
    (studio.folder / "cache").write_text("in the way")
    assert {ana.get(address).status_code for address in dealt(ana)} == {200}


def test_a_brief_starts_from_the_address_that_a_person_was_given(ana: TestClient, sue: TestClient) -> None:
    name = dealt(ana)[0].split("/")[-1].split(".")[0]
    body = {"shot": "T_010", "prompt": "a boat at dawn", "source_media": name}
    made = ana.post("/api/briefs", json=body)
    assert made.status_code == 201, made.text
    assert sue.post("/api/briefs", json=body).status_code == 404


def large_take(studio: Studio, seed: int) -> str:
    """A done take of 1500x1000 pixels of a brief of its own, of one colour for an even seed; its rendition's hash."""
    shot = studio.value("SELECT id FROM shots ORDER BY id")
    brief = briefs.write_brief(studio, shot, f"a large picture {seed}", author="ana", width=1500, height=1000)
    (take,) = render_queue.queue_takes(studio, brief["id"], [1])
    assert render_queue.lease_takes(studio, "test", 1)
    shape = (1000, 1500, 3)
    pixels = (
        np.random.default_rng(seed).integers(0, 256, shape, np.uint8) if seed % 2 else np.full(shape, seed, np.uint8)
    )
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG")
    sha256 = media.store_bytes(studio, sink.getvalue(), "png", "image/png", 1500, 1000, 1)
    files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
    render_queue.finish_take(studio, take, "test", **files, provenance={})
    return sha256


def test_a_picture_for_a_screen_is_smaller_and_is_made_once(ana: TestClient, studio: Studio) -> None:
    sha256 = large_take(studio, 2)
    address = f"/media/{sha256}.png?longest=1024"
    first = ana.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
    with Image.open(io.BytesIO(first.content)) as picture:
        assert picture.size == (1024, 683)
    kept = studio.folder / "cache" / "screens" / "1024"
    (made,) = [path for path in kept.rglob("*") if path.is_file()]
    made.write_bytes(b"kept")
    assert ana.get(address).content == b"kept"
    tag = first.headers["etag"]
    assert tag not in {ana.get(f"/media/{sha256}.png{query}").headers["etag"] for query in ("", "?thumbnail=true")}
    assert ana.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_picture_for_a_larger_screen_than_the_take_is_the_take(ana: TestClient, studio: Studio) -> None:
    sha256 = large_take(studio, 2)
    whole, larger = ana.get(f"/media/{sha256}.png"), ana.get(f"/media/{sha256}.png?longest=2048")
    assert larger.content == whole.content
    assert larger.headers["content-type"] == "image/png"
    refused = ana.get(f"/media/{sha256}.png?longest=1000")
    assert refused.status_code == 422
    assert "there is no picture of 1000 pixels; take one of 1024, 1440, 2048" in refused.json()["error"]


def test_pictures_for_screens_are_for_whom_the_take_is_for(ana: TestClient, client: TestClient, studio: Studio) -> None:
    address = f"/media/{large_take(studio, 2)}.png?longest=1024"
    assert client.get(address).status_code == 401
    project_members.remove_member(studio, "TEST", "ana")
    assert ana.get(address).status_code == 404
    assert not (studio.folder / "cache" / "screens").exists()


def test_pictures_for_screens_tell_takes_apart_by_nothing(ana: TestClient, studio: Studio) -> None:
    """Whatever a worker's encoder did to the takes' own files, and whether somebody has looked at one before."""
    addresses = [f"/media/{large_take(studio, seed)}.png?longest=1024" for seed in (2, 4)]
    ana.get(addresses[0])
    for question in QUESTIONS:
        early, late = (status_and_headers(ana.get(address, headers=question), address) for address in addresses)
        assert early == late, question
        lengths = {len(ana.get(address, headers=question).content) for address in addresses}
        assert len(lengths) == 1, question


@pytest.mark.parametrize("harm", [*KINDS, lambda path, chance: path.unlink()])
def test_a_damaged_file_is_shown_to_nobody(
    ana: TestClient, sue: TestClient, studio: Studio, names: tuple[str, str], harm: Callable[[Path, Random], None]
) -> None:
    assert ana.get(names[0]).status_code == 200
    take = takes.get_take(studio, studio.value("select min(id) from takes"))
    for sha256 in (take["rendition"], take["media"]):
        harm(media.path_of(studio, sha256), Random(1))
    for answer in (ana.get(names[0]), sue.get(names[0]), sue.get(names[1])):
        assert answer.status_code == 404
        assert "is damaged or gone: tell an admin" in answer.json()["error"]
    assert ana.get("/api/pairs").status_code == 200
