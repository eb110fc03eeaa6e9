"""GET /api/agreement: how far people agree, per shot and per tag, and who differs on what; for supervisors.

Nothing of open trials is in it: how people voted on their pairs would tell how a trial stands.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from feedback.agreement import measures, standings
from feedback.people import accounts
from feedback.people.accounts import LONGEST_NAME
from feedback.people.project_members import check_visible
from feedback.production.briefs import get_brief
from feedback.production.takes import get_take
from feedback.store import Studio
from ui.api.media import describe_side
from ui.api.schemas.common import PROBLEMS, Row, Side
from ui.api.schemas.sessions import Share, Verdict
from ui.api.sessions import ProjectCode, ShotCode
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

PersonName = Annotated[str, Query(min_length=1, max_length=LONGEST_NAME, description="A person's name")]


class Alpha(BaseModel):
    units: int = Field(description="Pairs, or takes, that two or more people judged.")
    alpha: float | None = Field(description="1: always alike; 0: as by chance; null: nothing to compare.")
    low: float | None = Field(description="Of its 95 % bootstrap interval; null with fewer than five units.")
    high: float | None


class Group(Alpha):
    name: str = Field(description="A shot's code, or a tag.")
    project: str = Field(description="Its code; empty for a tag.")
    pairs: int = Field(description="That anybody judged.")


class PersonShare(Share):
    person: str


class Cell(BaseModel):
    one: str
    other: str
    same: int = Field(description="Pairs on which both said the same.")
    both: int = Field(description="Pairs that both judged.")


class Agreement(BaseModel):
    people: list[str]
    verdicts: Alpha = Field(description="Nominal.")
    stars_ordinal: Alpha
    stars_interval: Alpha
    shots: list[Group]
    tags: list[Group]
    left: Share = Field(description="Of verdicts for one side, those for the left; sides are random.")
    left_of: list[PersonShare]
    consistency: list[PersonShare] = Field(description="Of consistency checks, those answered as before.")
    cells: list[Cell]


class Difference(Row):
    left: Side
    right: Side
    one: Verdict
    other: Verdict
    project: str
    shot: str
    prompt: str


class UnlikePair(Row):
    chosen: Side
    passed: Side
    own: bool = Field(description="Whether the person's own reward is higher for the chosen take, too.")
    shot: str
    prompt: str


class Standing(Row):
    person: str
    kind: Literal["alike", "own", "contrary", "unpredicted", "unseen"] = Field(
        description="Judges like the others; by an eye of their own; against the others on most pairs; such that hardly any"
        " reward predicts it; steadily, but by nothing that rewards see."
    )
    along: str = Field(description="The statistics of takes in which their reward differs most; empty where not known.")
    verdicts: int = Field(
        description="Pairs they had a preference on, as the newest night for the studio counted them."
    )
    unlike_others: int = Field(description="Of these, those on which they chose the take that the others like less.")
    pairs: list[UnlikePair] = Field(description="The most telling of these first.")


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/agreement", tags=["agreement"], responses=PROBLEMS)
    router.add_api_route("", show_agreement, methods=["GET"])
    router.add_api_route("/differences", show_differences, methods=["GET"])
    router.add_api_route("/standings", show_standings, methods=["GET"])
    return router


def show_agreement(
    studio: OpenStudio, person: CurrentPerson, project: ProjectCode = None, shot: ShotCode = None
) -> Agreement:
    """Of all projects that you see, or of one, or of a shot; for supervisors."""
    check_supervisor(studio, person, project)
    return Agreement.model_validate(measures.measure_agreement(studio, person.id, project, shot))


def show_differences(
    studio: OpenStudio,
    person: CurrentPerson,
    one: PersonName,
    other: PersonName,
    project: ProjectCode = None,
    shot: ShotCode = None,
) -> list[Difference]:
    """The pairs on which two people differ, and what each of them said; for supervisors."""
    check_supervisor(studio, person, project)
    first, second = (accounts.get_person(studio, name)["id"] for name in (one, other))
    rows = measures.list_differences(studio, person.id, first, second, project, shot)
    return [Difference.model_validate(describe_difference(studio, person, row)) for row in rows]


def show_standings(
    studio: OpenStudio, person: CurrentPerson, project: ProjectCode = None, shot: ShotCode = None
) -> list[Standing]:
    """How each person judges beside the studio, as the newest night found it; for supervisors."""
    check_supervisor(studio, person, project)
    rows = standings.list_standings(studio, person.id, project, shot)
    return [
        Standing.model_validate({**row, "pairs": [unlike(studio, person, each) for each in row["pairs"]]})
        for row in rows
    ]


def unlike(studio: Studio, person: Person, pair: standings.UnlikePair) -> dict[str, Any]:
    brief = get_brief(studio, pair["brief"])
    sides = {
        side: describe_side(studio, person, get_take(studio, pair[side]), brief)  # type: ignore[literal-required]
        for side in ("chosen", "passed")
    }
    return {**pair, **sides, "prompt": brief["prompt"]}


def check_supervisor(studio: Studio, person: Person, project: str | None) -> None:
    if project is not None:
        check_visible(studio, person.id, "project", project)
    person.require("supervisor")


def describe_difference(studio: Studio, person: Person, row: measures.Difference) -> dict[str, Any]:
    brief = get_brief(studio, row["brief"])
    sides = {side: describe_side(studio, person, get_take(studio, row[side]), brief) for side in ("left", "right")}  # type: ignore[literal-required]
    return {**row, **sides, "prompt": brief["prompt"]}
