"""Reward guidance against arithmetic: for Gaussian takes and a linear reward, the target is known exactly."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from feedback.errors import Refused
from feedback.models import lineage, runs, versions
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data.batches import Batch
from finetune.jobs.tune import tune
from finetune.methods.guided import method as method_module
from finetune.methods.guided.gradient_scale import fit_gradient_scale
from finetune.methods.guided.guidance import RewardGuidance, distances, guided_prediction, make_guidance
from finetune.reward.features.sets import SETS
from finetune.training.loop import make_trainer
from generation.families.protocol import Denoiser
from generation.objectives import Flow
from tests.finetune.judged import judge_briefs, prepared, quick

SHAPE = (2, 1, 3, 3)
MEAN = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
VARIANCE = 0.2 + torch.rand(SHAPE, generator=torch.Generator().manual_seed(2))
PREFERENCE = torch.randn(SHAPE, generator=torch.Generator().manual_seed(3))
LINEAR = SimpleNamespace(score=lambda x0: (x0 * PREFERENCE).flatten(1).sum(1))


def gaussian_answer(x_t: torch.Tensor, t: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """E[eps - x0 | x_t] when x0 is normal with this mean and VARIANCE."""
    t = t.view(-1, 1, 1, 1, 1)
    gain = (1 - t) * VARIANCE / ((1 - t) ** 2 * VARIANCE + t**2)
    x0 = mean + gain * (x_t - (1 - t) * mean)
    return (x_t - x0) / t


@dataclass
class GaussianModel:
    """A model whose reference is exact."""

    dtype = torch.float32
    denoisers = (Denoiser("exact", torch.nn.Identity(), 0.0, 1.0),)
    family: Any = None

    def __post_init__(self) -> None:
        prediction = lambda denoiser, x_t, t, condition: gaussian_answer(x_t, t, MEAN)  # noqa: E731
        self.family = SimpleNamespace(objective=Flow(), predict=prediction)

    def autocast(self):
        return nullcontext()

    @contextmanager
    def reference(self):
        yield


@pytest.mark.parametrize("reward_scale", [0.5, 2.0])
def test_target_is_the_prediction_of_takes_weighted_by_their_reward(reward_scale: float) -> None:
    """Weighting a normal distribution by exp(reward_scale * a.x0) moves its mean by reward_scale * variance * a, and nothing else."""
    chance = torch.Generator().manual_seed(4)
    t = torch.tensor([0.05, 0.3, 0.6, 0.94])
    x_t, target = Flow().noise(torch.randn(4, *SHAPE, generator=chance), torch.randn(4, *SHAPE, generator=chance), t)
    guidance = RewardGuidance(LINEAR, reward_scale)  # type: ignore[arg-type]
    before, target = guided_prediction(GaussianModel(), guidance, Batch(x_t, target, t, {}, tuple(t.tolist())))  # type: ignore[arg-type]
    assert torch.allclose(before, gaussian_answer(x_t, t, MEAN), atol=1e-5)
    assert torch.allclose(target, gaussian_answer(x_t, t, MEAN + reward_scale * VARIANCE * PREFERENCE), atol=1e-4)
    assert not target.requires_grad


def test_large_gradients_are_scaled_down_and_small_ones_up() -> None:
    t, usual = torch.linspace(0.02, 0.99, 60), lambda t: 3 * (t / (1 - t)) ** -0.4
    scale = fit_gradient_scale(t, usual(t))
    some = torch.tensor([0.1, 0.5, 0.9, 0.9])
    assert torch.allclose(scale.at(some), usual(some), rtol=1e-3)
    gradient = (usual(some) * torch.tensor([1.0, 2.0, 0.5, 100.0]))[:, None] * torch.tensor([1.0, -1.0])
    normalised = RewardGuidance(LINEAR, 2.0, 1.0, scale)  # type: ignore[arg-type]
    assert torch.allclose(normalised.scale(some, gradient), torch.tensor([2.0, 1.0, 4.0, 2 / 3]), rtol=1e-3)
    assert torch.allclose(
        replace(normalised, gradient_normalisation=0.5).scale(some, gradient)[1], torch.tensor(2**0.5), rtol=1e-3
    )
    assert torch.equal(RewardGuidance(LINEAR, 2.0).scale(some, gradient), torch.full((4,), 2.0))  # type: ignore[arg-type]
    assert torch.isfinite(normalised.scale(some, 0 * gradient)).all()


def test_usual_gradient_size_is_measured_the_same_every_time(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided", gradient_normalisation=1.0)
    guidance = trainer.method.guidance
    assert guidance.gradient_scale is not None
    arguments = trainer.model, trainer.cache, guidance.reward_model, [*reversed(trainer.method.train)], trainer.recipe
    again = make_guidance(*arguments).gradient_scale
    assert again is not None
    assert torch.equal(again.curve, guidance.gradient_scale.curve)
    t = torch.linspace(0.05, 0.95, 10)
    assert torch.isfinite(guidance.gradient_scale.at(t)).all()


def test_at_first_all_of_the_distance_is_missing_and_the_adapter_has_a_gradient(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided", judged_takes_share=0.0)
    model, method = trainer.model, trainer.method
    examples, draws = method.train[:4], [0, 1, 2, 3]
    loss, _ = method.loss(examples, draws)
    before, target = guided_prediction(model, method.guidance, trainer.cache.batch(examples, draws))
    assert torch.allclose(loss, distances(before, target), rtol=1e-4)
    assert (loss > 0).all()
    loss.sum().backward()
    assert any(weight.grad.abs().sum() > 0 for weight in model.trainable.values())


def test_run_ends_as_a_candidate_that_learned_from_every_brief(studio: Studio) -> None:
    result = tune(studio, quick(method="guided"), progress=False)
    metrics = result["metrics"]
    assert result["state"] == "candidate"
    assert metrics["reward_model"]["features"] in SETS
    assert metrics["heldout_accuracy"] > 0.9  # a preference for red is easily predicted
    assert (metrics["heldout_pairs"], metrics["strength"], metrics["beta"]) == (36, 1.0, None)
    assert metrics["unexplained"] < 1
    learned = lineage.learned_from(studio, result["version"])
    assert (learned["runs"][0]["train"], learned["runs"][0]["heldout"]) == (36, 0)
    assert not (studio.folder / "cache" / "reference").exists()  # the reference runs at every step


def test_verdicts_that_nothing_predicts_are_refused_before_training(empty: Studio) -> None:
    judge_briefs(empty, verdict="left")  # which is the redder one as often as not
    with pytest.raises(
        Refused, match=r"run 1 was refused. The reward model predicts \d+ % of 36 held-out .* Judge more pairs."
    ):
        tune(empty, quick(method="guided", min_heldout_accuracy=0.7), progress=False)
    row = runs.get_run(empty, 1)
    assert row["state"] == "refused"
    assert row["metrics"]["reward_model"]["accuracy"] < 0.7
    assert not list(empty.models_folder.iterdir())


def test_a_second_night_starts_from_what_the_studio_brought(studio: Studio) -> None:
    brought = versions.get_version(studio, tune(studio, quick(), progress=False)["version"])["adapters"]
    (studio.models_folder / "v0001").rename(studio.models_folder / "house_look")
    mine = [{**brought[0], "folder": "models/house_look"}]
    versions.register_candidate(studio, "house", versions.get_version(studio, "tiny")["base"], mine)
    promotion.promote(studio, "house", force=True, reason="a look the studio made elsewhere")
    first = tune(studio, quick(method="guided"), progress=False)["version"]
    promotion.promote(studio, first, force=True, reason="a test")
    second = tune(studio, quick(method="guided", seed=1), progress=False)["version"]
    stacks = [
        [part["folder"] for part in versions.get_version(studio, name)["adapters"]] for name in ("house", first, second)
    ]
    assert stacks == [
        ["models/house_look"],
        ["models/house_look", "models/v0002"],
        ["models/house_look", "models/v0003"],
    ]
    on_top = tune(studio, quick(method="guided", start_from="production", seed=2), progress=False)["version"]
    assert len(versions.get_version(studio, on_top)["adapters"]) == 3


def test_later_versions_takes_are_in_the_reward_model_and_gradients_are_taken_at_the_references_own(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tune(studio, quick(method="guided"), progress=False)["version"]
    promotion.promote(studio, first, force=True, reason="a test")
    judge_briefs(studio)  # of what the promoted version drew
    made: list[Any] = []
    monkeypatch.setattr("finetune.jobs.tune.make_trainer", lambda *given: made.append(given) or make_trainer(*given))
    metrics = tune(studio, quick(method="guided"), progress=False)["metrics"]
    names = {row["media"]: row["version"] for row in studio.rows("SELECT media, version FROM takes")}
    method = made[0][2]
    assert metrics["pairs"] == metrics["heldout_pairs"] == method.reward_model.pairs == 72
    assert {names[take] for each in method.train for take in (each.left, each.right)} == {"tiny"}
    monkeypatch.setattr(method_module, "FEWEST_OWN", 1000)
    tune(studio, quick(method="guided", seed=1), progress=False)
    assert {names[each.left] for each in made[1][2].train} == {"tiny", first}
