"""How strong the adapter is to be, by takes that are really drawn by a tiny pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feedback import runs, versions
from feedback.errors import Refused
from feedback.studio import Studio
from finetune.jobs import tune
from finetune.methods.guided import strength as aiming
from finetune.methods.guided.strength import LEAST, MOST, aim, sketched, takes_to_draw
from finetune.methods.loser_guard import refuse_after
from finetune.recipe import recipe_from
from finetune.training.loop import Trainer
from tests.finetune.judged import prepared, quick


class Redness:
    """A scorer of pixels told from latents: the mean of one channel, so that drawn takes have a liking."""

    def __init__(self, known: float = 1.0) -> None:
        self.known = known

    def score(self, x0: torch.Tensor) -> torch.Tensor:
        return x0[:, 0].flatten(1).mean(1)


@pytest.fixture
def trainer(studio: Studio, tmp_path: Path) -> Trainer:
    return prepared(studio, tmp_path / "c", method="guided")


def gained(monkeypatch: pytest.MonkeyPatch, likings: list[float]) -> None:
    """Sides are liked so much, one after the other, whatever was drawn."""
    said = iter(likings)
    monkeypatch.setattr(aiming, "liking", lambda policy, scorer, takes: torch.full((len(takes),), next(said)))


@pytest.mark.parametrize(
    ("gain", "strength"),
    [(0.5, MOST), (1.25, 1.6), (2.0, 1.0), (2.5, 0.8), (100.0, LEAST)],
    ids=["hardly there", "weak", "right", "strong", "wild"],
)
def test_strength_is_what_takes_lack_or_have_too_much(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch, gain: float, strength: float
) -> None:
    recipe = quick(method="guided", aim=2.0, aim_takes=4)
    gained(monkeypatch, [0.5, 0.5 + gain])
    found = aim(studio, trainer.policy, Redness(), trainer.heldout, recipe, lambda share: None)  # type: ignore[arg-type]
    assert found["strength"] == pytest.approx(strength)
    assert found["gain"] == pytest.approx(strength * gain)


def test_it_goes_as_much_of_the_aim_as_is_known_of_the_liking(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = quick(method="guided", aim=2.0, aim_takes=4)
    gained(monkeypatch, [0.5, 2.5])
    found = aim(studio, trainer.policy, Redness(known=0.6), trainer.heldout, recipe, lambda share: None)  # type: ignore[arg-type]
    assert found == {"strength": pytest.approx(0.6), "gain": pytest.approx(1.2)}


def test_takes_that_are_liked_no_better_are_refused(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gained(monkeypatch, [0.5, 0.5])
    with pytest.raises(Refused, match="of 4 takes drawn to see"):
        aim(studio, trainer.policy, Redness(), trainer.heldout, quick(aim_takes=4), lambda share: None)  # type: ignore[arg-type]


def test_an_adapter_that_does_nothing_gains_nothing_and_a_stronger_one_moves_takes(
    studio: Studio, trainer: Trainer
) -> None:
    """Both sides are the same briefs and seeds: without an adapter not a bit differs."""
    policy, asked = trainer.policy, takes_to_draw(studio, trainer.policy, trainer.heldout, 4)
    with policy.reference():
        before = aiming.sample_each(policy, asked)
    assert all(np.array_equal(*pair) for pair in zip(before, aiming.sample_each(policy, asked), strict=True))
    with torch.no_grad():
        for name, weight in policy.trainable.items():
            if "lora_B" in name:
                weight.fill_(0.5)
    after = aiming.sample_each(policy, asked)
    assert not any(np.array_equal(*pair) for pair in zip(before, after, strict=True))


def test_every_brief_is_drawn_before_any_is_drawn_again_and_no_seed_of_one_twice(
    studio: Studio, trainer: Trainer
) -> None:
    examples = [*trainer.train, *trainer.heldout]
    compared = {example.brief for example in examples if example.decided}
    asked = takes_to_draw(studio, trainer.policy, examples, 2 * len(compared) + 1)
    ids = [brief["id"] for brief, _ in asked]
    assert set(ids[: len(compared)]) == set(ids[len(compared) : -1]) == compared
    assert len({(brief["id"], seed) for brief, seed in asked}) == len(asked)
    assert asked == takes_to_draw(studio, trainer.policy, examples[::-1], 2 * len(compared) + 1)


def test_takes_to_see_have_half_the_steps_but_enough() -> None:
    assert [sketched(steps) for steps in (1, 4, 8, 10, 16, 30, 50)] == [1, 4, 8, 8, 8, 15, 25]


def test_briefs_that_the_base_cannot_draw_any_more_are_left_out(studio: Studio, trainer: Trainer) -> None:
    everything = [*trainer.train, *trainer.heldout]
    kept = trainer.heldout[0].brief
    with studio.writing() as db:  # as if they had been written for another base
        db.execute("UPDATE briefs SET width = 33 WHERE id != ?", (kept,))
    assert {brief["id"] for brief, _ in takes_to_draw(studio, trainer.policy, everything, 8)} == {kept}
    with studio.writing() as db:
        db.execute("UPDATE briefs SET width = 33")
    assert aim(studio, trainer.policy, Redness(), everything, quick(aim=2.0), lambda share: None) == {}  # type: ignore[arg-type]


def test_the_run_draws_and_its_version_has_the_strength(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    gained(monkeypatch, [0.0, 4.0])
    result = tune.tune(studio, quick(method="guided", aim=2.0, aim_takes=4), progress=False)
    metrics = result["metrics"]
    known = metrics["scorer"]["known"]
    assert 0.5 < known <= 1  # whoever likes red is soon known
    assert (metrics["strength"], metrics["gain"]) == (pytest.approx(0.5 * known), pytest.approx(2 * known))
    assert versions.get_version(studio, result["version"])["adapters"][-1]["weight"] == metrics["strength"]


def test_a_run_whose_takes_gain_nothing_ends_refused(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    gained(monkeypatch, [1.0, 0.0])
    with pytest.raises(Refused, match="run 1: of 4 takes"):
        tune.tune(studio, quick(method="guided", aim=2.0, aim_takes=4), progress=False)
    assert runs.get_run(studio, 1)["state"] == "refused"
    assert "unexplained" in runs.get_run(studio, 1)["metrics"]


@pytest.mark.parametrize("value", [0, -1])
def test_an_aim_that_is_none_is_refused_by_name(value: Any) -> None:
    with pytest.raises(Refused, match="aim"):
        recipe_from({"aim": value})


def test_going_too_far_is_refused_only_where_nothing_sets_the_strength() -> None:
    metrics = {"heldout_accuracy": 0.8, "heldout_pairs": 50, "winner_error_ratio": 1.0, "unexplained": 1.5}
    refuse_after(metrics, recipe_from({"aim": 2.0}))
    with pytest.raises(Refused, match="no better than production"):
        refuse_after(metrics, recipe_from({"aim": None}))
