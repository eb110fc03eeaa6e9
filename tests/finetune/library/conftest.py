"""A tiny model that draws 32x32 pixels and clips of five frames, with a studio of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.store import Studio
from generation.families.folder import UsualClip
from generation.models.limits import Limits, write_limits
from tests.finetune.judged import tiny_studio
from tests.tiny_pipelines.wan import tiny_wan


@pytest.fixture(scope="session")
def small_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tiny_wan(tmp_path_factory.mktemp("small") / "model")
    write_limits(base, Limits(usual_side=32, usual_clip=UsualClip(32, 32, 5, 24)))
    return base


@pytest.fixture
def studio(tmp_path: Path, small_base: Path) -> Iterator[Studio]:
    """Nothing in it is judged, and its library is empty."""
    studio = tiny_studio(tmp_path / "studio", small_base)
    yield studio
    studio.close()
