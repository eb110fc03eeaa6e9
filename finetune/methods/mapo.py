"""MaPO (arXiv 2406.06424): margin-aware preference optimisation without a reference."""

from __future__ import annotations

import torch

from finetune.data.batches import Errors
from finetune.data.labels import Labels
from finetune.methods.losses import mapo_loss
from finetune.methods.pairwise import Changes, PairwiseMethod
from finetune.settings import MapoSettings


class Mapo(PairwiseMethod):
    """Lowers the winner's own error and raises its odds against the loser's; the reference serves both_bad only."""

    name = "mapo"

    @property
    def settings(self) -> MapoSettings:
        return self.recipe.mapo

    def comparison_loss(
        self, errors: Errors, changes: Changes, labels: Labels, batch_sums: torch.Tensor | None = None
    ) -> torch.Tensor:
        return mapo_loss(*errors.local, labels.p_left, self.beta, labels.label_noise)
