"""People, their passwords and roles."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, Refused
from feedback.people import accounts, tokens
from feedback.store import Studio, audit_log

PASSWORD = "a long pass phrase"


def test_secrets_are_kept_as_hashes_only(studio: Studio) -> None:
    ana = accounts.add_person(studio, "ana", "supervisor", PASSWORD)
    session, token = tokens.start_session(studio, ana["id"]), tokens.issue_token(studio, "ana", "script")
    assert token.startswith("ct_")
    everything = str([studio.rows(f"SELECT * FROM {table}") for table in ("people", "sessions", "tokens", "events")])
    assert not any(secret in everything for secret in (PASSWORD, session, token))
    assert "password_hash" not in ana


def test_passwords_roles_and_disabled_people(studio: Studio) -> None:
    ana = accounts.add_person(studio, "ana", "supervisor", PASSWORD)
    assert accounts.check_password(studio, "ana", PASSWORD) == ana
    assert accounts.check_password(studio, "ana", PASSWORD + "!") is None
    assert accounts.check_password(studio, "nobody", PASSWORD) is None
    assert [accounts.at_least(ana, role) for role in accounts.ROLES] == [True, True, False]
    session, token = tokens.start_session(studio, ana["id"]), tokens.issue_token(studio, "ana", "script")
    accounts.disable_person(studio, "ana")
    assert accounts.check_password(studio, "ana", PASSWORD) is None
    assert tokens.person_of_session(studio, session) is None
    assert tokens.person_of_token(studio, token) is None
    with pytest.raises(Refused, match="disabled"):
        tokens.issue_token(studio, "ana", "again")
    accounts.enable_person(studio, "ana")
    assert accounts.check_password(studio, "ana", PASSWORD) == ana
    assert tokens.person_of_session(studio, session) is None
    assert tokens.person_of_token(studio, token) is None
    assert audit_log.verify(studio) == 4


@pytest.mark.parametrize(
    ("name", "role", "password", "words"),
    [
        ("", "creative", None, "no name"),
        ("a/b", "creative", None, "no name"),
        ("ana", "boss", None, "no role 'boss'"),
        ("ana", "creative", "short", "5 characters"),
    ],
)
def test_people_that_cannot_be_added(studio: Studio, name: str, role: str, password: str | None, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        accounts.add_person(studio, name, role, password)
    assert accounts.list_people(studio) == []


def test_a_name_is_one_person(studio: Studio) -> None:
    accounts.add_person(studio, "ana", "creative")
    with pytest.raises(Refused, match="'ana' already"):
        accounts.add_person(studio, "ana", "admin")


def test_a_new_password_ends_sessions_and_tokens(studio: Studio) -> None:
    ana = accounts.add_person(studio, "ana", "creative", PASSWORD)
    ben = accounts.add_person(studio, "ben", "creative", PASSWORD)
    held = [(tokens.start_session(studio, p["id"]), tokens.issue_token(studio, p["name"])) for p in (ana, ben)]
    accounts.set_password(studio, "ana", PASSWORD + "!")
    of = (tokens.person_of_session, tokens.person_of_token)
    assert [[find(studio, each) for find, each in zip(of, pair, strict=True)] for pair in held] == [
        [None] * 2,
        [ben] * 2,
    ]
    assert [token["state"] for token in tokens.list_tokens(studio, "ana")] == ["revoked"]
