"""Units of features: differences between takes of one brief, since only takes of a brief are compared."""

from __future__ import annotations

import torch

from finetune.reward.features.sets import SETS, Groups


def join_groups(groups: Groups, features: str) -> torch.Tensor:
    """[B, d], the groups of a set side by side."""
    return torch.cat([groups[name] for name in SETS[features]], dim=1)


def scale_of(groups: Groups, features: str, brief: torch.Tensor) -> torch.Tensor:
    """The unit of each feature [d]: its within-prompt deviation, larger in large groups so that groups weigh alike."""
    scales = []
    for name in SETS[features]:
        values = groups[name].double()
        moving = varies_within_brief(values, brief)  # a still has no movement: clips alone say what its unit is
        inside = within_prompt_std(values[moving], brief[moving])
        # What hardly varies within briefs is no measure of anything: never less than a hundredth of the whole deviation.
        inside = inside.clamp(min=1e-4).maximum(values.std(0) / 100)
        scales.append(inside * values.shape[1] ** 0.5)
    return torch.cat(scales) * len(SETS[features]) ** 0.5


def varies_within_brief(values: torch.Tensor, brief: torch.Tensor) -> torch.Tensor:
    """Which rows [n, d] are of a brief whose takes differ at all, [n] bool; all of them where none does."""
    _, place = torch.unique(brief, return_inverse=True)
    varies = torch.zeros(int(place.max()) + 1, dtype=torch.bool)
    first = torch.zeros(len(varies), dtype=torch.long).scatter_(0, place.flip(0), torch.arange(len(brief)).flip(0))
    varies[place[(values != values[first[place]]).any(1)]] = True
    return varies[place] if varies.any() else torch.ones_like(place, dtype=torch.bool)


def within_prompt_std(values: torch.Tensor, brief: torch.Tensor) -> torch.Tensor:
    """Root mean square distance of values [n] or [n, d] to the mean of their brief's, [] or [d]."""
    freedom = max(len(values) - len(brief.unique()), 1)  # one is used up by each brief's mean
    return (centred_within_briefs(values, brief).square().sum(0) / freedom).sqrt()


def centred_within_briefs(values: torch.Tensor, brief: torch.Tensor) -> torch.Tensor:
    """Values [n] or [n, d] less the mean of their brief's."""
    _, place, count = torch.unique(brief, return_inverse=True, return_counts=True)
    sums = torch.zeros(len(count), *values.shape[1:], dtype=values.dtype).index_add(0, place, values)
    means = sums / count.view(-1, *[1] * (values.dim() - 1))
    return values - means[place]
