"""The HTTP routes of the board: which takes are shown in which order, what of each, and one status for many."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Annotated, cast

from fastapi import APIRouter, Header, Query, Response

from feedback.board import cards, changes, listing
from feedback.board.cards import Card
from feedback.board.filters import Filters
from feedback.board.listing import ShotTakes
from feedback.clock import now
from feedback.errors import Forbidden, Invalid, NotFound, Refused
from feedback.fields import parse_moment, shown
from feedback.judgements import selects
from feedback.judgements.bulk_statuses import set_statuses
from feedback.people import accounts
from feedback.people.project_members import check_visible
from feedback.production import projects, take_rewards
from feedback.production.opaque_names import POSTER, may_be_number
from feedback.production.takes import Take
from feedback.store import Studio
from feedback.store.thumbnails import LONGEST_SIDE
from ui.api.names import as_sent, name_for, names_for, rendition_address, take_named, takes_named
from ui.api.schemas.board import (
    Board,
    BoardCard,
    BoardChanges,
    BoardChoices,
    BoardProject,
    BoardQuery,
    BoardShot,
    BulkReceipts,
    BulkRefusal,
    BulkStatusBody,
    TakeUid,
    WinRate,
)
from ui.api.schemas.common import PROBLEMS, Code, Receipt
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

FIRST_SHOTS, OF_EACH_SHOT, FIRST_OF_WALL = 8, 10, 60  # cards that come with the list: about a screen of them
MOST_CARDS = 100  # of one request
OVERLAP = 5.0  # s by which moments are early: rows say when they were begun, and can be read a little later
LONGEST_MOMENT = 40  # characters of an ISO date and time
TAG_SALT = secrets.token_bytes(16)  # another one in each process: a board asks a restarted server once more
NUMBER = re.compile(r"[0-9]{1,9}|[0-9]{15}")  # ids and names of takes


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/board", tags=["board"], responses=PROBLEMS)
    router.add_api_route("", show_board, methods=["GET"])
    router.add_api_route("/cards", show_cards, methods=["GET"])
    router.add_api_route("/changes", show_changes, methods=["GET"], responses={304: {}}, response_model=BoardChanges)
    router.add_api_route("/choices", show_choices, methods=["GET"])
    router.add_api_route("/statuses", post_statuses, methods=["POST"], status_code=201)
    return router


def show_board(
    response: Response, studio: OpenStudio, person: CurrentPerson, query: Annotated[BoardQuery, Query()]
) -> Board:
    """The takes of a project that are done or to come, but for those of open trials.

    Creatives get them in an order that tells nothing of when they were drawn.
    """
    response.headers["Cache-Control"], as_of = "no-store", now(-OVERLAP)
    visible = projects.list_projects(studio, person.id)
    codes = {row["code"]: row["id"] for row in visible}
    if query.project:
        check_visible(studio, person.id, "project", query.project)
    code = query.project or next(iter(codes), "")
    name_of = cache(partial(name_for, studio, person))  # a name takes long to make: once for the order and the answer
    listed = list_takes(studio, person, query, codes[code], name_of) if code else []
    width, height = listing.usual_size(studio, codes[code]) if code else (1, 1)
    is_supervisor = person.at_least("supervisor")
    return Board(
        project=code,
        projects=[BoardProject(code=row["code"], title=row["title"]) for row in visible],
        shots=[BoardShot(code=each.code, title=each.title, takes=list(map(name_of, each.takes))) for each in listed],
        cards=describe_cards(studio, person, first_takes(listed)),
        width=width,
        height=height,
        selects=is_supervisor and selects.are_there_selects(studio, code),
        can_circle=is_supervisor,
        as_of=as_of,
        rewards=is_supervisor and take_rewards.are_there_rewards(studio),
    )


def list_takes(
    studio: Studio, person: Person, query: BoardQuery, project: int, name_of: Callable[[int], int]
) -> list[ShotTakes]:
    """By shot, or as a wall: one shot without a code."""
    check_may_see(person, query)
    filters = Filters(
        project,
        shot=query.shot,
        statuses=tuple(filter(None, query.status.split(","))),
        stars=query.stars,
        rater=rater_named(studio, person, query.rater),
        version=query.version,
        kind=query.kind,
        tag=" ".join(query.tag.lower().split()),
        text=query.text,
        reader=person.id,
    )
    blind_names = None if person.at_least("supervisor") else name_of
    if query.view == "rows":
        return listing.list_board(studio, filters, query.sort, blind_names)
    return [ShotTakes("", "", listing.list_wall(studio, filters, query.sort, blind_names))]


def check_may_see(person: Person, query: BoardQuery) -> None:
    """What others chose would sway a rater's next verdict, and who drew a take even more."""
    if person.at_least("supervisor"):
        return
    if query.version or query.sort not in listing.OPEN_SORTS:
        raise Forbidden(
            f"{person.name} is a {person.role}; versions, rewards, win rates and disagreement are for supervisors"
        )
    if query.rater and query.rater != person.name:
        raise Forbidden(f"{person.name} is a {person.role}; only a supervisor sees what {shown(query.rater)} judged")


def rater_named(studio: Studio, person: Person, name: str) -> int | None:
    if not name:
        return None
    return person.id if name == person.name else accounts.get_person(studio, name)["id"]


def first_takes(listed: Sequence[ShotTakes]) -> list[int]:
    most = FIRST_OF_WALL if len(listed) == 1 else OF_EACH_SHOT
    return [take for each in listed[:FIRST_SHOTS] for take in each.takes[:most]]


