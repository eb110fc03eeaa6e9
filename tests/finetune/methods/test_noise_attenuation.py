"""What noise hides of a reward: by regressions whose result is known, and on a real denoiser."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from feedback.store import Studio
from finetune.data.examples import Example
from finetune.jobs.tune import tune
from finetune.methods.guided.guidance import RewardGuidance, make_guidance, reward_gradient
from finetune.methods.guided.noise_attenuation import (
    LEVELS,
    MOST,
    NoiseAttenuation,
    measure_noise_attenuation,
    predicted_numbers,
    shares_of,
    takes_of_whole_briefs,
)
from tests.finetune.judged import prepared, quick, recipe_of

BRIEF = torch.arange(200) // 4
COLUMNS = {"rows": slice(0, 3), "contrast": slice(3, 5), "horizon": slice(5, 7)}
REWARD_MODEL: Any = SimpleNamespace(weight=torch.tensor([1.0, -0.5, 0.3, 0.8, 0.2, -1.0, 0.4]), columns=COLUMNS)


def clean_numbers() -> torch.Tensor:
    """Of 50 briefs of four takes, whose means differ by far more than takes of a brief do."""
    chance = torch.Generator().manual_seed(0)
    means = 10 * torch.randn(50, 7, generator=chance, dtype=torch.float64)
    return means[BRIEF] + torch.randn(200, 7, generator=chance, dtype=torch.float64)


def test_a_group_that_noise_turned_into_chance_counts_nothing_and_one_that_it_left_counts_in_full() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    seen[:, COLUMNS["horizon"]] = torch.randn(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    shares = shares_of(REWARD_MODEL, seen, clean @ REWARD_MODEL.weight.double(), BRIEF)
    assert shares["contrast"] == pytest.approx(1.0, abs=0.1)
    assert shares["horizon"] == pytest.approx(0.0, abs=0.1)
    assert shares["rows"] == pytest.approx(1.0, abs=0.1)


def test_a_reference_that_sees_more_in_noise_than_there_is_counts_less() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    seen[:, COLUMNS["rows"]] *= 2
    shares = shares_of(REWARD_MODEL, seen, clean @ REWARD_MODEL.weight.double(), BRIEF)
    assert (shares["rows"], shares["horizon"]) == (pytest.approx(0.5, abs=0.1), pytest.approx(1.0, abs=0.1))


def test_a_group_half_of_which_is_chance_counts_half() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    # As much chance as there is truth: of a difference seen, half is to be expected.
    seen[:, COLUMNS["horizon"]] += torch.randn(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert shares_of(REWARD_MODEL, seen, clean @ REWARD_MODEL.weight.double(), BRIEF)["horizon"] == pytest.approx(
        0.5, abs=0.12
    )


def test_what_points_the_other_way_is_left_out_rather_than_turned_round() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    seen[:, COLUMNS["horizon"]] *= -1
    seen[:, COLUMNS["contrast"]] *= 0.3  # which a share of 3.3 would make up for
    shares = shares_of(REWARD_MODEL, seen, clean @ REWARD_MODEL.weight.double(), BRIEF)
    assert shares["horizon"] == 0.0
    assert 2 < shares["contrast"] <= MOST


def test_takes_alone_in_their_briefs_change_nothing_and_break_nothing() -> None:
    clean = clean_numbers()
    shares = shares_of(REWARD_MODEL, clean, clean @ REWARD_MODEL.weight.double(), torch.arange(200))
    assert shares == {"rows": 1.0}  # as without data


def test_weights_go_straight_from_level_to_level_and_no_further() -> None:
    attenuation = NoiseAttenuation(
        (0.2, 0.5, 0.8), ({"horizon": 1.0}, {"horizon": 0.5}, {"horizon": 0.0, "contrast": 0.5})
    )
    weights = attenuation.at(REWARD_MODEL, torch.tensor([0.01, 0.2, 0.5, 2 / 3, 0.8, 1.0]))
    assert weights[:, 0].tolist() == [1.0] * 6
    assert weights[:, 5].tolist() == pytest.approx([-1.0, -1.0, -0.5, -0.25, 0.0, 0.0], abs=1e-6)
    assert weights[:, 3].tolist() == pytest.approx([0.8, 0.8, 0.8, 0.6, 0.4, 0.4], abs=1e-6)


def test_whole_briefs_are_measured_the_same_ones_every_time() -> None:
    pairs = [("a", "b"), ("b", "c"), ("c", "d")]
    examples = [
        Example(brief, f"prompt {brief}", f"{brief}{left}", f"{brief}{right}", 1.0, 1.0, 0.0, 1.0, 0.0)
        for brief in range(10)
        for left, right in pairs
    ]
    takes = takes_of_whole_briefs(examples, 10)
    assert len(takes) == 12
    assert len({example.brief for _, example in takes}) == 3
    assert all(take[0] == str(example.brief) for take, example in takes)
    assert [take for take, _ in takes_of_whole_briefs(examples[::-1], 10)] == [take for take, _ in takes]
    assert len(takes_of_whole_briefs(examples, 1000)) == 40


def test_next_to_no_noise_hides_nothing_and_much_of_it_does(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    model, cache, reward_model = trainer.model, trainer.cache, trainer.method.guidance.reward_model
    takes = takes_of_whole_briefs(trainer.method.train, 24)
    rewards = torch.cat([reward_model.score(cache.latent(take)[None]) for take, _ in takes]).double()
    # The tiny denoiser has learned nothing, so that only where there is no noise does it know what it sees.
    apart = [
        float(
            (
                predicted_numbers(model, cache, reward_model, takes, level, 7, lambda: None)
                @ reward_model.weight.double()
                - rewards
            )
            .abs()
            .mean()
        )
        for level in (1e-4, 0.9)
    ]
    assert apart[0] < 0.01 < apart[1]


def test_noise_attenuation_is_the_same_every_time_and_changes_the_gradient(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    model, cache, guidance, recipe = trainer.model, trainer.cache, trainer.method.guidance, trainer.recipe
    assert guidance.noise_attenuation is not None
    assert len(guidance.noise_attenuation.levels) == LEVELS
    assert (
        measure_noise_attenuation(model, cache, guidance.reward_model, trainer.method.train[::-1], recipe)
        == guidance.noise_attenuation
    )
    assert (
        make_guidance(
            model, cache, guidance.reward_model, trainer.method.train, recipe_of(recipe, noise_attenuation=False)
        ).noise_attenuation
        is None
    )
    batch = cache.batch(trainer.method.train[:2], [0, 1])
    hidden = NoiseAttenuation((0.1, 0.9), (dict.fromkeys(guidance.reward_model.columns, 0.0),) * 2)
    assert reward_gradient(model, RewardGuidance(guidance.reward_model, 1.0), batch)[1].abs().sum() > 0
    assert (
        reward_gradient(model, RewardGuidance(guidance.reward_model, 1.0, noise_attenuation=hidden), batch)[1]
        .abs()
        .sum()
        == 0
    )


def test_measuring_can_be_stopped(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_noise_attenuation(
            trainer.model,
            trainer.cache,
            trainer.method.guidance.reward_model,
            trainer.method.train,
            trainer.recipe,
            stop,
        )


def test_a_run_reports_its_noise_attenuation(studio: Studio) -> None:
    metrics = tune(studio, quick(method="guided"), progress=False)["metrics"]
    assert len(metrics["noise_attenuation"]) == LEVELS
    assert all(0 <= share <= MOST for shares in metrics["noise_attenuation"].values() for share in shares.values())
