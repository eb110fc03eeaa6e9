"""What hidden states under noise tell of a reward: fitted at some levels, for each denoiser, and differentiated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from feedback.judgements.notes import write_note
from feedback.models.lineage import learned_from
from feedback.people.accounts import get_person
from feedback.preferences.snapshot import read_snapshot
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.methods.guided import reward_method
from finetune.methods.guided import state_weights as state_weights_module
from finetune.methods.guided.guidance import guidance_of, guided_prediction, reward_gradient
from finetune.methods.guided.state_weights import StateWeights, fit_ridge, levels_of_denoisers
from finetune.recipe import recipe_from
from finetune.reward import fit as fit_module
from finetune.reward.features.sets import POINTED
from finetune.training.loop import Trainer
from generation.families.protocol import Denoiser
from tests.finetune.judged import prepared, quick

ONE = (Denoiser("one", torch.nn.Identity(), 0.0, 1.0),)
TWO = (Denoiser("high", torch.nn.Identity(), 0.7, 1.0), Denoiser("low", torch.nn.Identity(), 0.0, 0.7))
BRIEF = torch.arange(40).repeat_interleave(4)


def rows(columns: int = 300) -> torch.Tensor:
    return torch.randn(160, columns, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_a_ridge_finds_what_states_tell_and_nothing_where_they_tell_nothing() -> None:
    features = rows(12)
    true = torch.randn(12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    weights, explained = fit_ridge(features, features @ true + 3.0, BRIEF)
    assert torch.allclose(weights.double(), true, atol=0.05)
    assert explained > 0.99
    nothing, explained = fit_ridge(features, rows(1)[:, 0].roll(7), BRIEF)
    assert explained < 0.1
    assert nothing.norm() < 0.3 * weights.norm()


def test_units_let_small_numbers_speak_beside_large_ones() -> None:
    features = rows(40)
    features[:, 0] *= 1e-3
    rewards = 1e3 * features[:, 0]
    alike, explained = fit_ridge(features, rewards, BRIEF, torch.tensor([1e-3] + [1.0] * 39, dtype=torch.float64))
    assert explained > 0.9
    assert torch.allclose(1e-3 * alike[0], torch.tensor(1.0), atol=0.1)
    assert fit_ridge(features, rewards, BRIEF)[1] < 0.1


def test_more_columns_than_takes_are_held_in_check_by_the_penalty() -> None:
    features = rows()
    signal = features[:, :3].sum(1)
    noisy = signal + 3 * rows(1)[:, 0].roll(5)
    _, explained = fit_ridge(features, noisy, BRIEF)
    assert 0 <= explained < 0.5


def weights_at(*levels: float) -> StateWeights:
    return StateWeights("hidden_states_4x4", levels, torch.arange(1.0, len(levels) + 1)[:, None], (1.0,) * len(levels))


def test_weights_go_straight_from_level_to_level_and_no_further() -> None:
    like = torch.zeros(5, 1)
    weights = weights_at(0.2, 0.5, 0.8).at(ONE, [0.01, 0.2, 2 / 3, 0.8, 1.0], like)
    assert weights[:, 0].tolist() == pytest.approx([1.0, 1.0, 2.5, 3.0, 3.0], abs=1e-6)


def test_no_weights_of_one_denoiser_serve_another() -> None:
    weights = weights_at(0.3, 0.6, 0.8, 0.9).at(TWO, [0.65, 0.7, 0.69999], torch.zeros(3, 1))
    assert weights[:, 0].tolist() == pytest.approx([2.0, 3.0, 2.0], abs=1e-6)
    assert levels_of_denoisers(TWO, [0.8, 0.9]) == [0.35, 0.8, 0.9]
    assert weights_at(0.35, 0.8, 0.9).at(TWO, [0.1], torch.zeros(1, 1)).item() == 1.0


def test_attention_goes_from_level_to_level_like_the_weights() -> None:
    rows = torch.tensor([[0.0, 2.0, 1.0], [4.0, 0.0, -1.0]])
    weights = replace(weights_at(0.2, 0.8), attention=rows)
    attention = weights.attention_at(ONE, [0.2, 0.5, 0.8], torch.zeros(3, 1))
    assert attention.weight.tolist() == [[0.0, 2.0], [2.0, 1.0], [4.0, 0.0]]
    assert attention.bias.tolist() == [1.0, 0.0, -1.0]


@pytest.fixture
def hidden_states_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny denoiser is random and tells nothing: what is tested is the machinery."""
    monkeypatch.setattr(fit_module, "CANDIDATES", (("hidden_states_4x4", False),))
    monkeypatch.setattr(reward_method, "refuse_reward_model", lambda *given: None)


