"""Stored files are named by their content."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback.errors import Invalid, NotFound
from feedback.store import Studio, media
from tests.faults.damage import KINDS
from tests.feedback.scene import Scene, picture


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def test_media_are_named_by_their_content(scene: Scene) -> None:
    studio, data = scene.studio, picture(7)
    first = media.store_bytes(studio, data, "png", "image/png", 16, 16, 1)
    assert media.store_bytes(studio, data, "png", "image/png", 16, 16, 1) == first
    path = media.path_of(studio, first)
    assert path.read_bytes() == data
    assert path.relative_to(studio.media_folder) == Path(first[:2]) / f"{first[2:]}.png"
    assert [*studio.media_folder.rglob("*.partial")] == []
    stray = path.with_name("stray.png.partial")
    stray.write_bytes(b"half")
    assert [*media.find_orphans(studio)] == [stray]
    path.unlink()
    assert [*media.find_missing(studio)] == [first]


@pytest.mark.parametrize("name", ["../studio.db", "", "A" * 64, "0" * 64])
def test_only_hashes_name_media(scene: Scene, name: str) -> None:
    with pytest.raises(NotFound):
        media.path_of(scene.studio, name)


@pytest.mark.parametrize("harm", KINDS)
def test_a_damaged_file_is_named(scene: Scene, harm: Callable[[Path, random.Random], None]) -> None:
    sha256 = media.store_bytes(scene.studio, picture(7), "png", "image/png", 16, 16, 1)
    path = media.whole_path_of(scene.studio, sha256)
    harm(path, random.Random(1))
    with pytest.raises(Invalid, match=f"{path} is damaged.*restore it from a backup"):
        media.whole_path_of(scene.studio, sha256)
    path.write_bytes(picture(7))
    assert media.whole_path_of(scene.studio, sha256) == path
    path.unlink()
    with pytest.raises(NotFound, match=f"{path} is missing"):
        media.whole_path_of(scene.studio, sha256)
