"""Diffusion-DPO (arXiv 2311.12908) with soft labels, a guard for the winner and a margin from stars."""

from __future__ import annotations

import torch

from finetune.data.batches import Errors
from finetune.data.labels import Labels
from finetune.methods.loser_guard import guard_losers, guard_sums, left_is_winner
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

    @property
    def compares_within_batch(self) -> bool:
        return self.settings.loser_guard > 0 and self.settings.loser_guard_scope == "batch"

    def comparison_sums(self, errors: Errors, changes: Changes, labels: Labels) -> torch.Tensor:
        return guard_sums(*errors.pulls, self.left_wins(changes, labels), labels.pair_weight)

    def left_wins(self, changes: Changes, labels: Labels) -> torch.Tensor:
        return left_is_winner(pair_margin(*changes, self.beta) - self.margin(labels), labels.p_left)

    def margin(self, labels: Labels) -> torch.Tensor:
        """Log-odds asked for on top, the offset of ODPO (arXiv 2402.10571)."""
        return self.settings.star_margin * labels.star_margin

    def comparison_loss(
        self, errors: Errors, changes: Changes, labels: Labels, batch_sums: torch.Tensor | None = None
    ) -> torch.Tensor:
        settings, left_wins, weight = self.settings, self.left_wins(changes, labels), labels.pair_weight
        guard, scope = settings.loser_guard, settings.loser_guard_scope
        guarded = guard_losers(*changes, *errors.pulls, left_wins, guard, scope, weight, batch_sums)
        z = pair_margin(*guarded, self.beta) - self.margin(labels)
        return PAIR_LOSSES[settings.loss_type](z, labels.p_left, labels.label_noise)
