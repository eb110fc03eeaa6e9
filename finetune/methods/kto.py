"""KTO (arXiv 2404.04465): each take alone, desirable or not, with a guard for the winner."""

from __future__ import annotations

import torch

from finetune.data.batches import Errors
from finetune.data.labels import Labels
from finetune.methods.loser_guard import guard_losers, guard_sums, left_is_winner
from finetune.methods.losses import kto_loss, kto_sums, pair_margin
from finetune.methods.pairwise import Changes, PairwiseMethod
from finetune.settings import KtoSettings


class Kto(PairwiseMethod):
    """Makes chosen takes more likely and the others less, each against the batch's own mean."""

    name = "kto"
    lower_winner_error_by = "lower optimiser.learning_rate, or raise kto.loser_guard"

    @property
    def settings(self) -> KtoSettings:
        return self.recipe.kto

    @property
    def compares_within_batch(self) -> bool:
        return True

    def comparison_sums(self, errors: Errors, changes: Changes, labels: Labels) -> torch.Tensor:
        guard = guard_sums(*errors.pulls, self.left_wins(changes, labels), labels.pair_weight)
        return torch.cat([guard, kto_sums(*changes, self.beta)])

    def left_wins(self, changes: Changes, labels: Labels) -> torch.Tensor:
        return left_is_winner(pair_margin(*changes, self.beta), labels.p_left)

    def comparison_loss(
        self, errors: Errors, changes: Changes, labels: Labels, batch_sums: torch.Tensor | None = None
    ) -> torch.Tensor:
        settings, left_wins, weight = self.settings, self.left_wins(changes, labels), labels.pair_weight
        guard, scope = settings.loser_guard, settings.loser_guard_scope
        sums, mean = (None, None) if batch_sums is None else (batch_sums[:2], batch_sums[2] / batch_sums[3])
        guarded = guard_losers(*changes, *errors.pulls, left_wins, guard, scope, weight, sums)
        return kto_loss(*guarded, labels.p_left, self.beta, labels.label_noise, mean)
