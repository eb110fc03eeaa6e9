"""Supervised fine-tuning on winners, by how clearly they won, and on circled takes."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from finetune.data.batches import side_errors
from finetune.data.examples import Example
from finetune.data.labels import labels_of
from finetune.methods.losses import anchor_loss
from finetune.methods.pairwise import DEFAULTS, ErrorMethod
from finetune.methods.protocol import Defaults, LossParts

SFT_DEFAULTS: Defaults = {**DEFAULTS, "evaluation": {**DEFAULTS["evaluation"], "strengths": (0.3, 0.6, 1.0, 1.5)}}
"""A weak strength, too: of 100 frames an adapter is soon learned by heart, and holds on other shots at less of it."""


class Sft(ErrorMethod):
    """Lowers the plain denoising error of what people chose. The best step is that of the least winner error."""

    name = "sft"
    defaults = SFT_DEFAULTS
    ranked_by = "winner_error_ratio"

    def loss(
        self, examples: Sequence[Example], draws: Sequence[int], batch_sums: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, LossParts]:
        run = self.run
        batch, labels = run.cache.batch(examples, draws), labels_of(examples, run.model.device)
        errors = side_errors(run.model, batch)
        anchor = anchor_loss(*errors.local, labels.anchor_left, labels.anchor_right)
        return self.with_reference_distance(anchor, {"sft": anchor}, batch, errors)
