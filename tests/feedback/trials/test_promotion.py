"""Promotion: what is in production, who may change it, and what it takes."""

from __future__ import annotations

import json

import pytest

from feedback.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from feedback.models import versions
from feedback.people import accounts
from feedback.store import Studio, audit_log
from feedback.trials import promotion

ADAPTER = {"folder": "models/v0001", "sha256": "a" * 64, "weight": 0.8}


@pytest.fixture
def started(studio: Studio) -> Studio:
    promotion.ensure_starter(studio)
    return studio


def candidate(studio: Studio, name: str = "v0001") -> str:
    versions.register_candidate(studio, name, "starter", [ADAPTER | {"folder": f"models/{name}"}])
    return name


def states(studio: Studio) -> dict[str, str]:
    return {row["name"]: row["state"] for row in versions.list_versions(studio)}


def test_starter_is_in_production_once(started: Studio) -> None:
    promotion.ensure_starter(started)
    assert versions.production_version(started) == "starter"
    assert [row["action"] for row in promotion.list_promotions(started)] == ["initial"]
    assert versions.get_version(started, "starter")["adapters"] == []


def test_unproven_candidate_is_refused_and_nothing_changes(started: Studio) -> None:
    candidate(started)
    with pytest.raises(Refused, match="not proven: it has not played a trial, production is starter"):
        promotion.promote(started, "v0001")
    assert states(started) == {"starter": "production", "v0001": "candidate"}
    assert len(promotion.list_promotions(started)) == 1


def test_promote_and_rollback_are_one_row_and_one_event_each(started: Studio) -> None:
    boss = accounts.add_person(started, "mia", "supervisor")
    for name in ("v0001", "v0002"):
        candidate(started, name)
        before = started.value("SELECT COUNT(*) FROM events")
        promotion.promote(started, name, boss["id"], force=True, reason="test")
        assert started.value("SELECT COUNT(*) FROM events") == before + 1
    assert states(started) == {"starter": "retired", "v0001": "retired", "v0002": "production"}
    assert promotion.rollback(started, boss["id"])["name"] == "v0001"
    assert promotion.rollback(started, boss["id"])["name"] == "starter"
    assert states(started) == {"starter": "production", "v0001": "retired", "v0002": "retired"}
    with pytest.raises(Refused, match="nothing to go back to: starter"):
        promotion.rollback(started, boss["id"])
    rows = promotion.list_promotions(started)
    assert [(row["action"], row["version"]) for row in rows[1:]] == [
        ("promote", "v0001"),
        ("promote", "v0002"),
        ("rollback", "v0001"),
        ("rollback", "starter"),
    ]
    assert rows[1]["person"] == "mia"
    assert audit_log.verify(started) > 0


def test_rollback_after_a_new_promotion_goes_to_what_really_was_before(started: Studio) -> None:
    for name in ("v0001", "v0002"):
        candidate(started, name)
    promotion.promote(started, "v0001", force=True, reason="a test")
    promotion.rollback(started)
    promotion.promote(started, "v0002", force=True, reason="a test")
    assert promotion.rollback(started)["name"] == "starter"


def test_forced_promotion_keeps_its_reason(started: Studio) -> None:
    candidate(started)
    promotion.promote(started, "v0001", force=True, reason="the director asked")
    event = started.row("SELECT * FROM events WHERE action = 'version.promote'")
    assert event is not None
    assert event["actor"] == "command line"
    assert json.loads(event["detail"])["reason"] == "the director asked"
    with pytest.raises(Refused, match="already in production"):
        promotion.promote(started, "v0001", force=True)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_force_and_rejection_need_a_reason(started: Studio, reason: str | None) -> None:
    candidate(started)
    with pytest.raises(Invalid, match="promoting v0001 by force needs a reason"):
        promotion.promote(started, "v0001", force=True, reason=reason)
    with pytest.raises(Invalid, match="rejecting v0001 needs a reason"):
        promotion.reject(started, "v0001", reason=reason)
    assert states(started) == {"starter": "production", "v0001": "candidate"}


def test_a_decision_about_what_is_no_longer_in_production_is_refused(started: Studio) -> None:
    for name in ("v0001", "v0002"):
        candidate(started, name)
    promotion.promote(started, "v0001", force=True, reason="a colleague was quicker")
    for decide in (
        lambda: promotion.promote(started, "v0002", force=True, reason="a test", instead_of="starter"),
        lambda: promotion.rollback(started, instead_of="starter"),
        lambda: promotion.reject(started, "v0002", reason="a test", instead_of="starter"),
    ):
        with pytest.raises(Conflict, match="production is v0001 by now, not starter: look again"):
            decide()
    assert promotion.rollback(started, instead_of="v0001")["name"] == "starter"


def test_version_before_is_what_a_rollback_brings_back(started: Studio) -> None:
    assert promotion.version_before(started) is None
    candidate(started)
    promotion.promote(started, "v0001", force=True, reason="a test")
    assert promotion.version_before(started) == "starter"


def test_only_supervisors_decide(started: Studio) -> None:
    candidate(started)
    ben = accounts.add_person(started, "ben", "creative")
    for decide in (
        lambda: promotion.promote(started, "v0001", ben["id"], force=True),
        lambda: promotion.rollback(started, ben["id"]),
        lambda: promotion.reject(started, "v0001", ben["id"]),
    ):
        with pytest.raises(Forbidden, match="ben is a creative"):
            decide()
    with pytest.raises(NotFound, match="person 99"):
        promotion.rollback(started, 99)


def test_rejected_candidate_stays_out(started: Studio) -> None:
    candidate(started)
    assert promotion.reject(started, "v0001", reason="noise")["state"] == "rejected"
    with pytest.raises(Refused, match="was rejected"):
        promotion.promote(started, "v0001")
    with pytest.raises(Refused, match="only a candidate"):
        promotion.reject(started, "starter")
