"""What goes over HTTP of the form of a brief and of the list of briefs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from feedback.fields import LONGEST_NUMBER
from feedback.production.briefs import LONGEST_PROMPT
from feedback.rights.licences import LONGEST_NAME
from ui.api.schemas.common import Body, Id, Sha256

# As it stands in the form: what is no number is a problem of its field, and no malformed request.
Number = Annotated[str, Field(max_length=LONGEST_NUMBER)] | int | float | None
Text = Annotated[str, Field(max_length=5 * LONGEST_PROMPT)]
FieldName = Literal[
    "place",
    "prompt",
    "negative_prompt",
    "kind",
    "size",
    "steps",
    "guidance",
    "guidance_2",
    "takes",
    "seed",
    "source",
    "mask",
    "strength",
]


class Picture(Body):
    """What a browser knows of a file before it sends it."""

    width: Annotated[int, Field(ge=1, le=2**31, description="Pixels.")]
    height: Annotated[int, Field(ge=1, le=2**31)]
    frames: Annotated[int, Field(ge=1, le=2**31)] | None = Field(
        1, description="1 for a still; null of a clip, of which it does not know."
    )


class Rewrite(Body):
    """A proposal of POST /api/briefs/rewrites/propose that is to be tried."""

    writer: Annotated[str, Field(max_length=64)]
    prompt: Text


class FormBody(Body):
    """A brief as it is being written; what is empty is what production usually draws."""

    place: Annotated[str, Field(max_length=200, description="PROJECT/SHOT, both made where they are new.")] = ""
    prompt: Text = ""
    negative_prompt: Text = ""
    kind: Annotated[str, Field(max_length=20)] = "still"
    width: Number = None
    height: Number = None
    frames: Number = None
    steps: Number = None
    guidance: Number = None
    guidance_2: Number = None
    takes: Number = 4
    seed: Number = Field(
        None, description="The first take's; drawn at random unless given. Each further take adds one."
    )
    based_on: Id | None = Field(None, description="The brief that it was made from.")
    replaces: bool = Field(False, description="What of that brief is not drawn yet is cancelled.")
    keeps_source: bool = Field(False, description="It starts from what that brief starts from, inside the same mask.")
    source_take: Id | None = Field(None, description="It starts from this take, as it was sent to you.")
    source_media: Sha256 | None = Field(
        None, description="It starts from this file of the studio, such as a library frame."
    )
    uses_plate: bool = Field(False, description="It starts from the plate of its shot, which came with a cut.")
    licence: str | None = Field(
        None, max_length=LONGEST_NAME, description="Which the plate or file is under from now on; for supervisors."
    )
    source: Picture | None = Field(None, description="To be checked: the file that the brief will bring.")
    mask: Picture | None = None
    rewrite: Rewrite | None = Field(
        None, description="Both wordings are drawn with the same seeds and judged blind; their takes are shown then."
    )
    strength: Number = Field(None, description="How much of the source may change; 0.6 unless given.")


class Shape(BaseModel):
    kind: Literal["still", "clip"]
    width: int = Field(description="Pixels.")
    height: int
    frames: int


class Usual(Shape):
    """What production draws unless a brief says otherwise."""

    steps: int
    guidance: float


class Form(BaseModel):
    """What the production model offers to a form."""

    kinds: list[Usual] = Field(description="That it draws, the first of which is chosen.")
    sizes: list[Shape] = Field(description="The only ones that it draws; empty where it has no such list.")
    most_takes: int
    starts: list[Literal["image_to_image", "inpaint", "video_to_video", "inpaint_clip", "first_frame"]] = Field(
        description="What it can start from besides noise."
    )
    second_guidance: bool = Field(description="Whether it has a second denoiser with a guidance of its own.")
    may_make_projects: bool
    licences: list[str] = Field(description="That a plate may be put under, for supervisors.")


class Problem(BaseModel):
    field: FieldName
    error: str = Field(description="One line.")
    missing: bool = Field(False, description="The field is empty: no fault before the brief is queued.")
    use: Shape | None = Field(None, description="Of the size: the nearest that can be drawn.")


class Length(BaseModel):
    tokens: int
    most: int = Field(description="That the model's text encoder reads.")


class Check(BaseModel):
    problems: list[Problem]
    prompt: Length | None = Field(description="In the model's tokens; null where only a worker can count them.")


class QueuedBrief(BaseModel):
    brief: int
    takes: int = Field(description="How many are queued, of each wording where there are two.")
    seed: int = Field(description="Of the first.")
    cancelled: int = Field(description="Takes of the brief that this one replaces.")
    both: bool = Field(False, description="Whether two wordings are queued, to be judged blind.")


class BriefTake(BaseModel):
    id: int = Field(description="A number of this person's own.")
    state: Literal["queued", "leased", "done", "failed", "cancelled"]
    progress: float
    error: str | None
    media: str | None
    rewritten: bool = Field(False, description="Whether it was drawn from a rewrite of the brief.")


class Source(BaseModel):
    width: int
    height: int
    is_clip: bool
    mask: bool = Field(description="Whether only a part of it is drawn.")
    media: str | None = Field(None, description="Its path; null where it tells which version drew it.")


class ListedBrief(BaseModel):
    id: int
    project: str
    shot: str
    prompt: str
    negative_prompt: str
    kind: Literal["still", "clip"]
    width: int
    height: int
    frames: int
    steps: int
    guidance: float
    guidance_2: float | None
    author: str
    created: str = Field(description="ISO 8601, UTC.")
    based_on: int | None = Field(description="The brief that it was made from.")
    source: Source | None = Field(description="What it starts from.")
    strength: float | None
    takes: list[BriefTake] = Field(description="But for cancelled ones.")
    cancelled: int
    before: int | None = Field(description="Takes that are drawn before the first that waits; null when none waits.")
    seconds: float | None = Field(description="Until the last is drawn; null where that was never measured.")
    may_change: bool = Field(description="Whether you may cancel and retry its takes.")


class TakeToStartFrom(BaseModel):
    """A take as a brief may start from it: its picture, and what it was asked for."""

    take: int = Field(description="As it was sent to you.")
    media: str = Field(description="Its path.")
    place: str = Field(description="PROJECT/SHOT.")
    prompt: str
    negative_prompt: str
    kind: Literal["still", "clip"]
    width: int
    height: int
    frames: int = Field(description="Of the picture or clip, as it is.")
    fps: float
    steps: int
    guidance: float
    guidance_2: float | None


class Totals(BaseModel):
    """Of your projects."""

    waiting: int = Field(description="Takes that are queued or being drawn.")
    done: int
    failed: int


class BriefList(BaseModel):
    state: str = Field(description="Send it to be answered without briefs while nothing has changed.")
    briefs: list[ListedBrief] | None = Field(description="The newest first; null: nothing has changed.")
    totals: Totals
    obstacle: str | None = Field(description="What keeps queued takes from being drawn.")
    more: bool = Field(description="Whether there are older ones.")
