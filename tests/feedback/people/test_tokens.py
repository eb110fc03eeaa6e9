"""Sessions and tokens: who they belong to, and how they end."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, NotFound
from feedback.people import accounts, tokens
from feedback.store import Studio

PASSWORD = "a long pass phrase"


def test_sessions_and_tokens_end(studio: Studio) -> None:
    ana = accounts.add_person(studio, "ana", "creative", PASSWORD)
    session, token = tokens.start_session(studio, ana["id"]), tokens.issue_token(studio, "ana", "script")
    old = tokens.start_session(studio, ana["id"], hours=-1)
    for known in (tokens.person_of_session(studio, session), tokens.person_of_token(studio, token)):
        assert known is not None
        assert known["name"] == "ana"
    assert tokens.person_of_session(studio, old) is None
    assert tokens.person_of_session(studio, token) is None  # one is not the other
    accounts.set_password(studio, "ana", PASSWORD + " two")
    assert tokens.person_of_session(studio, session) is None
    tokens.revoke_token(studio, tokens.list_tokens(studio, "ana")[0]["id"])
    assert tokens.person_of_token(studio, token) is None


def test_tokens_are_listed_run_out_and_are_revoked_by_their_id(studio: Studio) -> None:
    accounts.add_person(studio, "ana", "creative")
    accounts.add_person(studio, "ben", "creative")
    for_good, for_a_day = tokens.issue_token(studio, "ana", "script"), tokens.issue_token(studio, "ana", days=1)
    other = tokens.issue_token(studio, "ben")
    first, second = tokens.list_tokens(studio, "ana")
    assert (first["label"], first["expires"], first["state"]) == ("script", None, "valid")
    assert second["expires"][:10] > second["created"][:10]
    assert "token_hash" not in first
    with studio.writing() as db:
        db.execute("UPDATE tokens SET expires = created WHERE id = ?", (second["id"],))
    assert tokens.person_of_token(studio, for_a_day) is None
    assert tokens.list_tokens(studio, "ana")[1]["state"] == "expired"
    for _ in range(2):  # twice is fine, and one event
        revoked = tokens.revoke_token(studio, first["id"], actor="ada")
    assert revoked == {"id": first["id"], "name": "ana", "label": "script"}
    assert tokens.person_of_token(studio, for_good) is None
    assert tokens.person_of_token(studio, other) is not None
    assert studio.rows("SELECT actor, subject FROM events WHERE action = 'token.revoke'") == [
        {"actor": "ada", "subject": "ana"}
    ]
    with pytest.raises(NotFound, match="no token 99"):
        tokens.revoke_token(studio, 99)
    for days in (0, 3651, 1.5, "x"):
        with pytest.raises(Invalid, match="days"):
            tokens.issue_token(studio, "ana", days=days)  # type: ignore[arg-type]
