"""The HTTP routes about people: an admin's of everybody, and each person's of their own sessions and tokens."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from feedback.errors import Forbidden, Invalid, LimitReached, NotFound
from feedback.people import accounts, project_members, tokens
from feedback.rights.agreements import answers
from feedback.store import Studio
from ui.api.schemas.common import PROBLEMS, Id
from ui.api.schemas.people import (
    Access,
    IssuedToken,
    NewPerson,
    NewToken,
    PasswordChange,
    PersonChange,
    PersonRow,
    SessionRow,
    TokenRow,
)
from ui.context import OpenStudio, context_of
from ui.security.access import COOKIE, CurrentPerson, Person, current_person
from ui.security.login import PasswordChecks, begin_session
from ui.security.throttle import Throttle


def current_admin(request: Request) -> Person:
    return current_person(request).require("admin")


Admin = Annotated[Person, Depends(current_admin)]


def routes() -> APIRouter:
    router = APIRouter(tags=["people"], responses=PROBLEMS)
    router.add_api_route("/api/people", list_people, methods=["GET"])
    router.add_api_route("/api/people", add_person, methods=["POST"], status_code=201)
    router.add_api_route("/api/people/{person_id}", change_person, methods=["PATCH"])
    gone: dict[str, Any] = {"status_code": 204}
    router.add_api_route("/api/people/{person_id}/projects/{code}", join, methods=["PUT"], **gone)
    router.add_api_route("/api/people/{person_id}/projects/{code}", leave, methods=["DELETE"], **gone)
    router.add_api_route("/api/people/{person_id}/tokens", issue_token, methods=["POST"], status_code=201)
    router.add_api_route("/api/people/{person_id}/tokens/{token}", revoke_token, methods=["DELETE"], **gone)
    router.add_api_route("/api/people/{person_id}/sessions", sign_out_everywhere, methods=["DELETE"], **gone)
    router.add_api_route("/api/me/access", show_access, methods=["GET"])
    router.add_api_route("/api/me/password", change_password, methods=["POST"], **gone)
    router.add_api_route("/api/me/sessions", end_other_sessions, methods=["DELETE"], **gone)
    router.add_api_route("/api/me/sessions/{session}", end_session, methods=["DELETE"], **gone)
    router.add_api_route("/api/me/tokens", issue_own_token, methods=["POST"], status_code=201)
    router.add_api_route("/api/me/tokens/{token}", revoke_own_token, methods=["DELETE"], **gone)
    return router


# ---- admins -----------------------------------------------------------------------------------------------------------


def list_people(studio: OpenStudio, admin: Admin) -> list[PersonRow]:
    """Everybody, by name."""
    return [describe(studio, row) for row in accounts.list_people(studio)]


def describe(studio: Studio, row: accounts.ListedPerson) -> PersonRow:
    answer = answers(studio).get(row["id"])
    return PersonRow(
        id=row["id"],
        name=row["name"],
        role=row["role"],  # type: ignore[arg-type]
        projects=project_members.projects_of(studio, row["name"]),
        ballots=row["ballots"],
        has_password=bool(row["has_password"]),
        disabled=row["disabled"] is not None,
        tokens=valid_tokens(studio, row["name"]),
        sessions=len(tokens.list_sessions(studio, row["id"])),
        agreed=answer and answer["agreed"],
        agreed_since=answer and answer["since"],
        created=row["created"],
    )


def valid_tokens(studio: Studio, name: str) -> list[TokenRow]:
    return [
        TokenRow(id=token["id"], label=token["label"], created=token["created"], expires=token["expires"])
        for token in tokens.list_tokens(studio, name)
        if token["state"] == "valid"
    ]


def find(studio: Studio, person_id: int) -> accounts.ListedPerson:
    row = next((row for row in accounts.list_people(studio) if row["id"] == person_id), None)
    if row is None:
        raise NotFound(f"no person {person_id}; see GET /api/people")
    return row


def add_person(body: NewPerson, studio: OpenStudio, admin: Admin) -> PersonRow:
    """A new account; without a password they come in by token only."""
    added = accounts.add_person(studio, body.name, body.role, body.password or None, actor=admin.name)
    return describe(studio, find(studio, added["id"]))


def change_person(person_id: Id, body: PersonChange, studio: OpenStudio, admin: Admin) -> PersonRow:
    """Role, password, or whether they may sign in. All that is given is done, or nothing."""
    name = find(studio, person_id)["name"]
    if body.role is body.password is body.disabled is None:
        raise Invalid("nothing to change: give role, password or disabled")
    with studio.writing():
        if body.role is not None:
            accounts.set_role(studio, name, body.role, actor=admin.name)
        if body.password is not None:
            accounts.set_password(studio, name, body.password, actor=admin.name)
        if body.disabled is not None:
            (accounts.disable_person if body.disabled else accounts.enable_person)(studio, name, actor=admin.name)
    return describe(studio, find(studio, person_id))


def join(person_id: Id, code: str, studio: OpenStudio, admin: Admin) -> None:
    """Makes the person a member of a project, by its code."""
    project_members.add_member(studio, code, find(studio, person_id)["name"], actor=admin.name)


def leave(person_id: Id, code: str, studio: OpenStudio, admin: Admin) -> None:
    """They see the project no more; what they judged stays."""
    project_members.remove_member(studio, code, find(studio, person_id)["name"], actor=admin.name)


def issue_token(person_id: Id, body: NewToken, studio: OpenStudio, admin: Admin) -> IssuedToken:
    """A token for the person's scripts, shown this once."""
    return issue(studio, find(studio, person_id)["name"], body, admin)


