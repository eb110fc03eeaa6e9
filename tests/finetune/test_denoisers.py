"""Pipelines of several denoisers: each has an adapter, and what a noise level is predicted by is what is trained there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from feedback.errors import Interrupted, Invalid, Refused
from feedback.models import runs
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data.batches import Batch, predict
from finetune.jobs.tune import tune
from finetune.methods.guided.guidance import RewardGuidance, reward_gradient
from finetune.settings import Recipe
from finetune.training import loop
from finetune.training.checkpoint import find_checkpoint, save_checkpoint
from finetune.tunable_model import TunableModel, load_tunable_model
from generation.models.adapter_files import WEIGHTS
from generation.models.loading import forget_versions, load_version
from generation.sampling import sample
from tests.finetune.judged import judge_briefs, prepared, quick, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan

BOUNDARY = 0.5
HIGH, LOW = "transformer", "transformer_2"


@pytest.fixture(scope="module")
def two_experts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("a14b"), boundary=BOUNDARY)


@pytest.fixture
def studio(tmp_path: Path, two_experts: Path) -> Iterator[Studio]:
    studio = tiny_studio(tmp_path / "studio", two_experts)
    judge_briefs(studio)
    yield studio
    studio.close()
    forget_versions()


def load(studio: Studio, **changes: Any) -> TunableModel:
    """Adapters as after some training."""
    model = load_tunable_model(studio, "tiny", quick(**changes))
    chance = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in model.trainable.values():
            weight.copy_(torch.randn(weight.shape, generator=chance) * 0.1)
    model.eval()
    return model


def batch_at(levels: list[float]) -> Batch:
    chance = torch.Generator().manual_seed(1)
    shape = (len(levels), 4, 1, 4, 4)
    text = torch.randn(len(levels), 64, 32, generator=chance)
    x_t, target = (torch.randn(shape, generator=chance) for _ in range(2))
    return Batch(x_t, target, torch.tensor(levels), {"encoder_hidden_states": text}, tuple(levels))


def alone(model: TunableModel, name: str, batch: Batch, row: int) -> torch.Tensor:
    """One item by one denoiser."""
    one = slice(row, row + 1)
    text = {"encoder_hidden_states": batch.condition["encoder_hidden_states"][one]}
    return model.family.predict(model.networks[name], batch.x_t[one], batch.t[one], text)[0]


def test_each_item_is_predicted_by_the_denoiser_of_its_noise_level(studio: Studio) -> None:
    model = load(studio)
    levels = [0.9, 0.1, BOUNDARY, 0.4999, 1.0, 0.0, 0.7]
    experts = [HIGH, LOW, HIGH, LOW, HIGH, LOW, HIGH]
    batch = batch_at(levels)
    with torch.no_grad():
        predicted = predict(model, batch)
        for row, expert in enumerate(experts):
            torch.testing.assert_close(predicted[row], alone(model, expert, batch, row), rtol=1e-4, atol=1e-5)
            other = LOW if expert == HIGH else HIGH
            assert not torch.allclose(predicted[row], alone(model, other, batch, row), rtol=1e-2, atol=1e-2)


def test_items_of_one_denoiser_are_not_split(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    model, shown = load(studio), []
    real = model.family.predict
    monkeypatch.setattr(
        type(model.family),
        "predict",
        lambda self, network, x_t, *rest: shown.append(len(x_t)) or real(network, x_t, *rest),
    )
    predict(model, batch_at([0.9, 0.6, 0.7]))
    predict(model, batch_at([0.9, 0.1, 0.7]))
    assert shown == [3, 2, 1]


def test_gradients_reach_only_what_predicted(studio: Studio) -> None:
    model = load(studio)
    predict(model, batch_at([0.9, BOUNDARY])).square().mean().backward()
    reached = {name.split(".")[0] for name, weight in model.trainable.items() if weight.grad is not None}
    assert reached == {HIGH}
    predict(model, batch_at([0.9, 0.1])).square().mean().backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in model.trainable.values())


class Sum:
    """A reward with a simple gradient."""

    state_weights = None

    @staticmethod
    def reward(clean: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return clean.flatten(1).sum(1)


def test_guidance_differentiates_through_the_denoiser_of_each_item(studio: Studio) -> None:
    model, batch = load(studio), batch_at([0.8, 0.3])
    guidance: RewardGuidance = Sum()  # type: ignore[assignment]
    prediction, gradient = reward_gradient(model, guidance, batch)
    for row, expert in enumerate([HIGH, LOW]):
        x_t = batch.x_t[row : row + 1].clone().requires_grad_(True)
        text = {"encoder_hidden_states": batch.condition["encoder_hidden_states"][row : row + 1]}
        with model.reference():
            answer = model.family.predict(model.networks[expert], x_t, batch.t[row : row + 1], text)
        (expected,) = torch.autograd.grad((x_t - batch.t[row] * answer).sum(), x_t)
        torch.testing.assert_close(gradient[row : row + 1], expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(prediction[row : row + 1], answer.detach(), rtol=1e-4, atol=1e-5)


def test_reference_and_strength_are_of_all_denoisers(studio: Studio) -> None:
    model, untuned, batch = load(studio), load_tunable_model(studio, "tiny", quick()), batch_at([0.9, 0.1])
    untuned.eval()
    with torch.no_grad():
        plain, tuned = predict(untuned, batch), predict(model, batch)
        with model.reference():
            assert torch.equal(predict(model, batch), plain)
        with model.at_strength(0.0):
            torch.testing.assert_close(predict(model, batch), plain, rtol=1e-4, atol=1e-5)
        assert torch.equal(predict(model, batch), tuned)
    assert all((tuned[row] != plain[row]).any() for row in (0, 1))


def test_noise_levels_are_those_of_all_denoisers(studio: Studio, tmp_path: Path) -> None:
    cache = prepared(studio, tmp_path, draws_per_pair=8).cache
    assert (cache.low, cache.high) == (0.0, 1.0)
    levels = cache.levels(prepared(studio, tmp_path).method.train[0])
    assert min(levels) < BOUNDARY < max(levels)


def saved_tensors(studio: Studio, version: str) -> dict[str, torch.Tensor]:
    return load_file(studio.models_folder / version / WEIGHTS)


def draw(studio: Studio, version: str, steps: int) -> Any:
    """With one step all of the drawing is at high noise."""
    brief = {**studio.row("SELECT * FROM briefs"), "steps": steps}
    return sample(load_version(studio, version), brief, [1])[0]


@pytest.mark.parametrize("method", ["dpo", "guided"])
def test_a_run_tunes_and_registers_both(studio: Studio, method: str) -> None:
    result = tune(studio, quick(method=method, max_winner_error=9.0), progress=False)
    assert (result["metrics"]["tuned"], result["metrics"]["untuned"]) == ({HIGH: (0.5, 1.0), LOW: (0.0, 0.5)}, [])
    tensors = saved_tensors(studio, result["version"])
    for expert in (HIGH, LOW):
        up = [weight for name, weight in tensors.items() if name.startswith(f"{expert}.") and "lora_B" in name]
        assert len(up) == 20
        assert all(weight.abs().sum() > 0 for weight in up)
    assert (draw(studio, "tiny", 3) != draw(studio, result["version"], 3)).any()


def test_recipe_tunes_one_denoiser_and_says_which_it_leaves(studio: Studio) -> None:
    result = tune(studio, quick(denoisers=(LOW,), max_winner_error=9.0), progress=False)
    assert (result["metrics"]["tuned"], result["metrics"]["untuned"]) == ({LOW: (0.0, 0.5)}, [HIGH])
    assert runs.get_run(studio, 1)["metrics"]["untuned"] == [HIGH]
    assert {name.split(".")[0] for name in saved_tensors(studio, result["version"])} == {LOW}
    assert (draw(studio, "tiny", 1) == draw(studio, result["version"], 1)).all()
    assert (draw(studio, "tiny", 3) != draw(studio, result["version"], 3)).any()


def test_noise_levels_of_one_denoiser_tune_that_one(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path, low=0.6)
    assert [each.name for each in trainer.model.tuned] == [HIGH]
    assert (trainer.cache.low, trainer.cache.high) == (0.6, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"denoisers": ("unet",)}, "'unet' is no denoiser of this model, which has transformer, transformer_2"),
        (
            {"denoisers": (LOW,), "low": 0.6},
            "'transformer_2' is used at noise levels 0 to 0.5, and noise_levels are 0.6 to 1",
        ),
    ],
)
def test_denoisers_that_cannot_be_tuned_are_one_line(studio: Studio, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        load_tunable_model(studio, "tiny", quick(**changes))
    assert str(refusal.value) == f"recipe field lora.denoisers: {message}"


def test_empty_list_of_denoisers_is_no_recipe() -> None:
    with pytest.raises(Invalid, match=r"lora\.denoisers: \(\) is not names, or null"):
        quick(denoisers=())


def interrupt(studio: Studio, recipe: Recipe, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, real = iter(range(1, 99)), loop.run_training
    stopping = lambda *given: real(given[0], given[1], lambda: next(steps) == step, True)  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr("finetune.jobs.tune.run_training", stopping)
        with pytest.raises(Interrupted):
            tune(studio, recipe, progress=False)


def test_interrupted_run_ends_in_the_same_bits(
    tmp_path: Path, two_experts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = (tiny_studio(tmp_path / name, two_experts) for name in ("whole", "cut"))
    recipe = quick(ema_decay=0.9, dropout=0.1, max_winner_error=9.0)
    for studio in (whole, cut):
        judge_briefs(studio)
    tune(whole, recipe, progress=False)
    interrupt(cut, recipe, 3, monkeypatch)
    assert tune(cut, recipe, progress=False)["run"] == 1
    one, other = (saved_tensors(studio, "v0001") for studio in (whole, cut))
    assert one.keys() == other.keys()
    assert all(torch.equal(weight, other[name]) for name, weight in one.items())


def test_checkpoint_of_the_first_denoiser_alone_is_refused_in_one_line(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older Circletake wrote it for a pipeline of two: going on would leave the second one untrained."""
    interrupt(studio, quick(), 2, monkeypatch)
    folder = studio.runs_folder / "0001" / "checkpoints"
    checkpoint = find_checkpoint(folder, {}).checkpoint
    assert checkpoint is not None
    first = {
        name.removeprefix(f"{HIGH}."): weight
        for name, weight in checkpoint.tensors["adapter"].items()
        if name.startswith(f"{HIGH}.")
    }
    save_checkpoint(folder, 2, {**checkpoint.tensors, "adapter": first}, checkpoint.state, keep=1)
    with pytest.raises(Refused, match=r"cannot be continued .*transformer.* tune again with a new run") as refusal:
        tune(studio, quick(), progress=False)
    assert "\n" not in str(refusal.value)


def test_version_on_top_of_a_version_has_both_adapters_on_both_denoisers(studio: Studio) -> None:
    recipe = quick(max_winner_error=9.0)
    promotion.promote(studio, tune(studio, recipe, progress=False)["version"], force=True, reason="a test")
    model = load_tunable_model(studio, "v0001", recipe)
    merged = load_version(studio, "v0001").pipe
    batch = batch_at([0.9, 0.1])
    model.eval()
    with torch.no_grad(), model.reference():
        predicted = predict(model, batch)
    for row, network in enumerate((merged.transformer, merged.transformer_2)):
        text = {"encoder_hidden_states": batch.condition["encoder_hidden_states"][row : row + 1]}
        with torch.no_grad():
            own = model.family.predict(network, batch.x_t[row : row + 1], batch.t[row : row + 1], text)
        torch.testing.assert_close(predicted[row : row + 1], own, rtol=1e-4, atol=1e-5)
