"""Lists, single items, their pictures, and the report."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from feedback.fields import LARGEST_INTEGER
from feedback.library import report, search
from feedback.library.items import Item, get_item
from feedback.library.search import Filter
from feedback.store import media
from ui.api.media import CACHE, POLICY, TimelessFile, whole_file
from ui.api.schemas.common import Id
from ui.api.schemas.library import LibraryChoices, LibraryItem, LibraryList, State, TitleReport
from ui.context import OpenStudio
from ui.security.access import CurrentPerson

Words = Annotated[str, Query(max_length=200)]
Offset = Annotated[int, Query(ge=0, le=LARGEST_INTEGER)]


def show_library(
    studio: OpenStudio,
    person: CurrentPerson,
    text: Words = "",
    title: Words = "",
    licence: Words = "",
    who: Annotated[str, Query(alias="person", max_length=200)] = "",
    kind: Annotated[str, Query(max_length=10)] = "",
    state: State = "included",
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=search.MOST)] = 60,
) -> LibraryList:
    """Frames and clips of the studio's own films and pictures, by title, file and place."""
    which = Filter(text, title, licence, who, kind, state)
    rows = search.list_items(studio, which, offset, limit)
    return LibraryList(total=search.count_items(studio, which), items=[described(row) for row in rows])


def described(row: Item) -> LibraryItem:
    """Without the folder of its file, which is none of a browser's business."""
    name = row["path"].rpartition("/")[2]
    address = f"/api/library/items/{row['id']}/picture"
    return LibraryItem.model_validate({**row, "file": name, "picture": address})


def show_choices(studio: OpenStudio, person: CurrentPerson) -> LibraryChoices:
    """Titles, licences and people to filter by."""
    return LibraryChoices.model_validate(search.choices(studio))


def show_item(item: Id, studio: OpenStudio, person: CurrentPerson) -> LibraryItem:
    """One frame or clip."""
    return described(get_item(studio, item))


def show_report(studio: OpenStudio, person: CurrentPerson, title: Words = "") -> list[TitleReport]:
    """What is in the library by title, and what was left out and why; for supervisors, since it names files."""
    person.require("supervisor")
    return [TitleReport.model_validate(each) for each in report.report(studio, title or None)]


def show_picture(
    request: Request, item: Id, studio: OpenStudio, person: CurrentPerson, whole: bool = False
) -> Response:
    """A small JPEG of a frame, or a small MP4 of a clip; `whole`: the frame or clip as it is kept, for supervisors."""
    if whole:
        person.require("supervisor")
    row = get_item(studio, item)
    file = media.describe(studio, row["media"] if whole else row["proxy"] or row["media"])
    headers = {"Cache-Control": CACHE, "ETag": f'"{file["sha256"]}"', "Content-Security-Policy": POLICY}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return TimelessFile(whole_file(studio, file, f"library item {item}"), media_type=file["mime"], headers=headers)
