"""What a ledger says, in every form, and what it keeps to itself."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from pathlib import Path

import pypdfium2
import pytest

from feedback.errors import NotFound
from feedback.ledger.contents import Ledger, ledger_of
from feedback.ledger.files.as_csv import COLUMNS
from feedback.ledger.files.as_json import json_of
from feedback.ledger.files.export import export_ledger
from feedback.ledger.files.sections import days_of
from feedback.ledger.rows import judgement_rows, take_rows, takes_behind
from feedback.models import runs
from feedback.models.base_facts import BaseFacts
from feedback.models.lineage import runs_behind
from feedback.people import accounts
from feedback.preferences.dataset import Preferences
from feedback.preferences.snapshot import freeze, write_snapshot
from feedback.report.costs import Rate
from feedback.rights.agreements import record_agreement
from feedback.rights.licences import end_licence
from feedback.store import Studio
from tests.factories import play_trial
from tests.feedback.ledger.behind import NAMES, studio_behind
from tests.feedback.ledger.crowded import crowded_studio
from ui.phrases.ledger import cell

BASE = BaseFacts(
    base="/models/wan", here=True, sha256="a" * 64, licence="apache-2.0", files={"model.safetensors": "b" * 64}
)
RATE = Rate(2.0, "EUR")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return studio_behind(tmp_path / "studio")


def ledger(studio: Studio) -> Ledger:
    return ledger_of(studio, "v0001", BASE, RATE)


def by(rows: list[dict], name: str) -> dict:
    return {row[name]: row for row in rows}


def test_everything_behind_a_version_is_in_it(studio: Studio) -> None:
    head = ledger(studio).head
    counts = head["summary"]
    assert [counts[name] for name in ("judgements", "held_out", "takes", "briefs", "frames")] == [4, 1, 6, 3, 1]
    assert (counts["weight"], counts["seconds"], counts["money"]) == (2.0, 1800.0, 1.0)
    people = by(head["people"], "person")
    assert (people["ana"]["share"], people["sue"]["share"], people["sue"]["judgements"]) == (0.5, 0.5, 3)
    shown = by(head["contributors"], "contributor")
    assert set(shown) == {NAMES[0], NAMES[3]}
    assert (shown[NAMES[0]]["weight"], shown[NAMES[3]]["weight"], shown[NAMES[3]]["frames"]) == (1.5, 0.5, 1)
    title, licence = head["titles"][0], head["licences"][0]
    assert (title["title"], title["licence"], title["share"], title["frames"]) == ("Harbour", "Archive", 0.25, 1)
    assert (licence["holder"], licence["state"], licence["share"]) == ("The harbour archive", "in force", 0.25)
    assert [(each["consent"], each["state"], each["runs"]) for each in head["consents"]] == [
        (1, "in force", [1]),
        (4, "in force", [1]),
    ]
    rows = {name: list(read()) for name, read in ledger(studio).streams.items()}
    assert [
        (row["kind"], row["person"], row["verdict"], row["split"], row["weight"]) for row in rows["judgements"]
    ] == [
        ("ballot", "ana", "left", "train", 1.0),
        ("ballot", "sue", "both_bad", "train", 0.5),
        ("ballot", "sue", "right", "heldout", 0.0),
        ("rating", "sue", "5 stars", "train", 0.5),
    ]
    frame = rows["frames"][0]
    assert (frame["title"], frame["licence"], frame["file"], frame["shown"], frame["learned_from"]) == (
        *("Harbour", "Archive", "/films/harbour.mov"),
        [NAMES[3]],
        True,
    )
    assert any("apache-2.0" not in line and "/models/wan" in line for line in head["not_known"])


def test_what_was_withdrawn_is_told_with_what_is_left_of_it(studio: Studio) -> None:
    rows = by(ledger(studio).head["withdrawn"]["rows"], "what")
    assert {(row["state"], row["absent"], row["agreed"]) for row in rows.values()} == {
        ("run out", True, True),
        ("revoked", True, True),
    }
    end_licence(studio, "Archive", "sold")
    record_agreement(studio, accounts.get_person(studio, "ana")["id"], False, "ana")
    head = ledger(studio).head
    rows = by(head["withdrawn"]["rows"], "what")
    ended = rows["licence Archive of The harbour archive"]
    assert (ended["judgements"], ended["takes"], ended["frames"], ended["absent"]) == (1, 2, 1, False)
    assert rows["ana's agreement that their judgements are trained on"]["judgements"] == 1
    assert "2 of 4" in head["withdrawn"]["statement"]
    assert by(head["people"], "person")["ana"]["agreement"] == "disagreed"


def test_a_record_that_disagrees_with_what_was_frozen_claims_nothing(studio: Studio) -> None:
    """The frozen judgements have a take of a revoked performer, and somebody has taken the row out of the record."""
    with studio.writing() as db:
        db.table("brief_contributors").insert({"brief": 1, "contributor": 3})
        db.execute("DELETE FROM run_judgements WHERE split = 'heldout'")
    assert "Asked in two ways that agree" in ledger(studio).head["withdrawn"]["statement"]
    pair = {
        "left": 1,
        "right": 2,
        "brief": 1,
        "judgements": [(3, 2, "right")],
        "p_left": 0.0,
        "votes": 1,
        "both_bad": 0,
    }
    made = Preferences([{**pair, "stars": [], "star_margin": 0.0}], [], [], [], {"1": "a", "2": "b"}, {"1": ""}, [], {})  # type: ignore[typeddict-item]
    frozen, sha256 = freeze(made)
    (studio.folder / "runs/0001").mkdir(parents=True)
    write_snapshot(studio.folder / "runs/0001", frozen)
    with studio.writing() as db:
        db.table("runs").update(1, {"snapshot_sha256": sha256})
    withdrawn = ledger(studio).head["withdrawn"]
    assert withdrawn["snapshots_read"] == [1]
    assert withdrawn["statement"].startswith("Two ways of asking do not agree")


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_agree_in_random_studios(tmp_path: Path, seed: int) -> None:
    studio = crowded_studio(tmp_path / "s", consents=8, versions=5, takes=120, judgements=160, seed=seed)
    chance = random.Random(seed)
    with studio.writing() as db:
        for number in range(1, 9):
            if chance.random() < 0.6:
                db.table("consents").update(number, {"revoked": "2026-01-01", "reason": "asked"})
        for licence in (1, 2):  # of the library, and of files
            db.table("licences").update(licence, {"ended": "2026-01-01", "reason": "sold"})
    rows = [row for k in range(1, 6) for row in ledger_of(studio, f"v{k:04d}", BASE).head["withdrawn"]["rows"]]
    assert all(row["agreed"] for row in rows)
    assert {row["absent"] for row in rows} == {True, False}


def test_files_hold_the_same_and_the_document_names_the_hash(studio: Studio, tmp_path: Path) -> None:
    made = export_ledger(studio, "v0001", "all", tmp_path / "out", BASE, RATE)
    text = (tmp_path / "out/ledger_v0001.json").read_bytes()
    read = json.loads(text)
    assert made["sha256"] == hashlib.sha256(text).hexdigest()
    assert studio.value("SELECT detail FROM events WHERE action = 'ledger.export'").count(made["sha256"]) == 1
    for name in ("judgements", "takes", "briefs", "frames", "people", "consents", "titles", "licences", "contributors"):
        with (tmp_path / f"out/ledger_v0001/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(read[name])
        assert set(COLUMNS[name]) <= set(read[name][0])
    withdrawn = (tmp_path / "out/ledger_v0001/withdrawn.csv").read_text(encoding="utf-8-sig")
    assert "consent 2 of =cmd" in withdrawn
    document = pypdfium2.PdfDocument(tmp_path / "out/ledger_v0001.pdf")
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert all(made["sha256"] in page and f"page {n} of {len(pages)}" in page for n, page in enumerate(pages, 1))
    whole = "\n".join(pages)
    for words in (
        "Summary",
        "What this record does not know",
        "Revoked or withdrawn",
        "竹内",
        "Harbour",
        "Influence on run 1",
        "not measured",
        "3 verdicts on pairs, 1 rating in stars",
        "1,800 seconds; 1.00 EUR",
        "both bad",
        "held out",
        "without end; a face in a window",
    ):
        assert words in whole
    assert not [word for word in ("both_bad", "heldout", "ballot", "training; drawing") if word in whole]
    assert document[0].get_width() < document[0].get_height()


def test_of_an_open_trial_nothing_is_told(studio: Studio) -> None:
    _, sides = play_trial(studio, accounts.get_person(studio, "sue")["id"], "left")
    ballot = studio.value("SELECT max(id) FROM ballots")
    run = runs.start_run(studio, "guided", {}, "2" * 64, "runs/0002", [("ballot", ballot, 2, "train")])
    takes = takes_behind(studio, [run])
    assert set(takes) == set(sides)
    assert [(row["take"], row["version"], row["media"], row["blind"]) for row in take_rows(studio, takes)] == [
        (None, None, None, True)
    ] * 2
    row = next(judgement_rows(studio, [run]))
    assert (row["take"], row["other_take"], row["blind"]) == (None, None, True)


def test_terms_without_a_day_are_told_in_words() -> None:
    spans = [("2026-11-01", "2026-11-30"), ("2026-11-01", None), (None, "2026-11-30"), (None, None)]
    assert [days_of(*each) for each in spans] == [
        "2026-11-01 to 2026-11-30",
        "from 2026-11-01",
        "until 2026-11-30",
        "without end",
    ]
    row = {"starts": None, "ends": None, "projects": [], "rights_day": "2026-11-30", "rights_zone": "Asia/Tokyo"}
    assert [cell(name, row) for name in ("starts", "ends", "projects", "rights_day")] == [
        "always",
        "no end",
        "every project",
        "2026-11-30 Asia/Tokyo",
    ]


def test_a_version_without_runs_and_one_that_is_not_there(studio: Studio) -> None:
    made = ledger_of(studio, "starter", BASE)
    assert json.loads("".join(json_of(made)))["judgements"] == []
    assert made.head["summary"]["judgements"] == 0
    with pytest.raises(NotFound, match="version 'v9' does not exist"):
        ledger_of(studio, "v9", BASE)
    assert runs_behind(studio, "starter") == []
