"""Lists of AI use and summaries of training data, read again with readers that are not ours."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pypdfium2
import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.disclosures.ai_use import NAMES, export_ai_use
from feedback.exchange.disclosures.data_summary import BLANK, FORMATS, export_data_summary
from feedback.models import runs, versions
from feedback.rights.consents import add_consent
from feedback.rights.contributors import add_contributor
from feedback.rights.intended_use import set_intended_use
from feedback.rights.licences import add_licence, license_media
from feedback.store import Studio
from tests.feedback.rights.recorded import RecordedScene, plate
from tests.feedback.scene import uid


@pytest.fixture
def scene(studio: Studio) -> RecordedScene:
    """A take that names Ada and starts from a licensed plate, decided as final; and one that says nothing."""
    made = RecordedScene(studio)
    add_contributor(studio, "Ada Lovelace")
    words = {"subject": "likeness", "uses": ["drawing"], "described": "=a face in a window"}
    add_consent(studio, "Ada Lovelace", **words)
    source = plate(studio)
    add_licence(studio, "Plates of 2026", holder="The studio", uses=["drawing", "training"])
    license_media(studio, source, "Plates of 2026")
    (first,) = made.takes(made.brief("Ada Lovelace, 東京, مساء", shot="S_010", source_media=source, strength=0.5), 1)
    (second,) = made.takes(made.brief("=1+1", shot="S_020"), 1)
    made.circle(first, second)
    set_intended_use(studio, made.people["ana"], uid(), first, "final")
    return made


def text_of(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_the_list_of_ai_use_has_what_an_insurer_asks(scene: RecordedScene, tmp_path: Path) -> None:
    made = export_ai_use(scene.studio, "SHOW", "csv", tmp_path)
    with Path(made["path"]).open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == list(NAMES)
    assert (first["shot"], first["take"], first["intended_use"], first["use_decided_by"][:3]) == (
        "S_010",
        "1",
        "final",
        "ana",
    )
    assert (first["model"], first["approved_by"]) == ("starter (wan-studio)", "ana")
    assert first["references"].startswith("source: brought with the brief ")
    assert (first["licences"], first["people"]) == ("Plates of 2026 (The studio)", "Ada Lovelace, performer")
    assert first["consents"] == "1: Ada Lovelace, likeness, =a face in a window"
    assert first["passport"] == "complete"
    assert second["prompt"] == "'=1+1", "nothing that a spreadsheet would run"
    assert second["passport"].startswith("lacks the intended use")


def test_the_same_as_a_paper(scene: RecordedScene, tmp_path: Path) -> None:
    made = export_ai_use(scene.studio, "SHOW", "pdf", tmp_path)
    text = " ".join(text_of(Path(made["path"])).split())
    for words in (
        "AI use in SHOW",
        "S_010 · take 1",
        "Plates of 2026",
        "Ada Lovelace, performer",
        "1 final, 1 not decided",
    ):
        assert words in text, words
    assert "Complete passports 1 of 2" in text


def test_many_shots_go_over_pages(scene: RecordedScene, tmp_path: Path) -> None:
    takes = scene.takes(scene.brief("rain " * 300), 12)
    scene.circle(*takes)
    made = export_ai_use(scene.studio, "SHOW", "pdf", tmp_path)
    with pypdfium2.PdfDocument(made["path"]) as document:
        assert len(document) > 3
    text = text_of(Path(made["path"]))
    assert all(f"take {take}" in text for take in takes)


def test_a_show_without_selects_has_no_list(studio: Studio, tmp_path: Path) -> None:
    RecordedScene(studio)
    with pytest.raises(Refused, match="has no selects"):
        export_ai_use(studio, "SHOW", "csv", tmp_path)
    with pytest.raises(Invalid, match="format 'doc': choose one of csv, pdf"):
        export_ai_use(studio, "SHOW", "doc", tmp_path)


@pytest.fixture
def tuned(scene: RecordedScene) -> Studio:
    """v0001 on a base of the studio's, tuned on one verdict by ben."""
    studio = scene.studio
    versions.register_candidate(studio, "own", "/srv/models/wan-studio", [])
    ballot = scene.judge("ben", *scene.takes(scene.brief("rain"), 2), "left")
    run = runs.start_run(
        studio, "guided", {}, "0" * 64, "runs/v0001", [("ballot", ballot, scene.people["ben"], "train")]
    )
    adapter = {"folder": "models/v0001", "sha256": "0" * 64, "weight": 1.0}
    versions.register_candidate(studio, "v0001", "/srv/models/wan-studio", [adapter], run)
    runs.finish_run(studio, run, "v0001", {})
    return studio


def test_twelve_disclosures_and_their_blanks(tuned: Studio, tmp_path: Path) -> None:
    made = export_data_summary(tuned, "v0001", "json", tmp_path)
    disclosures = json.loads(Path(made["path"]).read_text(encoding="utf-8"))["disclosures"]
    assert [each["number"] for each in disclosures] == list(range(1, 13))
    answers = {each["number"]: each["answer"] for each in disclosures}
    assert answers[1] == "Judgements of 1 people of the studio on 2 takes."
    assert answers[3] == "1 judgements on 2 takes of 1 briefs."
    assert answers[11].startswith("On 20")
    assert answers[12].startswith("Yes: the 2 takes")
    blanks = [each["number"] for each in disclosures if each["blank"]]
    assert blanks == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert all("wan-studio, which its maker has to disclose" in each["blank"] for each in disclosures if each["blank"])
    assert made["remarks"] == [f"11 of 12 answers have blanks that the record cannot fill, marked {BLANK}"]


@pytest.mark.parametrize("format", FORMATS)
def test_summaries_in_every_format(tuned: Studio, tmp_path: Path, format: str) -> None:
    made = export_data_summary(tuned, "v0001", format, tmp_path)
    path = Path(made["path"])
    text = text_of(path) if format == "pdf" else path.read_text(encoding="utf-8-sig")
    assert "v0001" in text
    assert "synthetic data" in text
    assert "/srv/models" not in text, "no path of the studio's machines"
    assert made["count"] == 12


def test_the_starter_has_no_blanks(tuned: Studio, tmp_path: Path) -> None:
    made = export_data_summary(tuned, "starter", "md", tmp_path)
    assert made["remarks"] == []
    assert BLANK not in Path(made["path"]).read_text()


def test_no_such_version_or_format(tuned: Studio, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="version 'v9' does not exist"):
        export_data_summary(tuned, "v9", "md", tmp_path)
    with pytest.raises(Invalid, match="format 'doc'"):
        export_data_summary(tuned, "v0001", "doc", tmp_path)
