"""The HTTP routes of ranking: several takes of one brief out, their order in."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.judgements import rankings
from feedback.pair_selection import next_pairs, next_rankings
from feedback.people.project_members import check_visible
from feedback.production.opaque_names import may_be_number
from feedback.store import Studio
from ui.api.judging import doubt_of_look, receipt
from ui.api.media import describe_side
from ui.api.names import take_named, takes_named
from ui.api.schemas.common import PROBLEMS, RECEIPTS, PairBrief, RankingBody, Receipt, TakesToRank
from ui.context import OpenStudio, context_of
from ui.security.access import CurrentPerson, Person

MOST_EXCLUDED = 64


def routes() -> APIRouter:
    router = APIRouter(tags=["judging"], responses=PROBLEMS)
    router.add_api_route("/api/rankings", deal_takes, methods=["GET"])
    router.add_api_route("/api/rankings", post_ranking, methods=["POST"], status_code=201, responses=RECEIPTS)
    return router


def deal_takes(
    request: Request,
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    count: Annotated[int, Query(ge=1, le=16)] = 2,
    size: Annotated[int, Query(ge=rankings.FEWEST, le=rankings.MOST, description="Takes of one ranking")] = 4,
    project: Annotated[str | None, Query(description="A project's code")] = None,
    shot: Annotated[str | None, Query(description="A shot's code")] = None,
    exclude: Annotated[str, Query(description="What the client already holds, as 9-12-14,15-16")] = "",
) -> list[TakesToRank]:
    """The next takes for this person to rank, `size` of one brief or as many as it has; an empty list when there is nothing.

    Pairs of them may have a verdict of this person already, which goes on to count.
    """
    if project is not None:
        check_visible(studio, person.id, "project", project)
    held = parse_sets(studio, person, exclude)
    share = next_pairs.RANDOM_SHARES[context_of(request).review.pair_selection]
    sets = next_rankings.next_rankings(studio, person.id, count, size, project, shot, held, random_share=share)
    response.headers["Cache-Control"] = "no-store"
    return [
        TakesToRank(
            takes=[describe_side(studio, person, take, each["brief"]) for take in each["takes"]],
            shot=each["shot"]["code"],
            brief=PairBrief(id=each["brief"]["id"], prompt=each["brief"]["prompt"]),
        )
        for each in sets
    ]


def parse_sets(studio: Studio, person: Person, text: str) -> list[list[int]]:
    """`9-12-14,15-16` -> the takes' ids of each; Invalid naming the part that is none. What is gone is left out."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_EXCLUDED:
        raise Invalid(f"exclude: {len(parts)} sets of takes; give at most {MOST_EXCLUDED}")
    sets = []
    for part in parts:
        numbers = part.split("-")
        if not rankings.FEWEST <= len(numbers) <= rankings.MOST or not all(map(is_take, numbers)):
            raise Invalid(f"exclude: {shown(part)} is not takes such as 9-12-14")
        with suppress(NotFound):
            sets.append([take_named(studio, person, int(number)) for number in numbers])
    return sets


def is_take(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15 and may_be_number(int(text))


def post_ranking(
    request: Request, response: Response, body: RankingBody, studio: OpenStudio, person: CurrentPerson
) -> Receipt:
    """One person's order of 2 to 9 takes of a brief, the best first; kept as one ranking and a ballot on each pair."""
    if body.undoes is not None:
        if body.takes or body.rest:
            raise Invalid("a ranking that undoes another names no takes; rank them again with a new uid")
        return receipt(response, body.uid, rankings.take_back(studio, person.id, body.uid, body.undoes))
    doubt = doubt_of_look(request, body.elapsed_ms, body.played)
    ranked = len(body.takes)
    with takes_named(studio, person, [*body.takes, *body.rest]) as takes:
        kept = rankings.rank_takes(
            studio, person.id, body.uid, takes[:ranked], takes[ranked:], body.elapsed_ms, doubt=doubt
        )
    return receipt(response, body.uid, kept)
