"""People, their roles and passwords. A password is kept as its argon2 hash only.

Names are of any script, normalised (NFKC), and two that differ in case alone are the same one.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TypedDict, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import shown
from feedback.store import Studio, audit_log

ROLES = ("creative", "supervisor", "admin")
MINIMUM_PASSWORD, LONGEST_PASSWORD = 10, 1000
LONGEST_NAME = 64
_hasher = PasswordHasher()


class Person(TypedDict):
    """Somebody who may sign in; the password hash stays in the database."""

    id: int
    name: str
    role: str  # one of ROLES
    created: str
    disabled: str | None  # since when


class ListedPerson(Person):
    has_password: int  # 1 or 0
    ballots: int  # that count today


def at_least(person: Person, role: str) -> bool:
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


def _clean_name(name: str) -> str:
    """As names are kept: what looks alike and means the same is the same."""
    return unicodedata.normalize("NFKC", name).strip()


def name_key(name: str) -> str:
    """The same text for names that differ in case alone."""
    return unicodedata.normalize("NFKC", _clean_name(name).casefold())


def _is_name(name: str) -> bool:
    """Letters and digits of any script with their accents, and . _ @ - behind the first."""
    marks = {"Mn", "Mc"}
    fits = all(char.isalnum() or char in "._@-" or unicodedata.category(char) in marks for char in name)
    return 0 < len(name) <= LONGEST_NAME and name[0].isalnum() and fits


def _kept_name(studio: Studio, name: str) -> str | None:
    """How the person's name is written in the record, however it is typed; None for nobody's."""
    clean = _clean_name(name)
    if studio.value("SELECT 1 FROM people WHERE name = ?", (clean,)):
        return clean
    return next(
        (
            row["name"]
            for row in studio.rows("SELECT name FROM people ORDER BY id")
            if name_key(row["name"]) == name_key(name)
        ),
        None,
    )


def add_person(
    studio: Studio, name: str, role: str, password: str | None = None, actor: str = "command line"
) -> Person:
    """Adds a person; without a password they can come in by token only."""
    _check_role(role)
    name = _clean_name(name)
    if not _is_name(name):
        raise Invalid(
            f"{shown(name)} is no name for a person; use up to 64 letters, digits and . _ @ -, beginning with a letter"
        )
    hashed = _hash_password(password) if password else None
    with studio.writing() as db:
        if (taken := _kept_name(studio, name)) is not None:
            raise Refused(f"there is a {taken!r} already; choose another name")
        db.table("people").insert({"name": name, "role": role, "password_hash": hashed, "created": now()})
        audit_log.record(studio, actor, "person.add", name, {"role": role})
    return get_person(studio, name)


def names_of_people(studio: Studio) -> dict[int, str]:
    """Everybody's, by people id, those who are disabled among them."""
    return dict(studio.tuples("SELECT id, name FROM people"))


def get_person(studio: Studio, name: str) -> Person:
    """The person of that name in upper or lower case, without the password hash."""
    row = studio.row("SELECT id, name, role, created, disabled FROM people WHERE name = ?", (_kept_name(studio, name),))
    if row is None:
        raise NotFound(f"no person {shown(name)}; see: circletake user list")
    return cast(Person, row)


def find_person(studio: Studio, person_id: int) -> Person | None:
    row = studio.row("SELECT id, name, role, created, disabled FROM people WHERE id = ?", (person_id,))
    return cast(Person | None, row)


def list_people(studio: Studio) -> list[ListedPerson]:
    """Everybody, by name."""
    rows = studio.rows(
        "SELECT id, name, role, created, disabled, password_hash IS NOT NULL AS has_password,"
        " (SELECT count(*) FROM current_ballots b WHERE b.person = people.id) AS ballots FROM people ORDER BY name"
    )
    return cast(list[ListedPerson], rows)


def anybody_can_sign_in(studio: Studio) -> bool:
    """Whether somebody has a password or a token that is still good."""
    question = """SELECT 1 FROM people WHERE disabled IS NULL AND (password_hash IS NOT NULL OR id IN
                  (SELECT person FROM tokens WHERE ended IS NULL AND (expires IS NULL OR expires > ?))) LIMIT 1"""
    return studio.value(question, (now(),)) is not None


def set_password(studio: Studio, name: str, password: str, actor: str = "command line") -> None:
    """A new password ends every session and token that the person has: whoever had the old one may have made some."""
    person, hashed = get_person(studio, name), _hash_password(password)
    with studio.writing() as db:
        db.table("people").update(person["id"], {"password_hash": hashed})
        _end_access(studio, person["id"])
        audit_log.record(studio, actor, "person.password", person["name"])


def _end_access(studio: Studio, person_id: int) -> None:
    with studio.writing() as db:
        for table in ("sessions", "tokens"):
            db.execute(f"UPDATE {table} SET ended = ? WHERE person = ? AND ended IS NULL", (now(), person_id))


def set_role(studio: Studio, name: str, role: str, actor: str = "command line") -> Person:
    _check_role(role)
    person = get_person(studio, name)
    with studio.writing() as db:
        if role != "admin":
            _check_not_last_admin(studio, person)
        db.table("people").update(person["id"], {"role": role})
        audit_log.record(studio, actor, "person.role", person["name"], {"from": person["role"], "to": role})
    return get_person(studio, name)


def disable_person(studio: Studio, name: str, actor: str = "command line") -> None:
    """Ends the person's sessions and tokens; what they judged stays."""
    person = get_person(studio, name)
    with studio.writing() as db:
        _check_not_last_admin(studio, person)
        db.table("people").update(person["id"], {"disabled": now()})
        _end_access(studio, person["id"])
        audit_log.record(studio, actor, "person.disable", person["name"])


def _check_not_last_admin(studio: Studio, person: Person) -> None:
    """Refused for the only admin who is not disabled: nobody could make another one on the pages."""
    others = "SELECT 1 FROM people WHERE role = 'admin' AND disabled IS NULL AND id <> ? LIMIT 1"
    if person["role"] == "admin" and not person["disabled"] and not studio.value(others, (person["id"],)):
        raise Refused(f"{person['name']} is the last admin; make somebody else an admin first")


def enable_person(studio: Studio, name: str, actor: str = "command line") -> None:
    """Lets a disabled person in again, with the password they had; sessions and tokens stay ended."""
    person = get_person(studio, name)
    with studio.writing() as db:
        db.table("people").update(person["id"], {"disabled": None})
        audit_log.record(studio, actor, "person.enable", person["name"])


@cache
def unused_hash() -> str:
    """Checked when the name is unknown, so that the answer takes as long as for a known one.

    Made at the first check of any password, not at import: it takes half a second, which every command would wait for.
    """
    return _hasher.hash("nobody has this password")


def check_password(studio: Studio, name: str, password: str) -> Person | None:
    """The person, or None when name and password do not belong together. Both answers take equally long."""
    row = studio.row("SELECT password_hash, disabled FROM people WHERE name = ?", (_kept_name(studio, name),))
    may_sign_in, unused = bool(row and row["password_hash"] and not row["disabled"]), unused_hash()
    try:
        _hasher.verify(row["password_hash"] if row and may_sign_in else unused, password)
    except (VerificationError, InvalidHashError):
        return None
    return get_person(studio, name) if may_sign_in else None