def test_the_gradient_is_that_of_the_expected_reward(hidden_states_only: None, studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    guidance = trainer.method.guidance
    assert guidance.state_weights is not None
    assert guidance.noise_attenuation is None
    check_gradient(trainer)


def test_so_it_is_where_the_reward_is_read_where_people_point(
    hidden_states_only: None, monkeypatch: pytest.MonkeyPatch, studio: Studio, tmp_path: Path
) -> None:
    monkeypatch.setattr(fit_module, "CANDIDATES", ((POINTED, False),))
    point_at_corners(studio)
    trainer = prepared(studio, tmp_path / "c", method="guided")
    assert trainer.method.reward_model.attention is not None
    weights = trainer.method.guidance.state_weights
    assert weights.attention.shape[0] == len(weights.levels)
    check_gradient(trainer)


def point_at_corners(studio: Studio, region: dict[str, float] | None = None) -> list[int]:
    """A note of ada on the upper left quarter of every take; the notes."""
    person, box = get_person(studio, "ada")["id"], region or {"x": 0.0, "y": 0.0, "w": 0.5, "h": 0.5}
    takes = [row["id"] for row in studio.rows("SELECT id FROM takes WHERE state = 'done' ORDER BY id")]
    return [write_note(studio, person, f"note-{take}", take, "the hand", region=box)[0]["id"] for take in takes]


def test_a_run_names_the_notes_that_told_it_where_to_look(
    hidden_states_only: None, monkeypatch: pytest.MonkeyPatch, studio: Studio
) -> None:
    monkeypatch.setattr(fit_module, "CANDIDATES", ((POINTED, False),))
    notes = point_at_corners(studio)
    result = tune(studio, quick(method="guided"), progress=False)
    assert result["state"] == "candidate"
    assert result["metrics"]["reward_model"]["features"] == POINTED
    assert result["metrics"]["pointed"] == result["metrics"]["judgements"]
    kept = studio.rows("SELECT run, note, person FROM run_notes ORDER BY note")
    assert [(row["run"], row["note"]) for row in kept] == [(result["run"], note) for note in notes]
    learned = learned_from(studio, result["version"])
    assert learned["pointed"] == learned["judgements"] == result["metrics"]["judgements"]
    snapshot = read_snapshot(studio.folder / "runs" / "0001", learned["runs"][0]["snapshot_sha256"])
    assert [place["note"] for place in snapshot["places"]] == notes


def check_gradient(trainer: Trainer) -> None:
    model, guidance = trainer.model, trainer.method.guidance
    batch = trainer.cache.batch(trainer.method.train[:2], [0, 1])
    prediction, gradient = reward_gradient(model, guidance, batch)
    assert gradient.isfinite().all()
    assert gradient.flatten(1).norm(dim=1).min() > 0
    step = 1e-2 * gradient / gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1, 1)
    with model.reference(), torch.no_grad():
        up, down = (
            guidance.state_weights.reward(model, replace(batch, x_t=batch.x_t + sign * step)) for sign in (1, -1)
        )
    slopes = (up - down) / 2e-2
    assert torch.allclose(slopes, gradient.flatten(1).norm(dim=1), rtol=0.05)
    before, target = guided_prediction(model, guidance, batch)
    assert torch.equal(before, prediction)
    change = (target - before).flatten(1)
    assert torch.allclose(
        torch.nn.functional.cosine_similarity(change, gradient.flatten(1)).abs(), torch.ones(len(change)), atol=1e-4
    )


