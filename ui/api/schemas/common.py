"""What goes over HTTP, with its units; OpenAPI at /openapi.json is made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from feedback.fields import LARGEST_INTEGER, LONGEST_NUMBER
from feedback.judgements.notes import LONGEST_NOTE
from feedback.judgements.regions import MOST_POINTS, MOST_STROKES
from feedback.production.briefs import (
    LARGEST_SIDE,
    LONGEST_PROMPT,
    MOST_FRAMES,
    MOST_GUIDANCE,
    MOST_STEPS,
    SMALLEST_SIDE,
)

Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
Code = Annotated[str, Field(max_length=64)]
Uid = Annotated[str, Field(min_length=1, max_length=100, description="Made by the client; retrying with it is safe.")]
ClientId = Annotated[
    str,
    Field(
        max_length=100,
        pattern="^[A-Za-z0-9-]*$",
        description="Made by each open page for itself; pairs are leased to it.",
    ),
]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Pixels = Annotated[int, Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE)]


class Body(BaseModel):
    """A request body; an unknown field is refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class Receipt(BaseModel):
    uid: str
    id: int = Field(
        description="The row that keeps this judgement; given only after it is on disk. A skip of a pair "
        "that you have judged keeps nothing: the id is the verdict's."
    )


class Problem(BaseModel):
    error: str = Field(description="One line that names the bad value and what would mend it.")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": words}
    for code, words in {
        401: "Not signed in",
        403: "Signed in, but the role does not allow it, or the request came from another site",
        404: "The value names nothing that exists",
        409: "This uid was used with other content, or the header Circletake-Person names somebody else",
        413: "The request is too large",
        422: "The value cannot be right",
        429: "Too many requests a second, or too many takes in the queue",
    }.items()
}
RECEIPTS: dict[int | str, dict[str, Any]] = {
    200: {"model": Receipt, "description": "This very judgement was already kept; the same receipt"},
}


class Side(BaseModel):
    take: int = Field(description="A number of this person's own, to send back; it says nothing of the take.")
    media: str = Field(description="A metadata-free rendition; its name tells nothing about the version.")
    poster: str | None = Field(None, description="A clip's first frame.")
    screen_sides: list[int] = Field(
        description="Longest sides, in pixels, of the smaller pictures that there are: `?longest=` one of them at `media`."
    )
    kind: Literal["still", "clip"]
    width: int
    height: int
    frames: int
    fps: float = Field(description="Frames per second.")


class PairBrief(BaseModel):
    id: int
    prompt: str


class Pair(BaseModel):
    left: Side
    right: Side
    shot: str = Field(description="The shot's code.")
    brief: PairBrief
    check: bool = Field(description="You have judged it before. Send `keep_earlier` with the verdict.")


class BallotBody(Body):
    uid: Uid
    left: Id
    right: Id
    verdict: Literal["left", "right", "tie", "both_bad", "skip"]
    elapsed_ms: int = Field(0, ge=0, le=2**31, description="From the pair on screen to the key, in milliseconds.")
    undoes: Uid | None = Field(None, description="With a skip: the uid of your own verdict on this pair to take back.")
    keep_earlier: bool = Field(
        False, description="A verdict of yours that there is on this pair goes on to count; this one is kept beside it."
    )
    played: bool = Field(
        True, description="Of clips: whether both were played. If not, the verdict is kept as doubtful."
    )


class TakesToRank(BaseModel):
    takes: list[Side] = Field(description="2 to 9 of one brief, in random order.")
    shot: str = Field(description="The shot's code.")
    brief: PairBrief


class RankingBody(Body):
    uid: Uid
    takes: list[Id] = Field(max_length=9, description="The best first.")
    rest: list[Id] = Field([], max_length=9, description="Takes that are below all of these, in no order.")
    elapsed_ms: int = Field(0, ge=0, le=2**31, description="From the takes on screen to the last key, in milliseconds.")
    undoes: Uid | None = Field(None, description="With no takes: the uid of your own ranking to take back.")
    played: bool = Field(
        True, description="Of clips: whether all were played. If not, the ranking is kept as doubtful."
    )


