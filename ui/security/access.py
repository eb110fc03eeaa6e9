"""Who is asking: a session cookie, a bearer token or, on a newcomer's own machine, the demo supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.requests import HTTPConnection

from feedback import accounts
from feedback.errors import Forbidden
from feedback.studio import Studio

COOKIE = "circletake_session"
DEMO_PERSON = "demo"
_CACHED = "circletake.person"


@dataclass(frozen=True)
class House:
    """What every request handler needs to know about the process it runs in."""

    studio: Studio
    # True signs every caller in as the demo supervisor; `circletake serve` allows it on loopback only.
    demo: bool = False
    # How long a login lasts, in hours.
    session_hours: float = 12.0
    # Scheme, host and port that browsers see, where a proxy changes the Host header; empty: the Host header itself.
    public_origin: str = ""


def house_of(connection: HTTPConnection) -> House:
    """The house that serves this request; pages mounted below the main app share it."""
    return connection.scope["circletake.house"]


def bearer_token(connection: HTTPConnection) -> str | None:
    """The token of an `Authorization: Bearer` header, or None when there is no such header."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def find_person(connection: HTTPConnection) -> dict[str, Any] | None:
    """The person asking, or None. Looked up once per request, so that one request sees one answer."""
    if _CACHED not in connection.scope:
        connection.scope[_CACHED] = _look_up(connection)
    return connection.scope[_CACHED]


def _look_up(connection: HTTPConnection) -> dict[str, Any] | None:
    house, token = house_of(connection), bearer_token(connection)
    if token is not None:
        # A wrong token is a mistake to be told, not a reason to fall back on a weaker proof.
        return accounts.person_of_token(house.studio, token)
    cookie = connection.cookies.get(COOKIE)
    person = accounts.person_of_session(house.studio, cookie) if cookie else None
    if person is None and house.demo:
        demo = accounts.get_person(house.studio, DEMO_PERSON)
        return None if demo["disabled"] else demo
    return person


def current_person(request: Request) -> dict[str, Any]:
    """FastAPI dependency: the signed-in person. The gate has already refused everybody else."""
    person = find_person(request)
    if person is None:
        raise Forbidden("sign in first")
    return person


def supervisor(request: Request) -> dict[str, Any]:
    """FastAPI dependency: the signed-in person, who must be a supervisor or an admin."""
    return require_role(current_person(request), "supervisor")


def require_role(person: dict[str, Any], role: str) -> dict[str, Any]:
    """Gives the person back; raises Forbidden unless the role is at least `role`."""
    if not accounts.at_least(person, role):
        raise Forbidden(f"{person['name']} is a {person['role']}; this needs the role {role}")
    return person


def name_of_person(request: Request) -> str | None:
    """Gradio's `auth_dependency`: the name that handlers find in `gr.Request.username`."""
    person = find_person(request)
    return person["name"] if person else None
