"""Fits a reward model, tests it on prompts it has not seen, then trains a LoRA towards higher reward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from tqdm import tqdm

from feedback.models import versions
from finetune.data.batches import Batch, errors_of, predict
from finetune.data.dataset import Dataset
from finetune.data.examples import Example, drawn_by
from finetune.data.labels import labels_of
from finetune.errors import NotAccepted
from finetune.memory.uses import GUIDED_EVALUATION
from finetune.methods.evaluation import (
    PAIRS_AT_ONCE,
    accuracy_figures,
    error_ratios,
    evaluated_draws,
)
from finetune.methods.guided.advantages import Advantages, advantages_of, reference_prediction
from finetune.methods.guided.gain import GainJudge, judge_of
from finetune.methods.guided.guidance import (
    RewardGuidance,
    distances,
    guided_prediction,
    make_guidance,
    rough_guidance,
)
from finetune.methods.guided.reward_method import RewardMethod
from finetune.methods.protocol import LossParts, OnProgress, RunContext, Work
from finetune.metrics import Evaluation, RunMetrics
from finetune.reward.features.encoded_takes import read_encoded_takes
from finetune.reward.features.image_encoder import encoder_of
from finetune.reward.features.sets import Groups
from finetune.reward.fit import RewardModels, takes_of
from finetune.reward.model import RewardModel
from finetune.settings import HIDDEN_STATES, GuidedSettings, Recipe

NEVER, _, BEST = HIDDEN_STATES
FEWEST_OWN = 16  # pairs: a batch
SHARE_OF_JUDGED = 0.5  # of the target, where hidden states see more
LEAST_EXPLAINED = 0.1  # of an image encoder's reward by hidden states under noise, at the level where they tell most


class Guided(RewardMethod):
    """Reward guidance, distilled into an adapter. The defaults of `finetune.settings` are this method's."""

    name = "guided"
    ranked_by = "unexplained"
    lower_winner_error_by = "lower guided.reward_scale"
    needs_reference_errors = False

    advantages: Advantages | None  # None: the target is the gradient's alone
    guidance: RewardGuidance | None  # None: it is the judged takes' alone

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.heldout: Sequence[Example] = ()

    @property
    def settings(self) -> GuidedSettings:
        return self.recipe.guided

    @property
    def reads_hidden_states(self) -> bool:
        return self.settings.hidden_states != NEVER

    def in_order(self, models: RewardModels) -> RewardModels:
        """The one whose gradient moves takes first."""
        return models if self.settings.hidden_states == BEST else models.by_statistics()

    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        """Also measures the noise attenuation and the usual size of gradients, on the reference's own takes."""
        states, dataset = self.learn_rewards(run, on_progress), run.dataset
        self.train, self.heldout = own_takes(run, dataset.train), own_takes(run, dataset.heldout)
        self.advantages = self.weigh_takes(run, dataset.examples, states)
        self.guidance = self.guide(run, dataset.examples, states, on_progress)
        if self.guidance is None and self.advantages is not None:
            self.advantages = replace(self.advantages, share=1.0)

    def guide(
        self, run: RunContext, examples: Sequence[Example], states: Groups | None, on_progress: OnProgress
    ) -> RewardGuidance | None:
        """What the gradient needs, where it is part of the target.

        The reward of an image encoder is distilled into hidden states under noise; where these tell nothing of it, and the
        recipe leaves the share open, judged takes are all of the target.
        """
        if self.judged_takes_share == 1:
            return None
        given = self.rewards_by_image(examples, states)
        with tqdm(desc="measuring the reward under noise", unit="batch", disable=run.quiet) as bar:

            def on_batch() -> None:
                bar.update()
                on_progress(1.0)

            guidance = make_guidance(run.model, run.cache, self.gradient_of, self.train, self.recipe, on_batch, given)
        if guidance.noise_attenuation is not None:
            run.metrics["noise_attenuation"] = guidance.noise_attenuation.by_level()
        if guidance.state_weights is not None:
            run.metrics["reward_under_noise"] = guidance.state_weights.by_level()
            is_open = given is not None and self.settings.judged_takes_share == "auto"
            if is_open and max(guidance.state_weights.explained) < LEAST_EXPLAINED:
                return None
        return guidance

    @property
    def gradient_of(self) -> RewardModel:
        """Whose gradient is taken: an image encoder's reward has one where hidden states are read, else statistics have."""
        models = self.reward_models
        return models.best if models.image_is_best and self.settings.hidden_states == NEVER else models.chosen

    def rewards_by_image(self, examples: Sequence[Example], states: Groups | None) -> dict[str, float] | None:
        """By sha256 of takes; None where the gradient is that of what is read from latents."""
        model = self.gradient_of
        if not model.reads_images or states is None:
            return None
        rewards = model.reward(states).tolist()
        return {take: reward for (take, _), reward in zip(takes_of(examples), rewards, strict=True)}

    def weigh_takes(self, run: RunContext, examples: Sequence[Example], states: Groups | None) -> Advantages | None:
        """By the most accurate reward model: no gradient of it is needed."""
        scale, share = self.settings.judged_takes_scale, self.judged_takes_share
        if not share:
            return None
        return advantages_of(run.cache, self.reward_models.most_accurate, takes_of(examples), states, scale, share)

    @property
    def judged_takes_share(self) -> float:
        """Of the target. The gradient of statistics is good where these see what people prefer: then it does better alone."""
        share = self.settings.judged_takes_share
        if share != "auto":
            return float(share)
        models = self.reward_models
        if models.image_is_best and not self.gradient_of.better_than_chance:
            return 1.0
        return 0.0 if models.most_accurate.reads_latents_alone else SHARE_OF_JUDGED

    def read_more(
        self, run: RunContext, examples: Sequence[Example], on_batch: Callable[[], None] = lambda: None
    ) -> Groups | None:
        """What the denoiser and an image encoder make of the examples' takes, where the recipe has them; None without both."""
        states = self.read_states(run, examples, on_batch)
        encoder = self.image_encoder = encoder_of(run.studio, self.recipe, run.model.device)
        if encoder is None:
            return states
        run.metrics["image_encoder"] = encoder.describe()
        takes = [take for take, _ in takes_of(examples)]
        with tqdm(desc="reading takes by the image encoder", unit="batch", disable=run.quiet) as bar:

            def read() -> None:
                bar.update()
                on_batch()

            return {**(states or {}), **read_encoded_takes(run.cache, encoder, takes, read)}

    @property
    def judge(self) -> GainJudge:
        return judge_of(self.run.cache, self.reward_models, self.run.dataset.examples, self.image_encoder)

    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        few = run.dataset
        states, works = self.rehearse_rewards(run, whole)
        self.train, self.heldout = few.train, few.heldout
        self.advantages, self.guidance = self.weigh_takes(run, few.examples, states), None
        if self.judged_takes_share == 1:
            return works
        given = self.rewards_by_image(few.examples, states)
        self.guidance, more = rough_guidance(
            run.model, run.cache, self.gradient_of, self.train, self.recipe, whole.train, given
        )
        return [*works, *more]

    def loss(
        self, examples: Sequence[Example], draws: Sequence[int], batch_sums: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, LossParts]:
        """The distance to the targets at these takes' noise.

        Which take won does not matter here: verdicts are in the reward model, and pairs are where its gradient is taken.
        """
        batch = self.run.cache.batch(examples, draws)
        target = self.target(batch, examples)[1]
        distance = distances(predict(self.run.model, batch), target)
        return distance, {"loss": distance}

    def target(self, batch: Batch, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        """(the reference's prediction, the target), both like x_t and without gradients."""
        model, advantages = self.run.model, self.advantages
        if self.guidance is None:
            prediction = guided = reference_prediction(model, batch)
        else:
            prediction, guided = guided_prediction(model, self.guidance, batch)
        if advantages is None:
            return prediction, guided
        return prediction, torch.lerp(guided, advantages.target(prediction, batch, examples), advantages.share)

    def evaluation_target(self, batch: Batch, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        """As `target`, by the gradient alone where there is one: few held-out pairs say nothing of what is learned through noise."""
        if self.guidance is None:
            return self.target(batch, examples)
        return guided_prediction(self.run.model, self.guidance, batch)

    def evaluate(self, strength: float) -> Evaluation:
        """Loss and accuracy are the reward model's, by cross-validation over all briefs.

        `unexplained` is how far the adapter's predictions on held-out briefs are from their targets, as a share of how far
        the reference's are: 0 is all the way, 1 is nowhere. Where judged takes are part of the target, it is what the direction of
        the adapter's moves leaves unexplained of those of the gradient, which has no noise. Where they are all of it, how much of
        the way is missing along them, which stays close to 1.
        """
        examples = self.evaluated(self.heldout)
        measured = self.run.spread(examples, lambda example: self.measure(example, strength))
        tuned, reference = (torch.stack([each[side] for each in measured]) for side in (0, 1))
        moved, targeted, both = (sum(float(each[side].sum()) for each in measured) for side in (2, 3, 4))
        model = self.reward_model
        return {
            "strength": strength,
            "heldout_loss": model.loss,
            **accuracy_figures(model.accuracy * model.pairs, model.pairs),
            "unexplained": self.unexplained(moved, targeted, both),
            **error_ratios(tuned, reference, labels_of(examples).p_left),
        }

    def unexplained(self, moved: float, targeted: float, both: float) -> float:
        """From the sums of squares of the adapter's moves and of those to the targets, and of their products."""
        if targeted <= 0:
            return 1.0
        if self.advantages is None:
            return (moved - 2 * both + targeted) / targeted
        if self.guidance is None:
            return 1 - both / targeted
        return 1 - both * abs(both) / (targeted * moved) if moved > 0 else 1.0

    def measure(self, example: Example, strength: float) -> tuple[torch.Tensor, ...]:
        """Errors, tuned and reference, [draws, 2]; then of the moves to the adapter's predictions, and of those to the targets,
        mean squares, and their mean products, [draws].
        """
        run, model = self.run, self.run.model
        draws = evaluated_draws(self.recipe.noise_levels.draws_per_pair, self.recipe.evaluation.draws)

        def measure_some(some: Sequence[int]) -> tuple[torch.Tensor, ...]:
            batch = run.cache.batch([example] * len(some), some)
            before, target = self.evaluation_target(batch, [example] * len(some))
            with torch.no_grad(), model.at_strength(strength):
                after = predict(model, batch)
            errors = (torch.stack(errors_of(each, batch).errors, dim=1).cpu() for each in (after, before))
            moves = distances(after, before), distances(before, target), along(after, before, target)
            return *errors, *(each.cpu() for each in moves)

        shape = run.cache.latent_shape(example.left)
        rows = model.memory.in_pieces(GUIDED_EVALUATION, shape, draws, PAIRS_AT_ONCE, measure_some)
        return tuple(torch.cat(column) for column in zip(*rows, strict=True))

    def finish(self, on_progress: OnProgress) -> RunMetrics:
        """Then an adapter that moved too far may be the right one."""
        if self.settings.target_gain is None and self.run.metrics.get("unexplained", 0.0) >= 1:
            raise NotAccepted(
                "The adapter is no closer to its targets on held-out briefs than production. Lower optimiser.learning_rate."
            )
        return super().finish(on_progress)


def along(after: torch.Tensor, before: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean product of each pair's moves with those to the targets, [2 B, …] -> [B]: noise in a target adds nothing to it."""
    left, right = ((after - before) * (target - before)).flatten(1).mean(1).chunk(2)
    return (left + right) / 2


def own_takes(run: RunContext, examples: list[Example]) -> list[Example]:
    """The pairs whose takes the reference itself drew, where there are enough: the gradient is taken at them.

    Takes of later versions have moved part of the way already. Their verdicts are in the reward model all the same.
    """
    names = versions.versions_drawing_with(run.studio, run.model.base, run.model.adapters)
    own = drawn_by(run.dataset.snapshot, names, examples)
    return own if len(own) >= FEWEST_OWN else examples
