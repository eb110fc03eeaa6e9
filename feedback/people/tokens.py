"""Sessions of browsers and tokens of scripts. Only their hashes are kept; a token is shown once, when issued."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.errors import NotFound, Refused
from feedback.fields import check_text, check_whole, clean_text
from feedback.people.accounts import Person, get_person
from feedback.store import Studio, audit_log

LONGEST_LABEL = 100
LONGEST_BROWSER = 200
LONGEST_DAYS = 3650


class ListedToken(TypedDict):
    """A token without its secret; times are UTC."""

    id: int
    label: str
    created: str
    expires: str | None
    ended: str | None
    state: str  # valid, expired or revoked


class ListedSession(TypedDict):
    """A session without its secret; times are UTC."""

    id: int
    browser: str  # what it calls itself; empty for one of before that was kept
    created: str
    expires: str
    here: bool  # the one that asks


class RevokedToken(TypedDict):
    id: int
    name: str  # of the person
    label: str


def _hash_token(token: str) -> str:
    # Tokens are 256 random bits: a plain hash is enough, and a slow one would slow every request.
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(studio: Studio, person_id: int, hours: float = 12, browser: str = "") -> str:
    """A session's token, for the cookie. `browser`: what it calls itself."""
    token = secrets.token_urlsafe(32)
    row = {"token_hash": _hash_token(token), "person": person_id, "created": now(), "expires": now(3600 * hours)}
    with studio.writing() as db:
        db.table("sessions").insert({**row, "browser": clean_text(browser)[:LONGEST_BROWSER]})
    return token


def _person_behind(studio: Studio, table: str, token: str, condition: str, params: tuple[Any, ...]) -> Person | None:
    row = studio.row(
        f"SELECT p.id, p.name, p.role, p.created, p.disabled FROM {table} t JOIN people p ON p.id = t.person"
        f" WHERE t.token_hash = ? AND t.ended IS NULL AND p.disabled IS NULL {condition}",
        (_hash_token(token), *params),
    )
    return cast(Person | None, row)


def person_of_session(studio: Studio, token: str) -> Person | None:
    """Who is signed in with this session, unless it ended or ran out."""
    return _person_behind(studio, "sessions", token, "AND t.expires > ?", (now(),))


def end_session(studio: Studio, token: str) -> None:
    with studio.writing() as db:
        db.execute("UPDATE sessions SET ended = ? WHERE token_hash = ? AND ended IS NULL", (now(), _hash_token(token)))


def list_sessions(studio: Studio, person_id: int, token: str | None = None) -> list[ListedSession]:
    """A person's sessions that are not over, the newest first; `token`: of the one that asks."""
    rows = studio.rows(
        "SELECT id, token_hash, browser, created, expires FROM sessions"
        " WHERE person = ? AND ended IS NULL AND expires > ? ORDER BY id DESC",
        (person_id, now()),
    )
    here = token and _hash_token(token)
    return [
        {
            "id": row["id"],
            "browser": row["browser"] or "",
            "created": row["created"],
            "expires": row["expires"],
            "here": row["token_hash"] == here,
        }
        for row in rows
    ]


def end_sessions(studio: Studio, person_id: int, session: int | None = None, *, keep: str | None = None) -> int:
    """Ends one of the person's sessions, or all but the one with the token `keep`; how many ended. NotFound for another's."""
    if session is not None and not studio.value(
        "SELECT 1 FROM sessions WHERE id = ? AND person = ?", (check_whole("session", session, 1), person_id)
    ):
        raise NotFound(f"no session {session} of yours")
    with studio.writing() as db:
        ended = db.execute(
            "UPDATE sessions SET ended = :now WHERE person = :person AND ended IS NULL AND (:session IS NULL OR id = :session)"
            " AND (:keep IS NULL OR token_hash <> :keep)",
            {"now": now(), "person": person_id, "session": session, "keep": keep and _hash_token(keep)},
        )
    return int(ended.rowcount)


def issue_token(
    studio: Studio, name: str, label: str = "command line", actor: str = "command line", *, days: int | None = None
) -> str:
    """A personal token for scripts; shown once. It is good for `days`, or until it is revoked."""
    person = get_person(studio, name)
    if person["disabled"]:
        raise Refused(f"{name!r} is disabled; a disabled person gets no token")
    label = check_text("label", label, LONGEST_LABEL)
    days = None if days is None else check_whole("days", days, 1, LONGEST_DAYS)
    expires = None if days is None else now(days * 24 * 3600)
    token = "ct_" + secrets.token_urlsafe(32)
    row = {
        "token_hash": _hash_token(token),
        "person": person["id"],
        "label": label,
        "created": now(),
        "expires": expires,
    }
    with studio.writing() as db:
        db.table("tokens").insert(row)
        audit_log.record(studio, actor, "token.issue", name, {"label": label, "expires": expires})
    return token


def person_of_token(studio: Studio, token: str) -> Person | None:
    """Whose token this is, unless it was revoked or ran out."""
    return _person_behind(studio, "tokens", token, "AND (t.expires IS NULL OR t.expires > ?)", (now(),))


def list_tokens(studio: Studio, name: str) -> list[ListedToken]:
    """A person's tokens, oldest first: id, label, when it was made, when it expires and when it ended, or None."""
    rows = studio.rows(
        "SELECT id, label, created, expires, ended FROM tokens WHERE person = ? ORDER BY id",
        (get_person(studio, name)["id"],),
    )
    return [cast(ListedToken, {**row, "state": _token_state(row)}) for row in rows]


def _token_state(row: dict[str, Any]) -> str:
    if row["ended"]:
        return "revoked"
    return "expired" if row["expires"] and row["expires"] <= now() else "valid"


def revoke_token(studio: Studio, token_id: int, actor: str = "command line") -> RevokedToken:
    """Ends a token for good, by the id that `list_tokens` gives; returns {"id", "name", "label"}. Twice is fine."""
    row = studio.row(
        "SELECT t.id, p.name, t.label, t.ended FROM tokens t JOIN people p ON p.id = t.person WHERE t.id = ?",
        (check_whole("token", token_id, 1),),
    )
    if row is None:
        raise NotFound(f"no token {token_id}; see: circletake user tokens NAME")
    if not row["ended"]:
        with studio.writing() as db:
            db.table("tokens").update(row["id"], {"ended": now()})
            audit_log.record(studio, actor, "token.revoke", row["name"], {"token": row["id"], "label": row["label"]})
    return {"id": row["id"], "name": row["name"], "label": row["label"]}
