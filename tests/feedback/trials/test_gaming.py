"""The short form of the row "Gaming": one person does not prove an equal version, and the game can be lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from feedback.trials import counting
from tests.torture import gaming


@pytest.mark.parametrize("name", [name for name in gaming.SCHEMES if name != gaming.COLLUDING])
def test_one_person_does_not_prove_an_equal_version(tmp_path: Path, name: str) -> None:
    assert not gaming.play(tmp_path, gaming.SCHEMES[name], random.Random(0))


def test_without_leaving_anybody_out_a_cheat_would_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_all(outcomes: list[counting.Outcome], limits: counting.Limits) -> tuple[float, float]:
        return counting.interval_of([each["outcome"] for each in outcomes])

    scheme = gaming.SCHEMES["one who also tells the versions apart by the pictures"]
    monkeypatch.setattr(counting, "interval", of_all)
    assert gaming.play(tmp_path, scheme, random.Random(0))


def test_a_row_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = []
    monkeypatch.setattr(gaming, "play", lambda *game: played.append(game) or False)
    gaming.run(1, tmp_path, 0)
    row = gaming.run(2, tmp_path, 0)
    assert (len(played), row.reached) == (2 * len(gaming.SCHEMES), True)
