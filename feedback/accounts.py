"""People, their passwords, sessions and tokens. Secrets are kept as hashes only; a token is shown once, when issued."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedback import events
from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, check_whole, shown
from feedback.studio import Studio

ROLES = ("creative", "supervisor", "admin")
MINIMUM_PASSWORD, LONGEST_PASSWORD = 10, 1000
LONGEST_LABEL = 100
LONGEST_DAYS = 3650
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_hasher = PasswordHasher()
# Checked when the name is unknown, so that the answer takes as long as for a known one.
_NOBODY = _hasher.hash("nobody has this password")


def at_least(person: dict[str, Any], role: str) -> bool:
    """Whether the person's role is `role` or above it."""
    return ROLES.index(person["role"]) >= ROLES.index(role)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(f"no role {shown(role)}; give one of {', '.join(ROLES)}")


def _hash_password(password: str) -> str:
    if len(password) < MINIMUM_PASSWORD:
        raise Invalid(f"the password has {len(password)} characters; give at least {MINIMUM_PASSWORD}")
    if len(password) > LONGEST_PASSWORD or not _is_text(password):
        raise Invalid(f"give a password of at most {LONGEST_PASSWORD} characters that a keyboard can type")
    return _hasher.hash(password)


def _is_text(password: str) -> bool:
    """Whether it has bytes to be hashed; half of a surrogate pair has none. Never cleaned: it is not ours to change."""
    try:
        return bool(password.encode())
    except UnicodeEncodeError:
        return False


def _hash_token(token: str) -> str:
    # Tokens are 256 random bits: a plain hash is enough, and a slow one would slow every request.
    return hashlib.sha256(token.encode()).hexdigest()


def add_person(
    studio: Studio, name: str, role: str, password: str | None = None, actor: str = "command line"
) -> dict[str, Any]:
    """Adds a person; without a password they can come in by token only."""
    _check_role(role)
    if not NAME.fullmatch(name):
        raise Invalid(
            f"{shown(name)} is no name for a person; use up to 64 letters, digits and . _ @ -, beginning with a letter"
        )
    hashed = _hash_password(password) if password else None
    with studio.writing() as db:
        if studio.value("SELECT id FROM people WHERE name = ?", (name,)):
            raise Refused(f"there is a {name!r} already; choose another name")
        db.table("people").insert({"name": name, "role": role, "password_hash": hashed, "created": now()})
        events.record(studio, actor, "person.add", name, {"role": role})
    return get_person(studio, name)


def get_person(studio: Studio, name: str) -> dict[str, Any]:
    """The person of that name, without the password hash."""
    row = studio.row("SELECT id, name, role, created, disabled FROM people WHERE name = ?", (name,))
    if row is None:
        raise NotFound(f"no person {shown(name)}; see: circletake user list")
    return row


def list_people(studio: Studio) -> list[dict[str, Any]]:
    return studio.rows(
        "SELECT id, name, role, created, disabled, password_hash IS NOT NULL AS has_password,"
        " (SELECT count(*) FROM current_ballots b WHERE b.person = people.id) AS ballots FROM people ORDER BY name"
    )


def set_password(studio: Studio, name: str, password: str, actor: str = "command line") -> None:
    """A new password ends every session the person has."""
    person, hashed = get_person(studio, name), _hash_password(password)
    with studio.writing() as db:
        db.table("people").update(person["id"], {"password_hash": hashed})
        db.execute("UPDATE sessions SET ended = ? WHERE person = ? AND ended IS NULL", (now(), person["id"]))
        events.record(studio, actor, "person.password", name)


def set_role(studio: Studio, name: str, role: str, actor: str = "command line") -> dict[str, Any]:
    _check_role(role)
    person = get_person(studio, name)
    with studio.writing() as db:
        db.table("people").update(person["id"], {"role": role})
        events.record(studio, actor, "person.role", name, {"from": person["role"], "to": role})
    return get_person(studio, name)


def disable_person(studio: Studio, name: str, actor: str = "command line") -> None:
    """Ends the person's sessions and tokens; what they judged stays."""
    person = get_person(studio, name)
    with studio.writing() as db:
        db.table("people").update(person["id"], {"disabled": now()})
        for table in ("sessions", "tokens"):
            db.execute(f"UPDATE {table} SET ended = ? WHERE person = ? AND ended IS NULL", (now(), person["id"]))
        events.record(studio, actor, "person.disable", name)


def enable_person(studio: Studio, name: str, actor: str = "command line") -> None:
    """Lets a disabled person in again, with the password they had; sessions and tokens stay ended."""
    person = get_person(studio, name)
    with studio.writing() as db:
        db.table("people").update(person["id"], {"disabled": None})
        events.record(studio, actor, "person.enable", name)


def check_password(studio: Studio, name: str, password: str) -> dict[str, Any] | None:
    """The person, when name and password belong together; None takes as long to find out."""
    row = studio.row("SELECT password_hash, disabled FROM people WHERE name = ?", (name,))
    known = bool(row and row["password_hash"] and not row["disabled"])
    try:
        _hasher.verify(row["password_hash"] if row and known else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return get_person(studio, name) if known else None


def start_session(studio: Studio, person_id: int, hours: float = 12) -> str:
    """A session's token, for the cookie."""
    token = secrets.token_urlsafe(32)
    with studio.writing() as db:
        row = {"token_hash": _hash_token(token), "person": person_id, "created": now(), "expires": now(3600 * hours)}
        db.table("sessions").insert(row)
    return token


def _person_behind(
    studio: Studio, table: str, token: str, condition: str, params: tuple[Any, ...]
) -> dict[str, Any] | None:
    return studio.row(
        f"SELECT p.id, p.name, p.role, p.created, p.disabled FROM {table} t JOIN people p ON p.id = t.person"
        f" WHERE t.token_hash = ? AND t.ended IS NULL AND p.disabled IS NULL {condition}",
        (_hash_token(token), *params),
    )


def person_of_session(studio: Studio, token: str) -> dict[str, Any] | None:
    """Who is signed in with this session, unless it ended or ran out."""
    return _person_behind(studio, "sessions", token, "AND t.expires > ?", (now(),))


def end_session(studio: Studio, token: str) -> None:
    with studio.writing() as db:
        db.execute("UPDATE sessions SET ended = ? WHERE token_hash = ? AND ended IS NULL", (now(), _hash_token(token)))


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
        events.record(studio, actor, "token.issue", name, {"label": label, "expires": expires})
    return token


def person_of_token(studio: Studio, token: str) -> dict[str, Any] | None:
    """Whose token this is, unless it was revoked or ran out."""
    return _person_behind(studio, "tokens", token, "AND (t.expires IS NULL OR t.expires > ?)", (now(),))


def list_tokens(studio: Studio, name: str) -> list[dict[str, Any]]:
    """A person's tokens, oldest first: id, label, when it was made, when it expires and when it ended, or None."""
    rows = studio.rows(
        "SELECT id, label, created, expires, ended FROM tokens WHERE person = ? ORDER BY id",
        (get_person(studio, name)["id"],),
    )
    return [{**row, "state": _token_state(row)} for row in rows]


def _token_state(row: dict[str, Any]) -> str:
    if row["ended"]:
        return "revoked"
    return "expired" if row["expires"] and row["expires"] <= now() else "valid"


def revoke_token(studio: Studio, token_id: int, actor: str = "command line") -> dict[str, Any]:
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
            events.record(studio, actor, "token.revoke", row["name"], {"token": row["id"], "label": row["label"]})
    return {key: row[key] for key in ("id", "name", "label")}
