"""The library by command: refusals in one line that help, answers for people and for scripts."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from feedback.library.search import Filter, list_items
from feedback.store import Studio
from tests.factories import new_studio
from tests.feedback.library.shelf import fill_library
from tests.generation.copies.scenes import add_take, picture, studio_with_library
from tests.generation.library.rendered import library_studio, pictures, write_film
from ui.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "studio"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["library", *words, "--studio", str(folder)])


def answer(folder: Path, *words: str) -> dict[str, Any]:
    done = run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(folder: Path, *words: str) -> str:
    done = run(folder, *words)
    assert done.exit_code == 1, done.output
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_newcomers_first_command_says_what_it_needs(folder: Path, tmp_path: Path) -> None:
    new_studio(folder)
    film = str(write_film(tmp_path / "quay.mp4", pictures([(1, 2.0)])))
    assert run(folder, "add", film).exit_code == 2  # --title is missing
    assert "--licence L" in refused(folder, "add", film, "--title", "The quay")
    assert "circletake licence add 'Catalogue'" in refused(
        folder, "add", film, "--title", "The quay", "--licence", "Catalogue"
    )
    made = ["licence", "add", "Catalogue", "--holder", "The studio", "--use", "training", "--studio", str(folder)]
    assert CliRunner().invoke(main, made).exit_code == 0
    done = run(folder, "add", film, "--title", "The quay", "--licence", "Catalogue", "--person", "Ada")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("1 files read, 0 known, 0 left out: 1 stills and 0 clips are new")
    assert "shot too short for a clip: 1, such as quay.mp4 at 0:00:00.0" in done.stdout
    assert "no file or folder" in refused(folder, "add", str(tmp_path / "none"), "--title", "The quay")
    assert "every 0 is outside 0.5-3600" in refused(folder, "add", film, "--title", "The quay", "--every", "0")


def test_names_of_files_bring_no_escapes_to_the_terminal(folder: Path, tmp_path: Path) -> None:
    library_studio(folder)
    films = tmp_path / "films"
    films.mkdir()
    (films / "a\x1b[31m\n.mov").write_bytes(b"no film")
    write_film(films / "b\x1b[31m.mp4", pictures([(1, 2.0)]))
    done = run(folder, "add", str(films), "--title", "T", "--licence", "catalogue", "--captioner", str(films))
    assert "holds no image-to-text model" in done.stderr
    done = run(folder, "add", str(films), "--title", "T", "--licence", "catalogue")
    for text in (done.stdout, done.stderr, run(folder, "list").stdout, run(folder, "show", "1").stdout):
        assert "\x1b" not in text
    assert "no picture and no film" in done.stderr


def test_only_one_reads_at_a_time(folder: Path, tmp_path: Path) -> None:
    from finetune.jobs.locks import only_one

    studio = library_studio(folder)
    film = str(write_film(tmp_path / "quay.mp4", pictures([(1, 2.0)])))
    with only_one(studio.runs_folder / "library.lock", "reading"):
        words = refused(folder, "add", film, "--title", "T", "--licence", "catalogue")
    assert f"reading into the library is already going on in process {os.getpid()}" in words


@pytest.fixture
def filled(folder: Path) -> Studio:
    studio = new_studio(folder)
    fill_library(studio, "Harbour", 3)
    fill_library(studio, "Hills", 2, "second unit")
    return studio


def test_lists_for_people_and_scripts(folder: Path, filled: Studio) -> None:
    assert [row["id"] for row in answer(folder, "list")["items"]] == [1, 2, 3, 4, 5]
    assert [
        row["id"] for row in answer(folder, "list", "--title", "hills", "--limit", "1", "--offset", "1")["items"]
    ] == [5]
    assert answer(folder, "search", "shot", "2")["total"] == 1
    assert "3 of 3" in run(folder, "list", "--licence", "catalogue").stdout
    assert "nothing yet" in run(folder, "list", "--person", "nobody").stdout
    assert answer(folder, "show", "4")["original"]["path"] == "/films/Hills.mov"
    assert "no library item 9" in refused(folder, "show", "9")
    assert "no kind 'film'" in refused(folder, "list", "--kind", "film")
    assert [each["title"] for each in answer(folder, "report")["titles"]] == ["Harbour", "Hills"]
    assert "left out, black: 1, such as Hills.mov at 0:00:01.0" in run(folder, "report", "--title", "Hills").stdout


def test_items_are_excluded_and_included_by_number_or_by_filter(folder: Path, filled: Studio) -> None:
    assert answer(folder, "exclude", "1", "2", "--reason", "not ours") == {"excluded": 2}
    assert answer(folder, "exclude", "--title", "Hills", "--reason", "second thoughts") == {"excluded": 2}
    assert [row["id"] for row in list_items(filled, Filter())] == [3]
    assert "no item is included of title Hills" in refused(folder, "exclude", "--title", "Hills", "--reason", "x")
    assert answer(folder, "include", "--licence", "second unit") == {"included": 2}
    for words in (
        ["exclude", "--reason", "x"],
        ["exclude", "1", "--title", "Hills", "--reason", "x"],
        ["exclude", "1"],
    ):
        assert run(folder, *words).exit_code == 2
    assert "no library item 99" in refused(folder, "exclude", "99", "--reason", "x")


def test_people_and_captions_are_said_by_hand(folder: Path, filled: Studio) -> None:
    assert answer(folder, "tag", "1", "--person", "Ada", "--caption", "a quay") == {"items": 1}
    assert answer(folder, "tag", "--title", "Hills", "--person", "Bo")["title"] == "Hills"
    assert answer(folder, "tag", "--file", "1", "--person", "Cee") == {"items": 3}
    people = [row["people"] for row in list_items(filled, Filter())]
    assert people == [["Ada", "Cee"], ["Cee"], ["Cee"], ["Bo"], ["Bo"]]
    assert run(folder, "tag", "1").exit_code == 2
    assert run(folder, "tag", "--title", "Hills", "--caption", "x").exit_code == 2


def test_without_the_packages_for_films_the_refusal_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] in ("cv2", "scenedetect"):
            raise ImportError(name)
        return real(name, *rest, **more)

    library_studio(folder)
    film = str(write_film(tmp_path / "quay.mp4", pictures([(1, 2.0)])))
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", without)
        words = refused(folder, "add", film, "--title", "T", "--licence", "catalogue")
    assert "pip install 'circletake[library]'" in words
    assert answer(folder, "add", film, "--title", "T", "--licence", "catalogue")["read"] == 1


def test_takes_are_checked_and_listed(folder: Path, tmp_path: Path) -> None:
    studio = studio_with_library(tmp_path)
    copy, other = add_take(studio, picture(3)), add_take(studio, picture(50), "T_020")
    checked = answer(folder, "check")
    assert (checked["compared"], checked["measured"], checked["left_out"]) == (2, 6, [])
    assert [(row["take"], row["item"]) for row in checked["marked"]] == [(copy, 4)]
    assert (checked["set_by"], checked["faces"]) == (0, [])
    assert answer(folder, "check")["compared"] == 0
    words = run(folder, "check").stdout
    assert "the usual one: the library is too small to set its own" in words
    assert "library item 4" in words
    one = answer(folder, "check", "--take", str(other))
    assert {row["take"] for row in one["takes"]} == {other}
    assert "no take 99" in refused(folder, "check", "--take", "99")


def test_a_file_from_elsewhere_is_looked_for(folder: Path, tmp_path: Path) -> None:
    studio_with_library(tmp_path)
    Image.fromarray(picture(2)[:, ::-1]).save(tmp_path / "a.jpg", quality=80)
    first = answer(folder, "similar", str(tmp_path / "a.jpg"))["matches"][0]
    assert (first["item"], first["mirrored"], first["is_marked"]) == (3, True, True)
    assert "library item 3" in run(folder, "similar", str(tmp_path / "a.jpg")).stdout
    assert "there is no file" in refused(folder, "similar", str(tmp_path / "none.png"))
    (tmp_path / "text.png").write_text("no picture")
    assert "text.png cannot be read" in refused(folder, "similar", str(tmp_path / "text.png"))


def test_without_opencv_one_line_says_what_to_install(folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    studio_with_library(tmp_path, range(1))
    monkeypatch.setitem(sys.modules, "cv2", None)
    for words in (["check"], ["similar", str(tmp_path / "pictures" / "000.png")]):
        assert "needs OpenCV: pip install 'circletake[library]'" in refused(folder, *words)
