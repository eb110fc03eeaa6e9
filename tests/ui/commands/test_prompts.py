"""`circletake prompts`: from the embedded writer's words to a comparison that is ended, and a writer stopped by hand."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.store import Studio
from feedback.wordings import writers
from feedback.wordings.rewrites import open_comparisons
from tests.factories import judging_studio
from ui.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    judging_studio(tmp_path / "studio", briefs_count=2, takes_each=1).close()
    return tmp_path / "studio"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["prompts", *words, "--studio", str(folder)])


def run_json(folder: Path, *words: str) -> Any:
    done = run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_prompt_is_only_added_to_and_the_same_again_for_a_seed(folder: Path) -> None:
    first = run_json(folder, "rewrite", "Über dem Fjord, 夜明け", "--seed", "7", "--count", "2")
    assert first == run_json(folder, "rewrite", "Über dem Fjord, 夜明け", "--seed", "7", "--count", "2")
    assert first["proposals"]
    assert all(each["prompt"].startswith("Über dem Fjord, 夜明け, ") for each in first["proposals"])


def test_a_comparison_is_queued_and_ended(folder: Path) -> None:
    made = run_json(folder, "compare", "--brief", "1", "--pairs", "2")
    assert (made["writer"], made["pairs"]) == ("untuned", 2)
    with closing(Studio.open(folder)) as studio:
        number = studio.value("SELECT id FROM rewrites")
        assert studio.value("SELECT count(*) FROM takes WHERE state = 'queued'") == 4
    with closing(Studio.open(folder)) as studio:
        assert len(open_comparisons(studio)) == 1
    assert "has ended" in run(folder, "end", str(number)).output
    with closing(Studio.open(folder)) as studio:
        assert open_comparisons(studio) == []
    assert run(folder, "end", str(number + 1)).exit_code == 1


def test_a_writer_is_listed_shown_stopped_and_kept(folder: Path) -> None:
    with closing(Studio.open(folder)) as studio:
        writers.ensure_untuned(studio, "starter")
    assert [row["name"] for row in run_json(folder, "list")["writers"]] == ["untuned"]
    assert run_json(folder, "stop", "untuned", "--reason", "too flowery")["state"] == "stopped"
    assert "[too flowery]" in run(folder, "list").output
    refused = run(folder, "rewrite", "a boat", "--seed", "1")
    assert refused.exit_code == 1
    assert "no prompt writer offers" in refused.output
    assert run_json(folder, "keep", "untuned", "--reason", "we miss it")["state"] != "stopped"
    assert "base: starter" in run(folder, "show", "untuned").output
    unknown = run(folder, "show", "w0009")
    assert unknown.exit_code == 1
    assert "w0009" in unknown.output


def test_too_few_judgements_teach_no_writer(folder: Path) -> None:
    refused = run(folder, "tune")
    assert refused.exit_code == 1
    assert len(refused.output.strip().splitlines()) == 1
    assert "40" in refused.output
