"""What takes keep of the base model's own, as the reference itself sees it: a studio has no reader of contents.

- Content: the reference denoises a take better under its prompt than under none. That margin is the log-odds of its implicit
  classifier (classifier-free guidance, arXiv 2207.12598; diffusion classifiers, 2303.16203), but for a factor, which is set
  so that its own takes have log-odds of 3. The probability falls when a take shows less of what its prompt asks for; the margin
  alone also falls where nothing is lost but some of a large one. Against the studio's nearest prompts instead of none it told
  less: its standard error was twice as large a share of the change.
- Realism: the reference's denoising error of takes rises when they are less and less its own.
- Variety: how far apart takes of one brief are in the reference's hidden states.

All are compared with the reference's own takes of the same briefs and seeds, under the same noise. Where the reference stands
on a library adapter, the one that sees and draws is the model without it: else a library that costs content would hide what
it costs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import torch

from finetune.data.batches import Batch, fixed_noise, predict, under_noise
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, Tensors
from finetune.reward.features.hidden_states import read_takes
from finetune.tunable_model import TunableModel

LEVELS = (0.55, 0.75, 0.9)  # noise levels at which errors are measured
OWN_LOG_ODDS = 3.0  # of the reference's own takes
Measures = dict[str, torch.Tensor]
"""Of takes: "own" [B] and "none" [B], logarithms of errors under their prompt and none, and "states" [B, d]."""


@dataclass(frozen=True)
class Kept:
    """What takes of an adapter keep, beside the reference's."""

    content: float  # change of the probability that a take is of its prompt; below 0 is a loss
    error: float  # under its prompt, over that of the reference's takes; above 1 is a loss
    variety: float  # likewise; below 1 is a loss


@dataclass(frozen=True)
class QualityMeter:
    """The conditions of briefs, under their own prompt and under none."""

    conditions: Mapping[int, tuple[Tensors, Tensors]]  # without the batch axis

    @torch.no_grad()
    def measure(self, model: TunableModel, x0: torch.Tensor, briefs: Sequence[int], names: Sequence[str]) -> Measures:
        """Of takes x0 [B, z, F, h, w] on the processor; `briefs` and `names` of each take, which its noise depends on."""
        own, none = ([self.conditions[brief][side] for brief in briefs] for side in (0, 1))
        with model.without_library():
            errors = [log_errors(model, x0, names, conditions).cpu() for conditions in (own, none)]
        groups = read_takes(model, x0, own, [f"{brief}:variety" for brief in briefs])
        return {"own": errors[0], "none": errors[1], "states": groups["states_4x4"]}


def log_errors(
    model: TunableModel, x0: torch.Tensor, names: Sequence[str], conditions: Sequence[Tensors]
) -> torch.Tensor:
    """Of mean squared denoising errors, averaged over LEVELS, [B]."""
    errors = [error_of(model, noisy(model, x0, names, level, conditions)) for level in LEVELS]
    return torch.stack(errors).clamp(min=1e-12).log().mean(0)


def noisy(
    model: TunableModel, x0: torch.Tensor, names: Sequence[str], level: float, conditions: Sequence[Tensors]
) -> Batch:
    noise = torch.stack([fixed_noise(f"{name}:{level:g}:quality", x0[0].shape) for name in names])
    return under_noise(model, x0, noise, torch.full((len(x0),), level), conditions)


def error_of(model: TunableModel, batch: Batch) -> torch.Tensor:
    return (predict(model, batch) - batch.target).square().flatten(1).mean(1)


def kept(after: Measures, before: Measures, briefs: Sequence[int]) -> Kept:
    """What takes [B] keep of those before, one by one of the same brief and seed."""
    apart = [spread_of(measures["states"], briefs) for measures in (after, before)]
    return Kept(
        content=content_change(after, before),
        error=float((after["own"] - before["own"]).double().mean().exp()),
        variety=apart[0] / apart[1] if apart[1] > 0 else 1.0,
    )


def content_change(after: Measures, before: Measures) -> float:
    """0 of a reference that a prompt does not help."""
    margins = [(measures["none"] - measures["own"]).double() for measures in (after, before)]
    usual = float(margins[1].mean())
    if usual <= 0:
        return 0.0
    tuned, own = (torch.sigmoid(margin * OWN_LOG_ODDS / usual).mean() for margin in margins)
    return float(tuned - own)


def spread_of(states: torch.Tensor, briefs: Sequence[int]) -> float:
    """Mean root-mean-square distance between takes of one brief; 0 where no brief has two."""
    pairs = [(one, other) for one, other in combinations(range(len(briefs)), 2) if briefs[one] == briefs[other]]
    distances = [float((states[one] - states[other]).square().mean().sqrt()) for one, other in pairs]
    return sum(distances) / max(1, len(distances))


def without_prompts(examples: Sequence[Example]) -> list[Example]:
    """One of each brief, with an empty prompt."""
    return [replace(example, prompt="") for example in {each.brief: each for each in examples}.values()]


def quality_meter(cache: LatentCache, examples: Sequence[Example], briefs: Collection[int]) -> QualityMeter:
    """For takes of these briefs, which the examples are of; encodes the empty prompt where the cache has it not."""
    own = {each.brief: each for each in examples if each.brief in briefs}
    none = {each.brief: each for each in without_prompts(list(own.values()))}
    cache.fill_prompts([*own.values(), *none.values()])
    return QualityMeter({brief: (cache.condition(own[brief]), cache.condition(none[brief])) for brief in own})