def show_cards(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    takes: Annotated[str, Query(max_length=16 * MOST_CARDS, description=f"As 4,7,9; at most {MOST_CARDS}")],
) -> list[BoardCard]:
    """What the board shows of these takes. One that you do not see, or no longer, is left out."""
    response.headers["Cache-Control"] = "no-store"
    ids, parts = [], list(filter(None, takes.split(",")))
    if len(parts) > MOST_CARDS:
        raise Invalid(f"takes: {len(parts)} at once; ask for {MOST_CARDS} at most")
    for part in parts:
        if not NUMBER.fullmatch(part) or not may_be_number(int(part)):
            raise Invalid(f"takes: {shown(part)} is no number of a take")
        with suppress(NotFound):
            ids.append(take_named(studio, person, int(part)))
    return describe_cards(studio, person, ids)


def describe_cards(studio: Studio, person: Person, ids: Sequence[int]) -> list[BoardCard]:
    with_results = person.at_least("supervisor")
    return [
        describe_card(studio, person, card)
        for card in cards.read_cards(studio, person.id, ids, with_results=with_results)
    ]


def describe_card(studio: Studio, person: Person, card: Card) -> BoardCard:
    shared = {name: value for name, value in card.items() if name in BoardCard.model_fields}
    is_supervisor = person.at_least("supervisor")
    of_file = {"id": card["id"], "rendition": card["rendition"], "rendition_poster": card["rendition_poster"]}
    media = rendition_address(studio, person, cast(Take, of_file)) if card["state"] == "done" else None
    poster = (
        rendition_address(studio, person, cast(Take, of_file), POSTER) if media and card["kind"] == "clip" else None
    )
    picture = poster if card["kind"] == "clip" else media
    is_large = max(card["width"], card["height"]) > LONGEST_SIDE
    own = {
        "take": name_for(studio, person, card["id"]),
        "media": media,
        "picture": f"{picture}?thumbnail=true" if picture and is_large else picture,
        "version": card["version"] if is_supervisor else None,
        "wins": describe_wins(card) if is_supervisor else None,
        "reward": card["reward"] if is_supervisor else None,
        "disagreement": disagreement_of(card) if is_supervisor else None,
    }
    return BoardCard.model_validate({**shared, **own})


def describe_wins(card: Card) -> WinRate | None:
    results = card["results"]
    if results is None:
        return None
    low, high = results.interval
    return WinRate(rate=results.rate, low=low, high=high, judged=results.judged)


def disagreement_of(card: Card) -> float:
    return max(listing.apart(card["stars_apart"]), card["results"].disagreement if card["results"] else 0.0)


def show_changes(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[Code, Query(description="A project's code")],
    since: Annotated[str, Query(max_length=LONGEST_MOMENT, description="`as_of` of the answer before.")],
    if_none_match: Annotated[str | None, Header(max_length=100)] = None,
) -> BoardChanges | Response:
    """Which cards may be another since then. 304 while nothing is, so that a board can ask every few seconds."""
    check_visible(studio, person.id, "project", project)
    moment, is_supervisor, as_of = parse_moment("since", since), person.at_least("supervisor"), now(-OVERLAP)
    newest = changes.newest_rows(studio, with_results=is_supervisor)
    # Salted: the numbers themselves would tell how much others do.
    tag = f'"{hashlib.sha256(TAG_SALT + repr(newest).encode()).hexdigest()[:32]}"'
    response.headers["Cache-Control"], response.headers["ETag"] = "no-cache", tag
    if if_none_match == tag:
        return Response(status_code=304, headers=dict(response.headers))
    number = projects.get_project(studio, project)["id"]
    listed = changes.changes_since(studio, number, moment, with_results=is_supervisor)
    return BoardChanges(
        takes=names_for(studio, person, listed.takes), everything=listed.everything, added=listed.added, as_of=as_of
    )


def show_choices(
    studio: OpenStudio, person: CurrentPerson, project: Annotated[Code, Query(description="A project's code")]
) -> BoardChoices:
    """What filters of a project can be set to."""
    check_visible(studio, person.id, "project", project)
    number = projects.get_project(studio, project)["id"]
    is_supervisor = person.at_least("supervisor")
    choices = listing.list_choices(studio, number, for_supervisor=is_supervisor)
    return BoardChoices.model_validate({"raters": [person.name], **choices})


def post_statuses(response: Response, body: BulkStatusBody, studio: OpenStudio, person: CurrentPerson) -> BulkReceipts:
    """One status for up to 500 takes. Each gets it or is refused by itself, and sending it all again is safe."""
    row = accounts.get_person(studio, person.name)
    ids, refused = resolve(studio, person, body.takes)
    named = [(each, ids[each.take]) for each in body.takes if each.take in ids]
    outcomes = set_statuses(studio, row, body.status, [(each.uid, take) for each, take in named])
    receipts = []
    for (each, take), outcome in zip(named, outcomes, strict=True):
        if isinstance(outcome, Refused):
            refused.append(BulkRefusal(uid=each.uid, error=as_sent(str(outcome), {take: each.take})))
        else:
            receipts.append(Receipt(uid=each.uid, id=outcome[0]["id"]))
    return BulkReceipts(receipts=receipts, refused=refused)


def resolve(studio: Studio, person: Person, takes: Sequence[TakeUid]) -> tuple[dict[int, int], list[BulkRefusal]]:
    """The ids of those takes that the person sees, by what they sent, and why the others are refused."""
    ids, refused = {}, []
    for each in takes:
        try:
            with takes_named(studio, person, [each.take]) as (take,):
                ids[each.take] = take
        except Refused as refusal:
            refused.append(BulkRefusal(uid=each.uid, error=str(refusal)))
    return ids, refused
