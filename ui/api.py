"""The HTTP routes of judging: pairs out, judgements in, each with a receipt that is given only after it is on disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from feedback import ballots, media, notes, pairing, ratings, statuses, takes, versions
from feedback.errors import Invalid
from feedback.fields import shown
from feedback.studio import Studio
from ui.access import current_person, house_of
from ui.api_models import (
    BallotBody,
    Me,
    NoteBody,
    Pair,
    Problem,
    RatingBody,
    Receipt,
    State,
    StatusBody,
)

Person = Annotated[dict[str, Any], Depends(current_person)]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": words}
    for code, words in {
        401: "Not signed in",
        403: "Signed in, but the role does not allow it, or the request came from another site",
        404: "The value names nothing that exists",
        409: "This uid was used with other content",
        422: "The value cannot be right",
    }.items()
}
RECEIPTS: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    200: {"model": Receipt, "description": "This very judgement was already kept; the same receipt"},
}
PAIR = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")  # so many takes no studio has


def routes() -> APIRouter:
    router = APIRouter()
    router.add_api_route("/healthz", check_health, methods=["GET"], tags=["service"])
    router.add_api_route("/api/me", show_me, methods=["GET"], response_model=Me, tags=["service"])
    router.add_api_route(
        "/api/state",
        show_state,
        methods=["GET"],
        response_model=State,
        response_model_exclude_none=True,
        tags=["service"],
    )
    router.add_api_route(
        "/api/pairs", deal_pairs, methods=["GET"], response_model=list[Pair], responses=PROBLEMS, tags=["judging"]
    )
    handlers: dict[str, Callable[..., Any]] = {
        "/api/ballots": post_ballot,
        "/api/ratings": post_rating,
        "/api/notes": post_note,
        "/api/statuses": post_status,
    }
    for path, handler in handlers.items():
        router.add_api_route(
            path,
            handler,
            methods=["POST"],
            status_code=201,
            response_model=Receipt,
            responses=RECEIPTS,
            tags=["judging"],
        )
    return router


def check_health() -> dict[str, str]:
    """For load balancers and scripts; says nothing about the studio."""
    return {"status": "ok"}


def show_me(request: Request, person: Person) -> dict[str, Any]:
    """Who is asking."""
    return {"name": person["name"], "role": person["role"], "demo": house_of(request).demo}


def show_state(request: Request, person: Person) -> dict[str, Any]:
    """How many takes are waiting, being drawn, done and failed; what stands in their way; which version draws next."""
    studio = house_of(request).studio
    return {
        "queue": takes.queue_state(studio),
        "obstacle": takes.obstacle(studio),
        "production": versions.production_version(studio),
    }


def deal_pairs(
    request: Request,
    response: Response,
    person: Person,
    count: Annotated[int, Query(ge=1, le=64)] = 8,
    project: Annotated[str | None, Query(description="A project's code")] = None,
    shot: Annotated[str | None, Query(description="A shot's code")] = None,
    exclude: Annotated[str, Query(description="Pairs the client already holds, as 9-12,14-15")] = "",
) -> list[dict[str, Any]]:
    """The next blind pairs for this person, at most `count`; an empty list when there is nothing to judge."""
    studio = house_of(request).studio
    pairs = pairing.next_pairs(studio, person["id"], count, project=project, shot=shot, exclude=parse_pairs(exclude))
    response.headers["Cache-Control"] = "no-store"
    return [describe_pair(studio, pair) for pair in pairs]


def parse_pairs(text: str) -> list[tuple[int, int]]:
    """`9-12,14-15` -> [(9, 12), (14, 15)]; raises Invalid naming the part that is not a pair."""
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = PAIR.fullmatch(part)
        if match is None:
            raise Invalid(f"exclude: {shown(part)} is not a pair of takes such as 9-12")
        pairs.append((int(match[1]), int(match[2])))
    return pairs


def describe_pair(studio: Studio, pair: dict[str, Any]) -> dict[str, Any]:
    """What the browser may know of a pair before it is judged: everything but who made it."""
    brief = pair["brief"]
    return {
        "left": describe_side(studio, pair["left"], brief),
        "right": describe_side(studio, pair["right"], brief),
        "shot": pair["shot"]["code"],
        "brief": {"id": brief["id"], "prompt": brief["prompt"]},
    }


def describe_side(studio: Studio, take: dict[str, Any], brief: dict[str, Any]) -> dict[str, Any]:
    """One take's rendition, its size in pixels, its frames and their rate; nothing of its version or seed."""
    file = media.describe(studio, take["rendition"])
    return {
        "take": take["id"],
        "media": media_address(studio, take["rendition"]),
        "poster": media_address(studio, take["rendition_poster"]),
        "kind": brief["kind"],
        "width": file["width"],
        "height": file["height"],
        "frames": file["frames"],
        "fps": round(brief["fps_num"] / brief["fps_den"], 3),
    }


def media_address(studio: Studio, sha256: str | None) -> str | None:
    """The path that serves a stored file, or None for none."""
    return f"/media/{sha256}.{media.describe(studio, sha256)['ext'].lstrip('.')}" if sha256 else None


def post_ballot(request: Request, response: Response, body: BallotBody, person: Person) -> Any:
    """One person's verdict on two takes. A new verdict on the same two takes supersedes the old one."""
    row, created = ballots.cast_ballot(house_of(request).studio, person["id"], **body.model_dump())
    return receipt(row, created)


def post_rating(request: Request, body: RatingBody, person: Person) -> Any:
    """Stars, 1 to 5; a new rating supersedes the old one."""
    row, created = ratings.rate_take(house_of(request).studio, person["id"], **body.model_dump())
    return receipt(row, created)


def post_note(request: Request, body: NoteBody, person: Person) -> Any:
    """Words on a take, on a region of it, on some of its frames."""
    region = body.region.model_dump() if body.region else None
    first, last = body.frames or (None, None)
    row, created = notes.write_note(
        house_of(request).studio,
        person["id"],
        body.uid,
        body.take,
        body.text,
        region=region,
        frame_in=first,
        frame_out=last,
    )
    return receipt(row, created)


def post_status(request: Request, body: StatusBody, person: Person) -> Any:
    """A take's step on the ladder; circling, and taking a circle back, needs a supervisor."""
    row, created = statuses.set_status(house_of(request).studio, person, **body.model_dump())
    return receipt(row, created)


def receipt(row: dict[str, Any], created: bool) -> JSONResponse:
    """201 for a new judgement, 200 for one that was already kept."""
    return JSONResponse({"uid": row["uid"], "id": row["id"]}, 201 if created else 200)