class LeasesBody(Body):
    client: ClientId = Field(min_length=1)
    pairs: str = Field("", description="The pairs that the page still holds, as 9-12,14-15; its other leases end.")
    taken: str = Field(
        "", description="Of these, what your other open pages lose: a pair whose verdict was undone here."
    )
    leaving: bool = Field(False, description="The page is closed or loaded again: its leases last half a minute more.")


class Leases(BaseModel):
    pairs: str = Field(description="Those that it may keep; the others were dealt to another page of this person.")


class RatingBody(Body):
    uid: Uid
    take: Id
    stars: int = Field(ge=0, le=5, description="0 takes your stars back.")


Stroke = Annotated[list[tuple[Share, Share]], Field(min_length=1, max_length=MOST_POINTS)]


class Region(Body):
    """A box, or what was drawn freehand, in shares of width and height from the top left."""

    x: Share | None = None
    y: Share | None = None
    w: Share | None = None
    h: Share | None = None
    strokes: list[Stroke] | None = Field(
        None, min_length=1, max_length=MOST_STROKES, description="Instead of a box: lines through points [x, y]."
    )


Frames = Annotated[tuple[int, int] | None, Field(description="First and last frame, both included, from 0.")]


class NoteBody(Body):
    uid: Uid
    take: Id
    text: str = Field(min_length=1, max_length=LONGEST_NOTE)
    region: Region | None = None
    frames: Frames = None
    reply_to: Id | None = Field(None, description="A note on the same take that this one answers.")
    supersedes: Id | None = Field(None, description="Your own note that this one replaces.")


class Note(BaseModel):
    id: int = Field(description="It stays when the note is edited.")
    author: str
    mine: bool
    text: str = Field(description="Empty where the note was taken back, and has answers.")
    region: dict[str, Any] | None = Field(description="x, y, w, h; around the strokes where there are any.")
    frames: Frames
    created: str = Field(description="ISO 8601, UTC.")
    edited: bool
    taken_back: bool


class NoteThread(Note):
    resolved: bool
    resolved_by: str | None
    replies: list[Note]


class NotesOfTake(BaseModel):
    threads: list[NoteThread]
    own_only: bool = Field(
        description="Others' notes are kept from you until you have judged a pair with this take, whether there are any or not."
    )


class ResolutionBody(Body):
    uid: Uid
    note: Id
    resolved: bool = Field(True, description="false opens the thread again.")


class TagBody(Body):
    uid: Uid
    take: Id
    word: str = Field(min_length=1, max_length=100, description="Kept in lower case, 40 characters at most.")


class Tag(BaseModel):
    id: int
    word: str


class StatusBody(Body):
    uid: Uid
    take: Id
    status: Literal["wip", "needs_retake", "approved", "circled", "discarded"]


class Health(BaseModel):
    status: Literal["ok"]


class Me(BaseModel):
    name: str
    role: str = Field(description="creative, supervisor or admin")
    demo: bool


class Queue(BaseModel):
    queued: int
    leased: int
    done: int
    failed: int
    cancelled: int


class State(BaseModel):
    queue: Queue
    obstacle: str | None = Field(None, description="What keeps queued takes from being drawn; left out when nothing.")
    production: str = Field(description="The version that draws the next take.")


