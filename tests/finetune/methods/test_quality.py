"""What takes keep, as a tiny reference sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from feedback.store import Studio
from finetune.methods.guided.quality import Kept, content_change, kept, quality_meter, spread_of
from tests.finetune.judged import prepared


def test_the_same_takes_keep_everything_and_noisy_ones_do_not(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    examples = trainer.method.run.dataset.examples
    briefs = [example.brief for example in examples[:4]]
    x0 = torch.stack([trainer.cache.latent(example.left) for example in examples[:4]])
    names = [str(place) for place in range(4)]
    meter = quality_meter(trainer.cache, examples, set(briefs))
    before = meter.measure(trainer.model, x0, briefs, names)
    assert kept(before, meter.measure(trainer.model, x0, briefs, names), briefs) == Kept(0.0, 1.0, 1.0)
    noisy = meter.measure(
        trainer.model, x0 + 3 * torch.randn(x0.shape, generator=torch.Generator().manual_seed(0)), briefs, names
    )
    assert kept(noisy, before, briefs).error > 1.2


def test_an_adapter_is_not_part_of_the_judge(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    examples = trainer.method.run.dataset.examples[:1]
    meter = quality_meter(trainer.cache, examples, {examples[0].brief})
    arguments = trainer.model, trainer.cache.latent(examples[0].left)[None], [examples[0].brief], ["a"]
    before = meter.measure(*arguments)
    with torch.no_grad():
        for weight in trainer.model.trainable.values():
            weight.fill_(0.5)
    after = meter.measure(*arguments)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_variety_is_between_takes_of_one_brief_only() -> None:
    states = torch.tensor([[0.0], [2.0], [100.0], [104.0]])
    assert spread_of(states, [1, 1, 2, 2]) == pytest.approx(3.0)
    assert spread_of(states, [1, 2, 3, 4]) == 0.0
    takes = {"own": torch.zeros(4), "none": torch.zeros(4), "states": states}
    closer = {**takes, "states": states / 2}
    assert kept(closer, takes, [1, 1, 2, 2]).variety == pytest.approx(0.5)
    assert kept(closer, takes, [1, 2, 3, 4]).variety == 1.0


def test_content_is_lost_where_the_prompt_helps_less_whatever_the_error_is() -> None:
    before = {"own": torch.tensor([0.0, 0.0]), "none": torch.tensor([0.5, 1.5])}
    assert content_change({"own": before["own"] + 1, "none": before["none"] + 1}, before) == 0
    less = content_change({"own": before["own"], "none": before["none"] - 0.4}, before)
    much_less = content_change({"own": before["own"], "none": before["none"] - 0.8}, before)
    assert much_less < 2 * less < 0
    large = content_change({"own": before["own"], "none": torch.tensor([0.5, 1.2])}, before)
    small = content_change({"own": before["own"], "none": torch.tensor([0.2, 1.5])}, before)
    assert small < 3 * large < 0  # a take that was hardly of its prompt loses more than one that clearly was
    assert content_change(before, {"own": before["none"], "none": before["own"]}) == 0
