"""What a passport lacks to be complete, each in words that say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from feedback.rights.take_record.decisions import Decision, approval_of, newest
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
    rights: Sequence[str],
    decisions: list[Decision],
) -> list[str]:
    """In the order of a passport; empty for one that is complete. `rights`: licences and consents that do not hold."""
    file = [] if row["media"] else [f"the file (the take is {row['state']})"]
    return [
        *file,
        *missing_of_making(making),
        *(line for each in inputs for line in without_licence(each)),
        *rights,
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


def without_licence(given: Input) -> list[str]:
    """A line for an input of which no licence is recorded. Takes answer for their own inputs; masks are painted here.

    Whether a recorded one holds is asked with the consents (`feedback.rights.checks`).
    """
    if given["role"] == MASK or given["take"] is not None or given["licences"]:
        return []
    where = f"{given['role']} {given['sha256'][:SHOWN]} ({given['origin']})"
    return [f"a licence of the {where}: none is recorded"]


def missing_decisions(decisions: list[Decision]) -> list[str]:
    approved = [] if approval_of(decisions) else ["the approval of a supervisor: approve or circle it"]
    use = newest(decisions, "intended use")
    return approved + (
        [] if use else ["the intended use: temp or final (Selects page, or circletake select set TAKE --use final)"]
    )
