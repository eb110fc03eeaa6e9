"""From a consent to the weights: it is revoked, a night tunes again, and the new version's ledger is without it."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from feedback.ledger.contents import Ledger, ledger_of
from feedback.ledger.files.export import export_ledger
from feedback.ledger.revocation import revoke_consent
from feedback.models.influences import influences_of
from feedback.models.versions import production_version
from feedback.report.costs import Rate
from feedback.rights.consents import add_consent
from feedback.rights.contributors import add_contributor
from feedback.store import Studio
from feedback.trials import promotion
from finetune.jobs.nightly import nightly
from generation.model_card import base_facts
from tests.finetune.judged import add_brief, add_takes, cast, quick

RATE = Rate(per_hour=2.0, currency="EUR")


def ledger(studio: Studio, version: str) -> Ledger:
    return ledger_of(studio, version, base_facts(studio, version), RATE)


def judge_takes_of(studio: Studio, prompt: str) -> list[int]:
    takes = add_takes(studio, add_brief(studio, prompt), [0.0, 0.3, 0.6, 1.0], seed=7)
    for cold, warm in combinations(takes, 2):
        cast(studio, cold, warm, "right", "ben")
    return takes


@pytest.fixture
def with_ada(studio: Studio) -> tuple[Studio, list[int]]:
    """Judged briefs, one of which shows Ada; v0001 learned from all and is in production."""
    add_contributor(studio, "Ada Lovelace")
    words = {"subject": "likeness", "uses": ["training", "drawing"], "described": "a face in a window"}
    add_consent(studio, "Ada Lovelace", **words)
    shown = judge_takes_of(studio, "Ada Lovelace at a window")
    assert nightly(studio, quick(method="guided", max_winner_error=3), pairs=2, progress=False)["version"] == "v0001"
    promotion.promote(studio, "v0001", force=True, reason="a test")
    return studio, shown


def test_a_revoked_consent_is_in_no_ledger_of_what_is_tuned_after_it(
    with_ada: tuple[Studio, list[int]], tmp_path: Path
) -> None:
    studio, shown = with_ada
    before = ledger(studio, "v0001")
    takes = {row["take"] for row in before.streams["takes"]()}
    assert set(shown) <= takes
    ada = before.head["contributors"][0]
    assert (ada["contributor"], ada["judgements"], ada["consents"]) == ("Ada Lovelace", 6, [1])
    assert before.head["consents"][0]["runs"] == [1]
    people = {row["person"]: row for row in before.head["people"]}
    assert people["ben"]["judgements"] == 6
    assert sum(row["share"] for row in people.values()) == pytest.approx(1, abs=1e-5)
    assert before.head["summary"]["money"] == pytest.approx(before.head["summary"]["seconds"] / 1800, abs=1e-3)
    assert before.head["base"]["sha256"]
    assert before.head["base"]["files"]
    measured = influences_of(studio, 1)
    assert measured is not None
    assert {row["name"] for row in measured["rows"]} == {"ada", "ben"}

    made = revoke_consent(studio, 1, "she asked us to")
    assert (made["touched"]["versions"], production_version(studio)) == (["v0001"], "tiny")
    old = ledger(studio, "v0001").head["withdrawn"]
    assert [row["absent"] for row in old["rows"]] == [False]
    assert (old["rows"][0]["judgements"], old["rows"][0]["takes"]) == (6, 4)
    assert "this many are behind this version: 1 of 1" in old["statement"]

    night = nightly(studio, quick(method="guided", max_winner_error=3), pairs=2, progress=False)
    assert night["version"] == "v0002"
    files = export_ledger(studio, "v0002", "pdf", tmp_path, base_facts(studio, "v0002"), RATE)
    written = json.loads(Path(files["files"][0]).read_text())
    absence = written["withdrawn"]
    assert absence["statement"].startswith(
        "No judgement, take or frame of anything that was revoked, ended or withdrawn, or has run out, is behind"
    )
    assert (absence["snapshots_read"], absence["snapshots_missing"]) == ([2], [])
    assert [(row["what"], row["absent"], row["agreed"]) for row in absence["rows"]] == [
        ("consent 1 of Ada Lovelace (likeness: training, drawing)", True, True)
    ]
    assert not {row["take"] for row in written["takes"]} & set(shown)
    assert written["contributors"] == []
    assert "ben" not in {row["person"] for row in written["judgements"]}
