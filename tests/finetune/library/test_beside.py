"""Pairs of the library in real runs: drawn, weighed, trained on, written down, and gone on with after a kill."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file

from feedback.ledger.walk import walk_from
from feedback.models import runs
from feedback.store import Studio
from finetune.jobs.library import collect_all
from finetune.jobs.nightly import judged_since
from finetune.jobs.tune import tune
from finetune.recipe import recipe_as_dict
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.finetune.library.shelf import fill_library
from tests.finetune.library.test_frames import of_library
from tests.finetune.training.killed import Killer


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    killer = Killer()
    yield killer
    killer.close()


def test_dpo_trains_on_frames_beside_people_s_pairs_and_says_so(studio: Studio) -> None:
    frames = fill_library(studio, 8)
    undescribed = fill_library(studio, 3, title="Mute", caption="")
    judge_briefs(studio)
    recipe = quick(method="dpo", pairs_weight=0.5)
    assert tune(studio, recipe, dry_run=True, progress=False)["estimate"]["takes_to_encode"] == 24
    result = tune(studio, recipe, progress=False)
    kept = result["metrics"]["library_pairs"]
    assert (kept["weight"], kept["items"], kept["why"].split(" sets ")[0]) == (0.5, 8, "The recipe")
    learned = {row["item"] for row in studio.rows("SELECT item FROM run_library_items WHERE run = ?", (result["run"],))}
    assert learned == set(frames)
    assert walk_from(studio, [result["run"]]).frames == set(frames)
    assert sum(result["metrics"]["library"]["left_out"].values()) == len(undescribed)
    run = runs.get_run(studio, result["run"])
    assert not judged_since(studio, run, recipe)
    fill_library(studio, 2, title="New")
    assert judged_since(studio, run, recipe)


def test_guided_lets_held_out_verdicts_choose(studio: Studio) -> None:
    fill_library(studio, 8)
    judge_briefs(studio)
    metrics = tune(studio, quick(method="guided"), progress=False)["metrics"]
    kept = metrics["library_pairs"]
    assert kept["weight"] in (0.0, 0.1, 0.5, 2.0)
    assert (kept["against"] is None) == (kept["weight"] == 0)
    assert kept["loss_with"] <= kept["loss_without"]


def test_without_judgements_or_pairs_nothing_of_the_library_is_taken(studio: Studio) -> None:
    fill_library(studio, 4)
    assert not collect_all(studio, quick())[0].library
    judge_briefs(studio, 2)
    assert len(collect_all(studio, quick())[0].library) == 4
    assert len(collect_all(studio, quick(pairs=3))[0].library) == 3
    for nothing in ({"pairs": 0}, {"pairs_weight": 0}, {"method": "sft"}):
        assert not collect_all(studio, quick(**nothing))[0].library


def test_a_run_on_the_library_that_was_killed_ends_in_the_same_bits(
    killer: Killer, small_base: Path, tmp_path: Path
) -> None:
    made = tiny_studio(tmp_path / "made", small_base)
    fill_library(made, 20)
    made.close()
    recipe, weights = of_library(max_steps=8, eval_steps=4), []
    for name in ("whole", "killed"):
        folder = Path(shutil.copytree(made.folder, tmp_path / name))
        if name == "killed":
            assert killer.tune_until(folder, recipe_as_dict(recipe), "step", 5)
        studio = Studio.open(folder)
        assert tune(studio, recipe, progress=False)["run"] == 1
        weights.append(load_file(studio.models_folder / "v0001" / "pytorch_lora_weights.safetensors"))
        studio.close()
    assert all((weights[0][key] == weights[1][key]).all() for key in weights[0])
