"""Diffusion-DPO (arXiv 2311.12908) with soft labels, a guard for the winner and a margin from stars."""

from __future__ import annotations

import torch

from finetune.data.batches import Errors
from finetune.data.labels import Labels
from finetune.methods.loser_guard import guard_losers, left_is_winner
from finetune.methods.losses import PAIR_LOSSES, pair_margin
from finetune.methods.pairwise import Changes, PairwiseMethod
from finetune.settings import DpoSettings


class Dpo(PairwiseMethod):
    """Raises the log-odds of the chosen take over the other, relative to the reference."""

    name = "dpo"
    lower_winner_error_by = "lower optimiser.learning_rate, or raise dpo.loser_guard"

    @property
    def settings(self) -> DpoSettings:
        return self.recipe.dpo

    @property
    def uses_star_margins(self) -> bool:
        return self.settings.star_margin > 0

    def comparison_loss(self, errors: Errors, changes: Changes, labels: Labels) -> torch.Tensor:
        settings, (d_left, d_right) = self.settings, changes
        margin = settings.star_margin * labels.star_margin
        left_wins = left_is_winner(pair_margin(d_left, d_right, self.beta) - margin, labels.p_left)
        guard, scope = settings.loser_guard, settings.loser_guard_scope
        guarded = guard_losers(d_left, d_right, errors.left, errors.right, left_wins, guard, scope, labels.pair_weight)
        z = pair_margin(*guarded, self.beta) - margin  # the offset of ODPO (arXiv 2402.10571)
        return PAIR_LOSSES[settings.loss_type](z, labels.p_left, labels.label_noise)
