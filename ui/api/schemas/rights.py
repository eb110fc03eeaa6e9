"""What goes over HTTP about licences, consents and the agreement of those who judge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from feedback.rights.contributors import LONGEST_NAME
from feedback.rights.project_rules import Rule
from feedback.rights.terms import LONGEST_TEXT
from ui.api.schemas.common import Body, Code, Sha256

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
Day = Annotated[str, Field(max_length=10, description="Such as 2026-11-27.")]
Kind = Literal["performer", "artist", "operator", "director", "writer", "other"]
Use = Literal["training", "drawing"]


class NewContributor(Body):
    name: Name
    kind: Kind = "performer"
    account: str | None = Field(None, max_length=200, description="What they sign in with, if they do.")


class Terms(Body):
    uses: list[Use] = Field(max_length=2, description="What is allowed; nothing else is.")
    projects: list[Code] = Field([], max_length=1000, description="Codes of the only ones; empty is every project.")
    starts: Day | None = None
    ends: Day | None = None
    document: Sha256 | None = Field(None, description="Of what was signed, as POST /api/rights/documents answers.")


class NewConsent(Terms):
    person: Name
    subject: Literal["likeness", "voice", "style", "work"]
    described: Words = Field(description="The uses, as the person read them before they agreed.")
    compensation: Words = ""


class NewLicence(Terms):
    name: Name
    holder: Name
    terms: Words = ""


class Reason(Body):
    reason: Words


class Document(BaseModel):
    document: str = Field(description="The sha256; the file itself is not kept.")
    bytes: int


class ConsentRow(BaseModel):
    id: int
    person: str
    subject: str
    uses: list[str]
    projects: list[str] = Field(description="Of those that you see; empty is every project.")
    described: str
    compensation: str
    starts: str | None
    ends: str | None
    document: str | None
    recorded_by: str | None
    created: str
    revoked: str | None
    reason: str | None


class LicenceRow(BaseModel):
    id: int
    name: str
    holder: str
    terms: str
    uses: list[str]
    projects: list[str]
    starts: str | None
    ends: str | None
    document: str | None
    recorded_by: str | None
    created: str
    ended: str | None
    reason: str | None
    titles: list[str] = Field(description="Of the library, under it.")
    frames: int = Field(description="Frames and clips of these titles.")
    files: int = Field(description="Plates and other files under it.")


class ContributorRow(BaseModel):
    id: int
    name: str
    kind: str
    account: str | None
    created: str
    briefs: int = Field(description="That name them, of the projects that you see.")
    consents: list[ConsentRow]


class EndingRow(BaseModel):
    what: Literal["consent", "licence"]
    id: int
    name: str
    ends: str
    days: int


class FileUnder(BaseModel):
    media: str = Field(description="The file's sha256.")
    licence: str


class AbsentRow(BaseModel):
    what: Literal["consent", "licence", "plate"]
    name: str = Field(description="Of the person or the licence; of a plate without one its sha256.")
    subject: str | None = Field(description="Of the consent.")


class WaitingRow(BaseModel):
    id: int
    project: str
    shot: str
    prompt: str
    waiting: int
    drawn: int
    missing: list[AbsentRow]


class Rights(BaseModel):
    people: list[ContributorRow]
    licences: list[LicenceRow]
    ending: list[EndingRow] = Field(description="In force, and over within 30 days.")
    waiting: list[WaitingRow] = Field(description="Briefs that lack a consent or a licence today.")
    projects: list[str] = Field(description="Codes that a form may name.")
    plates: dict[str, Rule] = Field(description="Whether plates without a licence are refused, by project.")
    is_asked: bool = Field(description="Whether judgements count only once their person agreed.")
    time_zone: str = Field(description="Where the studio's days begin, such as Europe/Berlin.")
    today: str = Field(description="The day in that zone, by which terms are read.")


class TouchedTake(BaseModel):
    take: int
    project: str
    shot: str


class Touched(BaseModel):
    """What rests on a consent or a licence: counts of everything, and of what you see a list of `MOST` at the most."""

    counts: dict[str, int] = Field(description="briefs, items, runs, versions, takes, selects.")
    versions: list[str]
    takes: list[TouchedTake] = Field(description="That show it; those that a version drew are counted only.")
    selects: list[TouchedTake]
    frames: list[str] = Field(description="Titles of the library, with how many frames of each.")


class Follows(BaseModel):
    production: str | None = Field(description="The version that draws from now on; null where none may.")
    previous: str | None = Field(description="That drew until now, where it may no longer.")
    is_retuned: bool = Field(description="Whether the next night tunes again, without it.")


class Ended(Follows):
    touched: Touched


class Agreement(BaseModel):
    is_asked: bool = Field(description="Whether the studio asks, and so whether judgements count only once you agreed.")
    agreed: bool | None = Field(description="null before you answered.")
    since: str | None


class AgreementAnswer(Body):
    agreed: bool


class AgreementKept(Agreement):
    runs: int = Field(0, description="Tunings that learned from you, where you withdraw.")
    follows: Follows | None = Field(None, description="What follows then.")