def test_below_the_level_from_which_they_move_takes_they_move_nothing(
    hidden_states_only: None, studio: Studio, tmp_path: Path
) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    guidance, example = trainer.method.guidance, trainer.method.train[0]
    draws, moved = range(trainer.recipe.noise_levels.draws_per_pair), {}
    for draw in draws:
        batch = trainer.cache.batch([example], [draw])
        before, target = guided_prediction(trainer.model, guidance, batch)
        moved[float(batch.t[0])] = float((target - before).abs().mean())
    low, high = min(moved), max(moved)
    assert low < 0.5 < 0.8 < high
    assert moved[low] < 0.01 * moved[high]
    lowest = next(draw for draw in draws if float(trainer.cache.batch([example], [draw]).t[0]) == low)
    before, target = guided_prediction(
        trainer.model, replace(guidance, above=0.0), trainer.cache.batch([example], [lowest])
    )
    assert float((target - before).abs().mean()) > 10 * moved[low]


def test_much_noise_is_drawn_several_times(
    hidden_states_only: None, monkeypatch: pytest.MonkeyPatch, studio: Studio, tmp_path: Path
) -> None:
    read = dict[float, list[int]]()
    reading = state_weights_module.read_cached_takes

    def note(cache: Any, takes: Any, level: float = 0.3, on_batch: Any = None, draw: int = 0) -> Any:
        read.setdefault(round(level, 3), []).append(draw)
        return reading(cache, takes, level, on_batch, draw)

    monkeypatch.setattr(state_weights_module, "read_cached_takes", note)
    prepared(studio, tmp_path / "c", method="guided")
    assert read.pop(0.3) == [0], "of finished takes"
    assert all(draws == ([0, 1, 2, 3] if level >= 0.7 else [0]) for level, draws in read.items())
    assert len([level for level in read if level >= 0.7]) == 4


def test_more_noises_tell_more_of_a_reward_that_noise_hides() -> None:
    """What each noise adds is chance, so that weights from four of them are nearer to the right ones."""
    chance = torch.Generator().manual_seed(0)
    takes, numbers = 400, 60
    signal = torch.randn(takes, numbers, generator=chance, dtype=torch.float64)
    right = torch.randn(numbers, generator=chance, dtype=torch.float64)
    rewards, brief = signal @ right, torch.arange(takes) // 4
    rows = [signal + 4 * torch.randn(takes, numbers, generator=chance, dtype=torch.float64) for _ in range(4)]
    cosines = []
    for count in (1, 4):
        weights, _ = fit_ridge(torch.cat(rows[:count]), rewards.repeat(count), brief.repeat(count))
        cosines.append(float(torch.nn.functional.cosine_similarity(weights.double(), right, dim=0)))
    assert cosines[1] > cosines[0] + 0.03


def test_a_run_on_hidden_states_ends_as_a_version_with_its_figures(hidden_states_only: None, studio: Studio) -> None:
    result = tune(studio, quick(method="guided"), progress=False)
    assert result["state"] == "candidate"
    metrics = result["metrics"]
    assert metrics["reward_model"]["features"] == "hidden_states_4x4"
    assert [float(level) > 0.5 for level in metrics["reward_under_noise"]] == [True] * 5
    assert all(0 <= share <= 1 for share in metrics["reward_under_noise"].values())


def test_a_recipe_can_leave_hidden_states_out(hidden_states_only: None, studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="empty"):  # nothing else is tried here
        prepared(studio, tmp_path / "c", method="guided", hidden_states="never")
    assert not list((studio.folder / "cache").glob("hidden_states/**/*.safetensors"))


@pytest.mark.parametrize(("explained", "share"), [((0.1, 0.0), 1.0), ((0.3, 0.2), 1.0), ((0.8, 0.7), 1 / 3)])
def test_the_more_is_known_of_a_reward_the_less_is_made_of_its_gradient(
    explained: tuple[float, float], share: float
) -> None:
    recipe = recipe_from({"method": "guided"})
    reward_model = SimpleNamespace(reads_latents_alone=False)
    weights = StateWeights("hidden_states_4x4", (0.7, 0.9), torch.ones(2, 1), explained)
    guidance = guidance_of(recipe, reward_model, None, weights)  # type: ignore[arg-type]
    assert guidance.reward_scale == pytest.approx(share * recipe.guided.hidden_states_scale)
