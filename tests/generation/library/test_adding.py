"""Files into the library: each once, whatever interrupts it, with what was left out and why."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import NotFound, Refused
from feedback.library import items, titles
from feedback.library.report import as_text, report
from feedback.library.search import Filter, list_items
from feedback.rights.contributors import get_contributor, list_contributors
from feedback.rights.licences import add_licence, end_licence
from feedback.store import Studio, media
from generation.library.adding import Adding, Reading, Request
from tests.generation.library.rendered import SMALL, add, library_studio, pictures, write_film

ROOT = Path(__file__).parents[3]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return library_studio(tmp_path / "studio")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "film.mp4", pictures([(1, 2.0), (2, 2.0), (3, 2.0)]))


def recorded(studio: Studio) -> list[tuple[Any, ...]]:
    """All that a reading leaves, but for ids and times of day."""
    return [
        tuple(str(value) for name, value in each.items() if name not in ("id", "file"))
        for each in sorted(
            list_items(studio, Filter(state="all")), key=lambda item: (item["path"], item["frame_in"], item["kind"])
        )
    ]


def test_a_new_title_needs_a_licence_that_holds_and_people_names(studio: Studio, film: Path) -> None:
    with pytest.raises(Refused, match="--licence L"):
        add(studio, film, licence=None)
    with pytest.raises(NotFound, match="circletake licence add 'none'"):
        add(studio, film, licence="none")
    add_licence(studio, "old", holder="somebody", uses=["training"])
    end_licence(studio, "old", "over")
    with pytest.raises(Refused, match="was ended"):
        add(studio, film, licence="old")
    add_licence(studio, "ran out", holder="somebody", uses=["training"], ends="2020-01-01")
    with pytest.raises(Refused, match="the last day of licence 'ran out' was 2020-01-01"):
        add(studio, film, licence="ran out")
    for nobody in ("", "!?", "x" * 201):
        with pytest.raises(Refused, match="name"):
            add(studio, film, people=("Ann", nobody))
    assert (titles.list_titles(studio), list_contributors(studio), report(studio)) == ([], [], [])
    assert add(studio, film).read == 1
    add_licence(studio, "other", holder="somebody", uses=["training"])
    with pytest.raises(Refused, match="is under the licence 'catalogue'"):
        add(studio, film, licence="other")
    assert add(studio, film, licence=None).known == 1


def test_files_are_known_by_their_content(studio: Studio, film: Path, tmp_path: Path) -> None:
    first = add(studio, film)
    assert (first.read, first.stills) == (1, 3)
    before = recorded(studio)
    assert add(studio, film).known == 1
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "copy.mp4").write_bytes(film.read_bytes())
    assert (add(studio, folder).known, add(studio, folder).read) == (1, 0)
    assert recorded(studio) == before
    film.unlink()
    assert add(studio, folder).known == 1  # it moved
    assert {Path(each["path"]).name for each in list_items(studio, Filter())} == {"copy.mp4"}


def test_the_same_content_under_another_title_is_said(studio: Studio, film: Path) -> None:
    add(studio, film)
    outcome = add(studio, film, "Other")
    assert "in the library already" in outcome.left_out[0]["reason"]
    assert [each["files"] for each in report(studio)] == [1, 0]


def test_what_is_left_out_is_reported_by_reason(studio: Studio, film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    film.rename(folder / "deep" / "film.mp4")
    for number in range(5):
        (folder / f"page{number}.html").write_text(f"<html>{number}")
    (folder / "empty.mp4").touch()
    (folder / ".hidden.mp4").write_bytes(b"x")
    (folder / "notes.txt").write_text("no film has this name")
    (tmp_path / "outside.mp4").write_bytes(b"x")
    (folder / "out.mp4").symlink_to(tmp_path / "outside.mp4")
    (folder / "in.mp4").symlink_to(folder / "deep" / "film.mp4")
    (folder / "gone.mp4").symlink_to(folder / "nothing")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.mp4")
    (folder / os.fsdecode(b"caf\xe9.mp4")).write_bytes(b"x")  # as a machine with another encoding writes it
    outcome = add(studio, folder)
    assert (outcome.read, len(outcome.left_out)) == (1, 12)
    reasons = {Path(each["path"]).name: each["reason"] for each in outcome.left_out}
    assert reasons["out.mp4"] == "it is a link out of the folder: add its target"
    assert "a pipe" in reasons["pipe.mp4"]
    (of,) = report(studio)
    assert of["files_left_out"]["it is no picture and no film of a kind that is read here"]["count"] == 5
    assert len(of["files_left_out"]["it is no picture and no film of a kind that is read here"]["examples"]) == 3
    assert "files not read, it is empty: 1, such as" in as_text([of])
    assert any("caf" in name and "is not UTF-8" in reason for name, reason in reasons.items())
    flat = add(studio, folder, recursive=False)
    assert (flat.known, [Path(each["path"]).name for each in flat.left_out if "--recursive" in each["reason"]]) == (
        0,
        ["deep"],
    )
    (folder / "empty.mp4").write_bytes(write_film(tmp_path / "b.mp4", pictures([(7, 2.0)])).read_bytes())
    assert add(studio, folder).read == 1
    assert "it is empty" not in report(studio)[0]["files_left_out"]


def test_sidecars_describe_and_name(studio: Studio, film: Path) -> None:
    text = '{"caption": "a film", "people": ["Ann"], "captions": [{"start": 2, "end": "0:04", "caption": "the second", "people": ["Bo"]}]}'
    film.with_suffix(".json").write_text(text)
    add(studio, film, people=("Cee",))
    seen = {item["shot"]: (item["caption"], item["people"]) for item in list_items(studio, Filter(kind="still"))}
    assert seen == {
        0: ("a film", ["Ann", "Cee"]),
        1: ("the second", ["Ann", "Bo", "Cee"]),
        2: ("a film", ["Ann", "Cee"]),
    }
    assert get_contributor(studio, "Bo")["kind"] == "performer"
    assert all(item["captioned_by"] == "sidecar" for item in list_items(studio, Filter()))


def test_a_sidecar_names_the_title(studio: Studio, film: Path) -> None:
    film.with_suffix(".json").write_text('{"title": "Another"}')
    add(studio, film)
    assert {item["title"] for item in list_items(studio, Filter())} == {"Another"}
    assert titles.get_title(studio, "Another")["licence"] == "catalogue"


def test_what_is_said_later_is_noted(studio: Studio, film: Path) -> None:
    """A sidecar that comes after the film, and people; what a person wrote stays."""
    add(studio, film)
    first = list_items(studio, Filter(kind="still"))[0]["id"]
    items.tag(studio, [first], caption="by hand", actor="ada")
    film.with_suffix(".txt").write_text("a film")
    add(studio, film, people=("Ann",))
    captions = {item["id"]: (item["caption"], item["people"]) for item in list_items(studio, Filter())}
    assert captions.pop(first) == ("by hand", ["Ann"])
    assert set(map(str, captions.values())) == {"('a film', ['Ann'])"}


def test_a_broken_sidecar_is_named_and_leaves_the_record_alone(studio: Studio, film: Path) -> None:
    film.with_suffix(".json").write_text('{"captions": [{"start": 5, "end": 4}]}')
    (refusal,) = add(studio, film).left_out
    assert refusal["reason"].startswith(
        "its captions in film.json cannot be used: caption 1: end 4 is not after start 5"
    )
    film.with_suffix(".json").unlink()
    assert add(studio, film).read == 1
    film.with_suffix(".json").write_text("[")
    assert len(add(studio, film).left_out) == 1
    assert report(studio)[0]["files"] == 1


def test_a_file_that_changes_while_it_is_read_is_not_used(studio: Studio, film: Path) -> None:
    data = film.read_bytes()

    def change(name: str, done: int, total: int) -> None:
        if done:
            film.write_bytes(data + b"more")

    request = Request(film, "Film", "catalogue", choice=SMALL)
    outcome = Adding(studio, request, on_progress=change).run()
    assert "changed while it was read" in outcome.left_out[0]["reason"]
    assert list_items(studio, Filter()) == []
    assert all(item["excluded"] for item in list_items(studio, Filter(state="excluded")))
    assert add(studio, film).read == 1


def test_a_film_that_cannot_be_read_now_is_for_later(
    studio: Studio, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Adding, candidate: Any) -> str:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Adding, "_hash", failing)
        outcome = add(studio, film)
    assert outcome.to_retry == [{"path": str(film), "reason": "it could not be read now: Input/output error"}]
    assert add(studio, film).read == 1


def test_what_is_stopped_goes_on_from_there(studio: Studio, film: Path, tmp_path: Path) -> None:
    other = library_studio(tmp_path / "other")
    add(other, film)
    rounds = 0
    while rounds < 20:
        stop = threading.Event()
        parts: list[str] = []

        def after_one(name: str, done: int, total: int, stop: threading.Event = stop, parts: list[str] = parts) -> None:
            parts.append(name)
            if len(parts) > 1:
                stop.set()

        outcome = Adding(studio, Request(film, "Film", "catalogue", choice=SMALL), stop, after_one).run()
        rounds += 1
        if outcome.read or outcome.known:
            break
        assert outcome.interrupted
        assert report(studio)[0]["reading"] == 1
    assert rounds >= 3
    assert recorded(studio) == recorded(other)
    assert report(studio) == report(other)


SCRIPT = """
import sys
from pathlib import Path
from feedback.store import Studio
from tests.generation.library.rendered import add
print("begun", flush=True)
print(add(Studio.open(sys.argv[1]), Path(sys.argv[2]), people=("Ann",)))
"""


def test_killed_at_any_instant_it_is_continued(tmp_path: Path) -> None:
    """SIGKILL again and again while films and pictures are read; in the end it is as if nobody had."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(3):
        write_film(folder / f"film{number}.mp4", pictures([(10 * number + k, 1.5) for k in range(6)]))
    (folder / "film1.txt").write_text("the second film")
    whole, killed = library_studio(tmp_path / "whole"), library_studio(tmp_path / "killed")
    add(whole, folder, people=("Ann",))
    chance, kills = random.Random(3), 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for _ in range(40):
        command = [sys.executable, "-c", SCRIPT, str(killed.folder), str(folder)]
        with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.05, 0.5))
            if kills < 5 and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            elif process.wait() == 0:
                break
    assert kills >= 3
    assert recorded(killed) == recorded(whole)
    assert report(killed) == report(whole)
    assert list(media.find_missing(killed)) == []


