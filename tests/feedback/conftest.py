"""An empty studio for the tests of the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.store import Studio
from tests.factories import copy_of


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = copy_of(Studio.create, tmp_path / "studio")
    yield studio
    studio.close()
