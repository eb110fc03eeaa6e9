"""Fits a reward model, tests it on prompts it has not seen, then trains a LoRA towards higher reward."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from statistics import mean

import torch
from tqdm import tqdm

from feedback.models import versions
from feedback.people import accounts
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
    evaluated_pairs,
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
from finetune.methods.guided.quality import without_prompts
from finetune.methods.guided.strength import choose_strength, describe_drawing
from finetune.methods.protocol import LossParts, Method, OnProgress, RunContext, Work
from finetune.metrics import Evaluation, RewardModelMetrics, RunMetrics
from finetune.reward.acceptance import refuse_reward_model
from finetune.reward.features.encoded_takes import read_encoded_takes
from finetune.reward.features.hidden_states import read_cached_takes
from finetune.reward.features.image_encoder import encoder_of
from finetune.reward.features.sets import Groups
from finetune.reward.fit import RewardModels, briefs_of, fit_reward_models, read_features, takes_of
from finetune.reward.model import RewardModel
from finetune.reward.people.own_reward import own_reward_models
from finetune.reward.people.panel import fit_panel
from finetune.reward.people.summary import summarise_people
from finetune.settings import HIDDEN_STATES, GuidedSettings, Recipe

NEVER, _, BEST = HIDDEN_STATES
FEWEST_OWN = 16  # pairs: a batch
SHARE_OF_JUDGED = 0.5  # of the target, where hidden states see more
LEAST_EXPLAINED = 0.1  # of an image encoder's reward by hidden states under noise, on average of the levels
FIT_GROWTH = 0.6  # 28 times the pairs took 6 times as long to fit a reward model to


class Guided(Method):
    """Reward guidance, distilled into an adapter. The defaults of `finetune.settings` are this method's."""

    name = "guided"
    ranked_by = "unexplained"
    max_winner_error = 1.2  # it moves past the average winner, and its strength is set afterwards
    lower_winner_error_by = "lower guided.reward_scale"
    needs_reference_errors = False
    tests_on_heldout_only = False  # the reward model is fitted to all briefs; held-out ones only say when to stop

    reward_models: RewardModels
    advantages: Advantages | None  # None: the target is the gradient's alone
    guidance: RewardGuidance | None  # None: it is the judged takes' alone

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.heldout: Sequence[Example] = ()

    @property
    def settings(self) -> GuidedSettings:
        return self.recipe.guided

    @property
    def reward_model(self) -> RewardModel:
        """The one that takes are moved by."""
        return self.reward_models.chosen

    @property
    def finish_share(self) -> float:
        return 0.0 if self.settings.target_gain is None else 0.1

    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        """Also measures the noise attenuation and the usual size of gradients, on the reference's own takes."""
        self.run, dataset = run, run.dataset
        unprompted = [] if self.settings.target_gain is None else without_prompts(dataset.examples)
        run.cache.fill([*dataset.examples, *unprompted], on_progress, run.quiet, self.needs_reference_errors)
        run.metrics["beta"] = None
        states = self.read_more(run, dataset.examples, lambda: on_progress(1.0))
        self.reward_models = run.model.processes.from_first(lambda: self.fit(run, dataset.examples, states))
        run.metrics["reward_model"] = describe(self.reward_model)
        run.metrics["signals"] = {name: asdict(each) for name, each in self.reward_models.signals.items()}  # type: ignore[misc]
        if self.people is not None:
            own = {"number": len(self.people.standings), "own_rewards": self.people.own_rewards}
            run.metrics["people_rewards"] = {**own, "loss": self.people.loss}  # type: ignore[typeddict-item]
        differ = self.people is not None and self.people.own_rewards
        least, has_encoder = self.recipe.evaluation.min_heldout_accuracy, self.image_encoder is not None
        refuse_reward_model(self.reward_model, least, differ, has_encoder)
        self.accepted_reward_model = self.reward_models.most_accurate
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
            if is_open and mean(guidance.state_weights.explained) < LEAST_EXPLAINED:
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

    def read_states(
        self, run: RunContext, examples: Sequence[Example], on_batch: Callable[[], None] = lambda: None
    ) -> Groups | None:
        """Hidden states of the examples' takes, where the recipe allows them."""
        if self.settings.hidden_states == NEVER:
            return None
        takes = takes_of(examples)
        with tqdm(desc="reading hidden states", unit="batch", disable=run.quiet) as bar:

            def read() -> None:
                bar.update()
                on_batch()

            return read_cached_takes(run.cache, takes, on_batch=read)

    @property
    def judge(self) -> GainJudge:
        return judge_of(self.run.cache, self.reward_models, self.run.dataset.examples, self.image_encoder)

    def fit(self, run: RunContext, examples: Sequence[Example], states: Groups | None) -> RewardModels:
        """The studio's, or those of the person for whom is tuned; `self.people` afterwards."""
        features, data = read_features(run.cache, examples, states), self.recipe.data
        groups, takes, brief = features.groups, features.takes, briefs_of(examples, features.takes)
        models = fit_reward_models(examples, groups, takes, features.colour_map, data.both_bad_weight)
        panel = fit_panel(examples, groups, takes, brief)
        self.people = summarise_people(panel, groups, takes, brief.tolist(), run.dataset.snapshot.get("repeats", ()))
        if data.person is not None:
            person = accounts.get_person(run.studio, data.person)["id"]
            own = own_reward_models(panel, person, models, groups, brief)
            models = replace(own, signals=models.signals)
        return models if self.settings.hidden_states == BEST else models.by_statistics()

    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        self.run, began, few = run, time.monotonic(), run.dataset
        states = self.read_more(run, few.examples)
        read = Work("takes read", len(whole.examples) / len(few.examples), time.monotonic() - began)
        began = time.monotonic()
        self.reward_models = self.fit(run, few.examples, states)
        times = (len(whole.examples) / len(few.examples)) ** FIT_GROWTH
        fitted = Work("fits of the reward model", times, time.monotonic() - began)
        self.train, self.heldout = few.train, few.heldout
        self.advantages, self.guidance = self.weigh_takes(run, few.examples, states), None
        if self.judged_takes_share == 1:
            return [read, fitted]
        given = self.rewards_by_image(few.examples, states)
        self.guidance, works = rough_guidance(
            run.model, run.cache, self.gradient_of, self.train, self.recipe, whole.train, given
        )
        return [read, fitted, *works]

    def rehearse_finish(self, whole: Dataset) -> list[Work]:
        run, settings = self.run, self.settings
        if settings.target_gain is None:
            return []
        count = settings.target_gain_takes
        return describe_drawing(run.studio, run.model, run.cache, self.judge, whole.examples, count)

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

    def evaluate(self, strength: float) -> Evaluation:
        """Loss and accuracy are the reward model's, by cross-validation over all briefs.

        `unexplained` is how far the adapter's predictions on held-out briefs are from their targets, as a share of how far
        the reference's are: 0 is all the way, 1 is nowhere. Targets of judged takes are noisy: there it is how much of the way
        is missing along them, which stays close to 1.
        """
        examples = evaluated_pairs(self.heldout, self.recipe.evaluation.pairs)
        measured = self.run.spread(examples, lambda example: self.measure(example, strength))
        tuned, reference = (torch.stack([each[side] for each in measured]) for side in (0, 1))
        missing, whole = (sum(float(each[side].sum()) for each in measured) for side in (2, 3))
        model = self.reward_model
        return {
            "strength": strength,
            "heldout_loss": model.loss,
            **accuracy_figures(model.accuracy * model.pairs, model.pairs),
            "unexplained": missing / whole if whole > 0 else 1.0,
            **error_ratios(tuned, reference, labels_of(examples).p_left),
        }

    def measure(self, example: Example, strength: float) -> tuple[torch.Tensor, ...]:
        """Errors, tuned and reference, [draws, 2]; then squared distances to the targets, tuned and reference, [draws]."""
        run, model = self.run, self.run.model
        draws = evaluated_draws(self.recipe.noise_levels.draws_per_pair, self.recipe.evaluation.draws)

        def measure_some(some: Sequence[int]) -> tuple[torch.Tensor, ...]:
            batch = run.cache.batch([example] * len(some), some)
            before, target = self.target(batch, [example] * len(some))
            with torch.no_grad(), model.at_strength(strength):
                after = predict(model, batch)
            errors = (torch.stack(errors_of(each, batch).errors, dim=1).cpu() for each in (after, before))
            whole = distances(before, target)
            missing = distances(after, target) if self.advantages is None else whole - along(after, before, target)
            return *errors, missing.cpu(), whole.cpu()

        shape = run.cache.latent_shape(example.left)
        rows = model.memory.in_pieces(GUIDED_EVALUATION, shape, draws, PAIRS_AT_ONCE, measure_some)
        return tuple(torch.cat(column) for column in zip(*rows, strict=True))

    def finish(self, on_progress: OnProgress) -> RunMetrics:
        """Sets the strength by takes that are drawn. Then an adapter that moved too far may be the right one."""
        run = self.run
        if self.settings.target_gain is None:
            if run.metrics.get("unexplained", 0.0) >= 1:
                raise NotAccepted(
                    "The adapter is no closer to its targets on held-out briefs than production. Lower optimiser.learning_rate."
                )
            return {}
        with tqdm(total=100, desc="drawing takes to measure the gain", unit="%", disable=run.quiet) as bar:

            def report(share: float) -> None:
                bar.update(round(100 * share) - bar.n)
                on_progress(share)

            examples = run.dataset.examples
            chosen = choose_strength(run.studio, run.model, run.cache, self.judge, examples, self.settings, report)
            return {**chosen}


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


def describe(model: RewardModel) -> RewardModelMetrics:
    return {
        "features": model.features,
        "penalty": model.penalty,
        "within_prompt_std": model.within_prompt_std,
        "accuracy": model.accuracy,
        "loss": model.loss,
        "reliability": model.reliability,
        "rbf_features": model.rbf is not None,
        "pairs": model.pairs,
    }
