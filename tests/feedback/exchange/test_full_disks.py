"""An export onto a disk that has no room for it, or into a place that is taken, is one line that names it; nothing is left."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import Refused
from feedback.exchange.export import SELECT_FORMATS, ExportOptions, export_selects
from feedback.judgements import notes
from feedback.store import Studio
from tests.feedback.exchange.filming import FilmScene
from tests.feedback.scene import uid

NAMES = ("SHOW_", "SHOW_S_010_")


@pytest.fixture
def scene(studio: Studio) -> FilmScene:
    made = FilmScene(studio)
    (clip,) = made.takes(made.brief("a storm", kind="clip", frames=17), 1)
    made.circle(clip)
    notes.write_note(studio, made.people["ben"], uid(), clip, "too dark")
    return made


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file can have more bytes than that: writing fails as on a full disk, for whoever writes it but the record.

    The studio is on another disk than what is exported, and keeps that there was an export.
    """
    hard, write = resource.getrlimit(resource.RLIMIT_FSIZE)[1], Studio.writing
    with pytest.MonkeyPatch.context() as patch, limited(most, hard):

        @contextmanager
        def writing(studio: Studio) -> Iterator[Any]:
            with limited(hard, hard), write(studio) as db:
                yield db

        patch.setattr(Studio, "writing", writing)
        yield


@contextmanager
def limited(most: int, hard: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def line_of(error: OSError | Refused) -> str:
    """As the command line says it."""
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)


@pytest.mark.parametrize("format", SELECT_FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_no_room_is_one_line_that_names_the_file(scene: FilmScene, tmp_path: Path, format: str, part: float) -> None:
    export_selects(scene.studio, "SHOW", format, tmp_path / "whole")
    most = int(part * max(file.stat().st_size for file in (tmp_path / "whole").rglob("*") if file.is_file()))
    with small_files(most), pytest.raises((OSError, Refused)) as reason:
        export_selects(scene.studio, "SHOW", format, tmp_path / "out")
    assert "\n" not in line_of(reason.value)
    assert any(name in line_of(reason.value) for name in NAMES)
    assert os.strerror(errno.EFBIG) in line_of(reason.value)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("format", SELECT_FORMATS)
def test_what_is_in_the_way_is_named(scene: FilmScene, tmp_path: Path, format: str) -> None:
    path = Path(export_selects(scene.studio, "SHOW", format, tmp_path / "whole")["path"])
    taken = tmp_path / "out" / path.name
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(Refused, match=rf"{taken} is .*: (name|export into) another folder"):
        export_selects(scene.studio, "SHOW", format, tmp_path / "out")
    assert [each.name for each in taken.iterdir()] == ["inside"]


def test_a_file_in_the_place_of_the_media_is_named(scene: FilmScene, tmp_path: Path) -> None:
    (tmp_path / "media").touch()
    with pytest.raises(Refused, match=f"{tmp_path}/media is a file"):
        export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True))


def test_a_folder_that_cannot_be_made_is_named(scene: FilmScene) -> None:
    with pytest.raises(Refused, match=r"/proc/edit cannot be made .*: name a folder"):
        export_selects(scene.studio, "SHOW", "csv", "/proc/edit")
