"""No acknowledged ballot is lost with the power; and the way of testing that would see it if one were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import power_loss


def test_every_acknowledged_ballot_is_there_after_the_loss_of_power(tmp_path: Path) -> None:
    row = power_loss.run(25, tmp_path, seed=1, votes=150)
    assert row.reached, row.counted


@pytest.mark.parametrize("weaker", ["synchronous=NORMAL", "synchronous=OFF"])
def test_weaker_settings_would_lose_some(tmp_path: Path, weaker: str) -> None:
    row = power_loss.run(10, tmp_path, seed=1, settings=("journal_mode=WAL", weaker), votes=20)
    assert not row.reached


def test_an_interrupted_count_goes_on(tmp_path: Path) -> None:
    power_loss.run(2, tmp_path, seed=1, votes=3)
    assert power_loss.run(3, tmp_path, seed=1, votes=3).counted.startswith("3 cuts")
