"""What a passport lacks to be complete, each in words that say what to do; and whether a take may be trained on."""

from __future__ import annotations

from typing import Any, TypedDict

from feedback.rights.take_record.decisions import Decision, approval_of, newest
from feedback.rights.take_record.grounds import DRAWING, TRAINING, Contributor, holds
from feedback.rights.take_record.inputs import MASK, Input
from feedback.rights.take_record.making import ELSEWHERE, Making

SHOWN = 12  # digits of a hash


class Training(TypedDict):
    """Whether tuning may learn from a take."""

    permitted: bool
    against: list[str]  # what forbids it


def missing_of(
    row: dict[str, Any],
    making: Making,
    inputs: list[Input],
    contributors: list[Contributor],
    decisions: list[Decision],
    day: str,
) -> list[str]:
    """In the order of a passport; empty for one that is complete. `day`: on which rights must hold."""
    file = [] if row["media"] else [f"the file (the take is {row['state']})"]
    return [
        *file,
        *missing_of_making(making),
        *(line for each in inputs for line in without_licence(each, DRAWING, row["project_id"], day)),
        *(line for each in contributors for line in without_consent(each, DRAWING, row["project_id"], day)),
        *missing_decisions(decisions),
    ]


def missing_of_making(making: Making) -> list[str]:
    if making["workflow"]["made"] == ELSEWHERE:
        # Its weights are on no disk of the studio: the name, the seed and the file itself are all that there can be.
        named = (
            [] if making["model"]["base"] else ["the model's name: take the file with `circletake watch --model NAME`"]
        )
        return named + ([] if making["seed"] is not None else ["the seed, which its file does not say"])
    known = {
        "hash of the base model": making["model"]["base_sha256"],
        "pipeline": making["model"]["pipeline"],
        "scheduler": making["workflow"]["scheduler"],
        "noise": making["noise"],
    }
    lacking = [name for name, value in known.items() if not value]
    return [f"in its provenance: {', '.join(lacking)}"] if lacking else []


def without_licence(given: Input, use: str, project: int, day: str) -> list[str]:
    """A line where no licence of an input allows the use. Takes answer for their own inputs; masks are painted here."""
    if given["role"] == MASK or given["take"] is not None:
        return []
    if any(holds(licence, use, project, day) for licence in given["licences"]):
        return []
    names = ", ".join(licence["name"] for licence in given["licences"])
    why = f"{names} does not allow {use} in this project today" if names else "none is recorded"
    return [f"a licence of the {given['role']} {given['sha256'][:SHOWN]} ({given['origin']}): {why}"]


def without_consent(contributor: Contributor, use: str, project: int, day: str) -> list[str]:
    if any(holds(consent, use, project, day) for consent in contributor["consents"]):
        return []
    there = contributor["consents"]
    numbers = ", ".join(str(each["id"]) for each in there)
    why = f"consent {numbers} does not allow {use} in this project today" if there else "none is recorded"
    return [f"a consent of {contributor['name']}: {why}"]


def missing_decisions(decisions: list[Decision]) -> list[str]:
    approved = [] if approval_of(decisions) else ["the approval of a supervisor: approve or circle it"]
    use = newest(decisions, "intended use")
    return approved + ([] if use else ["the intended use: `circletake select set TAKE --use temp` or `--use final`"])


def training_of(row: dict[str, Any], inputs: list[Input], contributors: list[Contributor], day: str) -> Training:
    project = row["project_id"]
    against = [line for each in inputs for line in without_licence(each, TRAINING, project, day)]
    against += [line for each in contributors for line in without_consent(each, TRAINING, project, day)]
    return Training(permitted=not against, against=[f"no {line.removeprefix('a ')}" for line in against])
