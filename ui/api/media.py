"""GET /media/{name}: pictures and clips by a name of the person's own or by their content's hash, for whoever may see them.

A file is there for whoever sees a project with a take of it, or with a brief or a shot's plate that it is. Renditions carry no
metadata, are as long as others of their shape, and are for all of these people. Archived files say which version drew
them, so they are for supervisors; to anybody else they do not exist.
"""

from __future__ import annotations

import logging
import os
import re
from functools import partial
from pathlib import Path

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from feedback.errors import Invalid, NotFound
from feedback.people.project_members import is_visible
from feedback.production.briefs import Brief
from feedback.production.opaque_names import POSTER, name_take
from feedback.production.takes import Take
from feedback.store import Studio, media, renditions, thumbnails
from ui.api.names import rendition_address, rendition_named
from ui.api.schemas.common import Side
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

log = logging.getLogger(__name__)
NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{2,5})")
MADE_AT_ONCE = 2  # smaller pictures, which take the processor from other answers
# What a name names never changes; it is for this person only.
CACHE = "private, max-age=31536000, immutable"
POLICY = (
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)


def routes() -> APIRouter:
    router = APIRouter()
    making = CapacityLimiter(MADE_AT_ONCE)

    @router.get("/media/{name}", response_class=FileResponse, tags=["media"], responses={404: {}, 304: {}, 206: {}})
    async def get_media(
        request: Request,
        name: str,
        studio: OpenStudio,
        person: CurrentPerson,
        thumbnail: bool = False,
        longest: int | None = None,
    ) -> Response:
        """A take's picture or clip, or a small JPEG of a large picture; honours Range, If-Range and If-None-Match.

        `longest`: a JPEG of so many pixels a side at most, one of the take's `screen_sides`. What is no larger is sent
        as it is.
        """
        if longest not in (None, *thumbnails.SCREEN_SIDES):
            sides = ", ".join(map(str, thumbnails.SCREEN_SIDES))
            raise Invalid(f"longest: there is no picture of {longest} pixels; take one of {sides}, or leave it out")
        side = thumbnails.LONGEST_SIDE if thumbnail else longest
        ask = partial(answer_media, request, studio, person, name, side)
        # Whoever waits for a picture to be made holds no thread that others need.
        answer: Response | None = await to_thread.run_sync(ask)
        if answer is None:
            answer = await to_thread.run_sync(partial(ask, makes=True), limiter=making)
        assert answer is not None, "it is made by now, or the take itself is sent"
        return answer

    return router


def answer_media(
    request: Request, studio: Studio, person: Person, name: str, side: int | None, *, makes: bool = False
) -> Response | None:
    """The answer; None where a smaller picture has to be made for it first, and this call may not (`makes`)."""
    row = find_media(studio, name, person)
    # It names the content, and for one person where they are blind.
    tag = f'"{name.partition(".")[0]}{f"-{side}" if side else ""}"'
    headers = {"Cache-Control": CACHE, "ETag": tag, "Content-Security-Policy": POLICY}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    whole = whole_file(studio, row, name)
    kept = thumbnails.kept_at(studio, row, side) if side else None
    if kept and not makes and not kept.is_file():
        return None
    small = thumbnails.thumbnail_file(studio, row, side) if kept and side else None
    if small:
        return TimelessFile(small, media_type=thumbnails.MIME, headers=headers)
    path = whole if name.startswith(row["sha256"]) else renditions.padded_file(studio, row)
    return TimelessFile(path, media_type=row["mime"], headers=headers)


def whole_file(studio: Studio, row: media.MediaFile, name: str) -> Path:
    """The stored file, which nobody is to judge once it is damaged. What is wrong with it is for the log."""
    try:
        return media.whole_path_of(studio, row["sha256"])
    except (NotFound, Invalid, OSError) as damage:
        log.error("%s", damage)
        raise NotFound(
            f"the file of {name} is damaged or gone: tell an admin, `circletake doctor --deep` names it"
        ) from None


class TimelessFile(FileResponse):
    """A file whose headers do not tell when it was written.

    A worker draws one version's takes together, so that with a Last-Modified the takes of a blind pair could be told
    apart. The ETag is set by whoever makes this response, from the content.
    """

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        self.headers.setdefault("content-length", str(stat_result.st_size))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(decide_if_range(scope, self.headers["etag"]), receive, send)


def decide_if_range(scope: Scope, tag: str) -> Scope:
    """The request without If-Range, and without its Range when that condition fails: FileResponse would compare with
    the Last-Modified that there is not."""
    condition = Headers(scope=scope).get("if-range")
    if condition is None:
        return scope
    decided = {b"if-range"} if condition == tag else {b"if-range", b"range"}
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() not in decided]}


def find_media(studio: Studio, name: str, person: Person) -> media.MediaFile:
    """The media row behind a name, or NotFound, with the same words whether it is missing or not for this person."""
    missing = NotFound(f"there is no media {name[:80]!r}")
    match = NAME.fullmatch(name)
    row = media.find_file(studio, rendition_named(studio, person, match[1]) or match[1]) if match else None
    if match is None or row is None or row["ext"].lstrip(".") != match[2]:
        raise missing
    kinds = ("media",) if person.at_least("supervisor") else ("rendition", "plate")
    if not any(is_visible(studio, person.id, kind, row["sha256"]) for kind in kinds):
        raise missing
    return row


def source_address(studio: Studio, person: Person, file: media.MediaFile) -> str | None:
    """The path by which this person gets what a brief starts from; None where it tells a version."""
    name = f"{file['sha256']}.{file['ext'].lstrip('.')}"
    try:
        find_media(studio, name, person)
    except NotFound:
        return None
    return f"/media/{name}"


def describe_side(studio: Studio, person: Person, take: Take, brief: Brief) -> Side:
    """One take's rendition, its size in pixels, its frames and their rate; nothing of its version or seed."""
    file = media.describe(studio, take["rendition"])
    return Side(
        take=name_take(studio, person.id, take["id"]),
        media=rendition_address(studio, person, take) or "",
        poster=rendition_address(studio, person, take, POSTER),
        screen_sides=thumbnails.screen_sides(file["ext"], file["width"], file["height"]),
        kind=brief["kind"],
        width=file["width"],
        height=file["height"],
        frames=file["frames"],
        fps=round(brief["fps_num"] / brief["fps_den"], 3),
    )
