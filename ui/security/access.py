"""Who is asking: a session cookie, a bearer token or, on a newcomer's own machine, the demo supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.types import Scope

from feedback.errors import Forbidden
from feedback.people import accounts, tokens
from feedback.store import Studio
from ui.context import context_of

if TYPE_CHECKING:
    import gradio

COOKIE = "circletake_session"
DEMO_PERSON = "demo"
_CACHED = "circletake.person"


@dataclass(frozen=True)
class Person:
    """Who is asking."""

    id: int
    name: str
    role: str  # creative, supervisor or admin

    def at_least(self, role: str) -> bool:
        """Whether the person's role is `role` or above it."""
        return accounts.ROLES.index(self.role) >= accounts.ROLES.index(role)

    def require(self, role: str) -> Person:
        """Gives the person back; raises Forbidden unless the role is at least `role`."""
        if not self.at_least(role):
            raise Forbidden(f"{self.name} is a {self.role}; this needs the role {role}")
        return self


def person_of_row(row: accounts.Person | None) -> Person | None:
    """From an account's row; None for one that is disabled."""
    return Person(row["id"], row["name"], row["role"]) if row and not row["disabled"] else None


def bearer_token(connection: HTTPConnection) -> str | None:
    """The token of an `Authorization: Bearer` header, or None when there is no such header."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def find_person(connection: HTTPConnection) -> Person | None:
    """The person asking, or None. Looked up once per request, so that one request sees one answer."""
    if _CACHED not in connection.scope:
        connection.scope[_CACHED] = _look_up(connection)
    return connection.scope[_CACHED]


def name_of_scope(scope: Scope) -> str | None:
    """Who was found to be asking in a request that has passed the gate."""
    person = scope.get(_CACHED)
    return person.name if person else None


def _look_up(connection: HTTPConnection) -> Person | None:
    context, token = context_of(connection), bearer_token(connection)
    if token is not None:
        # A wrong token is refused, so that its owner notices; it never falls back on a weaker proof.
        return person_of_row(tokens.person_of_token(context.studio, token))
    cookie = connection.cookies.get(COOKIE)
    person = person_of_row(tokens.person_of_session(context.studio, cookie)) if cookie else None
    if person is None and context.demo:
        return person_of_row(accounts.get_person(context.studio, DEMO_PERSON))
    return person


def current_person(request: Request) -> Person:
    """FastAPI dependency: the signed-in person. The gate has already refused everybody else."""
    person = find_person(request)
    if person is None:
        raise Forbidden("sign in first")
    return person


def current_supervisor(request: Request) -> Person:
    """FastAPI dependency: the signed-in person, who must be a supervisor or an admin."""
    return current_person(request).require("supervisor")


CurrentPerson = Annotated[Person, Depends(current_person)]
Supervisor = Annotated[Person, Depends(current_supervisor)]


def name_of_person(request: Request) -> str | None:
    """Gradio's `auth_dependency`: the name that handlers find in `gr.Request.username`."""
    person = find_person(request)
    return person.name if person else None


def person_of_event(studio: Studio, request: gradio.Request, role: str = "creative") -> Person:
    """Who calls a page's handler; every handler is an endpoint, so each asks, and names the role it needs."""
    if not request.username:
        raise Forbidden("sign in first")
    person = person_of_row(accounts.get_person(studio, request.username))
    if person is None:
        raise Forbidden(f"{request.username} is disabled")
    return person.require(role)
