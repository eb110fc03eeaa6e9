"""What goes over HTTP of a take's likeness to other pictures."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class LikePicture(BaseModel):
    """A frame of the library, or a take of another shot."""

    likeness: float = Field(
        description="0 to 1: how much of its edges agree, where one lies in the other. Of an image encoder: the cosine, -1 to 1."
    )
    marked: bool = Field(description="Too alike, and nothing that the take starts from.")
    starts_from: bool = Field(description="The take starts from it, or from another frame of its film.")
    mirrored: bool
    frame: int = Field(description="Of the take, from 0.")
    item: int | None = Field(description="In the library.")
    take: int | None = Field(description="Where it is a take that you see.")
    title: str | None = Field(description="Of the library.")
    licence: str | None
    excluded: bool = Field(description="From the library.")
    picture: str | None = Field(description="Its address; null for a take of a project that you do not see.")
    kind: Literal["still", "clip"]


class FoundFace(BaseModel):
    """Shares of the picture's width and height."""

    frame: int
    x: float
    y: float
    width: float
    height: float


class SeenSimilar(BaseModel):
    """What an image encoder takes for similar to the take: the studio's, or the base model of the version in production."""

    encoder: str = Field(description="Its name.")
    is_model: bool = Field(description="It is a model that draws.")
    compared: bool = Field(description="False: a worker has yet to read the take.")
    threshold: float | None = Field(
        description="From which cosine on a picture is marked; null: the library is too small."
    )
    set_by: int = Field(description="Frames of the library that set it.")
    pictures: list[LikePicture]


class TakeLikeness(BaseModel):
    state: Literal["checked", "waiting", "blind", "missing"] = Field(
        description="waiting: not compared yet. blind: you may still be dealt the take. missing: the server has no OpenCV."
    )
    checked: str | None = Field(None, description="ISO 8601, UTC.")
    problem: str | None = Field(None, description="Why it could not be compared.")
    threshold: float = Field(description="From which likeness on a picture is marked.")
    set_by: int = Field(
        description="Frames of the library that set it; 0: the library is too small, and it is the usual one."
    )
    library: int = Field(description="Frames of the library that takes are compared with.")
    pictures: list[LikePicture] = Field([], description="The most alike first.")
    faces: list[FoundFace] = []
    people_allowed: int = Field(0, description="People behind the take whose likeness may be drawn today.")
    faces_marked: bool = Field(False, description="More faces than people who allowed theirs.")
    similar: SeenSimilar | None = Field(None, description="Null where pictures are not read for it.")
