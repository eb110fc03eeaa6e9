"""The moving average: what it is, that it is what is kept, and that an interrupted run has the same one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from feedback.errors import Interrupted
from feedback.store import Studio
from finetune.training.ema import average_tensors, averaged
from finetune.training.loop import Trainer, run_training, take_step
from tests.finetune.judged import prepared

STEPS = 6
PAIRS, DRAWS = list(range(8)), [0, 1, 2, 3] * 2


def weights_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in trainer.model.trainable.items()}


def test_average_follows_the_weights_by_its_decay(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", ema_decay=0.25)
    expected: dict[str, torch.Tensor] = {}
    for step in range(1, STEPS):
        take_step(trainer, PAIRS, DRAWS)
        keep = min(0.25, step / (9 + step)) if step > 1 else 0.0
        for name, weight in weights_of(trainer).items():
            expected[name] = keep * expected.get(name, weight) + (1 - keep) * weight
    average = average_tensors(trainer.model, trainer.average)
    torch.testing.assert_close(average, expected)
    assert any((average[name] != weight).any() for name, weight in weights_of(trainer).items())


def test_average_stands_in_for_the_weights_which_come_back(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", ema_decay=0.9)
    for _ in range(3):
        take_step(trainer, PAIRS, DRAWS)
    before, average = weights_of(trainer), average_tensors(trainer.model, trainer.average)
    with averaged(trainer.model, trainer.average):
        assert all(torch.equal(weight, average[name]) for name, weight in weights_of(trainer).items())
    assert all(torch.equal(weight, before[name]) for name, weight in weights_of(trainer).items())


def train_all(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Trains to the end and returns the kept adapter."""
    return run_training(trainer, lambda share: None, lambda: False, quiet=True).best_adapter


ONCE = {"max_steps": STEPS, "eval_steps": STEPS, "save_steps": STEPS, "strengths": (1.0,), "dropout": 0.1}


def test_what_is_kept_is_the_average_and_the_weights_train_on_unchanged(studio: Studio, tmp_path: Path) -> None:
    plain, smooth = (prepared(studio, tmp_path / str(decay), ema_decay=decay, **ONCE) for decay in (0.0, 0.9))
    kept_plain, kept_smooth = train_all(plain), train_all(smooth)
    assert all(torch.equal(weight, weights_of(smooth)[name]) for name, weight in weights_of(plain).items())
    last, mean = plain.model.adapter_state(), smooth.model.adapter_state()
    assert all(torch.equal(kept_plain[name], last[name]) for name in last)
    assert any((kept_smooth[name] != mean[name]).any() for name in mean)


@pytest.mark.parametrize("after", [1, 4])
def test_interrupted_average_goes_on_in_the_same_bits(studio: Studio, tmp_path: Path, after: int) -> None:
    whole = train_all(prepared(studio, tmp_path / "whole", ema_decay=0.9, **ONCE))
    stops = iter([False] * (after - 1) + [True])
    cut = prepared(studio, tmp_path / "cut", ema_decay=0.9, **ONCE)
    with pytest.raises(Interrupted):
        run_training(cut, lambda share: None, lambda: next(stops), quiet=True)
    again = prepared(studio, tmp_path / "cut", ema_decay=0.9, **ONCE)
    continued = train_all(again)
    assert again.average is not None
    assert again.average.optimization_step == STEPS
    assert {name: weight.numpy().tobytes() for name, weight in continued.items()} == {
        name: weight.numpy().tobytes() for name, weight in whole.items()
    }
