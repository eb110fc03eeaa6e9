"""Versions: what is in production, who may change it, and what it takes."""

from __future__ import annotations

import json

import pytest

from feedback.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from feedback.models import versions
from feedback.people import accounts
from feedback.store import Studio, audit_log

ADAPTER = {"folder": "models/v0001", "sha256": "a" * 64, "weight": 0.8}


@pytest.fixture
def house(studio: Studio) -> Studio:
    versions.ensure_starter(studio)
    return studio


def candidate(studio: Studio, name: str = "v0001") -> str:
    versions.register_candidate(studio, name, "starter", [ADAPTER | {"folder": f"models/{name}"}])
    return name


def states(studio: Studio) -> dict[str, str]:
    return {row["name"]: row["state"] for row in versions.list_versions(studio)}


def test_starter_is_in_production_once(house: Studio) -> None:
    versions.ensure_starter(house)
    assert versions.production_version(house) == "starter"
    assert [row["action"] for row in versions.list_promotions(house)] == ["initial"]
    assert versions.get_version(house, "starter")["adapters"] == []


def test_names_count_on_from_the_highest_number(house: Studio) -> None:
    assert versions.next_name(house) == "v0001"
    for name in ("v0009", "special", "v10000"):
        candidate(house, name)
    assert versions.next_name(house) == "v10001"


def test_registering_twice_is_safe_and_other_content_is_not(house: Studio) -> None:
    first = versions.register_candidate(house, "v0001", "starter", [ADAPTER])
    assert versions.register_candidate(house, "v0001", "starter", [ADAPTER]) == first
    assert first["state"] == "candidate"
    assert first["adapters"] == [ADAPTER]
    with pytest.raises(Conflict, match="take v0002"):
        versions.register_candidate(house, "v0001", "starter", [ADAPTER | {"weight": 1.0}])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"folder": "../elsewhere"}, "inside the studio"),
        ({"folder": "/etc"}, "inside the studio"),
        ({"folder": ""}, "inside the studio"),
        ({"sha256": "beef"}, "64 hexadecimal"),
    ],
)
def test_impossible_adapters_are_refused(house: Studio, change: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        versions.register_candidate(house, "v0001", "starter", [ADAPTER | change])
    with pytest.raises(Invalid, match="version name"):
        versions.register_candidate(house, "../v0001", "starter", [])


def test_unknown_version_names_those_there_are(house: Studio) -> None:
    with pytest.raises(NotFound, match=r"'v0404' does not exist; this studio has starter"):
        versions.get_version(house, "v0404")


def test_unproven_candidate_is_refused_and_nothing_changes(house: Studio) -> None:
    candidate(house)
    with pytest.raises(Refused, match="not proven: it has not played a trial, production is starter"):
        versions.promote(house, "v0001")
    assert states(house) == {"starter": "production", "v0001": "candidate"}
    assert len(versions.list_promotions(house)) == 1


def test_promote_and_rollback_are_one_row_and_one_event_each(house: Studio) -> None:
    boss = accounts.add_person(house, "mia", "supervisor")
    for name in ("v0001", "v0002"):
        candidate(house, name)
        before = house.value("SELECT COUNT(*) FROM events")
        versions.promote(house, name, boss["id"], force=True, reason="test")
        assert house.value("SELECT COUNT(*) FROM events") == before + 1
    assert states(house) == {"starter": "retired", "v0001": "retired", "v0002": "production"}
    assert versions.rollback(house, boss["id"])["name"] == "v0001"
    assert versions.rollback(house, boss["id"])["name"] == "starter"
    assert states(house) == {"starter": "production", "v0001": "retired", "v0002": "retired"}
    with pytest.raises(Refused, match="nothing to go back to: starter"):
        versions.rollback(house, boss["id"])
    rows = versions.list_promotions(house)
    assert [(row["action"], row["version"]) for row in rows[1:]] == [
        ("promote", "v0001"),
        ("promote", "v0002"),
        ("rollback", "v0001"),
        ("rollback", "starter"),
    ]
    assert rows[1]["person"] == "mia"
    assert audit_log.verify(house) > 0


def test_rollback_after_a_new_promotion_goes_to_what_really_was_before(house: Studio) -> None:
    for name in ("v0001", "v0002"):
        candidate(house, name)
    versions.promote(house, "v0001", force=True, reason="a test")
    versions.rollback(house)
    versions.promote(house, "v0002", force=True, reason="a test")
    assert versions.rollback(house)["name"] == "starter"


def test_forced_promotion_keeps_its_reason(house: Studio) -> None:
    candidate(house)
    versions.promote(house, "v0001", force=True, reason="the director asked")
    event = house.row("SELECT * FROM events WHERE action = 'version.promote'")
    assert event is not None
    assert event["actor"] == "command line"
    assert json.loads(event["detail"])["reason"] == "the director asked"
    with pytest.raises(Refused, match="already in production"):
        versions.promote(house, "v0001", force=True)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_force_and_rejection_need_a_reason(house: Studio, reason: str | None) -> None:
    candidate(house)
    with pytest.raises(Invalid, match="promoting v0001 by force needs a reason"):
        versions.promote(house, "v0001", force=True, reason=reason)
    with pytest.raises(Invalid, match="rejecting v0001 needs a reason"):
        versions.reject(house, "v0001", reason=reason)
    assert states(house) == {"starter": "production", "v0001": "candidate"}


def test_a_decision_about_what_is_no_longer_in_production_is_refused(house: Studio) -> None:
    for name in ("v0001", "v0002"):
        candidate(house, name)
    versions.promote(house, "v0001", force=True, reason="a colleague was quicker")
    for decide in (
        lambda: versions.promote(house, "v0002", force=True, reason="a test", instead_of="starter"),
        lambda: versions.rollback(house, instead_of="starter"),
        lambda: versions.reject(house, "v0002", reason="a test", instead_of="starter"),
    ):
        with pytest.raises(Conflict, match="production is v0001 by now, not starter: look again"):
            decide()
    assert versions.rollback(house, instead_of="v0001")["name"] == "starter"


def test_version_before_is_what_a_rollback_brings_back(house: Studio) -> None:
    assert versions.version_before(house) is None
    candidate(house)
    versions.promote(house, "v0001", force=True, reason="a test")
    assert versions.version_before(house) == "starter"


def test_only_supervisors_decide(house: Studio) -> None:
    candidate(house)
    ben = accounts.add_person(house, "ben", "creative")
    for decide in (
        lambda: versions.promote(house, "v0001", ben["id"], force=True),
        lambda: versions.rollback(house, ben["id"]),
        lambda: versions.reject(house, "v0001", ben["id"]),
    ):
        with pytest.raises(Forbidden, match="ben is a creative"):
            decide()
    with pytest.raises(NotFound, match="person 99"):
        versions.rollback(house, 99)


def test_rejected_candidate_stays_out(house: Studio) -> None:
    candidate(house)
    assert versions.reject(house, "v0001", reason="noise")["state"] == "rejected"
    with pytest.raises(Refused, match="was rejected"):
        versions.promote(house, "v0001")
    with pytest.raises(Refused, match="only a candidate"):
        versions.reject(house, "starter")


def test_studio_without_versions_says_so(studio: Studio) -> None:
    with pytest.raises(NotFound, match="circletake init"):
        versions.production_version(studio)
