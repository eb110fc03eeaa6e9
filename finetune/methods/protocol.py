"""What a method of learning is: it is prepared once, gives a loss and evaluations, and finishes the tuned model."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import torch

from feedback.models.influences import NewInfluences
from feedback.store import Studio
from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.data.heldout import evaluated_pairs
from finetune.data.latent_cache import LatentCache
from finetune.metrics import Evaluation, RunMetrics
from finetune.reward.model import RewardModel
from finetune.reward.people.summary import PeopleSummary
from finetune.settings import Recipe
from finetune.tunable_model import TunableModel
from generation.image_encoder import ImageEncoder

OnProgress = Callable[[float], None]
"""Called with the share done, 0 to 1. It may raise Interrupted."""
Defaults = Mapping[str, Mapping[str, Any]]
"""Section -> field -> value: what a method changes of the defaults in `finetune.settings`."""
LossParts = dict[str, torch.Tensor]
Result = TypeVar("Result")


@dataclass
class RunContext:
    """The parts of a run that a method works with."""

    studio: Studio
    model: TunableModel
    cache: LatentCache
    dataset: Dataset
    metrics: RunMetrics = field(default_factory=RunMetrics)  # methods add what they measure
    quiet: bool = False  # no progress bars

    def spread(self, examples: Sequence[Example], work: Callable[[Example], Result]) -> list[Result]:
        """What `work` gives for each example, each worked on by one of the run's processes."""
        return self.model.processes.spread(examples, work, lambda example: self.cache.latent_shape(example.left))


@dataclass(frozen=True)
class Work:
    """Something that a run does many times, as a dry run found it."""

    name: str
    times: float
    seconds: float  # each time takes
    takes: int = 0  # that are drawn in all


def seconds_of(work: Callable[[], object]) -> float:
    """What it takes once it has been done before: the first time also measures memory."""
    work()
    began = time.monotonic()
    work()
    return time.monotonic() - began


class Method(ABC):
    """One way of learning from judgements. A run makes one, prepares it, trains with it, and lets it finish.

    To add a method: a section in `finetune.settings`, a class like this one, and its name in registry.py.
    """

    name: ClassVar[str]
    defaults: ClassVar[Defaults] = {}
    ranked_by: str = "heldout_loss"  # key of Evaluation; the least is the best
    max_winner_error: ClassVar[float] = 1.0  # where the recipe says null
    lower_winner_error_by: ClassVar[str] = "lower optimiser.learning_rate"  # advice, in a refusal
    tested_on: ClassVar[str] = "pairs"  # in a refusal, and whose error it names
    winners: ClassVar[str] = "winners"
    more_by: ClassVar[str] = "Judge more pairs"
    tests_on_heldout_only: ClassVar[bool] = True  # False: held-out judgements are learned from, too
    needs_reference_errors: bool = True  # whether `prepare` has the cache filled with them

    accepted_reward_model: RewardModel | None = None  # of a method that fits one; set by prepare
    image_encoder: ImageEncoder | None = None  # of a method whose reward model may read one; set by prepare
    people: PeopleSummary | None = None  # of a method that can tell; set by prepare in the first process
    influences: NewInfluences | None = None  # likewise: what its reward model owes to whom

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.train: Sequence[Example] = ()  # what is trained on; set by prepare

    def evaluated(self, heldout: Sequence[Example]) -> Sequence[Example]:
        """Those of the held-out examples that every evaluation is on."""
        return evaluated_pairs(heldout, self.recipe.evaluation.pairs)

    @property
    def sets_strength(self) -> bool:
        """Whether finish sets the adapter's strength: then the winners' error counts at that strength."""
        return False

    @property
    def finish_share(self) -> float:
        """Share of a run's time that finish takes."""
        return 0.0

    @property
    def uses_star_margins(self) -> bool:
        """Whether the stars of compared pairs count among the judgements that it learns from."""
        return False

    @abstractmethod
    def prepare(self, run: RunContext, on_progress: OnProgress) -> None:
        """Fills the cache and computes what stays fixed while training; adds to `run.metrics`.

        The same every time for the same run, so that an interrupted one needs nothing kept. NotAccepted when the
        judgements cannot be learned from.
        """

    @abstractmethod
    def loss(
        self, examples: Sequence[Example], draws: Sequence[int], batch_sums: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, LossParts]:
        """(weighted loss [B], its parts before weights, each [B]) of these pairs, each at one draw of its noise.

        `batch_sums`: where they are a piece of a batch, what `sums_of` gives for all pieces, added up.
        """

    @property
    def compares_within_batch(self) -> bool:
        """Whether the loss of a pair depends on the others of its batch."""
        return False

    def sums_of(self, examples: Sequence[Example], draws: Sequence[int]) -> torch.Tensor:
        """Of a method that compares within a batch: numbers that add up over pieces, and that `loss` then needs."""
        raise NotImplementedError

    @abstractmethod
    def evaluate(self, strength: float) -> Evaluation:
        """How the tuned model does on held-out pairs, with the adapter at this strength."""

    @abstractmethod
    def rehearse(self, run: RunContext, whole: Dataset) -> list[Work]:
        """`prepare` for a dry run, on the few examples of `run`, whose cache is full: what it will take for all of them.

        Nothing is refused. Afterwards `loss` and `evaluate` take as long as in a run.
        """

    def rehearse_finish(self, whole: Dataset) -> list[Work]:
        """The same of `finish`."""
        return []

    def finish(self, on_progress: OnProgress) -> RunMetrics:
        """What is still to be set once the kept adapter is loaded and accepted; NotAccepted when it is not good enough."""
        return {}
