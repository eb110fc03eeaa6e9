"""Sessions of browsers and tokens of scripts. Only their hashes are kept; a token is shown once, when issued."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, cast

from feedback.clock import now
from feedback.errors import Refused
from feedback.fields import check_text
from feedback.people.accounts import Person, get_person
from feedback.store import Studio, audit_log

LONGEST_LABEL = 100


def _hash_token(token: str) -> str:
    # Tokens are 256 random bits: a plain hash is enough, and a slow one would slow every request.
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(studio: Studio, person_id: int, hours: float = 12) -> str:
    """A session's token, for the cookie."""
    token = secrets.token_urlsafe(32)
    with studio.writing() as db:
        row = {"token_hash": _hash_token(token), "person": person_id, "created": now(), "expires": now(3600 * hours)}
        db.table("sessions").insert(row)
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


def issue_token(studio: Studio, name: str, label: str = "command line", actor: str = "command line") -> str:
    """A personal token for scripts; shown once."""
    person = get_person(studio, name)
    if person["disabled"]:
        raise Refused(f"{name!r} is disabled; a disabled person gets no token")
    label = check_text("label", label, LONGEST_LABEL)
    token = "ct_" + secrets.token_urlsafe(32)
    with studio.writing() as db:
        db.table("tokens").insert(
            {"token_hash": _hash_token(token), "person": person["id"], "label": label, "created": now()}
        )
        audit_log.record(studio, actor, "token.issue", name, {"label": label})
    return token


def person_of_token(studio: Studio, token: str) -> Person | None:
    return _person_behind(studio, "tokens", token, "", ())


def revoke_token(studio: Studio, token: str) -> None:
    with studio.writing() as db:
        db.execute("UPDATE tokens SET ended = ? WHERE token_hash = ? AND ended IS NULL", (now(), _hash_token(token)))
