"""The HTTP routes of judging: pairs out, judgements in, each with a receipt that is given only after it is on disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.judgements import ballots, ratings, statuses, tags
from feedback.pair_selection import next_pairs
from feedback.people import accounts
from feedback.people.project_members import check_visible
from feedback.production.opaque_names import may_be_number
from feedback.store import Studio
from ui.api.media import describe_side
from ui.api.names import take_named, takes_named
from ui.api.schemas.common import (
    PROBLEMS,
    RECEIPTS,
    BallotBody,
    ClientId,
    Id,
    Leases,
    LeasesBody,
    Pair,
    PairBrief,
    RatingBody,
    Receipt,
    StatusBody,
    Tag,
    TagBody,
)
from ui.api.sessions import SessionName, find_scope
from ui.context import OpenStudio, context_of
from ui.security.access import CurrentPerson, Person
from ui.security.gate import PERSON_HEADER

ELSEWHERE_HEADER = "Circletake-Leased-Elsewhere"  # pairs that other open pages of this person hold
PAIR = re.compile(r"([0-9]{1,9}|[0-9]{15})-([0-9]{1,9}|[0-9]{15})")  # ids and names of takes


def routes() -> APIRouter:
    router = APIRouter(tags=["judging"], responses=PROBLEMS)
    router.add_api_route("/api/pairs", deal_pairs, methods=["GET"])
    router.add_api_route("/api/pairs/leases", renew_leases, methods=["POST"])
    router.add_api_route("/api/tags", show_tags, methods=["GET"])
    router.add_api_route("/api/tags/{tag}", delete_tag, methods=["DELETE"], status_code=204)
    handlers: dict[str, Callable[..., Receipt]] = {
        "/api/ballots": post_ballot,
        "/api/ratings": post_rating,
        "/api/tags": post_tag,
        "/api/statuses": post_status,
    }
    for path, handler in handlers.items():
        router.add_api_route(path, handler, methods=["POST"], status_code=201, responses=RECEIPTS)
    return router


def deal_pairs(
    request: Request,
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    count: Annotated[int, Query(ge=1, le=64)] = 8,
    project: Annotated[str | None, Query(description="A project's code")] = None,
    shot: Annotated[str | None, Query(description="A shot's code")] = None,
    session: SessionName = None,
    exclude: Annotated[str, Query(description="Pairs the client already holds, as 9-12,14-15")] = "",
    first: Annotated[str, Query(description="A pair that should come first if you may still judge it, as 9-12")] = "",
    client: Annotated[ClientId, Query()] = "",
    replaces: Annotated[ClientId, Query(description="The id of the page that this one was loaded in place of")] = "",
) -> list[Pair]:
    """The next blind pairs for this person, at most `count`; an empty list when there is nothing to judge.

    A review session that is closed has nothing to judge any more.

    Pairs are leased to the `client` that names itself: the person's other open pages are not dealt them.
    """
    held = pairs_named(studio, person, parse_pairs(exclude))
    scope, row = find_scope(studio, person, project, shot, session)
    wish = next(iter(pairs_named(studio, person, parse_pairs(first, "first"))), None)
    options: dict[str, Any] = {"session": scope.session, "client": client, "replaces": replaces, "first": wish}
    options["random_share"] = next_pairs.RANDOM_SHARES[context_of(request).review.pair_selection]
    is_closed = row is not None and row["closed"] is not None
    pairs = [] if is_closed else next_pairs.next_pairs(studio, person.id, count, project, shot, held, **options)
    response.headers["Cache-Control"] = "no-store"
    response.headers[ELSEWHERE_HEADER] = str(next_pairs.count_leased_elsewhere(studio, person.id, client))
    return [
        Pair(
            left=describe_side(studio, person, pair["left"], pair["brief"]),
            right=describe_side(studio, person, pair["right"], pair["brief"]),
            shot=pair["shot"]["code"],
            brief=PairBrief(id=pair["brief"]["id"], prompt=pair["brief"]["prompt"]),
            check=pair["check"],
        )
        for pair in pairs
    ]


def renew_leases(body: LeasesBody, studio: OpenStudio, person: CurrentPerson) -> Leases:
    """Says that a page is still open and which pairs it holds; every 20 s or so, and once more when it is left."""
    held = pairs_named(studio, person, parse_pairs(body.pairs))
    taken = pairs_named(studio, person, parse_pairs(body.taken, "taken"))
    kept = next_pairs.renew_leases(studio, person.id, body.client, list(held), taken=list(taken), leaving=body.leaving)
    return Leases(pairs=",".join(held[pair] for pair in kept))


def pairs_named(studio: Studio, person: Person, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The ids of what was sent, {(9, 12): "9-12"}. A page of before an update holds pairs that no longer have these names."""
    held = {}
    for pair in pairs:
        with suppress(NotFound):
            left, right = (take_named(studio, person, number) for number in pair)
            held[left, right] = f"{pair[0]}-{pair[1]}"
    return held


