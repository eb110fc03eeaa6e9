"""What a process on another machine gets of the database: some rows as they are, and no way to write."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from feedback.errors import NotFound, Refused
from feedback.models import versions
from feedback.production.briefs import get_brief
from feedback.store import Studio, media
from feedback.store.excerpt import Excerpt, excerpt_of
from tests.feedback.scene import Scene, picture


def test_chosen_rows_are_those_of_the_database_under_another_path(studio: Studio, tmp_path: Path) -> None:
    scene = Scene(studio)
    brief, other = scene.brief(guidance=3), scene.brief("a house by night")
    kept, left_out = (media.store_bytes(studio, picture(n), "png", "image/png", 16, 16, 1) for n in (1, 2))
    tables = excerpt_of(studio, {brief}, {kept})
    excerpt = Excerpt(tmp_path / "mount", pickle.loads(pickle.dumps(tables)))
    assert get_brief(excerpt, brief) == get_brief(studio, brief)
    assert versions.list_versions(excerpt) == versions.list_versions(studio)
    assert media.describe(excerpt, kept) == media.describe(studio, kept)
    place = media.path_of(studio, kept).relative_to(studio.folder)
    assert media.path_of(excerpt, kept) == tmp_path / "mount" / place
    for look in (lambda: get_brief(excerpt, other), lambda: media.describe(excerpt, left_out)):
        with pytest.raises(NotFound):
            look()
    assert "people" not in tables


def test_nothing_can_be_written(studio: Studio, tmp_path: Path) -> None:
    excerpt = Excerpt(tmp_path / "mount", excerpt_of(studio, set(), set()))
    with pytest.raises(Refused, match="only the first process"), excerpt.writing():
        pass
    assert not (tmp_path / "mount").exists()
