"""Supervised fine-tuning on the studio's own frames and clips under their captions: a library adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from finetune.data.batches import Batch, build_single, mean_square, predict
from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.digests import digest
from finetune.memory.uses import EVALUATION
from finetune.methods.evaluation import accuracy_figures, evaluated_draws
from finetune.methods.protocol import LossParts, Method, OnProgress, RunContext, Work
from finetune.methods.sft import SFT_DEFAULTS
from finetune.metrics import Evaluation
from finetune.settings import Recipe, SftSettings

TAKES_AT_ONCE = 32  # in the denoiser, where so many fit


class LibrarySft(Method):
    """Lowers the plain denoising error of frames and clips. The best step is that of the least error of held-out shots."""

    name = "sft"
    defaults = SFT_DEFAULTS
    ranked_by = "heldout_loss"
    tested_on, winners, more_by = (
        "frames and clips",
        "frames",
        "Add more of the library, or lower optimiser.learning_rate",
    )
    lower_winner_error_by = "add more of the library, or lower optimiser.learning_rate"
    needs_reference_errors = False

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.reference: dict[str, torch.Tensor] = {}  # errors of held-out examples by the reference, [draws]

    @property
    def settings(self) -> SftSettings:
        return self.recipe.sft

    def evaluated(self, heldout: Sequence[Example]) -> Sequence[Example]:
        return sorted(heldout, key=lambda each: each.key)[: self.recipe.evaluation.pairs]

    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        self.begin(run)
        run.cache.fill(run.dataset.examples, on_progress, run.quiet, with_reference_errors=False)
        run.cache.fill_prompts([without_caption(example) for example in run.dataset.train])
        run.metrics["beta"] = None
        with run.model.reference():
            self.reference = self.errors_of(self.evaluated(run.dataset.heldout))

    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        self.begin(run)
        run.cache.fill_prompts([without_caption(example) for example in run.dataset.train])
        with run.model.reference():
            self.reference = self.errors_of(self.evaluated(run.dataset.heldout))
        return []

    def begin(self, run: RunContext) -> None:
        self.run, self.train = run, run.dataset.train
        run.cache.alone = self.read_batch

    def read_batch(self, cache: LatentCache, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        """Each example once, some without their captions; ready to be sent to the device."""
        shown = [self.with_or_without(each, draw) for each, draw in zip(examples, draws, strict=True)]
        return read_alone(cache, examples, shown, draws).pinned(cache.model.device)

    def with_or_without(self, example: Example, draw: int) -> Example:
        """Without its caption at the share of draws that the recipe says, always the same ones."""
        chance = int(digest(example.key, str(draw), "caption")[:12], 16) / 16**12
        return without_caption(example) if chance < self.recipe.library.caption_dropout else example

    def loss(
        self, examples: Sequence[Example], draws: Sequence[int], batch_sums: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, LossParts]:
        batch = self.run.cache.batch(examples, draws)
        prediction = predict(self.run.model, batch)
        error = mean_square(prediction - batch.target)
        weight = self.settings.reference_weight
        if not weight:
            return error, {"sft": error}
        with torch.no_grad(), self.run.model.reference():
            distance = mean_square(prediction - predict(self.run.model, batch))
        return error + weight * distance, {"sft": error, "reference": distance}

    def evaluate(self, strength: float) -> Evaluation:
        """The loss is the error of held-out shots over the reference's, by its logarithm; the accuracy is the share of frames
        and clips of which the tuned model is less wrong.
        """
        examples = self.evaluated(self.run.dataset.heldout)
        with self.run.model.at_strength(strength):
            tuned = self.errors_of(examples)
        rows = [torch.stack([errors[each.left] for each in examples]) for errors in (tuned, self.reference)]
        ratio = float(rows[0].mean() / rows[1].mean())
        better = (rows[0].mean(1) < rows[1].mean(1)).double().sum()
        return {
            "strength": strength,
            "heldout_loss": float(torch.tensor(ratio).log()),
            **accuracy_figures(float(better), len(examples)),
            "winner_error_ratio": ratio,
            "loser_error_ratio": ratio,
        }

    @torch.no_grad()
    def errors_of(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """Denoising errors under their captions, by name, [draws] each; every process measures some."""
        run, draws = self.run, self.evaluated_draws
        rows = run.spread(examples, lambda example: self.errors_of_one(example, draws))
        return {example.left: row for example, row in zip(examples, rows, strict=True)}

    @property
    def evaluated_draws(self) -> list[int]:
        return evaluated_draws(self.recipe.noise_levels.draws_per_pair, self.recipe.evaluation.draws)

    def errors_of_one(self, example: Example, draws: Sequence[int]) -> torch.Tensor:
        model, cache = self.run.model, self.run.cache

        def errors(some: Sequence[int]) -> torch.Tensor:
            batch = read_alone(cache, [example] * len(some), [example] * len(some), some).sent(model.device)
            return mean_square(predict(model, batch) - batch.target).cpu()

        shape = cache.latent_shape(example.left)
        return torch.cat(list(model.memory.in_pieces(EVALUATION, shape, draws, TAKES_AT_ONCE, errors)))


def without_caption(example: Example) -> Example:
    return replace(example, prompt="")


def read_alone(
    cache: LatentCache, examples: Sequence[Example], shown: Sequence[Example], draws: Sequence[int]
) -> Batch:
    """The noisy latents of these examples' takes, under the prompts of `shown`; in the processor's memory."""
    return build_single(
        cache.model,
        [cache.latent(example.left) for example in examples],
        [cache.condition(example) for example in shown],
        [cache.levels(example)[draw] for example, draw in zip(examples, draws, strict=True)],
        [f"{example.key}:{draw}" for example, draw in zip(examples, draws, strict=True)],
    )
