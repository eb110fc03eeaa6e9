"""What goes over HTTP about people, their sessions and tokens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from feedback.people.accounts import LONGEST_PASSWORD
from feedback.people.tokens import LONGEST_DAYS, LONGEST_LABEL
from ui.api.schemas.common import Body

Role = Literal["creative", "supervisor", "admin"]
Password = Annotated[str, Field(max_length=LONGEST_PASSWORD)]


class TokenRow(BaseModel):
    id: int
    label: str
    created: str = Field(description="UTC.")
    expires: str | None


class SessionRow(BaseModel):
    id: int
    browser: str = Field(description="What it calls itself.")
    created: str
    expires: str
    here: bool = Field(description="The one that asks.")


class Access(BaseModel):
    """Everything that lets a person in."""

    sessions: list[SessionRow]
    tokens: list[TokenRow]


class PersonRow(BaseModel):
    id: int
    name: str
    role: Role
    projects: list[str] = Field(description="Codes of those of which they are a member.")
    ballots: int
    has_password: bool
    disabled: bool
    tokens: list[TokenRow] = Field(description="Those that let somebody in.")
    sessions: int
    agreed: bool | None = Field(description="To their judgements being learned from; null before they answered.")
    agreed_since: str | None = Field(description="When they gave that answer, UTC.")
    created: str


class NewPerson(Body):
    name: str = Field(max_length=200)
    role: Role = "creative"
    password: Password | None = Field(None, description="Without one they come in by token only.")


class PersonChange(Body):
    role: Role | None = None
    password: Password | None = Field(None, description="Ends their sessions and tokens.")
    disabled: bool | None = Field(None, description="true ends their sessions and tokens.")


class PasswordChange(Body):
    current: Password
    new: Password


class NewToken(Body):
    label: str = Field("", max_length=LONGEST_LABEL)
    days: int | None = Field(
        None, ge=1, le=LONGEST_DAYS, description="How long it is good; without, until it is revoked."
    )


class IssuedToken(BaseModel):
    token: str = Field(description="Shown this once.")
