"""The strength of the adapter, by takes that are really drawn by a tiny pipeline."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feedback.errors import Refused
from feedback.models import runs, versions
from feedback.store import Studio
from finetune.errors import NotAccepted
from finetune.jobs import tune
from finetune.methods.drawing import sketch_steps
from finetune.methods.guided import strength as strength_module
from finetune.methods.guided.gain import GainJudge
from finetune.methods.guided.quality import OWN_LOG_ODDS, Measures
from finetune.methods.guided.strength import (
    BEYOND,
    LEARNED,
    LEAST,
    MOST,
    MOST_OVER_HELD,
    POWER,
    STEP,
    Strength,
    choose_strength,
    takes_to_draw,
)
from finetune.recipe import recipe_from
from finetune.reward.conditioned import conditioned
from finetune.settings import GuidedSettings
from finetune.training.loop import Trainer
from generation.models.adapter_files import read_adapter
from tests.finetune.judged import prepared, quick, with_fields


class Redness:
    """A reward model that is the mean of one channel of the latents, so that drawn takes have a reward."""

    reads_latents_alone = True

    def __init__(self, reliability: float = 1.0) -> None:
        self.reliability = reliability
        self.reads_hidden_states = self.reads_images = False
        self.features, self.accuracy = "look", 1.0

    def score(self, x0: torch.Tensor) -> torch.Tensor:
        return x0[:, 0].flatten(1).mean(1)


@pytest.fixture
def trainer(studio: Studio, tmp_path: Path) -> Trainer:
    return prepared(studio, tmp_path / "c", method="guided")


def set_rewards(monkeypatch: pytest.MonkeyPatch, rewards: list[float]) -> None:
    """Sides have these rewards, one after the other and then the last one, whatever was drawn."""
    values = [*rewards]

    def given(model: Any, raters: Any, takes: Any, x0: Any, drawn: Any) -> torch.Tensor:
        return torch.full(
            (len(raters.judge.reward_models), len(takes)), values.pop(0) if len(values) > 1 else values[0]
        )

    monkeypatch.setattr(strength_module, "rewards_of", given)


def margin_of(lost: float) -> float:
    """Of takes whose probability is lower by this much than that of takes whose margin is 1."""
    probability = 1 / (1 + math.exp(-OWN_LOG_ODDS)) - lost
    return math.log(probability / (1 - probability)) / OWN_LOG_ODDS if probability > 0 else -9.0


def set_measures(
    monkeypatch: pytest.MonkeyPatch, gain: float, lost: dict[str, float], power: float = 1.7
) -> list[float]:
    """Takes gain this much at strength 1, and lose this much of what is measured, by a power of the strength.

    The strengths that were drawn, as they come.
    """
    drawn: list[float] = []

    def measured(model: Any, raters: Any, takes: Any, strength: float | None, on_progress: Any) -> Measures:
        drawn.extend([] if strength is None else [strength])
        times = (strength or 0.0) ** power
        own = torch.full((len(takes),), math.log(1 + times * lost.get("error", 0.0)))
        apart = 1 - times * lost.get("variety", 0.0)
        return {
            "rewards": torch.full((len(takes), 1), 0.5 + (strength or 0.0) * gain),
            "own": own,
            "none": own + margin_of(times * lost.get("content", 0.0)),
            "states": torch.arange(len(takes)).float()[:, None] * apart,
        }

    monkeypatch.setattr(strength_module, "measure_takes", measured)
    return drawn


def choose(studio: Studio, trainer: Trainer, settings: GuidedSettings, reliability: float = 1.0) -> Strength:
    examples = trainer.method.run.dataset.heldout
    reward_model = conditioned(trainer.cache, Redness(reliability), examples)  # type: ignore[arg-type]
    judge = GainJudge(reward_model, None, 0.0)
    return choose_strength(studio, trainer.model, trainer.cache, judge, examples, settings, lambda share: None)


LIMITS = GuidedSettings(
    target_gain_takes=4, most_content_lost=0.02, most_error_gained=0.06, most_variety_lost=0.15, target_gain=100.0
)


@pytest.mark.parametrize("lost", [{"content": 0.02}, {"error": 0.06}, {"variety": 0.15}], ids=str)
@pytest.mark.parametrize(("share", "power"), [(0.5, 1.7), (0.4, 1.3), (1.0, 2.0), (1.5, 1.7), (2.5, 2.5)])
def test_strength_where_the_target_gain_just_holds(
    studio: Studio,
    trainer: Trainer,
    monkeypatch: pytest.MonkeyPatch,
    lost: dict[str, float],
    share: float,
    power: float,
) -> None:
    """Whichever is lost first, and whether a strength of 1 is too weak or too strong."""
    held = share ** (-1 / power)
    set_measures(monkeypatch, 2.0, {name: share * value for name, value in lost.items()}, power)
    chosen = choose(studio, trainer, replace(LIMITS, target_gain=2 * held))
    assert chosen["strength"] == pytest.approx(held, rel=0.03)
    assert chosen["measured_gain"] == pytest.approx(2 * held, rel=0.03)
    ((name, most),) = lost.items()
    left = {"content": -most, "error": 1 + most, "variety": 1 - most}[name]
    assert chosen[f"kept_{name}"] == pytest.approx(left, rel=0.01, abs=0.002)  # type: ignore[literal-required]


def test_what_costs_little_goes_further_and_what_costs_much_stops_sooner(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    strengths = []
    for lost in (0.004, 0.02, 0.05):
        set_measures(monkeypatch, 2.0, {"content": lost})
        strengths.append(choose(studio, trainer, replace(LIMITS, target_gain=2.0))["strength"])
    assert strengths[0] > 1.2
    assert strengths[1] == pytest.approx(1.0)
    assert strengths[2] < 0.8


def test_what_costs_nothing_goes_on_only_as_far_as_it_was_drawn(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = set_measures(monkeypatch, 1.0, {})
    chosen = choose(studio, trainer, LIMITS)
    assert drawn == [1.0, STEP[1]] == chosen["drawn_strengths"]
    assert chosen["strength"] == STEP[1] * BEYOND < MOST


def test_what_is_not_known_to_bear_more_goes_no_further_than_it_was_trained_for(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where hidden states moved takes, and where people are expected to see less than half of what is believed."""
    set_measures(monkeypatch, 0.1, {"content": 0.005})
    assert choose(studio, trainer, LIMITS)["strength"] > 1.5
    with monkeypatch.context() as doubted:
        doubted.setattr(GainJudge, "expected", lambda judge, gains: 0.4 * float(gains[0].mean()))
        assert choose(studio, trainer, LIMITS)["strength"] == LEARNED
    monkeypatch.setattr(Redness, "reads_latents_alone", False)
    assert choose(studio, trainer, LIMITS)["strength"] == LEARNED


