"""What may be added to a brief."""

from __future__ import annotations

import pytest

from finetune.prompts.additions import clean_addition, extended, split_at_difference


@pytest.mark.parametrize(
    ("addition", "kept"),
    [
        (" at dusk, in the fog", "at dusk, in the fog"),
        (", at dusk,.", "at dusk"),
        (" by the sea, at dusk", "at dusk"),
        (" at dusk, at dusk", "at dusk"),
        (" at dusk\nNow the next prompt", "at dusk"),
        (" Morton at dusk", "Morton at dusk"),
        (" without people", ""),
        (" by Rembrandt", ""),
        (" 35 mm", ""),
        (" (at dusk:1.4)", ""),
        (" <lora>", ""),
        (" word" * 40, ""),
        ("", ""),
        (" ,. ", ""),
    ],
)
def test_an_addition_takes_nothing_away_and_names_nobody(addition: str, kept: str) -> None:
    assert clean_addition("Morton in a boat by the sea", addition) == kept


def test_the_written_words_come_first_and_stay() -> None:
    assert extended("A boat.  ", "at dusk") == "A boat, at dusk"
    assert extended("A boat.", "") == "A boat."


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        ("a boat, at dusk", "a boat", ("a boat", ", at dusk", "")),
        ("a boat at dusk", "a boat at dawn", ("a boat at", " dusk", " dawn")),
        ("a boat", "the boat", ("", "a boat", "the boat")),
        ("a boat.", "a boat", ("a boat", "", "")),
    ],
)
def test_two_wordings_are_cut_between_words(one: str, other: str, parts: tuple[str, str, str]) -> None:
    assert split_at_difference(one, other) == parts
