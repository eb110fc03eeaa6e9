"""The strength of an adapter: some of its takes are drawn, and it is set so that drawn takes reach a target gain.

How far one reward scale moves takes depends on what people prefer. A colour moves easily, a horizon does not, and guidance
multiplies the adapter's effect by a factor that only sampling knows. So the recipe names the gain in reward that takes are to
reach, and the strength follows from the gain that drawn takes have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, cast

import numpy as np
import torch

from feedback.production.briefs import Brief, get_brief
from feedback.production.sources import fewest_steps
from feedback.store import Studio
from finetune.data.examples import Example
from finetune.digests import digest
from finetune.errors import NotAccepted
from finetune.memory.uses import DRAWING
from finetune.methods.guided.gain import GainJudge
from finetune.methods.protocol import Work
from finetune.reward.conditioned import ConditionedRewardModel
from finetune.settings import GuidedSettings
from finetune.tunable_model import TunableModel
from generation.drawable import is_drawable
from generation.media.sources import with_source
from generation.request import BriefRow, request_of
from generation.sampling import BriefAndSeed, sample_each, side_by_side

LEAST = 0.25  # at a lower strength the measured gain says nothing about what would be drawn
MOST = 2.0  # clips at 1.5 stopped half way to the target with content to spare, at 2.5 content was lost (benchmarks/RESULTS.md)
FEWEST_STEPS = 8
OnProgress = Callable[[float], None]


class Strength(TypedDict, total=False):
    strength: float
    measured_gain: float  # that people are expected to see, as the judging reward model sees it
    believed_gain: float  # the same by the reward model that takes were moved by
    gain_judged_by: str  # features of the reward model that judges


def choose_strength(
    studio: Studio,
    model: TunableModel,
    judge: GainJudge,
    examples: Sequence[Example],
    settings: GuidedSettings,
    on_progress: OnProgress,
) -> Strength:
    """The adapter's strength, and the gain in reward of its takes at that strength.

    The target gain is multiplied by the reward model's reliability (0 to 1), so few judgements move the model less. The
    gain is taken to be proportional to the strength: on the starter, strength 1.4 gained 1.40 times as much as 1. It is
    measured against the reference's takes of the same seeds. `on_progress` gets the share done and may raise to stop.
    NotAccepted when takes gain nothing. {} when none of these briefs can be drawn any more, as after a change of the
    studio's base.
    """
    takes = takes_to_draw(studio, model, examples, settings.target_gain_takes)
    if not takes:
        return {}
    with model.parts.drawing():
        gains = measure_gains(model, judge.reward_models, takes, on_progress)
    gain, expected = float(gains[0].mean()), judge.expected(gains)
    if not min(gain, expected) > 0:
        raise NotAccepted(
            f"{len(takes)} takes of the tuned model have no higher reward than production's"
            f" ({judge.features.replace('_', ' ')}). Judge more pairs."
        )
    target = gain if settings.target_gain is None else settings.target_gain * judge.own.reward_model.reliability
    strength = min(max(target / gain, LEAST), MOST)
    return {
        "strength": strength,
        "measured_gain": strength * expected,
        "believed_gain": strength * gain,
        "gain_judged_by": judge.features,
    }


def measure_gains(
    model: TunableModel,
    reward_models: Sequence[ConditionedRewardModel],
    takes: Sequence[BriefAndSeed],
    on_progress: OnProgress,
) -> torch.Tensor:
    """How much higher each take's reward is by each reward model than the reference's of the same seed, [models, takes]."""
    model.eval()
    groups = side_by_side(model, takes)

    def gains_of(number: int) -> torch.Tensor:
        some = [takes[index] for index in groups[number]]

        def gain(_: object) -> torch.Tensor:
            return gain_of(model, reward_models, some, lambda part: on_progress((number + part) / len(groups)))

        (gains,) = model.memory.in_pieces(DRAWING, request_of(some[0][0]).size, [some], 1, gain)
        return gains

    drawn = model.processes.spread(range(len(groups)), gains_of, lambda number: passes_of(takes[groups[number][0]]))
    gains = torch.empty(len(reward_models), len(takes))
    for group, those in zip(groups, drawn, strict=True):
        gains[:, group] = those
    return gains


def passes_of(take: BriefAndSeed) -> tuple[object, ...]:
    """What decides how often the denoisers are called for a take."""
    request = request_of(take[0])
    return *request.size, request.steps, request.guidance, request.guidance_2


def describe_drawing(
    studio: Studio,
    model: TunableModel,
    reward_models: Sequence[ConditionedRewardModel],
    examples: Sequence[Example],
    count: int,
) -> list[Work]:
    """What `choose_strength` will take, by one group of takes that is drawn; the others by their steps and sizes."""
    takes = takes_to_draw(studio, model, examples, count)
    if not takes:
        return []
    costs = [sampling_cost(model, [takes[index] for index in group]) for group in side_by_side(model, takes)]
    usual = costs.index(sorted(costs)[len(costs) // 2])
    with model.parts.drawing():
        model.eval()
        began = time.monotonic()
        gain_of(model, reward_models, [takes[index] for index in side_by_side(model, takes)[usual]], lambda share: None)
        seconds = time.monotonic() - began
    return [Work("takes drawn with and without the adapter", sum(costs) / costs[usual], seconds)]


def sampling_cost(model: TunableModel, takes: Sequence[BriefAndSeed]) -> float:
    """Tokens times steps of takes that are drawn side by side."""
    request = request_of(takes[0][0])
    return request.steps * model.family.tokens_per_item(model.pipe, *request.size)


def gain_of(
    model: TunableModel,
    reward_models: Sequence[ConditionedRewardModel],
    takes: Sequence[BriefAndSeed],
    on_progress: OnProgress,
) -> torch.Tensor:
    """Of takes that are drawn side by side, first without the adapter; [models, takes]."""
    with model.reference():
        before = rewards_of(model, reward_models, takes, sample_each(model, takes, lambda part: on_progress(part / 2)))
    after = rewards_of(model, reward_models, takes, sample_each(model, takes, lambda part: on_progress((1 + part) / 2)))
    return after - before


def takes_to_draw(studio: Studio, model: TunableModel, examples: Sequence[Example], count: int) -> list[BriefAndSeed]:
    """Briefs and seeds, no brief twice before each was used: gains differ more between briefs than between seeds.

    The same for the same examples. Only briefs whose takes were compared: a reward model of stills says little of a clip
    that somebody circled.
    """
    compared = {example.brief for example in examples if example.decided}
    # The word in the hash is an old name of this measurement. It stays, so that runs give the same results.
    numbers = sorted(compared, key=lambda number: digest(str(number), "aim"))
    briefs = [brief for brief in (get_brief(studio, number) for number in numbers) if is_drawable(studio, model, brief)]
    sketches = [sketch_of(studio, brief) for brief in briefs]
    return [(sketches[number % len(briefs)], number // len(briefs)) for number in range(count)] if briefs else []


def sketch_of(studio: Studio, brief: Brief) -> BriefRow:
    """With its source; a low strength, which draws the last steps alone, keeps as many as give it one."""
    steps = sketch_steps(brief["steps"])
    if brief["strength"] is not None:
        steps = max(steps, fewest_steps(brief["strength"]))
    return with_source(studio, {**brief, "steps": steps})


def sketch_steps(steps: int) -> int:
    """Half the steps, but not below eight: both sides are drawn so, and twice as many briefs say more.

    On the starter 52 takes of 8 steps gained 1.78 deviations where those of 16 gained 1.82.
    """
    return max(min(steps, FEWEST_STEPS), steps // 2)


@torch.no_grad()
def rewards_of(
    model: TunableModel,
    reward_models: Sequence[ConditionedRewardModel],
    takes: Sequence[BriefAndSeed],
    drawn: Sequence[np.ndarray],
) -> torch.Tensor:
    """The rewards [models, B] of what was drawn of these briefs and seeds, uint8 [F, H, W, 3] each.

    Takes of one brief and seed are read under one noise, whatever drew them.
    """
    pixels = torch.from_numpy(np.stack(drawn)).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    x0 = model.family.encode_media(model.pipe, pixels).float().cpu()
    briefs = [int(cast(Mapping[str, Any], brief)["id"]) for brief, _ in takes]  # sketches of briefs are rows
    names = [f"{brief}:{seed}" for brief, (_, seed) in zip(briefs, takes, strict=True)]
    return torch.stack([reward_model.score(model, x0, briefs, names) for reward_model in reward_models])
