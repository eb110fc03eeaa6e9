"""What noise hides of a liking: by regressions whose answer is known, and on a real denoiser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from feedback.studio import Studio
from finetune.data.examples import Example
from finetune.jobs.tune import tune
from finetune.methods.guided.guidance import Steering, make_steering, slope_of
from finetune.methods.guided.noise_attenuation import (
    LEVELS,
    MOST,
    Foresight,
    foresee,
    look_through,
    shares_of,
    takes_of_whole_briefs,
)
from tests.finetune.judged import prepared, quick

HOME = torch.arange(200) // 4
COLUMNS = {"rows": slice(0, 3), "contrast": slice(3, 5), "horizon": slice(5, 7)}
SCORER: Any = SimpleNamespace(weight=torch.tensor([1.0, -0.5, 0.3, 0.8, 0.2, -1.0, 0.4]), columns=COLUMNS)


def clean_numbers() -> torch.Tensor:
    """Of 50 briefs of four takes, whose means differ by far more than takes of a brief do."""
    chance = torch.Generator().manual_seed(0)
    means = 10 * torch.randn(50, 7, generator=chance, dtype=torch.float64)
    return means[HOME] + torch.randn(200, 7, generator=chance, dtype=torch.float64)


def test_a_group_that_noise_turned_into_chance_tells_nothing_and_one_that_it_left_tells_all() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    seen[:, COLUMNS["horizon"]] = torch.randn(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    shares = shares_of(SCORER, seen, clean @ SCORER.weight.double(), HOME)
    assert shares["contrast"] == pytest.approx(1.0, abs=0.1)
    assert shares["horizon"] == pytest.approx(0.0, abs=0.1)
    assert shares["rows"] == pytest.approx(1.0, abs=0.1)


def test_a_reference_that_sees_more_in_noise_than_there_is_is_believed_less() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    seen[:, COLUMNS["rows"]] *= 2
    shares = shares_of(SCORER, seen, clean @ SCORER.weight.double(), HOME)
    assert (shares["rows"], shares["horizon"]) == (pytest.approx(0.5, abs=0.1), pytest.approx(1.0, abs=0.1))


def test_a_group_half_of_which_is_chance_tells_half() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    # As much chance as there is truth: of a difference seen, half is to be expected.
    seen[:, COLUMNS["horizon"]] += torch.randn(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert shares_of(SCORER, seen, clean @ SCORER.weight.double(), HOME)["horizon"] == pytest.approx(0.5, abs=0.12)


def test_what_points_the_other_way_is_left_out_rather_than_turned_round() -> None:
    clean = clean_numbers()
    seen = clean.clone()
    seen[:, COLUMNS["horizon"]] *= -1
    seen[:, COLUMNS["contrast"]] *= 0.3  # which a share of 3.3 would make up for
    shares = shares_of(SCORER, seen, clean @ SCORER.weight.double(), HOME)
    assert shares["horizon"] == 0.0
    assert 2 < shares["contrast"] <= MOST


def test_takes_alone_in_their_briefs_say_nothing_and_break_nothing() -> None:
    clean = clean_numbers()
    shares = shares_of(SCORER, clean, clean @ SCORER.weight.double(), torch.arange(200))
    assert shares == {"rows": 1.0}  # as is believed before anything is known


def test_weights_go_straight_from_level_to_level_and_no_further() -> None:
    foresight = Foresight((0.2, 0.5, 0.8), ({"horizon": 1.0}, {"horizon": 0.5}, {"horizon": 0.0, "contrast": 0.5}))
    weights = foresight.at(SCORER, torch.tensor([0.01, 0.2, 0.5, 2 / 3, 0.8, 1.0]))
    assert weights[:, 0].tolist() == [1.0] * 6
    assert weights[:, 5].tolist() == pytest.approx([-1.0, -1.0, -0.5, -0.25, 0.0, 0.0], abs=1e-6)
    assert weights[:, 3].tolist() == pytest.approx([0.8, 0.8, 0.8, 0.6, 0.4, 0.4], abs=1e-6)


def test_whole_briefs_are_looked_at_the_same_ones_every_time() -> None:
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
    assert trainer.steering is not None
    policy, cache, scorer = trainer.policy, trainer.cache, trainer.steering.scorer
    takes = takes_of_whole_briefs(trainer.train, 24)
    liked = torch.cat([scorer.score(cache.latent(take)[None]) for take, _ in takes]).double()
    # The tiny denoiser has learned nothing, so that only where there is no noise does it know what it sees.
    apart = [
        float(
            (look_through(policy, cache, scorer, takes, level, 7, lambda: None) @ scorer.weight.double() - liked)
            .abs()
            .mean()
        )
        for level in (1e-4, 0.9)
    ]
    assert apart[0] < 0.01 < apart[1]


def test_foresight_is_the_same_every_time_and_changes_the_slope(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    policy, cache, steering, recipe = trainer.policy, trainer.cache, trainer.steering, trainer.recipe
    assert steering is not None
    assert steering.foresight is not None
    assert len(steering.foresight.levels) == LEVELS
    assert foresee(policy, cache, steering.scorer, trainer.train[::-1], recipe) == steering.foresight
    assert (
        make_steering(policy, cache, steering.scorer, trainer.train, replace(recipe, foresight=False)).foresight is None
    )
    batch = cache.batch(trainer.train[:2], [0, 1])
    hidden = Foresight((0.1, 0.9), (dict.fromkeys(steering.scorer.columns, 0.0),) * 2)
    assert slope_of(policy, Steering(steering.scorer, 1.0), batch)[1].abs().sum() > 0
    assert slope_of(policy, Steering(steering.scorer, 1.0, foresight=hidden), batch)[1].abs().sum() == 0


def test_looking_can_be_stopped(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")

    def stop() -> None:
        raise InterruptedError

    assert trainer.steering is not None
    with pytest.raises(InterruptedError):
        foresee(trainer.policy, trainer.cache, trainer.steering.scorer, trainer.train, trainer.recipe, stop)


def test_a_run_says_what_could_be_foretold(studio: Studio) -> None:
    metrics = tune(studio, quick(method="guided"), progress=False)["metrics"]
    assert len(metrics["foresight"]) == LEVELS
    assert all(0 <= share <= MOST for shares in metrics["foresight"].values() for share in shares.values())
