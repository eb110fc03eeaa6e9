"""KTO (arXiv 2404.04465): each take alone, desirable or not, with a guard for the winner."""

from __future__ import annotations

import torch

from finetune.data.batches import Errors
from finetune.data.labels import Labels
from finetune.methods.loser_guard import guard_losers, left_is_winner
from finetune.methods.losses import kto_loss, pair_margin
from finetune.methods.pairwise import Changes, PairwiseMethod
from finetune.settings import KtoSettings


class Kto(PairwiseMethod):
    """Makes chosen takes more likely and the others less, each against the batch's own mean."""

    name = "kto"
    lower_winner_error_by = "lower optimiser.learning_rate, or raise kto.loser_guard"

    @property
    def settings(self) -> KtoSettings:
        return self.recipe.kto

    def comparison_loss(self, errors: Errors, changes: Changes, labels: Labels) -> torch.Tensor:
        settings, (d_left, d_right) = self.settings, changes
        left_wins = left_is_winner(pair_margin(d_left, d_right, self.beta), labels.p_left)
        guard, scope = settings.loser_guard, settings.loser_guard_scope
        guarded = guard_losers(d_left, d_right, errors.left, errors.right, left_wins, guard, scope, labels.pair_weight)
        return kto_loss(*guarded, labels.p_left, self.beta, labels.label_noise)