def test_strength_stays_near_the_one_that_holds(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_measures(monkeypatch, 0.1, {"content": 0.05})
    held = 0.4 ** (1 / POWER)
    assert choose(studio, trainer, LIMITS)["strength"] == pytest.approx(MOST_OVER_HELD * held, rel=0.03)
    set_measures(monkeypatch, 0.1, {"content": 0.02})
    assert choose(studio, trainer, LIMITS)["strength"] == pytest.approx(1.0)


def test_strength_has_a_least_that_can_be_measured(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_measures(monkeypatch, 20.0, {"content": 0.5})
    assert choose(studio, trainer, replace(LIMITS, target_gain=2.0))["strength"] == LEAST


def test_target_gain_is_multiplied_by_the_reliability(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_measures(monkeypatch, 1.0, {"content": 0.02})
    chosen = choose(studio, trainer, replace(LIMITS, target_gain=1.0), reliability=0.36)
    assert (chosen["strength"], chosen["measured_gain"]) == (pytest.approx(0.6), pytest.approx(0.6))


def test_takes_without_a_higher_reward_are_refused(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_measures(monkeypatch, 0.0, {})
    with pytest.raises(NotAccepted, match="4 takes of the tuned model have no higher reward"):
        choose(studio, trainer, LIMITS)


def test_an_adapter_that_does_nothing_gains_nothing_and_a_stronger_one_moves_takes(
    studio: Studio, trainer: Trainer
) -> None:
    """Both sides are the same briefs and seeds: without an adapter not a bit differs."""
    model, drawn = trainer.model, takes_to_draw(studio, trainer.model, trainer.method.run.dataset.heldout, 4)
    with model.parts.drawing():
        with model.reference():
            before = strength_module.sample_each(model, drawn)
        same = strength_module.sample_each(model, drawn)
        with torch.no_grad():
            for name, weight in model.trainable.items():
                if "lora_B" in name:
                    weight.fill_(0.5)
        after = strength_module.sample_each(model, drawn)
    assert all(np.array_equal(*pair) for pair in zip(before, same, strict=True))
    assert not any(np.array_equal(*pair) for pair in zip(before, after, strict=True))


def test_two_thirds_are_of_different_briefs_and_no_seed_of_one_comes_twice(studio: Studio, trainer: Trainer) -> None:
    examples = [*trainer.method.train, *trainer.method.run.dataset.heldout]
    compared = {example.brief for example in examples if example.decided}
    once = len(compared)
    drawn = takes_to_draw(studio, trainer.model, examples, 3 * once // 2)
    ids = [brief["id"] for brief, _ in drawn]
    assert set(ids[:once]) == compared
    assert ids[once:] == ids[: len(ids) - once]
    more = takes_to_draw(studio, trainer.model, examples, 5 * once + 1)
    assert len({(brief["id"], seed) for brief, seed in more}) == len(more)
    assert more == takes_to_draw(studio, trainer.model, examples[::-1], 5 * once + 1)


def test_briefs_that_were_not_learned_from_are_drawn_and_others_only_where_these_are_few(
    studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = trainer.method.run.dataset.examples
    apart = {example.brief for example in trainer.method.run.dataset.heldout if example.decided}
    learned = {example.brief for example in examples} - apart
    for fewest, more in ((len(apart), 0), (len(apart) + 2, 2), (1, 0)):
        monkeypatch.setattr(strength_module, "FEWEST_BRIEFS", fewest)
        briefs = [brief["id"] for brief, _ in takes_to_draw(studio, trainer.model, examples, 30, learned)]
        assert set(briefs[: len(apart)]) == apart
        assert len(set(briefs) - apart) == more


def test_takes_to_draw_have_half_the_steps_but_enough() -> None:
    assert [sketch_steps(steps) for steps in (1, 4, 8, 10, 16, 30, 50)] == [1, 4, 8, 8, 8, 15, 25]


def test_briefs_that_the_base_cannot_draw_any_more_are_left_out(studio: Studio, trainer: Trainer) -> None:
    everything = [*trainer.method.train, *trainer.method.run.dataset.heldout]
    kept = trainer.method.run.dataset.heldout[0].brief
    with studio.writing() as db:  # as if they had been written for another base
        db.execute("UPDATE briefs SET width = 33 WHERE id != ?", (kept,))
    assert {brief["id"] for brief, _ in takes_to_draw(studio, trainer.model, everything, 8)} == {kept}
    with studio.writing() as db:
        db.execute("UPDATE briefs SET width = 33")
    assert choose(studio, trainer, GuidedSettings()) == {}


def test_the_run_measures_on_held_out_briefs(studio: Studio, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(strength_module, "takes_to_draw", lambda *arguments: given.append(arguments[-1]) or [])
    monkeypatch.setattr(strength_module, "draw_trials", None)
    with_fields(trainer, target_gain=2.0).method.finish(lambda share: None)
    assert given == [{example.brief for example in trainer.method.run.dataset.train}]
    assert not given[0] & {example.brief for example in trainer.method.run.dataset.heldout}


def test_the_run_draws_and_its_version_has_the_strength(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    set_rewards(monkeypatch, [0.0, 4.0])
    result = tune.tune(studio, quick(method="guided", target_gain=2.0, target_gain_takes=4), progress=False)
    metrics = result["metrics"]
    reliability = metrics["reward_model"]["reliability"]
    assert 0.5 < reliability <= 1  # a preference for red takes few judgements
    assert LEAST <= metrics["strength"] <= MOST  # as far as the quality of a random model's takes allows
    assert metrics["measured_gain"] == pytest.approx(4 * metrics["strength"])
    (adapter,) = versions.get_version(studio, result["version"])["adapters"]
    assert adapter["weight"] == 1.0
    part = read_adapter(studio.folder / adapter["folder"], adapter["sha256"]).parts["transformer"]
    assert part.config.lora_alpha == 4 * metrics["strength"]


def test_a_run_whose_takes_gain_nothing_ends_refused(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    set_rewards(monkeypatch, [1.0, 0.0])
    with pytest.raises(Refused, match="run 1 was refused"):
        tune.tune(studio, quick(method="guided", target_gain=2.0, target_gain_takes=4), progress=False)
    assert runs.get_run(studio, 1)["state"] == "refused"
    assert "unexplained" in runs.get_run(studio, 1)["metrics"]


@pytest.mark.parametrize("value", [0, -1])
def test_a_target_gain_that_is_none_is_refused_by_name(value: Any) -> None:
    with pytest.raises(Refused, match=r"guided\.target_gain"):
        recipe_from({"guided": {"target_gain": value}})


def test_moving_too_far_is_refused_only_where_nothing_sets_the_strength(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer.method.run.metrics["unexplained"] = 1.5
    set_rewards(monkeypatch, [0.0, 1.0])
    with_fields(trainer, target_gain=2.0, target_gain_takes=4).method.finish(lambda share: None)
    with pytest.raises(NotAccepted, match="no closer to its targets"):
        with_fields(trainer, target_gain=None).method.finish(lambda share: None)


@pytest.mark.parametrize(
    ("reached", "held", "strength"),
    [
        (0.8, 1.8, 1.2),  # easy: further than the target gain
        (0.8, 0.45, 0.6),  # costly: sooner
        (4.0, 0.4, 0.6),  # half as much again as holds, since a few dozen takes tell it no better
        (4.0, 0.9, 1.0),  # but no further than 1 for that
        (4.0, 1.2, 1.2),
        (40.0, 40.0, 4.0),
        (0.01, 0.01, 0.25),
    ],
)
def test_the_strength_is_between_what_is_wanted_and_what_holds(reached: float, held: float, strength: float) -> None:
    assert strength_module.between(reached, held, 40.0) == pytest.approx(strength)
    assert strength_module.between(reached, held, 40.0, LEARNED) == pytest.approx(min(strength, 1.0))


@pytest.mark.parametrize(("surely", "strength"), [(0.4, 0.4), (0.5, 0.5), (0.9, 0.6)])
def test_it_goes_beyond_what_holds_only_while_realism_and_variety_do(surely: float, strength: float) -> None:
    assert strength_module.between(4.0, 0.4, surely) == pytest.approx(strength)
