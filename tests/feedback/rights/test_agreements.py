"""Judgements are learned from as their people agreed."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.judgements import ballots
from feedback.judgements.counts import count_decided_pairs
from feedback.people import accounts
from feedback.preferences.agreements_waiting import describe_waiting, in_words, waiting_for_agreement
from feedback.preferences.dataset import collect
from feedback.rights import agreements
from feedback.wordings.preferences import compare_wordings
from finetune.errors import TooFewJudgements
from finetune.jobs.tune import tune
from tests.factories import judging_studio


def people_of(studio) -> set[str]:
    names = accounts.names_of_people(studio)
    return {names[person] for pair in collect(studio).pairs for _, person, _ in pair["judgements"]}


def test_who_disagrees_is_not_learned_from_and_who_agrees_is(tmp_path: Path) -> None:
    studio = judging_studio(tmp_path / "studio")
    for name, pair in (("ana", (1, 2)), ("sue", (4, 5)), ("ada", (7, 8))):
        ballots.cast_ballot(studio, accounts.get_person(studio, name)["id"], name, *pair, "left", 900)
    everybody = people_of(studio)
    assert everybody == {"ana", "sue", "ada"}
    one = sorted(everybody)[0]
    number = accounts.get_person(studio, one)["id"]
    agreements.record_agreement(studio, number, False, one)
    assert people_of(studio) == everybody - {one}
    agreements.ask_for_agreement(studio, True)
    assert people_of(studio) == set()
    assert compare_wordings(studio) == []
    agreements.record_agreement(studio, number, True, one)
    assert people_of(studio) == {one}
    assert agreements.answer_of(studio, number) == "agreed"


def test_what_waits_for_an_agreement_is_counted_by_whose_it_is(tmp_path: Path) -> None:
    studio = judging_studio(tmp_path / "studio")
    numbers = {name: accounts.get_person(studio, name)["id"] for name in ("ana", "sue", "ada")}
    for name, pair in (("ana", (1, 2)), ("sue", (4, 5)), ("sue", (5, 6)), ("ada", (7, 8))):
        ballots.cast_ballot(studio, numbers[name], f"{name} {pair}", *pair, "left", 900)
    assert waiting_for_agreement(studio) == {"judgements": 0, "people": []}  # nobody is asked
    assert describe_waiting(waiting_for_agreement(studio)) is None
    assert count_decided_pairs(studio) == 4
    agreements.ask_for_agreement(studio, True)
    assert waiting_for_agreement(studio) == {"judgements": 4, "people": ["ada", "ana", "sue"]}
    agreements.record_agreement(studio, numbers["ana"], True, "ana")
    agreements.record_agreement(studio, numbers["ada"], False, "ada")  # who said no is not asked for any more
    assert count_decided_pairs(studio) == 1
    line = describe_waiting(waiting_for_agreement(studio)) or ""
    assert line.startswith("2 judgements of sue do not count: they have not agreed to be learned from; ")


def test_a_tuning_that_has_too_little_says_whose_judgements_wait(tmp_path: Path) -> None:
    studio = judging_studio(tmp_path / "studio")
    ballots.cast_ballot(studio, accounts.get_person(studio, "ana")["id"], "1", 1, 2, "left", 900)
    agreements.ask_for_agreement(studio, True)
    with pytest.raises(TooFewJudgements, match=r"nothing was judged yet.*; 1 judgement of ana does not count: "):
        tune(studio)


@pytest.mark.parametrize(
    ("names", "words"),
    [(["ben"], "ben"), (["ben", "cleo"], "ben and cleo"), (list("abcdefg"), "a, b, c, d and 3 more")],
)
def test_names_are_told_in_a_few_words(names: list[str], words: str) -> None:
    assert in_words(names) == words
