"""A session-wide tiny model and a judged studio per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.store import Studio
from tests.finetune.judged import judge_briefs, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def empty(tmp_path: Path, tiny_base: Path) -> Iterator[Studio]:
    studio = tiny_studio(tmp_path / "studio", tiny_base)
    yield studio
    studio.close()


@pytest.fixture
def studio(empty: Studio) -> Studio:
    judge_briefs(empty)
    return empty