def test_nothing_after_a_part_that_could_not_be_written_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full for a moment, while later parts of the film wait to be written."""
    film = write_film(tmp_path / "film.mp4", pictures([(number, 1.5) for number in range(6)]))
    whole, short = library_studio(tmp_path / "whole"), library_studio(tmp_path / "short")
    add(whole, film)
    record, calls = Reading._record, list[int]()

    def full_once(self: Reading, *args: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            time.sleep(0.3)  # the next parts are chosen meanwhile
            raise OSError(errno.ENOSPC, "No space left on device")
        record(self, *args)

    monkeypatch.setattr(Reading, "_record", full_once)
    assert [each["reason"] for each in add(short, film).to_retry] == [
        "it could not be read now: No space left on device"
    ]
    assert len(calls) == 2
    add(short, film)
    assert recorded(short) == recorded(whole)
    assert report(short) == report(whole)


def test_two_titles_are_reported_apart(studio: Studio, film: Path, tmp_path: Path) -> None:
    add(studio, film)
    add(studio, write_film(tmp_path / "b.mp4", pictures([(9, 2.0)])), "B-roll")
    assert [(each["title"], each["stills"]) for each in report(studio)] == [("B-roll", 1), ("Film", 3)]
    assert [each["title"] for each in report(studio, "film")] == ["Film"]
    with pytest.raises(NotFound, match="no title 'nothing'"):
        report(studio, "nothing")
