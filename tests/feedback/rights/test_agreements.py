"""Judgements are learned from as their people agreed."""

from __future__ import annotations

from pathlib import Path

from feedback.judgements import ballots
from feedback.people import accounts
from feedback.preferences.dataset import collect
from feedback.rights import agreements
from feedback.wordings.preferences import compare_wordings
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
