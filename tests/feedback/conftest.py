"""An empty studio for the tests of the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.store import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio.create(tmp_path / "studio")
    yield studio
    studio.close()
