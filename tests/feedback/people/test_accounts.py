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


@pytest.mark.parametrize(
    "name", ["Ana", "Žofie", "Þór", "Юлия", "王小明", "さくら", "نور", "देवी", "ana.b@studio", "7of9"]
)
def test_names_are_of_any_script(studio: Studio, name: str) -> None:
    assert accounts.add_person(studio, name, "creative", PASSWORD)["name"] == name
    person = accounts.check_password(studio, name, PASSWORD)
    assert person is not None
    for typed in (name.upper(), name.lower(), f" {name} "):
        assert accounts.get_person(studio, typed)["name"] == name
        with pytest.raises(Refused, match="already"):
            accounts.add_person(studio, typed, "creative")


@pytest.mark.parametrize(
    ("first", "again"),
    [("José", "Jose\u0301"), ("ﬁona", "fiona"), ("ana", "ａｎａ"), ("straße", "STRASSE"), ("Σίσυφος", "ΣΊΣΥΦΟΣ")],
)
def test_names_that_read_alike_are_one(studio: Studio, first: str, again: str) -> None:
    kept = accounts.add_person(studio, first, "creative")["name"]
    with pytest.raises(Refused, match="already"):
        accounts.add_person(studio, again, "creative")
    assert accounts.get_person(studio, again)["name"] == kept


@pytest.mark.parametrize(
    "name", ["", ".ana", "a b", "a\u202eb", "a\u200bb", "a\x00", "a/b", "a<b", "a'b", "\u0301a", "x" * 65]
)
def test_what_is_no_name_is_refused(studio: Studio, name: str) -> None:
    with pytest.raises(Invalid, match="no name for a person"):
        accounts.add_person(studio, name, "creative")


def test_people_of_before_whose_names_differ_in_case_stay_two(studio: Studio) -> None:
    with studio.writing() as db:
        for name in ("ana", "Ana"):
            db.table("people").insert({"name": name, "role": "creative", "created": "2026"})
    assert [accounts.get_person(studio, name)["name"] for name in ("ana", "Ana", "ANA")] == ["ana", "Ana", "ana"]


def test_the_last_admin_stays(studio: Studio) -> None:
    accounts.add_person(studio, "ada", "admin", PASSWORD)
    accounts.add_person(studio, "old", "admin", PASSWORD)
    accounts.disable_person(studio, "old")
    for change in (
        lambda: accounts.disable_person(studio, "ada"),
        lambda: accounts.set_role(studio, "ADA", "creative"),
    ):
        with pytest.raises(Refused, match="ada is the last admin"):
            change()
    accounts.set_role(studio, "ada", "admin")
    accounts.enable_person(studio, "old")
    accounts.disable_person(studio, "ada")
    assert accounts.get_person(studio, "ada")["disabled"]
