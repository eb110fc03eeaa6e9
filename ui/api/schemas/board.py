"""What the board's routes take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ui.api.schemas.common import Body, Code, Id, Receipt, Uid

Sort = Literal["brief", "newest", "stars", "reward", "win_rate", "disagreement"]
Status = Literal["wip", "needs_retake", "approved", "circled", "discarded"]
MOST_AT_ONCE = 500  # takes of one request for a status
Words = Annotated[str, Field(max_length=200)]


class BoardQuery(Body):
    """What of a project is shown, and how; whatever is left out leaves nothing out."""

    project: Code = Field("", description="A project's code; the first that you see unless given.")
    view: Literal["rows", "wall"] = Field("rows", description="Takes by shot, or all of them as one.")
    shot: Code = Field("", description="A shot's code.")
    status: Words = Field("", description="wip,approved and so on; all but discarded unless given.")
    stars: int = Field(0, ge=0, le=5, description="At least so many: the mean, or the rater's own.")
    rater: Words = Field("", description="Who gave stars or a verdict; below supervisor only yourself.")
    version: Words = Field("", description="For supervisors.")
    kind: Literal["", "still", "clip"] = ""
    tag: Words = ""
    text: Words = Field("", description="What the prompt or a note has in it.")
    sort: Sort = Field("brief", description="reward, win_rate and disagreement are for supervisors.")


class WinRate(BaseModel):
    rate: float = Field(description="0 to 1: of the verdicts on this take and another; a tie is half a win.")
    low: float = Field(description="Of its interval (Wilson's, 95 %).")
    high: float
    judged: int = Field(description="How many verdicts.")


class BoardCard(BaseModel):
    take: int = Field(description="As in every other answer to this person.")
    shot: str = Field(description="The shot's code.")
    project: str
    brief: int
    prompt: str
    kind: Literal["still", "clip"]
    state: Literal["queued", "leased", "done", "failed", "cancelled"]
    progress: float
    error: str | None
    picture: str | None = Field(description="A still small enough for lists, or a clip's first frame.")
    media: str | None = Field(description="The whole rendition.")
    status: Status
    stars: float | None = Field(description="Everybody's mean.")
    raters: int
    own_stars: int = Field(description="Your own; 0 for none.")
    tags: list[str]
    notes: list[str] = Field(description="Who wrote what.")
    marks: list[Literal["copy", "face", "similar"]] = Field(
        description="copy: too like the library or another shot's take. face: more faces than people who allowed theirs. "
        "similar: the image encoder, or the model that draws, takes it for very similar to one of those. "
        "None while you are blind to the take."
    )
    version: str | None = Field(description="For supervisors.")
    wins: WinRate | None = Field(description="For supervisors; null before anybody compared it.")
    reward: float | None = Field(description="For supervisors, by the newest reward model; null where it has none.")
    disagreement: float | None = Field(description="Likewise: the share of pairs of people who chose differently.")


class BoardShot(BaseModel):
    code: str
    title: str
    takes: list[int] = Field(description="In the order of the board.")


class BoardProject(BaseModel):
    code: str
    title: str


class Board(BaseModel):
    project: str = Field(description="The project that is shown; empty where you see none.")
    projects: list[BoardProject] = Field(description="Those that you see.")
    shots: list[BoardShot] = Field(description="With takes that are shown. As one wall: one, without a code.")
    cards: list[BoardCard] = Field(description="Of the first takes; the others by /api/board/cards.")
    width: int = Field(description="Pixels of most takes: what a card's shape goes by.")
    height: int
    selects: bool = Field(description="Whether you can export the project's circled takes.")
    can_circle: bool
    as_of: str = Field(description="`since` of /api/board/changes: what comes later is not in this answer.")
    rewards: bool = Field(
        description="Whether takes can be sorted by reward: for supervisors, once a run had a model of it."
    )


class BoardChanges(BaseModel):
    takes: list[int] = Field(description="Those whose cards may be another now.")
    everything: bool = Field(description="Whether more changed than is named: read every card again.")
    added: bool = Field(description="Whether the project has takes that the board may not have.")
    as_of: str = Field(description="`since` of the next request.")


class BoardChoices(BaseModel):
    shots: list[BoardProject]
    tags: list[str]
    kinds: list[str]
    raters: list[str] = Field([], description="For supervisors; others have themselves.")
    versions: list[str] = Field([], description="For supervisors.")


class TakeUid(Body):
    uid: Uid
    take: Id


class BulkStatusBody(Body):
    status: Status
    takes: list[TakeUid] = Field(min_length=1, max_length=MOST_AT_ONCE)


class BulkRefusal(BaseModel):
    uid: str
    error: str


class BulkReceipts(BaseModel):
    receipts: list[Receipt] = Field(description="One for each take that has the status now.")
    refused: list[BulkRefusal] = Field(description="One for each other take; it is as it was.")
