"""`circletake licence`, `consent` and `user agree`: what is recorded, refused in a line, and follows when it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.models.versions import production_version
from feedback.store import Studio
from tests.factories import add_brief, add_takes, judging_studio
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
    assert run_json(folder, *add, "--use", "drawing")["projects"] == ["TEST"]
    media = Studio.open(folder).value("SELECT media FROM takes WHERE id = 1")
    assert run_json(folder, "licence", "media", media, "Archive") == {"media": media, "licence": "Archive"}
    assert "no media" in run(folder, "licence", "media", "nothing.png", "Archive").stderr
    assert "… to 2099-01-01" in run(folder, "licence", "list").stdout
    assert run_json(folder, "licence", "end", "Archive", "--reason", "over")["touched"]["takes"] == []
    assert "was ended" in run(folder, "licence", "end", "Archive", "--reason", "over").stderr
