"""A passport as strangers get it: all hashes, dates, licences and consents by number, and nobody's name and no prompt.

Who holds the whole one finds it again by take and media hash.
"""

from __future__ import annotations

import re
from typing import Any, cast

from feedback.rights.passport import Passport


def reduced(passport: Passport) -> Passport:
    """Accounts are told by role, people in takes by what they are and their number, the prompt by its hash."""
    people = {person["name"]: f"{person['kind']} {person['id']}" for person in passport["contributors"]}

    def without_names(lines: list[str]) -> list[str]:
        return [replaced(line, people) for line in lines]

    making, training = passport["making"], passport["training"]
    decisions = [{**each, "person": each["role"]} for each in passport["decisions"]]
    use = passport["intended_use"]
    made: dict[str, Any] = {
        **passport,
        "making": {
            **making,
            "prompt": None,
            "negative_prompt": None,
            "author": None,
            "workflow": {**making["workflow"], "file": None},
        },
        "contributors": [
            {**person, "name": people[person["name"]], "consents": list(map(without_words, person["consents"]))}
            for person in passport["contributors"]
        ],
        "decisions": decisions,
        "intended_use": use and {**use, "person": use["role"]},
        "training": {**training, "against": without_names(training["against"])},
        "missing": without_names(passport["missing"]),
    }
    return cast(Passport, made)


def without_words(consent: Any) -> dict[str, Any]:
    """The uses as the person read them may say who it is, and so may who recorded it."""
    return {**consent, "uses": None, "recorded_by": None}


def replaced(line: str, people: dict[str, str]) -> str:
    """Lines end with the command that records what is missing, which is nothing for strangers."""
    line = re.sub(r" \(circletake .*\)$", "", line)
    for name in sorted(people, key=len, reverse=True):
        line = line.replace(name, people[name])
    return line
