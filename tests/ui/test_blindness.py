"""The short form of the row "Blindness": a guesser is at chance, and is not where the server leaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import blindness

PAIRS = 30
CHANCE = 0.87  # of 30 coins, 27 and more fall right once in 200,000 times
MANY, LEAK = 60, 0.8  # of 60 coins, 48 and more fall right once in 600,000 times


@pytest.mark.slow
@pytest.mark.parametrize("own_takes", [True, False])
def test_whoever_is_given_all_that_reaches_a_rater_guesses(tmp_path: Path, own_takes: bool) -> None:
    shares = blindness.guess(PAIRS, tmp_path, 0, own_takes=own_takes)
    assert max(shares.values()) <= CHANCE, shares


@pytest.mark.slow
@pytest.mark.parametrize("leak", blindness.LEAKS)
def test_the_guesser_knows_where_the_server_leaks(tmp_path: Path, leak: str) -> None:
    shares = blindness.guess(MANY, tmp_path, 0, own_takes=True, leak=leak)
    assert max(shares.values()) >= LEAK, shares
