"""Nothing that rests on a consent is missed, and what learned from it no longer draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.errors import NotFound, Refused
from feedback.judgements import ballots
from feedback.ledger.revocation import describe_revocation, revoke_consent, step_down, withdraw_agreement
from feedback.ledger.touched import touched_by_consent
from feedback.models import runs, versions
from feedback.people import accounts
from feedback.preferences.dataset import collect
from feedback.production import render_queue, takes
from feedback.rights.consents import add_consent
from feedback.rights.contributors import add_contributor
from feedback.store import Studio
from feedback.trials import promotion
from tests.factories import add_brief, add_takes, judging_studio
from tests.feedback.ledger.crowded import crowded_studio
from tests.feedback.ledger.walk import walk

WORDS = {"subject": "likeness", "uses": ["training", "drawing"], "described": "a face in a window"}


@pytest.mark.parametrize("seed", range(6))
def test_everything_that_a_walk_of_the_record_finds_is_listed(tmp_path: Path, seed: int) -> None:
    studio = crowded_studio(tmp_path / "s", consents=8, versions=5, takes=120, judgements=160, seed=seed)
    lists = [(touched_by_consent(studio, number), walk(studio, number)) for number in range(1, 9)]
    for touched, walked in lists:
        assert {name: set(ids) for name, ids in touched.items()} == walked
    for name in ("briefs", "items", "runs", "versions", "takes", "selects", "exports"):
        sizes = [len(touched[name]) for touched, _ in lists]  # type: ignore[literal-required]
        assert max(sizes) > 0, f"nothing rests on anything: no {name}"


@pytest.fixture
def tuned(tmp_path: Path) -> Studio:
    """v0001 learned from takes of Ada and is in production; v0002 from others, and was before."""
    studio = judging_studio(tmp_path / "studio", briefs_count=2)
    add_contributor(studio, "Ada Lovelace")
    add_consent(studio, "Ada Lovelace", **WORDS)
    shown = add_takes(studio, add_brief(studio, "ana", "Ada Lovelace at a window"), 2, 500)
    ana, sue = (accounts.get_person(studio, name)["id"] for name in ("ana", "sue"))
    of_ada, _ = ballots.cast_ballot(studio, ana, "1", *shown, "left", 900)
    of_nobody, _ = ballots.cast_ballot(studio, sue, "2", 1, 2, "left", 900)
    for name, ballot, person in (("v0002", of_nobody, sue), ("v0001", of_ada, ana)):
        run = runs.start_run(
            studio, "guided", {}, "0" * 64, f"runs/{name}", [("ballot", ballot["id"], person, "train")]
        )
        adapter = {"folder": f"models/{name}", "sha256": "0" * 64, "weight": 1.0}
        versions.register_candidate(studio, name, "starter", [adapter], run)
        runs.finish_run(studio, run, name, {})
        promotion.promote(studio, name, force=True, reason="a test")
    return studio


def test_production_is_replaced_by_the_newest_version_without_it(tuned: Studio) -> None:
    assert [row["consent"] for row in tuned.rows("SELECT consent FROM run_consents")] == [1]
    assert len(collect(tuned).pairs) == 2
    made = revoke_consent(tuned, 1, "she asked us to")
    assert (made["previous"], made["production"]) == ("v0001", "v0002")
    assert made["touched"]["versions"] == ["v0001"]
    assert versions.production_version(tuned) == "v0002"
    assert [pair["brief"] for pair in collect(tuned).pairs] == [1]
    for decide in (
        lambda: promotion.promote(tuned, "v0001", force=True, reason="it is better"),
        lambda: promotion.rollback(tuned),
    ):
        with pytest.raises(Refused, match=r"v0001 cannot draw for the studio: no consent of Ada Lovelace for training"):
            decide()
    with pytest.raises(NotFound, match="no consent 9"):
        revoke_consent(tuned, 9, "no")


def test_without_any_other_version_the_base_draws(tuned: Studio) -> None:
    sue = accounts.get_person(tuned, "sue")["id"]
    withdraw_agreement(tuned, sue, "sue")
    assert versions.production_version(tuned) == "v0001"
    assert revoke_consent(tuned, 1, "she asked us to")["production"] == "starter"


def test_a_revocation_waits_for_no_version_that_may_draw(tuned: Studio) -> None:
    """The base is out as well: takes fail with the reason until another version is added."""
    withdraw_agreement(tuned, accounts.get_person(tuned, "sue")["id"], "sue")
    with tuned.writing() as db:
        db.table("versions").update("starter", {"state": "rejected"})
    made = revoke_consent(tuned, 1, "she asked us to")
    assert (made["production"], made["previous"]) == (None, "v0001")
    assert "no version may draw now" in describe_revocation(tuned, 1, made)
    with pytest.raises(Refused, match="v0001 cannot draw for the studio"):
        render_queue.queue_takes(tuned, 1, [77], version="v0001")
    (waiting,) = render_queue.queue_takes(tuned, 1, [78])
    assert render_queue.lease_takes(tuned, "worker", 1) == []
    assert "v0001 cannot draw" in str(takes.get_take(tuned, waiting)["error"])
    assert (step_down(tuned) or "").startswith("no version may draw now")


def test_another_consent_that_still_holds_is_enough(tuned: Studio) -> None:
    add_consent(tuned, "Ada Lovelace", **WORDS)
    made = revoke_consent(tuned, 1, "the older contract ended")
    assert made["touched"]["versions"] == ["v0001"]
    assert made["previous"] is None
    assert versions.production_version(tuned) == "v0001"


def test_a_candidate_that_learned_from_it_is_out(tuned: Studio) -> None:
    run = runs.start_run(tuned, "guided", {}, "1" * 64, "runs/3", [("ballot", 1, 1, "train")])
    versions.register_candidate(tuned, "v0003", "starter", [], run)
    runs.finish_run(tuned, run, "v0003", {})
    revoke_consent(tuned, 1, "she asked us to")
    assert versions.get_version(tuned, "v0003")["state"] == "rejected"


def test_who_withdraws_is_not_learned_from_again(tuned: Studio) -> None:
    ana = accounts.get_person(tuned, "ana")["id"]
    made = withdraw_agreement(tuned, ana, "ana")
    assert made["production"] == "v0002"
    assert {person for pair in collect(tuned).pairs for _, person, _ in pair["judgements"]} == {2}
    with pytest.raises(Refused, match="since before"):
        withdraw_agreement(tuned, ana, "ana")
