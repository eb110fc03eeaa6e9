"""What the methods share that learn from a reward model: how it is fitted, its judge, and the strength of the adapter."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import torch
from tqdm import tqdm

from feedback.ledger.sources import Links, projects_of, titles_of
from feedback.models.influences import Kind, NewInfluences
from feedback.people import accounts
from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.methods.guided.gain import GainJudge, judge_of
from finetune.methods.guided.quality import without_prompts
from finetune.methods.guided.strength import choose_strength, describe_drawing
from finetune.methods.library.pairs import (
    LibraryPairs,
    anchors_of,
    describe_anchor,
    describe_drawing_pairs,
    draw_pairs,
    read_states,
)
from finetune.methods.protocol import Method, OnProgress, RunContext, Work
from finetune.metrics import RewardModelMetrics, RunMetrics
from finetune.reward.acceptance import refuse_reward_model
from finetune.reward.features.hidden_states import read_cached_takes
from finetune.reward.features.sets import Groups
from finetune.reward.fit import RewardModels, briefs_of, fit_reward_models, read_features, takes_of
from finetune.reward.influence import FittedRewards, measure_influences
from finetune.reward.model import RewardModel
from finetune.reward.people.own_reward import own_reward_models
from finetune.reward.people.panel import fit_panel
from finetune.reward.people.summary import summarise_people
from finetune.settings import StrengthSettings

FIT_GROWTH = 0.6  # 28 times the pairs took 6 times as long to fit a reward model to


class RewardMethod(Method):
    """A method that fits reward models to all judgements, and whose adapter's strength is set by takes that are drawn."""

    max_winner_error = 1.2  # it moves past the average winner, and its strength is set afterwards
    tests_on_heldout_only = False  # the reward model is fitted to all briefs; held-out ones only say when to stop

    run: RunContext
    reward_models: RewardModels
    library: LibraryPairs | None = None  # frames that are set against takes beside judgements
    library_states: Groups | None = None  # hidden states of these

    @property
    @abstractmethod
    def settings(self) -> StrengthSettings: ...

    @property
    def reads_hidden_states(self) -> bool:
        """Whether reward models of the denoiser's hidden states are tried."""
        return True

    @property
    def reward_model(self) -> RewardModel:
        """The one that says where takes are moved."""
        return self.reward_models.chosen

    @property
    def finish_share(self) -> float:
        return 0.0 if self.settings.target_gain is None else 0.1

    @property
    def judge(self) -> GainJudge:
        return judge_of(self.run.cache, self.reward_models, self.run.dataset.examples)

    @abstractmethod
    def in_order(self, models: RewardModels) -> RewardModels:
        """With the one first that says where takes are moved."""

    def learn_rewards(self, run: RunContext, on_progress: OnProgress) -> Groups | None:
        """Fits the reward models; the hidden states of the judged takes. NotAccepted where they are no better than chance."""
        self.run, dataset = run, run.dataset
        unprompted = [] if self.settings.target_gain is None else without_prompts(dataset.examples)
        run.cache.fill([*dataset.examples, *unprompted], on_progress, run.quiet, with_reference_errors=False)
        states = self.read_more(run, dataset.examples, lambda: on_progress(1.0))
        self.library = draw_pairs(run, lambda share: on_progress(1.0))
        self.library_states = read_states(run.cache, self.library) if self.reads_hidden_states else None
        self.reward_models = run.model.processes.from_first(lambda: self.fit(run, dataset.examples, states, True))
        self.add_metrics(run.metrics)
        differ = self.people is not None and self.people.own_rewards
        least, has_encoder = self.recipe.evaluation.min_heldout_accuracy, self.image_encoder is not None
        refuse_reward_model(self.reward_model, least, differ, has_encoder)
        self.accepted_reward_model = self.reward_models.most_accurate
        return states

    def add_metrics(self, metrics: RunMetrics) -> None:
        """Of the reward models."""
        metrics["beta"] = None
        metrics["reward_model"] = describe(self.reward_model)
        metrics["signals"] = {name: asdict(each) for name, each in self.reward_models.signals.items()}  # type: ignore[misc]
        if self.reward_models.anchor is not None and self.library is not None:
            metrics["library_pairs"] = describe_anchor(self.reward_models.anchor, len(self.library.frames))
        if self.people is not None:
            own = {"number": len(self.people.standings), "own_rewards": self.people.own_rewards}
            metrics["people_rewards"] = {**own, "loss": self.people.loss}  # type: ignore[typeddict-item]

    def read_more(
        self, run: RunContext, examples: Sequence[Example], on_batch: Callable[[], None] = lambda: None
    ) -> Groups | None:
        """What networks make of the examples' takes: here the denoiser alone."""
        return self.read_states(run, examples, on_batch)

    def read_states(
        self, run: RunContext, examples: Sequence[Example], on_batch: Callable[[], None] = lambda: None
    ) -> Groups | None:
        """Hidden states of the examples' takes, where the recipe allows them."""
        if not self.reads_hidden_states:
            return None
        takes = takes_of(examples)
        with tqdm(desc="reading hidden states", unit="batch", disable=run.quiet) as bar:

            def read() -> None:
                bar.update()
                on_batch()

            return read_cached_takes(run.cache, takes, on_batch=read)

    def fit(
        self, run: RunContext, examples: Sequence[Example], states: Groups | None, with_influences: bool = False
    ) -> RewardModels:
        """The studio's, or those of the person for whom is tuned; `self.people` and `self.influences` afterwards."""
        features, data = read_features(run.cache, examples, states), self.recipe.data
        groups, takes, brief = features.groups, features.takes, briefs_of(examples, features.takes)
        anchors = anchors_of(run.cache, self.library, self.library_states, features.colour_map, self.recipe)
        models = fit_reward_models(examples, groups, takes, features.colour_map, data.both_bad_weight, anchors)
        panel = fit_panel(examples, groups, takes, brief)
        self.people = summarise_people(panel, groups, takes, brief.tolist(), run.dataset.snapshot.get("repeats", ()))
        if data.person is not None:
            person = accounts.get_person(run.studio, data.person)["id"]
            own = own_reward_models(panel, person, models, groups, brief)
            models = replace(own, signals=models.signals)
        models = self.in_order(models)
        if with_influences and data.person is None:
            self.influences = self.measure_influences(run, models, groups, takes, brief)
        return models

    def measure_influences(
        self, run: RunContext, models: RewardModels, groups: Groups, takes: Sequence[str], brief: torch.Tensor
    ) -> NewInfluences | None:
        """Of the reward model that says where takes are moved: without each person, title and project."""
        model, briefs = models.chosen, set(brief.tolist())
        links: dict[Kind, Links] = {"title": titles_of(run.studio, briefs), "project": projects_of(run.studio, briefs)}
        fitted = FittedRewards(model.numbers(groups).double(), model.penalty, takes, brief, models.signals)
        reference = run.metrics.get("reference")
        return measure_influences(run.dataset.snapshot, self.recipe.data, reference, fitted, links)

    def rehearse_rewards(self, run: RunContext, whole: Dataset) -> tuple[Groups | None, list[Work]]:
        """`learn_rewards` for a dry run: the hidden states of its few examples, and what it takes for all."""
        self.run, began = run, time.monotonic()
        states, times = self.read_more(run, run.dataset.examples), len(whole.examples) / len(run.dataset.examples)
        read = Work("takes read", times, time.monotonic() - began)
        began = time.monotonic()
        self.reward_models = self.fit(run, run.dataset.examples, states)
        fits = Work("fits of the reward model", times**FIT_GROWTH, time.monotonic() - began)
        return states, [read, fits, *describe_drawing_pairs(run, whole.snapshot)]

    def rehearse_finish(self, whole: Dataset) -> list[Work]:
        run, settings = self.run, self.settings
        if settings.target_gain is None:
            return []
        count = settings.target_gain_takes
        learned = briefs_learned_from(whole)
        few = run.dataset.examples
        return describe_drawing(run.studio, run.model, run.cache, self.judge, whole.examples, few, count, learned)

    @property
    def sets_strength(self) -> bool:
        return self.settings.target_gain is not None

    def finish(self, on_progress: OnProgress) -> RunMetrics:
        """Sets the strength by takes that are drawn."""
        run = self.run
        if self.settings.target_gain is None:
            return {}
        with tqdm(total=100, desc="drawing takes to measure the gain", unit="%", disable=run.quiet) as bar:

            def report(share: float) -> None:
                bar.update(round(100 * share) - bar.n)
                on_progress(share)

            examples = run.dataset.examples
            learned = briefs_learned_from(run.dataset)
            chosen = choose_strength(
                run.studio, run.model, run.cache, self.judge, examples, self.settings, report, learned
            )
        return {**chosen, **self.error_ratios_at(chosen["strength"])} if chosen else {}

    def error_ratios_at(self, strength: float) -> RunMetrics:
        evaluation = self.evaluate(strength)
        return {
            "winner_error_ratio": evaluation["winner_error_ratio"],
            "loser_error_ratio": evaluation["loser_error_ratio"],
        }


def briefs_learned_from(dataset: Dataset) -> set[int]:
    return {example.brief for example in dataset.train}


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
