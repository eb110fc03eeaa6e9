"""A short form of the count of workers that are killed while they draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import killed_workers


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_takes_of_killed_workers_are_drawn_once(tmp_path: Path) -> None:
    row = killed_workers.run(1, tmp_path, seed=1)
    assert row.reached, row.counted
