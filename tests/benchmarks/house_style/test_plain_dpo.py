"""The opponent is what it claims to be: plain Diffusion-DPO, nothing of ours in it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.house_style import plain_dpo
from benchmarks.house_style.plain_dpo import PlainRecipe, plain_loss, plain_rows, tune_plain
from feedback.models import versions
from feedback.store import Studio
from finetune.methods.losses import dpo_loss, pair_margin
from finetune.settings import LoraSettings, Recipe
from finetune.tunable_model import load_tunable_model
from generation.models.loading import load_version
from tests.finetune.judged import add_brief, add_takes, cast, judge_briefs, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Three judged briefs of a tiny model; in a fourth a tie, a right and a both-bad."""
    folder = tmp_path_factory.mktemp("plain")
    made = tiny_studio(folder / "studio", tiny_wan(folder / "tiny"))
    judge_briefs(made, count=3, takes_each=3)
    a, b, c = add_takes(made, add_brief(made, "a tie"), [0.1, 0.5, 0.9])
    cast(made, a, b, "tie")
    cast(made, a, c, "right")
    cast(made, b, c, "both_bad")
    return made


def test_loss_is_the_papers_formula() -> None:
    winner, loser, winner_ref, loser_ref = 1e-3 * torch.rand(4, 8, generator=torch.Generator().manual_seed(0))
    inside = -5000 / 2 * ((winner - winner_ref) - (loser - loser_ref))
    loss = plain_loss(winner, loser, winner_ref, loser_ref, 5000.0)
    assert torch.allclose(loss, -torch.log(torch.sigmoid(inside.double())).float(), rtol=1e-3)
    ours = dpo_loss(pair_margin(winner - winner_ref, loser - loser_ref, 5000.0), torch.ones(8))
    assert torch.allclose(loss, ours, atol=1e-4)


def test_ties_train_as_wins_of_the_left_and_both_bad_is_left_out(studio: Studio) -> None:
    rows = [row for row in plain_rows(studio) if row.prompt == "a tie"]
    media = [row["media"] for row in studio.rows("SELECT media FROM takes ORDER BY id")][-3:]
    assert {(row.winner, row.loser) for row in rows} == {(media[0], media[1]), (media[2], media[0])}
    assert len(plain_rows(studio)) == 9 + 2


def test_the_first_step_has_loss_ln_2_whatever_the_noise(studio: Studio) -> None:
    rows, recipe = plain_rows(studio), PlainRecipe(lora_r=4)
    model = load_tunable_model(studio, "tiny", Recipe(lora=LoraSettings(r=4, alpha=4)))
    batch = plain_dpo.make_batch(model, plain_dpo.load_data(studio, model, rows), rows, recipe)
    assert torch.equal(batch.t[: len(rows)], batch.t[len(rows) :])
    assert float(plain_dpo.step_loss(model, batch, 5000.0).detach()) == pytest.approx(np.log(2), abs=1e-3)


def test_the_last_step_becomes_a_candidate_that_loads(studio: Studio) -> None:
    name = tune_plain(studio, PlainRecipe(max_steps=3, batch_size=4, lora_r=4, learning_rate=1e-3))
    row = versions.get_version(studio, name)
    assert (row["state"], len(row["adapters"])) == ("candidate", 1)
    assert load_version(studio, name).adapters[0]["sha256"] == row["adapters"][0]["sha256"]


def test_every_row_is_trained_on_once_an_epoch() -> None:
    batches = plain_dpo.shuffled(10, PlainRecipe(batch_size=4))
    epoch = [next(batches) for _ in range(3)]
    assert [len(batch) for batch in epoch] == [4, 4, 2]
    assert sorted(index for batch in epoch for index in batch) == list(range(10))


def test_the_scripts_numbers() -> None:
    """beta_dpo 2500 times the difference of differences is beta 5000 in the paper's beta / 2."""
    assert (PlainRecipe().beta / 2, PlainRecipe().learning_rate, PlainRecipe().weight_decay) == (2500, 5e-4, 1e-2)
    assert (5000.0, 1e-5) in plain_dpo.GRID