def issue(studio: Studio, name: str, body: NewToken, actor: Person) -> IssuedToken:
    label = body.label or "pages"
    return IssuedToken(token=tokens.issue_token(studio, name, label, actor=actor.name, days=body.days))


def revoke_token(person_id: Id, token: Id, studio: OpenStudio, admin: Admin) -> None:
    """Ends a token for good."""
    revoke(studio, find(studio, person_id)["name"], token, admin)


def revoke(studio: Studio, name: str, token: int, actor: Person) -> None:
    if token not in {row["id"] for row in tokens.list_tokens(studio, name)}:
        raise NotFound(f"{name} has no token {token}")
    tokens.revoke_token(studio, token, actor=actor.name)


def sign_out_everywhere(person_id: Id, studio: OpenStudio, admin: Admin) -> None:
    """Ends all sessions of the person; tokens stay."""
    tokens.end_sessions(studio, find(studio, person_id)["id"])


# ---- oneself ----------------------------------------------------------------------------------------------------------


def show_access(request: Request, studio: OpenStudio, person: CurrentPerson) -> Access:
    """Your own sessions that are not over, and your tokens that are good."""
    rows = tokens.list_sessions(studio, person.id, request.cookies.get(COOKIE))
    return Access(sessions=[SessionRow(**row) for row in rows], tokens=valid_tokens(studio, person.name))


async def change_password(request: Request, body: PasswordChange, person: CurrentPerson) -> Response:
    """A new password of your own. Your other sessions and all your tokens end; this browser stays signed in."""
    checks: PasswordChecks = request.app.state.password_checks
    return await to_thread.run_sync(try_change, request, body, person, checks.throttle, limiter=checks.limiter)


def try_change(request: Request, body: PasswordChange, person: Person, throttle: Throttle) -> Response:
    """Whoever sits down at another's open browser does not know their password, and guesses no faster than at the door."""
    studio, key = context_of(request).studio, accounts.name_key(person.name)
    place = throttle.place(key, request.client.host if request.client else "", "")
    if wait := throttle.wait(key, place):
        raise LimitReached(f"too many failed tries; try again in {max(1, round(wait))} s")
    if accounts.check_password(studio, person.name, body.current) is None:
        throttle.fail(key, place)
        raise Forbidden("that is not your password of today")
    accounts.set_password(studio, person.name, body.new, actor=person.name)
    throttle.succeed(key, place)
    answer = Response(status_code=204)
    begin_session(answer, request, person.id)
    return answer


def end_other_sessions(request: Request, studio: OpenStudio, person: CurrentPerson) -> None:
    """Signs you out everywhere but here."""
    tokens.end_sessions(studio, person.id, keep=request.cookies.get(COOKIE))


def end_session(session: Id, studio: OpenStudio, person: CurrentPerson) -> None:
    """Ends one of your sessions."""
    tokens.end_sessions(studio, person.id, session)


def issue_own_token(body: NewToken, studio: OpenStudio, person: CurrentPerson) -> IssuedToken:
    """A token for your own scripts, shown this once."""
    return issue(studio, person.name, body, person)


def revoke_own_token(token: Id, studio: OpenStudio, person: CurrentPerson) -> None:
    """Ends one of your tokens for good."""
    revoke(studio, person.name, token, person)
