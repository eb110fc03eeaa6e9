"""`circletake licence`, `consent` and `user agree`: what is recorded, refused in a line, and follows when it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.models.versions import production_version
from feedback.store import Studio
from tests.factories import add_brief, add_takes, judging_studio, png
from tests.ui.commands.test_projects import run, run_json

TERMS = ("--subject", "likeness", "--use", "drawing", "--use", "training", "--described", "a face in a window")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    studio = judging_studio(tmp_path / "studio", briefs_count=1, takes_each=2)
    add_takes(studio, add_brief(studio, "ana", "Ada Lovelace at a window"), 2, 900)
    studio.close()
    return tmp_path / "studio"


def test_a_consent_is_recorded_and_revoked(folder: Path, tmp_path: Path) -> None:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"I agree")
    made = run_json(folder, "consent", "person", "Ada Lovelace")
    assert (made["kind"], made["briefs"]) == ("performer", 1)
    consent = run_json(folder, "consent", "add", "ada lovelace", *TERMS, "--document", str(paper), "--by", "sue")
    assert (consent["uses"], consent["recorded_by"], len(consent["document"])) == (["training", "drawing"], "sue", 64)
    assert (
        "1        Ada Lovelace  likeness  training, drawing  every project  always"
        in run(folder, "consent", "list").stdout
    )
    touched = run_json(folder, "consent", "revoke", "1", "--reason", "asked", "--dry-run")["touched"]
    assert len(touched["takes"]) == 2
    assert run_json(folder, "consent", "list")["consents"][0]["revoked"] is None
    done = run(folder, "consent", "revoke", "1", "--reason", "asked", "--by", "sue")
    assert done.stdout == (
        "consent 1 of Ada Lovelace holds no longer; it touched 0 versions, 2 takes, 0 selects and 0 library frames\n"
    )
    again = run(folder, "consent", "revoke", "1", "--reason", "asked")
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)


def test_a_brief_is_refused_with_the_command_that_helps(folder: Path) -> None:
    run_json(folder, "consent", "person", "Ada Lovelace")
    done = run(folder, "generate", "--prompt", "ADA LOVELACE on a boat", "--takes", "1", "--shot", "T_010")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "circletake consent add 'Ada Lovelace' --subject likeness --use drawing" in done.stderr


def test_who_judges_agrees_and_withdraws(folder: Path) -> None:
    assert run_json(folder, "consent", "ask") == {"asked": True}
    assert run_json(folder, "user", "agree", "ana") == {"name": "ana", "agreed": True}
    made = run_json(folder, "user", "agree", "ana", "--no")
    assert (made["agreed"], made["previous"]) == (False, None)
    assert production_version(Studio.open(folder)) == "starter"


def test_licences_are_recorded_put_on_files_and_ended(folder: Path) -> None:
    add = ("licence", "add", "Archive", "--holder", "The archive", "--project", "TEST", "--until", "2099-01-01")
    assert "no use is allowed" in run(folder, *add).stderr
    elsewhere = run(folder, *add, "--use", "drawing", "--project", "NONE")
    assert elsewhere.stderr == "no project 'NONE': see circletake project list\n"
    assert run_json(folder, *add, "--use", "drawing")["projects"] == ["TEST"]
    media = Studio.open(folder).value("SELECT media FROM takes WHERE id = 1")
    assert run_json(folder, "licence", "media", media, "Archive") == {"media": media, "licence": "Archive"}
    assert run(folder, "licence", "media", "nothing.png", "Archive").stderr.startswith("no file 'nothing.png', and")
    assert "… to 2099-01-01" in run(folder, "licence", "list").stdout
    assert run_json(folder, "licence", "end", "Archive", "--reason", "over")["touched"]["takes"] == []
    assert "was ended" in run(folder, "licence", "end", "Archive", "--reason", "over").stderr


def test_a_paper_is_known_again_and_a_changed_one_is_not(folder: Path, tmp_path: Path) -> None:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"")
    run_json(folder, "consent", "person", "Ada Lovelace")
    done = run(folder, "consent", "add", "Ada Lovelace", *TERMS, "--document", str(paper))
    assert (done.exit_code, "signed.pdf is empty: give the signed paper" in done.stderr) == (1, True)
    paper.write_bytes(b"I agree")
    run_json(folder, "consent", "add", "Ada Lovelace", *TERMS, "--document", str(paper))
    run_json(folder, "licence", "add", "Plates", "--holder", "A painter", "--use", "drawing", "--document", str(paper))
    assert run(folder, "consent", "document", str(paper)).stdout == (
        "signed.pdf is what was signed for consent 1, licence Plates\n"
    )
    paper.write_bytes(b"I agree, and more")
    done = run(folder, "consent", "document", str(paper))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "was changed since" in done.stderr


def test_plates_need_a_licence_where_the_project_says_so(folder: Path, tmp_path: Path) -> None:
    plate = tmp_path / "plate.png"
    plate.write_bytes(png(9, "brought"))
    made = run_json(folder, "project", "rules", "--plates", "refuse", "--all")
    assert (made["new"]["plates"], made["projects"]["TEST"]["plates"]) == ("refuse", "refuse")
    draw = ("generate", "--prompt", "a boat", "--takes", "1", "--shot", "T_010", "--source", str(plate))
    refused = run(folder, *draw)
    assert (refused.exit_code, "circletake licence media" in refused.stderr) == (1, True)
    assert run(folder, *draw, "--licence", "Plates").stderr.startswith("no licence 'Plates'")
    run_json(folder, "licence", "add", "Plates", "--holder", "A painter", "--use", "drawing")
    taken = run(folder, "generate", "--prompt", "a boat", "--source", "1", "--licence", "Plates")
    assert (taken.exit_code, "--licence is for a --source FILE or plate" in taken.stderr) == (2, True)
    assert len(run_json(folder, *draw, "--licence", "Plates")["takes"]) == 1
    assert len(run_json(folder, *draw)["takes"]) == 1  # it stays under it
    other = tmp_path / "other.png"
    other.write_bytes(png(10, "brought"))
    assert run_json(folder, "licence", "media", str(other), "Plates")["licence"] == "Plates"  # and is kept
    assert len(run_json(folder, *draw[:-1], str(other))["takes"]) == 1
    assert run_json(folder, "project", "set", "TEST", "--plates", "off")["plates"] == "off"
