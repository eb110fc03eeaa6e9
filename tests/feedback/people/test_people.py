"""People, passwords, sessions, tokens; projects, shots and briefs."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.people import accounts, tokens
from feedback.production import briefs, projects, shots
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


@pytest.mark.parametrize(
    ("fps", "exact"), [("24", (24, 1)), ("23.976", (24000, 1001)), ("30000/1001", (30000, 1001)), (12.5, (25, 2))]
)
def test_frame_rates_are_exact(studio: Studio, fps: str | float, exact: tuple[int, int]) -> None:
    projects.add_project(studio, "P", fps=fps)
    shot = shots.add_shot(studio, "P", "S_010")
    brief = briefs.write_brief(studio, shot["id"], "a house", author="ana")
    assert {(row["fps_num"], row["fps_den"]) for row in (shot, brief)} == {exact}


def test_codes_that_are_wrong_or_taken(studio: Studio) -> None:
    projects.add_project(studio, "P")
    projects.add_project(studio, "Q")
    for project in ("P", "Q"):
        shots.add_shot(studio, project, "S_010")
    with pytest.raises(Refused, match="S_010"):
        shots.add_shot(studio, "P", "S_010")
    with pytest.raises(Invalid, match="P, Q"):
        shots.find_shot(studio, "S_010")
    assert shots.find_shot(studio, "S_010", "Q")["project_code"] == "Q"
    with pytest.raises(NotFound, match="no project 'R'; there are: P, Q"):
        shots.add_shot(studio, "R", "S_010")
    with pytest.raises(Invalid, match="no project code"):
        projects.add_project(studio, "../etc")
    with pytest.raises(Invalid, match="no frame rate"):
        projects.add_project(studio, "F", fps="fast")


@pytest.mark.parametrize(
    ("prompt", "options", "words"),
    [
        ("  ", {}, "empty"),
        ("x" * 4001, {}, "4001 characters"),
        ("x", {"kind": "film"}, "no kind 'film'"),
        ("x", {"width": 0}, "width 0"),
        ("x", {"frames": 9}, "one frame, not 9"),
        ("x", {"steps": 0}, "steps 0"),
        ("x", {"guidance": float("nan")}, "guidance nan"),
    ],
)
def test_briefs_that_cannot_be_drawn_by_any_model(studio: Studio, prompt: str, options: dict, words: str) -> None:
    projects.add_project(studio, "P")
    shot = shots.add_shot(studio, "P", "S_010")
    with pytest.raises(Invalid, match=words):
        briefs.write_brief(studio, shot["id"], prompt, author="ana", **options)
    assert briefs.list_briefs(studio) == []


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