def parse_pairs(text: str, name: str = "exclude") -> list[tuple[int, int]]:
    """`9-12,14-15` -> [(9, 12), (14, 15)]; raises Invalid naming the part that is not a pair."""
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = PAIR.fullmatch(part)
        if match is None or not all(may_be_number(int(number)) for number in match.groups()):
            raise Invalid(f"{name}: {shown(part)} is not a pair of takes such as 9-12")
        pairs.append((int(match[1]), int(match[2])))
    return pairs


def post_ballot(
    request: Request, response: Response, body: BallotBody, studio: OpenStudio, person: CurrentPerson
) -> Receipt:
    """One person's verdict on two takes. A new verdict on the same two takes supersedes the old one; a skip does not."""
    sent = body.model_dump(exclude={"played"})
    doubt = doubt_of(request, body)
    with takes_named(studio, person, [body.left, body.right]) as (left, right):
        kept = ballots.cast_ballot(studio, person.id, **{**sent, "left": left, "right": right}, doubt=doubt)
    return receipt(response, body.uid, kept)


def doubt_of(request: Request, body: BallotBody) -> str | None:
    """Why the verdict cannot be about its pair. Only our pages, which say for whom they were opened, measure the time."""
    return None if body.verdict == "skip" else doubt_of_look(request, body.elapsed_ms, body.played)


def doubt_of_look(request: Request, elapsed_ms: int, played: bool) -> str | None:
    from_page = PERSON_HEADER in request.headers
    if from_page and 0 < elapsed_ms < context_of(request).review.shortest_look_ms:
        return "quick"
    return None if played else "not played"


def post_rating(response: Response, body: RatingBody, studio: OpenStudio, person: CurrentPerson) -> Receipt:
    """Stars, 1 to 5; a new rating supersedes the old one."""
    with takes_named(studio, person, [body.take]) as (take,):
        kept = ratings.rate_take(studio, person.id, **{**body.model_dump(), "take": take})
    return receipt(response, body.uid, kept)


def post_tag(response: Response, body: TagBody, studio: OpenStudio, person: CurrentPerson) -> Receipt:
    """A word on a take."""
    with takes_named(studio, person, [body.take]) as (take,):
        kept = tags.add_tag(studio, person.id, **{**body.model_dump(), "take": take})
    return receipt(response, body.uid, kept)


def show_tags(studio: OpenStudio, person: CurrentPerson, take: Id) -> list[Tag]:
    """Your own tags on a take, by word: what others think of it would sway a verdict."""
    with takes_named(studio, person, [take]) as (named,):
        return [Tag(id=row["id"], word=row["word"]) for row in tags.list_tags(studio, named, person.id)]


def delete_tag(studio: OpenStudio, person: CurrentPerson, tag: Id) -> None:
    """Takes a tag off its take; a supervisor, anybody's. Doing it again is safe."""
    check_visible(studio, person.id, "tag", tag)
    tags.remove_tag(studio, person.id, tag)


def post_status(response: Response, body: StatusBody, studio: OpenStudio, person: CurrentPerson) -> Receipt:
    """A take's step on the ladder; circling, and taking a circle back, needs a supervisor."""
    row = accounts.get_person(studio, person.name)
    with takes_named(studio, person, [body.take]) as (take,):
        kept = statuses.set_status(studio, row, **{**body.model_dump(), "take": take})
    return receipt(response, body.uid, kept)


def receipt(response: Response, uid: str, kept: tuple[Mapping[str, Any], bool]) -> Receipt:
    """201 for a new judgement, 200 for one that was already kept; `kept` is its row and whether it is new."""
    row, is_new = kept
    response.status_code = 201 if is_new else 200
    return Receipt(uid=uid, id=row["id"])