class BriefBody(Body):
    project: Code | None = Field(None, description="The project's code, where two projects share a shot's code.")
    shot: Code = Field(description="The shot's code.")
    prompt: str = Field(max_length=LONGEST_PROMPT)
    negative_prompt: str = Field("", max_length=LONGEST_PROMPT)
    kind: Literal["still", "clip"] = "still"
    width: Pixels | None = Field(None, description="Pixels; what production usually draws unless given.")
    height: Pixels | None = Field(None, description="Pixels; likewise.")
    frames: int | None = Field(None, ge=1, le=MOST_FRAMES, description="1 for a still; likewise.")
    steps: int | None = Field(None, ge=1, le=MOST_STEPS)
    guidance: float | None = Field(None, ge=0, le=MOST_GUIDANCE, allow_inf_nan=False)
    guidance_2: float | None = Field(
        None,
        ge=0,
        le=MOST_GUIDANCE,
        allow_inf_nan=False,
        description="Of a model's second denoiser, for low noise; the same as guidance unless given.",
    )
    source_media: Sha256 | None = Field(
        None, description="A still or a clip of the studio's media to start from; a still is a clip's first frame."
    )
    mask_media: Sha256 | None = Field(
        None, description="Of a source, with as many pixels: what is white is drawn, the rest is kept."
    )
    strength: float | None = Field(
        None, gt=0, le=1, allow_inf_nan=False, description="How much of the source may change; 0.6 unless given."
    )
    fps: str | None = Field(
        None,
        max_length=LONGEST_NUMBER,
        description="24, 23.976 or 24000/1001; unless given, that of a model of clips which has one, or the shot's own.",
    )


class TakesBody(Body):
    brief: Id
    takes: int = Field(2, ge=1, le=64)
    seed: int = Field(0, ge=0, lt=2**31, description="The first take's seed; each further take adds one.")
    priority: Literal["ordinary", "urgent"] = Field(
        "ordinary", description="Urgent takes are drawn before all others; for supervisors."
    )


class QueuedTakes(BaseModel):
    brief: int
    takes: list[int]


class TakesOrBrief(Body):
    takes: list[Id] | None = Field(None, min_length=1, max_length=10_000)
    brief: Id | None = Field(None, description="Instead of takes: all of this brief's that it can be done with.")
    all: Literal["mine", "everybody"] | None = Field(
        None,
        description="Instead of both: those of all your briefs; for supervisors also everybody's in your projects.",
    )

    @model_validator(mode="after")
    def names_one(self) -> TakesOrBrief:
        if [self.takes is None, self.brief is None, self.all is None].count(False) != 1:
            raise ValueError("name either takes, a brief or all")
        return self


class CancelBody(TakesOrBrief):
    pass


class RetryBody(TakesOrBrief):
    pass


class Retried(BaseModel):
    queued: list[int] = Field(description="Takes that had failed and are queued again.")
    not_failed: list[int] = Field(description="Takes that had not failed, and stay as they are.")


class Cancelled(BaseModel):
    cancelled: list[int] = Field(description="Takes that will not be drawn, those cancelled before among them.")
    too_late: list[int] = Field(description="Takes that were done or had failed by then.")


class TakeState(BaseModel):
    id: int
    state: Literal["queued", "leased", "done", "failed", "cancelled"]
    progress: float
    error: str | None
    media: str | None


class PromoteBody(Body):
    version: Code


class StandingBody(Body):
    version: Code = Field(description="A candidate whose trial is open.")


class Row(BaseModel):
    """A row of the record: what is promised is declared, and what else it holds comes with it."""

    model_config = ConfigDict(extra="allow")


class Brief(Row):
    id: int
    shot: int
    prompt: str
    kind: Literal["still", "clip"]
    width: int
    height: int
    frames: int


class Version(Row):
    name: str
    state: Literal["candidate", "production", "retired", "rejected"]
    created: str = Field(description="ISO 8601, UTC.")
    before_after: bool = Field(description="Whether prompts were drawn before and after it.")


class Standing(Row):
    candidate: str
    baseline: str
    wins: int
    losses: int
    ties: int
    pairs_judged: int
    counted: int = Field(
        description="Of those judged: nobody decides more than their share, and none count before enough people judged."
    )
    low: float = Field(description="Of the candidate's win rate, 0 to 1, whichever one person is left out.")
    high: float


class InProduction(BaseModel):
    production: str = Field(description="The version that draws from the next take on.")
