"""How strong an adapter is to be: some of its takes are drawn, and it is made as strong as takes are to be better liked.

How far one tilt goes depends on what people like. A colour is easily moved, a horizon is not; guidance multiplies what the
adapter does by a factor that only sampling knows. So the recipe says how far takes are to go (`aim`, in spreads between
takes of a brief), and the adapter's strength follows from how far those that it draws have come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from feedback.errors import Refused
from feedback.production.briefs import Brief, get_brief
from feedback.store import Studio
from finetune.examples import Example, digest
from finetune.policy import Policy
from finetune.recipe import Recipe
from finetune.scorer import Scorer
from generation.models.checking import check_brief
from generation.sampling import BriefAndSeed, sample_each, side_by_side

LEAST = 0.25  # below this what was learned says nothing about what would be drawn
MOST = 2.0  # clips at 1.5 stopped half way to the aim with content to spare, at 2.5 content was lost (benchmarks/RESULTS.md)
FEWEST_STEPS = 8
Hear = Callable[[float], None]


def aim(
    studio: Studio, policy: Policy, scorer: Scorer, examples: Sequence[Example], recipe: Recipe, hear: Hear
) -> dict[str, float]:
    """{"strength", "gain"}: the adapter's strength, and how many spreads better its takes are then liked by the scorer.

    Of the recipe's aim it goes the share of the liking that is known: the rest would be lost on the luck of few judgements.
    The gain is a straight line through what takes of strength 1 gain over the reference's of the same seeds: measured on
    the starter, strength 1.4 gained 1.40 times as much. `hear` hears the share done and may raise to stop. Refused when
    takes gain nothing. {} when none of these briefs can be drawn any more, as after a change of the studio's base.
    """
    asked = takes_to_draw(studio, policy, examples, recipe.aim_takes)
    if not asked:
        return {}
    gain = float(gains_of(policy, scorer, asked, hear).mean())
    if gain <= 0:
        raise Refused(f"of {len(asked)} takes drawn to see, the tuned model's are liked no better: judge more pairs")
    wanted = gain if recipe.aim is None else recipe.aim * scorer.known
    strength = min(max(wanted / gain, LEAST), MOST)
    return {"strength": strength, "gain": strength * gain}


def gains_of(policy: Policy, scorer: Scorer, asked: Sequence[BriefAndSeed], hear: Hear) -> torch.Tensor:
    """How much better each take is liked than the reference's of the same seed, in spreads, [takes]."""
    policy.denoiser.eval()
    gains, groups = torch.empty(len(asked)), side_by_side(policy, asked)
    for number, group in enumerate(groups):
        some = [asked[index] for index in group]

        def share(part: float, half: int, number: int = number) -> None:
            hear((number + (half + part) / 2) / len(groups))

        with policy.reference():
            before = liking(policy, scorer, sample_each(policy, some, lambda part: share(part, 0)))
        gains[group] = liking(policy, scorer, sample_each(policy, some, lambda part: share(part, 1))) - before
    return gains


def takes_to_draw(studio: Studio, policy: Policy, examples: Sequence[Example], takes: int) -> list[BriefAndSeed]:
    """Briefs and seeds, no brief twice before each had its turn: gains differ more between briefs than between seeds.

    The same for the same examples. Only briefs whose takes were compared: a scorer of stills says little of a clip that
    somebody circled.
    """
    compared = {example.brief for example in examples if example.decided}
    numbers = sorted(compared, key=lambda number: digest(str(number), "aim"))
    briefs = [brief for brief in (get_brief(studio, number) for number in numbers) if drawable(policy, brief)]
    sketches = [{**brief, "steps": sketched(brief["steps"])} for brief in briefs]
    return [(sketches[number % len(briefs)], number // len(briefs)) for number in range(takes)] if briefs else []


def sketched(steps: int) -> int:
    """Half the steps, but not below eight: both sides are drawn so, and twice as many briefs tell more.

    On the starter 52 takes of 8 steps gained 1.78 spreads where those of 16 gained 1.82.
    """
    return max(min(steps, FEWEST_STEPS), steps // 2)


def drawable(policy: Policy, brief: Brief) -> bool:
    try:
        check_brief(policy, brief)
    except Refused:
        return False
    return True


@torch.no_grad()
def liking(policy: Policy, scorer: Scorer, takes: Sequence[np.ndarray]) -> torch.Tensor:
    """What the scorer says of takes uint8 [F, H, W, 3], in spreads, [B]."""
    pixels = torch.from_numpy(np.stack(takes)).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    return scorer.score(policy.family.encode_media(policy.pipe, pixels).float().cpu())
