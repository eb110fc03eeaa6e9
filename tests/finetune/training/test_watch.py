"""A training that went wrong stops with the step and the reason, and its last good checkpoint stays."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from feedback.errors import Refused
from feedback.models import runs
from feedback.store import Studio
from finetune import tunable_model
from finetune.errors import NotAccepted
from finetune.jobs.tune import tune
from finetune.methods.dpo import Dpo
from finetune.settings import OptimiserSettings
from finetune.training import step as step_module
from finetune.training.checkpoint import find_checkpoint
from finetune.training.watch import FEWEST, IN_A_ROW, MEDIAN_OF, TIMES, Watch
from tests.finetune.judged import quick


def watch_of(**settings: Any) -> Watch:
    return Watch(OptimiserSettings(**settings), [torch.nn.Parameter(torch.ones(3))])


def add(watch: Watch, *losses: float, norm: float = 1.0) -> None:
    for loss in losses:
        watch.add(torch.tensor(loss), torch.tensor(norm), {"loss": torch.tensor(loss)})


def test_numbers_are_read_together_and_name_the_first_step_that_went_wrong() -> None:
    watch = watch_of(learning_rate=0.25)
    add(watch, 1.0, 2.0)
    assert watch.read(2) == {"loss": 2.0}
    add(watch, 3.0, math.nan, 1.0, math.nan)
    with pytest.raises(NotAccepted, match=r"stopped at step 4: the loss was no longer finite.*0\.25") as caught:
        watch.read(6)
    assert "\n" not in str(caught.value)
    assert "mixed_precision" not in str(caught.value)


def test_gradient_and_weights_are_watched_too() -> None:
    watch = watch_of(mixed_precision="bf16")
    add(watch, 1.0)
    add(watch, 1.0, norm=math.inf)
    with pytest.raises(NotAccepted, match=r"step 2: the gradient was .* optimiser\.mixed_precision to no"):
        watch.read(2)
    watch = watch_of()
    add(watch, 1.0)
    watch.weights[0].data[1] = math.inf
    with pytest.raises(NotAccepted, match="step 1: the adapter's weights were no longer finite"):
        watch.read(1)


def test_loss_that_was_never_a_number_is_not_the_learning_rates_fault() -> None:
    watch = watch_of()
    add(watch, math.nan)
    with pytest.raises(NotAccepted, match=r"before anything was learned\. Check the base model"):
        watch.read(1)


def test_loss_far_above_its_median_stops_after_some_steps_in_a_row() -> None:
    watch = watch_of(learning_rate=0.5)
    usual = [0.02, 0.03, 0.01] * 4
    add(watch, *usual, *[1.01 * TIMES * 0.02] * (IN_A_ROW - 1), 0.02)
    watch.read(len(usual) + IN_A_ROW)  # it came back
    add(watch, *[1.01 * TIMES * 0.02] * IN_A_ROW)
    with pytest.raises(NotAccepted, match=r"at steps 18 to 22 the loss was above 10 times its median before, 0\.02"):
        watch.read(len(usual) + IN_A_ROW + IN_A_ROW)


def test_first_losses_and_losses_about_zero_are_compared_with_nothing() -> None:
    watch = watch_of()
    add(watch, 1e-3, *[1.0] * (FEWEST - 1))
    watch.read(FEWEST)
    watch = watch_of()
    add(watch, *[-1e-7, 2e-7] * FEWEST, *[9e-4] * (2 * IN_A_ROW))  # linear begins at zero and goes below
    watch.read(2 * FEWEST + 2 * IN_A_ROW)
    add(watch, *[-0.5] * MEDIAN_OF, *[0.5] * (2 * IN_A_ROW))
    watch.read(200)
    assert len(watch.losses) == MEDIAN_OF


def test_streak_goes_on_in_the_next_sitting() -> None:
    watch, again = watch_of(), watch_of()
    add(watch, *[0.02] * FEWEST, *[1.0] * (IN_A_ROW - 1))
    watch.read(FEWEST + IN_A_ROW - 1)
    again.restore(watch.state())
    add(again, 1.0)
    with pytest.raises(NotAccepted, match="diverged"):
        again.read(FEWEST + IN_A_ROW)


def broken_from(monkeypatch: pytest.MonkeyPatch, step: int, value: float) -> None:
    """From this step on the last adapted layer answers with `value`."""
    steps, add_adapter, take_step = [0], tunable_model.add_adapter, step_module.take_step

    def add(denoiser: torch.nn.Module, *given: Any) -> None:
        def poison(module: torch.nn.Module, args: object, output: torch.Tensor) -> torch.Tensor:
            return output + value if steps[0] >= step and module.training else output

        add_adapter(denoiser, *given)
        denoiser.get_submodule("blocks.1.ffn.net.2").register_forward_hook(poison)

    def counted(*given: Any) -> Any:
        steps[0] += 1
        return take_step(*given)

    monkeypatch.setattr(tunable_model, "add_adapter", add)
    monkeypatch.setattr("finetune.training.loop.take_step", counted)


@pytest.mark.parametrize("method", ["guided", "dpo"])
def test_run_stops_and_keeps_the_last_good_checkpoint(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    broken_from(monkeypatch, step=5, value=math.nan)
    recipe = quick(method=method, max_steps=24, eval_steps=12, save_steps=2, ema_decay=0.5)
    with pytest.raises(Refused, match=r"run 1 was refused. Training stopped at step 5: the loss was no longer finite"):
        tune(studio, recipe, progress=False)
    row = runs.get_run(studio, 1)
    assert row["state"] == "refused"
    assert "Lower optimiser.learning_rate, which is 0.002." in str(row["reason"])
    assert row["version"] is None
    assert not list(studio.models_folder.iterdir())
    start = find_checkpoint(studio.folder / row["folder"] / "checkpoints", {})
    assert start.refused == []
    assert start.checkpoint is not None
    assert start.checkpoint.step == 4
    for group in ("adapter", "average", "optimizer"):
        assert all(bool(each.isfinite().all()) for each in start.checkpoint.tensors[group].values()), group


def test_rate_that_is_far_too_high_is_refused(studio: Studio) -> None:
    with pytest.raises(Refused, match=r"Training (diverged|stopped).* Lower optimiser\.learning_rate, which is 1e\+30"):
        tune(studio, quick(learning_rate=1e30, max_steps=40, warmup_steps=0), progress=False)
    assert not list(studio.models_folder.iterdir())


def test_evaluation_that_is_no_number_makes_no_candidate(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = Dpo.evaluate
    monkeypatch.setattr(Dpo, "evaluate", lambda self, strength: {**evaluate(self, strength), "heldout_loss": math.nan})
    with pytest.raises(Refused, match=r"At step 3 heldout_loss at strength 0\.6 is no finite number"):
        tune(studio, quick(), progress=False)
    assert not list(studio.models_folder.iterdir())
