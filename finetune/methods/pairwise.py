"""What the methods share that learn from the denoising errors of the two takes of a pair (dpo, kto, mapo, sft)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch

from finetune.data.batches import Batch, Errors, side_errors
from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.data.labels import Labels, agreement, labels_of
from finetune.data.latent_cache import LatentCache
from finetune.memory.transfer import sent
from finetune.memory.uses import EVALUATION
from finetune.methods.evaluation import (
    PAIRS_AT_ONCE,
    accuracy_figures,
    error_ratios,
    evaluated_draws,
)
from finetune.methods.library.beside import pairs_beside
from finetune.methods.library.pairs import describe_drawing_pairs
from finetune.methods.losses import anchor_loss, both_bad_loss, dpo_loss, pair_margin
from finetune.methods.protocol import Defaults, LossParts, Method, OnProgress, RunContext, Work
from finetune.metrics import Evaluation
from finetune.settings import MapoSettings, SftSettings
from finetune.tunable_model import TunableModel

DEFAULTS: Defaults = {
    "data": {"start_from": "production"},
    "optimiser": {
        "learning_rate": 5e-4,
        "lr_scheduler_type": "constant",
        "per_device_train_batch_size": 32,
        "max_steps": 150,
    },
    "noise_levels": {"shift": 1.0},
    "evaluation": {"eval_steps": 25, "pairs": 64, "strengths": (0.6, 1.0, 1.5)},
}
"""More and smaller steps than guided, and strengths to choose from."""

Changes = tuple[torch.Tensor, torch.Tensor]


class ErrorMethod(Method):
    """A method that learns from mean squared denoising errors, relative to the reference's."""

    defaults = DEFAULTS
    beta = 0.0  # set by prepare

    @property
    def settings(self) -> SftSettings:
        """The method's own section."""
        return getattr(self.recipe, self.name)

    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        self.run, self.train = run, run.dataset.train
        run.cache.fill(run.dataset.examples, on_progress, run.quiet)
        self.beta = run.model.processes.from_first(lambda: self.choose_beta(run.cache))
        run.metrics["beta"] = self.beta

    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        self.run, self.train = run, run.dataset.train
        self.beta = self.choose_beta(run.cache)
        return []

    def choose_beta(self, cache: LatentCache) -> float:
        return beta_from(cache, self.train, MapoSettings.beta_scale)

    def with_reference_distance(
        self, total: torch.Tensor, parts: LossParts, batch: Batch, errors: Errors
    ) -> tuple[torch.Tensor, LossParts]:
        """(loss, parts) with the weighted distance to the reference's predictions, where the recipe has one."""
        weight = self.settings.reference_weight
        if not weight:
            return total, parts
        distance = reference_distance(self.run.model, batch, errors)
        return total + weight * distance, {**parts, "reference": distance}

    def evaluate(self, strength: float) -> Evaluation:
        """A pair counts as right when its margin, averaged over noise levels, is on the side people chose.

        The held-out loss is dpo's sigmoid one whatever loss is trained, so that methods are measured alike. Where people
        pointed counts as in training; the errors of winners and losers are those of whole takes.
        """
        settings, model = self.recipe.evaluation, self.run.model
        examples = self.evaluated(self.run.dataset.heldout)
        draws = evaluated_draws(self.recipe.noise_levels.draws_per_pair, settings.draws)
        with torch.no_grad(), model.at_strength(strength):
            measured = self.run.spread(examples, lambda example: measure_errors(model, self.run.cache, example, draws))
        tuned, reference = (torch.stack(column) for column in zip(*measured, strict=True))  # both [pairs, draws, 4]
        labels, d = labels_of(examples), (tuned - reference)[..., 2:]
        z = pair_margin(d[..., 0], d[..., 1], self.beta)
        right = float(agreement(z.mean(1), labels.p_left).sum())
        return {
            "strength": strength,
            "heldout_loss": float(dpo_loss(z, labels.p_left[:, None].expand_as(z), labels.label_noise[:, None]).mean()),
            **accuracy_figures(right, len(examples)),
            **error_ratios(tuned[..., :2], reference[..., :2], labels.p_left),
        }


