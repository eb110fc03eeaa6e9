"""`tune --from library` and `enough --library`: what they learn from, what they leave out, and what means nothing together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedback.library import items
from tests.finetune.judged import tiny_studio
from tests.finetune.library.conftest import small_base  # noqa: F401 (a fixture)
from tests.finetune.library.shelf import fill_library
from ui.cli import main

SHORT = "optimiser: {max_steps: 4, per_device_train_batch_size: 8}\nlora: {r: 4, alpha: 4}\nevaluation: {eval_steps: 2, min_heldout_accuracy: 0, max_winner_error: 2}\n"


@pytest.fixture
def folder(tmp_path: Path, small_base: Path) -> Path:  # noqa: F811
    studio = tiny_studio(tmp_path / "studio", small_base)
    fill_library(studio, 24)
    fill_library(studio, 21, title="The mill", caption="")
    items.exclude(studio, [1], "the set was not ours")
    studio.close()
    (tmp_path / "short.yaml").write_text(SHORT)
    return tmp_path / "studio"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--studio", str(folder)])


def test_a_title_is_learned_from_and_the_rest_is_named(folder: Path) -> None:
    recipe = ("--recipe", str(folder.parent / "short.yaml"))
    done = run(folder, "tune", "--method", "sft", "--from", "library", "--title", "Harbour", *recipe, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["state"], result["metrics"]["library"]["titles"]) == ("candidate", ["Harbour"])
    assert "left out: 1 of the library, since it was excluded from the library" in done.stderr
    done = run(folder, "tune", "--from", "library", "--dry-run", *recipe)
    assert done.exit_code == 0, done.output
    assert "21 of 44 have no caption" in done.stderr
    needs = json.loads(run(folder, "enough", "--library", "--json").stdout)
    assert (needs["items"], needs["without_caption"], needs["enough"]) == (44, 21, None)
    assert [each["items"] for each in needs["runs"]] == [23]
    assert "no two runs of different sizes tell yet" in run(folder, "enough", "--library").stdout


def test_what_means_nothing_together_is_refused_in_one_line(folder: Path) -> None:
    assert "add --from library" in run(folder, "tune", "--title", "Harbour").stderr
    assert "--since is about judgements" in run(folder, "tune", "--from", "library", "--since", "2026-11-20").stderr
    assert "--project is for --library" in run(folder, "enough", "--project", "P").stderr
    assert "method: 'dpo' is not sft" in run(folder, "tune", "--from", "library", "--method", "dpo").stderr
    assert "no title" in run(folder, "tune", "--from", "library", "--title", "Nowhere").stderr


def test_sizes_that_were_worth_the_same_are_enough(folder: Path) -> None:
    from finetune.data.library.needs import is_enough

    small, large = (
        {"run": n, "version": None, "items": n, "error": e, "state": "done"} for n, e in ((20, 0.95), (80, 0.9))
    )
    assert is_enough([small]) is None  # type: ignore[list-item]
    assert is_enough([small, large]) is False  # type: ignore[list-item]
    assert is_enough([small, {**large, "error": 0.949}]) is True  # type: ignore[list-item,typeddict-item]
