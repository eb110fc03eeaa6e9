"""What takes keep of the base model's own, as the reference itself sees it: a studio has no reader of contents.

- Content: the reference denoises a take better under its own prompt than under others (diffusion classifiers, arXiv
  2303.16203). The margin falls when a take shows less of what its prompt asks for. The others are the studio's prompts that
  differ in the fewest words.
- Realism: the reference's denoising error of takes rises when they are less and less its own, and falls when they have
  less and less in them, as pictures that were smoothed.
- Variety: how far apart takes of one brief are in the reference's hidden states.

All are compared with the reference's own takes of the same briefs and seeds, under the same noise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import torch

from finetune.data.batches import Batch, fixed_noise, predict, under_noise
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, Tensors
from finetune.digests import digest
from finetune.reward.features.hidden_states import read_takes
from finetune.tunable_model import TunableModel

LEVELS = (0.6, 0.85)  # noise levels at which errors are measured
NEAR_PROMPTS = 2
Measures = dict[str, torch.Tensor]
"""Of takes: "own" [B] and "others" [B], logarithms of errors, and "states" [B, d]."""


@dataclass(frozen=True)
class Kept:
    """What takes of an adapter keep, beside the reference's."""

    margin: float  # change of the logarithm of errors under other prompts over that under the own one; below 0 is a loss
    error: float  # own error over that of the reference's takes; above or below 1 is a loss
    variety: float  # likewise; below 1 is a loss


@dataclass(frozen=True)
class QualityMeter:
    """The conditions of briefs: the own one of each first, then those of near prompts."""

    conditions: Mapping[int, Sequence[Tensors]]  # without the batch axis, equally many of each brief

    @torch.no_grad()
    def measure(
        self, model: TunableModel, x0: torch.Tensor, briefs: Sequence[int], names: Sequence[str]
    ) -> Measures:
        """Of takes x0 [B, z, F, h, w] on the processor; `briefs` and `names` of each take, which its noise depends on."""
        columns = list(zip(*(self.conditions[brief] for brief in briefs), strict=True))
        with model.reference():
            errors = torch.stack([self.errors(model, x0, names, list(column)) for column in columns]).cpu()
        logs = errors.clamp(min=1e-12).log()
        groups = read_takes(model, x0, columns[0], [f"{brief}:variety" for brief in briefs])
        others = logs[1:].mean(0) if len(logs) > 1 else logs[0]
        return {"own": logs[0], "others": others, "states": groups["states_4x4"]}

    def errors(
        self, model: TunableModel, x0: torch.Tensor, names: Sequence[str], conditions: Sequence[Tensors]
    ) -> torch.Tensor:
        """Mean squared denoising errors over LEVELS, [B]."""
        return torch.stack([
            error_of(model, noisy(model, x0, names, level, conditions)) for level in LEVELS
        ]).mean(0)  # fmt: skip


def noisy(
    model: TunableModel, x0: torch.Tensor, names: Sequence[str], level: float, conditions: Sequence[Tensors]
) -> Batch:
    noise = torch.stack([fixed_noise(f"{name}:{level:g}:quality", x0[0].shape) for name in names])
    return under_noise(model, x0, noise, torch.full((len(x0),), level), conditions)


def error_of(model: TunableModel, batch: Batch) -> torch.Tensor:
    return (predict(model, batch) - batch.target).square().flatten(1).mean(1)


def kept(after: Measures, before: Measures, briefs: Sequence[int]) -> Kept:
    """What takes [B] keep of those before, one by one of the same brief and seed."""
    own, others = ((after[name] - before[name]).double() for name in ("own", "others"))
    apart = [spread_of(measures["states"], briefs) for measures in (after, before)]
    return Kept(
        margin=float((others - own).mean()),
        error=float(own.mean().exp()),
        variety=apart[0] / apart[1] if apart[1] > 0 else 1.0,
    )


def spread_of(states: torch.Tensor, briefs: Sequence[int]) -> float:
    """Mean root-mean-square distance between takes of one brief; 0 where no brief has two."""
    pairs = [(one, other) for one, other in combinations(range(len(briefs)), 2) if briefs[one] == briefs[other]]
    distances = [float((states[one] - states[other]).square().mean().sqrt()) for one, other in pairs]
    return sum(distances) / max(1, len(distances))


def quality_meter(cache: LatentCache, examples: Sequence[Example], briefs: Collection[int]) -> QualityMeter:
    """For takes of these briefs, which the examples are of; encodes the near prompts that the cache has not."""
    by_brief = {example.brief: example for example in examples if example.brief in briefs}
    prompts = sorted({example.prompt for example in examples})
    near = {brief: near_prompts(example.prompt, prompts) for brief, example in by_brief.items()}
    rows = {
        brief: [example, *(replace(example, prompt=other) for other in near[brief])]
        for brief, example in by_brief.items()
    }
    cache.fill_prompts([each for row in rows.values() for each in row])
    return QualityMeter({brief: [cache.condition(each) for each in row] for brief, row in rows.items()})


def near_prompts(prompt: str, prompts: Sequence[str]) -> list[str]:
    """Those that differ from it in the fewest words; an empty one where there are no others."""
    others = [each for each in prompts if words_of(each) != words_of(prompt)]

    def distance(other: str) -> tuple[int, str]:
        return len(words_of(prompt) ^ words_of(other)), digest(prompt, other)

    chosen = sorted(others, key=distance)[:NEAR_PROMPTS]
    return chosen + [""] * (NEAR_PROMPTS - len(chosen))


def words_of(prompt: str) -> frozenset[str]:
    return frozenset("".join(letter if letter.isalnum() else " " for letter in prompt.lower()).split())
