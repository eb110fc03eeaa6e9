"""What goes over HTTP of review sessions, of progress and of what a person decided."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from feedback.fields import LONGEST_NUMBER
from feedback.people.accounts import LONGEST_NAME
from feedback.production.review_sessions import LONGEST_NAME as LONGEST_SESSION_NAME
from feedback.production.review_sessions import MOST_TAKES
from ui.api.schemas.common import Body, Code, Id, Side

SessionName = Annotated[str, Field(min_length=1, max_length=LONGEST_SESSION_NAME)]
PersonName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Status = Literal["wip", "needs_retake", "approved", "circled"]
Verdict = Literal["left", "right", "tie", "both_bad"]


class SessionBody(Body):
    """Its takes are those of the project that meet all that is given; without anything, all of them."""

    project: Code
    name: str = Field("", max_length=LONGEST_SESSION_NAME)
    shots: list[Code] = Field([], max_length=1000)
    takes: list[Id] = Field([], max_length=MOST_TAKES)
    statuses: list[Status] = Field([], max_length=4)
    kind: Literal["still", "clip"] | None = None
    version: Code | None = Field(None, description="That drew them.")
    since: str | None = Field(None, max_length=LONGEST_NUMBER, description="Drawn then or later: an ISO date or time.")
    until: str | None = Field(None, max_length=LONGEST_NUMBER, description="Drawn before then.")
    text: str | None = Field(None, max_length=200, description="In the prompt, in upper or lower case.")
    people: list[PersonName] = Field([], max_length=200, description="Who is expected to judge it.")
    dry_run: bool = Field(False, description="Says how many takes it would have, and makes none.")


class ChosenTakes(BaseModel):
    takes: int


class CloseBody(Body):
    project: Code
    name: SessionName


class PersonProgress(BaseModel):
    name: str
    judged: int = Field(description="Pairs of the session.")


class Session(BaseModel):
    project: str
    name: str
    made_by: str
    created: str = Field(description="ISO 8601, UTC.")
    closed: str | None
    takes: int
    pairs: int = Field(description="That its takes make.")
    judged: int = Field(description="By you, of these pairs.")
    address: str = Field(description="The link to it, on this server.")
    people: list[PersonProgress] | None = Field(
        None, description="Who is expected, and who judged any pair of it; for supervisors."
    )


class ScopeOfSession(BaseModel):
    project: str
    name: str
    closed: bool


class Progress(BaseModel):
    judged: int
    total: int = Field(description="Pairs that you can judge, those that you judged among them.")
    skipped: int = Field(description="Of those that are left.")
    session: ScopeOfSession | None = Field(None, description="The review session that was named.")


class Choice(BaseModel):
    left: Side
    right: Side
    verdict: Verdict
    project: str
    shot: str
    prompt: str


class Share(BaseModel):
    count: int
    number: int = Field(description="Of how many.")
    low: float = Field(description="Of its 95 % interval, 0 to 1.")
    high: float


class Next(BaseModel):
    """What there is to judge next."""

    label: str = Field(description="A review session's name; empty for everything else.")
    address: str
    left: int


class Summary(BaseModel):
    progress: Progress
    chosen: int = Field(description="Verdicts for one of the two takes.")
    ties: int
    both_bad: int
    choices: list[Choice] = Field(description="Yours, the last first.")
    before: int | None = Field(description="Send it to get the choices before these; null: there are none.")
    agreement: Share = Field(description="Of what others answered on the same pairs, what you answered too.")
    consistency: Share = Field(description="Of your consistency checks, those answered as before.")
    next: list[Next]
