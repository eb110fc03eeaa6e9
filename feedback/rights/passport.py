"""A take's passport: how it was made, from what, on which grounds, who decided what, what it is for, and what is missing.

It is read from the record whenever it is asked for, and nothing of it is kept beside the record but in files that have
left the studio. Nothing of the studio's paths, and no terms of pay, are in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypedDict

from feedback.clock import now
from feedback.days import date_of
from feedback.errors import NotFound
from feedback.rights.checks import missing_for_briefs
from feedback.rights.project_rules import REFUSE
from feedback.rights.take_record.decisions import Decision, decisions_of, newest
from feedback.rights.take_record.grounds import Contributor, contributors_of
from feedback.rights.take_record.inputs import MASK, Input, inputs_of
from feedback.rights.take_record.making import Making, makings_of, read_takes
from feedback.rights.take_record.missing import Training, missing_decisions, missing_of
from feedback.rights.terms import DRAWING, TRAINING
from feedback.store import Studio
from feedback.store.time_zone import time_zone

FORM = 1
"""Of the passport's fields; it is in every passport, so that readers of old files know."""
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's terms (https://cv.iptc.org/newscodes/digitalsourcetype): made by a model, or a picture with such parts."""


class When(NamedTuple):
    """As of the passport."""

    read: str
    day: str
    time_zone: str


class Marking(TypedDict):
    """How files of the take say that a model made it."""

    digital_source_type: str
    provenance_in_file: bool  # a text in the archived PNG or MP4
    content_credentials: str  # where they are


class Passport(TypedDict):
    form: int
    take: int
    project: str
    shot: str
    brief: int
    media: str | None  # sha256 of the archived file
    kind: str
    drawn: str | None
    making: Making
    inputs: list[Input]
    contributors: list[Contributor]
    decisions: list[Decision]
    intended_use: Decision | None
    marking: Marking
    training: Training
    missing: list[str]
    complete: bool
    read: str  # when it was read from the record
    day: str  # the date then in the studio, by which consents and licences hold or not
    time_zone: str  # of that day


def passport_of(studio: Studio, take: int) -> Passport:
    """NotFound: there is no such take."""
    passport = passports_of(studio, [take]).get(take)
    if passport is None:
        raise NotFound(f"no take {take}")
    return passport


def passports_of(studio: Studio, takes: Collection[int]) -> dict[int, Passport]:
    """By take (id), in a handful of queries however many they are; an id that no take has is left out."""
    rows, read, zone = read_takes(studio, takes), now(), time_zone(studio)
    day = date_of(read, zone)
    makings, inputs = makings_of(studio, rows), inputs_of(studio, rows)
    people = contributors_of(studio, rows)
    decisions = decisions_of(studio, [row["take"] for row in rows])
    drawing, training = (
        missing_for_briefs(studio, {row["brief"] for row in rows}, use, policies, day)
        for use, policies in (
            (DRAWING, ()),
            (TRAINING, (REFUSE,)),
        )  # a passport lacks the licence of a plate in any case
    )
    return {
        take: assemble(
            row,
            makings[take],
            inputs[take],
            people[take],
            decisions[take],
            missing_of(row, makings[take], inputs[take], drawing.get(row["brief"], []), decisions[take]),
            training.get(row["brief"], []),
            When(read, day, zone),
        )
        for row in rows
        for take in (row["take"],)
    }


def assemble(
    row: dict[str, Any],
    making: Making,
    inputs: list[Input],
    contributors: list[Contributor],
    decisions: list[Decision],
    missing: list[str],
    against: list[str],
    when: When,
) -> Passport:
    """`against`: what forbids to learn from it."""
    return Passport(
        form=FORM,
        take=row["take"],
        project=row["project"],
        shot=row["shot"],
        brief=row["brief"],
        media=row["media"],
        kind=row["kind"],
        drawn=row["finished"],
        making=making,
        inputs=inputs,
        contributors=contributors,
        decisions=decisions,
        intended_use=newest(decisions, "intended use"),
        marking=marking_of(row, inputs),
        training=Training(permitted=not against, against=against),
        missing=missing,
        complete=not missing,
        read=when.read,
        day=when.day,
        time_zone=when.time_zone,
    )


def marking_of(row: dict[str, Any], inputs: list[Input]) -> Marking:
    """A picture of which a mask kept a part is a composite."""
    kept = any(each["role"] == MASK and each["through"] is None for each in inputs)
    return Marking(
        digital_source_type=COMPOSITE if kept else GENERATED,
        provenance_in_file=bool(row["provenance"]),
        content_credentials="in exported PNG, MP4 and MOV; beside what cannot hold them",
    )


def incomplete_in_making(passports: Mapping[int, Passport]) -> dict[int, list[str]]:
    """Likewise, but for what people have yet to decide: approval and intended use."""
    gaps = {
        take: [line for line in passport["missing"] if line not in missing_decisions(passport["decisions"])]
        for take, passport in passports.items()
    }
    return {take: lines for take, lines in gaps.items() if lines}


def incomplete(passports: Mapping[int, Passport]) -> dict[int, list[str]]:
    """What is missing, by take."""
    return {take: passport["missing"] for take, passport in passports.items() if passport["missing"]}
