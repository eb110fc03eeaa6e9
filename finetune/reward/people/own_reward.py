"""The reward models of one person, for a night that learns for them alone."""

from __future__ import annotations

import torch

from finetune.reward.features.sets import Groups
from finetune.reward.fit import RewardModels
from finetune.reward.model import RewardModel, columns_of
from finetune.reward.people.panel import Panel, PanelFit, weighted_mean
from finetune.reward.reliability import correlation_told_by
from finetune.reward.scaling import join_groups, within_prompt_std


def own_reward_models(
    panel: Panel | None, person: int, of_all: RewardModels, groups: Groups, brief: torch.Tensor
) -> RewardModels:
    """A person's own, of both kinds of features; `of_all` where nobody has any, or this person judged too little.

    `groups`, `brief` [takes]: features of the judged takes.
    """
    if panel is None or person not in panel.best.people or panel.best.level == 0:
        return of_all
    made = [own_reward_model(fit, person, of_all.best.colour_map, groups, brief) for fit in panel.fits]
    return RewardModels(made[0], made[1] if len(made) > 1 else None)


def own_reward_model(
    fit: PanelFit, person: int, colour_map: torch.Tensor, groups: Groups, brief: torch.Tensor
) -> RewardModel:
    place = fit.people.index(person)
    weight, mine = fit.weights[place], fit.votes.person == place
    numbers = (join_groups(groups, fit.features).double() - fit.mean) / fit.scale
    deviation = max(float(within_prompt_std(numbers @ weight, brief)), 1e-12)
    votes = fit.votes.where(mine)
    accuracy = weighted_mean(((fit.own[mine] > 0) == (votes.p > 0.5)).double(), votes.weight)
    return RewardModel(
        features=fit.features,
        rbf=None,
        colour_map=colour_map,
        mean=fit.mean.float(),
        scale=fit.scale.float(),
        weight=(weight / deviation).float(),
        penalty=fit.penalty,
        within_prompt_std=deviation,
        accuracy=accuracy,
        loss=weighted_mean(fit.losses[mine], votes.weight),
        pairs=max(1, round(float(votes.weight.sum()))),
        columns=columns_of(groups, fit.features, len(weight)),
        # Halves of one person's verdicts would say less than there is, since others' verdicts help.
        reliability=correlation_told_by(accuracy, float(torch.minimum(votes.p, 1 - votes.p).mean())),
    )
