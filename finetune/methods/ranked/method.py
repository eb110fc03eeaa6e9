"""Ranks many takes of the production model by a reward model, and learns from the ranking: no gradient of a reward is needed.

For models whose gradient costs too much, and for nights in which the farm has time to draw. The reward model is fitted to
all judgements, as for guided. The takes are the production model's own, so what is learned stays near it (reward-ranked
fine-tuning, arXiv 2304.06767). Guards and the choice of the strength are those of guided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from tqdm import tqdm

from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.data.latent_cache import by_shape, chunks
from finetune.errors import NotAccepted
from finetune.methods.dpo import Dpo
from finetune.methods.drawing import TakesToRank, describe_missing, draw_missing
from finetune.methods.evaluation import accuracy_figures
from finetune.methods.guided.advantages import advantages_from
from finetune.methods.guided.method import Guided
from finetune.methods.guided.reward_method import RewardMethod
from finetune.methods.protocol import LossParts, Method, OnProgress, RunContext, Work
from finetune.methods.ranked.pairs import RankedTake, by_brief, extremes, pairs_to_learn
from finetune.methods.ranked.takes import find_takes
from finetune.methods.sft import Sft
from finetune.metrics import Evaluation
from finetune.reward.features.hidden_states import READ_AT_ONCE
from finetune.reward.fit import RewardModels
from finetune.reward.scoring import scores_of
from finetune.settings import DpoSettings, GuidedSettings, RankedSettings, Recipe

SHARES = (0.2, 0.8)  # of preparing that is over when drawing begins and ends


class Ranked(RewardMethod):
    """Reward-ranked takes, learned from by the method that `ranked.learn_by` names."""

    name = "ranked"
    lower_winner_error_by = "lower optimiser.learning_rate"

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.learner = learner_of(recipe)
        self.ranked_by = self.learner.ranked_by
        self.needs_reference_errors = self.learner.needs_reference_errors

    @property
    def settings(self) -> RankedSettings:
        return self.recipe.ranked

    def in_order(self, models: RewardModels) -> RewardModels:
        """The most accurate first: nothing but its order of takes is needed."""
        return models.by_accuracy()

    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        """Fits the reward model, draws what is missing, ranks, and prepares the learner with the ranked takes."""
        dataset, (before, after) = run.dataset, SHARES
        self.learn_rewards(run, lambda share: on_progress(before * share))
        takes = find_takes(run.cache, dataset.examples, self.settings.takes_per_brief)
        self.draw(takes, lambda share: on_progress(before + (after - before) * share))
        ranked = self.rank(takes.all, lambda share: on_progress(after + (1 - after) * share))
        run.metrics["ranked_takes"] = {
            "recorded": len(takes.recorded),
            "drawn": len(takes.sketches),
            "best_of_brief": mean_best(ranked),
        }
        few = self.ranked_dataset(ranked)
        run.cache.fill(few.examples, lambda share: on_progress(1.0), run.quiet, self.needs_reference_errors)
        self.teach(ranked, few)

    def draw(self, takes: TakesToRank, on_progress: OnProgress) -> None:
        with tqdm(total=100, desc="drawing takes to rank", unit="%", disable=self.run.quiet) as bar:

            def report(share: float) -> None:
                bar.update(round(100 * share) - bar.n)
                on_progress(share)

            draw_missing(self.run.cache, takes, report)

    def rank(self, takes: Sequence[tuple[str, Example]], on_progress: OnProgress) -> dict[int, list[RankedTake]]:
        """By brief, the best first. NotAccepted where nothing can be compared."""
        run, rewards = self.run, dict[str, float]()
        run.cache.fill([example for _, example in takes], on_progress, run.quiet, with_reference_errors=False)
        for group in by_shape(takes, lambda take: run.cache.latent_shape(take[0])):
            for some in chunks(group, READ_AT_ONCE * run.model.processes.count):
                on_progress(1.0)
                scores = scores_of(run.cache, self.reward_model, some)
                rewards |= {name: score for (name, _), score in zip(some, scores, strict=True)}
        # Two machines may differ in a last bit, and pairs must be the same in all processes.
        ranked = run.model.processes.from_first(lambda: by_brief(takes, [rewards[name] for name, _ in takes]))
        self.refuse_too_few(ranked)
        return ranked

    def refuse_too_few(self, ranked: dict[int, list[RankedTake]]) -> None:
        apart = self.run.dataset.heldout_briefs
        for what, count in (("held-out", len(apart & set(ranked))), ("other judged", len(set(ranked) - apart))):
            if not count:
                raise NotAccepted(
                    f"None of the {what} briefs has two takes of the production model, and it can draw none of them:"
                    " there is nothing to rank. Judge briefs that it can draw."
                )

    def ranked_dataset(self, ranked: dict[int, list[RankedTake]]) -> Dataset:
        """What the learner learns from, and the best against the worst of held-out briefs."""
        dataset, log_odds = self.run.dataset, self.reward_model.within_prompt_std
        prompts, apart = {each.brief: each.prompt for each in dataset.examples}, dataset.heldout_briefs
        train = {brief: takes for brief, takes in ranked.items() if brief not in apart}
        heldout = [
            extremes(brief, prompts[brief], takes, log_odds)
            for brief, takes in sorted(ranked.items())
            if brief in apart
        ]
        return Dataset(dataset.snapshot, pairs_to_learn(self.settings, train, prompts, log_odds), heldout)

    def teach(self, ranked: dict[int, list[RankedTake]], dataset: Dataset) -> None:
        """Gives the learner what it would have prepared itself."""
        run, learner = replace(self.run, dataset=dataset), self.learner
        self.train = learner.train = dataset.train
        run.metrics["beta"] = None
        if isinstance(learner, Guided):
            learner.run, learner.heldout, learner.reward_models = run, dataset.heldout, self.reward_models
            rows = [
                (take, Example(brief, "", take.name, take.name, 0.5, 0.0, 0.0, 0.0, 0.0))
                for brief, takes in ranked.items()
                for take in takes
            ]
            learner.guidance, rewards = None, torch.tensor([take.reward for take, _ in rows])
            takes_of_rows = [(take.name, example) for take, example in rows]
            learner.advantages = advantages_from(rewards, takes_of_rows, self.settings.advantage_scale)
        elif isinstance(learner, Sft | Dpo):
            learner.run = run
            learner.beta = run.model.processes.from_first(lambda: learner.choose_beta(run.cache))
            run.metrics["beta"] = learner.beta

    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        """The few judged pairs stand for ranked ones; one group of the missing takes is drawn."""
        few, works = run.dataset, self.rehearse_rewards(run, whole)[1]
        judged = {take: each for each in few.examples for take in (each.left, each.right)}
        self.teach(by_brief(list(judged.items()), [float(place) for place in range(len(judged))]), few)
        takes = find_takes(run.cache, whole.examples, self.settings.takes_per_brief)
        return [*works, *describe_missing(run.cache, takes)]

    def loss(
        self, examples: Sequence[Example], draws: Sequence[int], batch_sums: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, LossParts]:
        return self.learner.loss(examples, draws, batch_sums)

    def evaluate(self, strength: float) -> Evaluation:
        """The learner's, on ranked takes of held-out briefs; the accuracy is the reward model's on people's verdicts."""
        model = self.reward_model
        return {**self.learner.evaluate(strength), **accuracy_figures(model.accuracy * model.pairs, model.pairs)}


def learner_of(recipe: Recipe) -> Method:
    """The method that learns from ranked takes, with what the section says of it."""
    settings = recipe.ranked
    if settings.learn_by == "advantage":
        own = GuidedSettings(judged_takes_share=1.0, judged_takes_scale=settings.advantage_scale)
        return Guided(replace(recipe, method=Guided.name, guided=own))
    if settings.learn_by == "sft":
        return Sft(replace(recipe, method=Sft.name))
    pairs = DpoSettings(
        beta_scale=settings.beta_scale, sft_weight=settings.sft_weight, loser_guard=settings.loser_guard
    )
    return Dpo(replace(recipe, method=Dpo.name, dpo=pairs))


def mean_best(ranked: dict[int, list[RankedTake]]) -> float:
    """By how much the best take of a brief is above the mean of its takes, in within-prompt deviations."""
    above = [takes[0].reward - sum(each.reward for each in takes) / len(takes) for takes in ranked.values()]
    return sum(above) / len(above)
