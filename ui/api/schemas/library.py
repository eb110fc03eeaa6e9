"""What goes over HTTP of the library."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from feedback.library.items import LONGEST_CAPTION, LONGEST_REASON, MOST
from feedback.library.search import STATES
from feedback.library.titles import LONGEST_NAME
from ui.api.schemas.common import Body, Id

State = Literal["included", "excluded", "all"]
assert set(STATES) == set(State.__args__)  # type: ignore[attr-defined]
Items = Annotated[list[Id], Field(min_length=1, max_length=MOST)]
Names = Annotated[list[Annotated[str, Field(max_length=LONGEST_NAME)]], Field(max_length=100)]


class LibraryItem(BaseModel):
    id: int
    title: str
    licence: str
    file: str = Field(description="The name of the file that it was chosen from, without its folder.")
    kind: Literal["still", "clip"]
    media: str = Field(description="sha256 of the kept frame or clip, for briefs that start from it.")
    picture: str = Field(description="The address of a small JPEG, or of a small MP4.")
    width: int = Field(description="Of the kept frame or clip, in pixels.")
    height: int
    frames: int
    shot: int = Field(description="Of the film, from 0.")
    frame_in: int = Field(description="Of the film, from 0.")
    frame_out: int
    seconds: float = Field(description="From the beginning of the film.")
    caption: str
    captioned_by: str
    people: list[str]
    excluded: str | None = Field(description="When, ISO 8601, UTC.")
    excluded_by: str | None
    reason: str | None


class LibraryList(BaseModel):
    total: int = Field(description="How many there are with these filters.")
    items: list[LibraryItem] = Field(description="At most 200 from `offset` on, by title, file and place.")


class LibraryChoices(BaseModel):
    titles: list[str]
    licences: list[str]
    people: list[str]


class Reason(BaseModel):
    count: int
    examples: list[str]


class TitleReport(BaseModel):
    title: str
    licence: str
    files: int = Field(description="That were read.")
    reading: int = Field(description="That were begun, and not read to their end.")
    hours: float = Field(description="Of film that was read.")
    shots: int
    stills: int
    clips: int
    excluded: int
    without_caption: int
    left_out: dict[str, Reason] = Field(description="Frames and clips, by reason.")
    files_left_out: dict[str, Reason]


class ExcludeBody(Body):
    items: Items
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class IncludeBody(Body):
    items: Items


class TagBody(Body):
    items: Items
    people: Names = Field([], description="Who is in them.")
    remove: Names = Field([], description="Who is not.")
    caption: str | None = Field(None, max_length=LONGEST_CAPTION)


class Changed(BaseModel):
    items: int = Field(description="How many were changed.")
