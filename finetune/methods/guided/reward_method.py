"""What the methods share that learn from a reward model: its features and its judge, and the strength of the adapter."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from tqdm import tqdm

from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.methods.guided.gain import GainJudge, judge_of
from finetune.methods.guided.strength import choose_strength, describe_drawing
from finetune.methods.protocol import Method, OnProgress, RunContext, Work
from finetune.metrics import RewardModelMetrics, RunMetrics
from finetune.reward.features.hidden_states import read_cached_takes
from finetune.reward.features.sets import Groups
from finetune.reward.fit import RewardModels, takes_of
from finetune.reward.model import RewardModel
from finetune.settings import StrengthSettings


class RewardMethod(Method):
    """A method that fits reward models to all judgements, and whose adapter's strength is set by takes that are drawn."""

    tests_on_heldout_only = False  # the reward model is fitted to all briefs; held-out ones only say when to stop

    run: RunContext
    reward_models: RewardModels

    @property
    @abstractmethod
    def settings(self) -> StrengthSettings: ...

    @property
    def reads_hidden_states(self) -> bool:
        """Whether reward models of the denoiser's hidden states are tried."""
        return True

    @property
    def finish_share(self) -> float:
        return 0.0 if self.settings.target_gain is None else 0.1

    @property
    def judge(self) -> GainJudge:
        return judge_of(self.run.cache, self.reward_models, self.run.dataset.examples)

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

    def rehearse_finish(self, whole: Dataset) -> list[Work]:
        run, settings = self.run, self.settings
        if settings.target_gain is None:
            return []
        count = settings.target_gain_takes
        return describe_drawing(run.studio, run.model, run.cache, self.judge, whole.examples, count)

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
            chosen = choose_strength(run.studio, run.model, run.cache, self.judge, examples, self.settings, report)
            return {**chosen}


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