class PairwiseMethod(ErrorMethod):
    """A method with a loss on each comparison, beside the signal against both takes and the anchor."""

    @property
    def settings(self) -> MapoSettings:
        return getattr(self.recipe, self.name)

    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        """Frames of the library are trained on beside people's pairs where these are predicted better with them."""
        super().prepare(run, on_progress)
        beside = pairs_beside(run, self.recipe, lambda share: on_progress(1.0))
        run.cache.fill(beside, lambda share: on_progress(1.0), run.quiet)
        self.train = [*run.dataset.train, *beside]

    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        return [*super().rehearse(run, whole), *describe_drawing_pairs(run, whole.snapshot)]

    def choose_beta(self, cache: LatentCache) -> float:
        return self.settings.beta or beta_from(cache, self.train, self.settings.beta_scale)

    @abstractmethod
    def comparison_loss(
        self, errors: Errors, changes: Changes, labels: Labels, batch_sums: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The loss of each comparison, [B]. `changes`: d of the left and of the right takes, as `error_changes` gives.

        `batch_sums`: as for `loss`.
        """

    def comparison_sums(self, errors: Errors, changes: Changes, labels: Labels) -> torch.Tensor:
        """What `comparison_loss` needs of each piece of a batch; they add up."""
        raise NotImplementedError

    @torch.no_grad()
    def sums_of(self, examples: Sequence[Example], draws: Sequence[int]) -> torch.Tensor:
        errors = side_errors(self.run.model, self.run.cache.batch(examples, draws))
        labels = labels_of(examples, self.run.model.device)
        return self.comparison_sums(errors, self.changes_of(errors, examples, draws), labels)

    def changes_of(self, errors: Errors, examples: Sequence[Example], draws: Sequence[int]) -> Changes:
        return error_changes(errors, sent(self.run.cache.references(examples, draws), self.run.model.device))

    def loss(
        self, examples: Sequence[Example], draws: Sequence[int], batch_sums: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, LossParts]:
        run, settings = self.run, self.settings
        batch, labels = run.cache.batch(examples, draws), labels_of(examples, run.model.device)
        errors = side_errors(run.model, batch)
        anchor = anchor_loss(*errors.errors, labels.anchor_left, labels.anchor_right)
        changes = self.changes_of(errors, examples, draws)
        both_bad = both_bad_loss(*changes, self.beta)
        comparison = self.comparison_loss(errors, changes, labels, batch_sums)
        total = labels.pair_weight * comparison + settings.sft_weight * anchor
        total = total + self.recipe.data.both_bad_weight * labels.both_bad * both_bad
        return self.with_reference_distance(total, {"loss": comparison, "sft": anchor}, batch, errors)


def error_changes(errors: Errors, reference: torch.Tensor) -> Changes:
    """d of the left and of the right takes, [B] each: local errors less the reference's, [B, 2]."""
    left, right = errors.local
    return left - reference[:, 0], right - reference[:, 1]


def measure_errors(
    model: TunableModel, cache: LatentCache, example: Example, draws: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Errors of the tuned model and of the reference on one pair, both [draws, 4]: left and right, then the local ones."""

    def errors(some: Sequence[int]) -> torch.Tensor:
        batch = cache.batch([example] * len(some), some)
        measured = side_errors(model, batch)
        return torch.stack([*measured.errors, *measured.local], dim=1).cpu()

    shape = cache.latent_shape(example.left)
    columns = model.memory.in_pieces(EVALUATION, shape, draws, PAIRS_AT_ONCE, errors)
    reference = torch.cat([cache.reference(example), cache.local_reference(example)], dim=1)
    return torch.cat(columns), reference[list(draws)]


def beta_from(cache: LatentCache, train: Sequence[Example], scale: float) -> float:
    """`scale` over the reference's mean error, so that the same relative change counts the same in every model."""
    return scale / float(torch.stack([cache.reference(example) for example in train]).mean())


def reference_distance(model: TunableModel, batch: Batch, errors: Errors) -> torch.Tensor:
    """Mean squared distance of the predictions to the reference's on the same noisy latents, over both takes, [B].

    The reference runs again, with the adapter off and without gradients: a third of a step's time and little memory. Its
    predictions in the cache would be as large as all latents times the draws per pair: 8 MB for each take and draw of a
    five-second clip.
    """
    with torch.no_grad(), model.reference():
        reference = side_errors(model, batch)
    sides = ((errors.left - reference.left), (errors.right - reference.right))  # the targets cancel
    return sum((side * side).flatten(1).mean(1) for side in sides) / 2
