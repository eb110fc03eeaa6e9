"""What a run says of itself: the numbers of its row, and a line for each of its stages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from finetune.data.dataset import Dataset
from finetune.data.latent_cache import LatentCache
from finetune.data.library.collecting import count_items
from finetune.data.library.split import rows_of
from finetune.memory.plan import MemoryPlan
from finetune.methods.protocol import Method
from finetune.metrics import RunMetrics
from finetune.training.loop import TrainState
from finetune.tunable_model import TunableModel


def describe_start(number: int, dataset: Dataset) -> str:
    what = "frames and clips" if dataset.is_of_library else "pairs"
    return f"run {number}: {len(dataset.train)} {what} to learn from, {len(dataset.heldout)} held out"


def describe_dataset(dataset: Dataset, production: str, method: Method, start: StartsOnLibrary) -> RunMetrics:
    judgements = dict(dataset.judgements(method.uses_star_margins))
    return {
        "judgements": round(sum(judgements.values())),  # a ranking of nine takes as the eight choices that it is
        "pointed": round(dataset.pointed_judgements()),
        "people": len({person for _, _, person in judgements}),
        "pairs": len(dataset.snapshot["pairs"]) + len(dataset.snapshot["star_pairs"]),
        "train_pairs": len(dataset.train),
        "heldout_briefs": len(dataset.heldout_briefs),
        "reference": production,
        **describe_library(dataset, start),
    }


class StartsOnLibrary(Protocol):
    """Of a run's start: what it has of the library."""

    @property
    def library(self) -> str | None: ...  # the version whose adapter it stands on

    @property
    def left_out(self) -> dict[str, int]: ...  # how many items, by the reason


def describe_library(dataset: Dataset, start: StartsOnLibrary) -> RunMetrics:
    """What the run learns from of the library, and on which adapter it stands; nothing where there is none of either."""
    rows = rows_of(dataset.snapshot)
    described: RunMetrics = {"stands_on": start.library} if start.library else {}
    if not rows and not start.left_out:
        return described
    heldout = len(dataset.heldout) if dataset.is_of_library else 0
    return {**described, "library": {**count_items(rows), "heldout": heldout, "left_out": start.left_out}}  # type: ignore[typeddict-item]


def describe_denoisers(model: TunableModel, cache: LatentCache) -> RunMetrics:
    """What is tuned at which noise levels, what is left as it is, and where."""
    tuned = {each.name: (max(each.low, cache.low), min(each.high, cache.high)) for each in model.tuned}
    untuned = [each.name for each in model.denoisers if each.name not in tuned]
    return {"tuned": tuned, "untuned": untuned, "device": model.device.type}


def describe_training(state: TrainState, prepare_seconds: float) -> RunMetrics:
    """For the run's row; `chosen_step` and the held-out numbers are those of the kept adapter."""
    best = {name: value for name, value in (state.best or {}).items() if name != "step"}
    return {
        **best,  # type: ignore[typeddict-item]
        "steps": state.step,
        "chosen_step": state.best["step"] if state.best else None,
        "seconds": round(state.seconds + prepare_seconds, 1),
        "cache_seconds": round(prepare_seconds, 1),
        **refused_checkpoints(state.refused_checkpoints),
        "log": state.log,
    }


def refused_checkpoints(lines: list[str]) -> RunMetrics:
    """For the run's row, where there were any."""
    return {"refused_checkpoints": lines} if lines else {}


@contextmanager
def describing_memory(memory: MemoryPlan, metrics: RunMetrics) -> Iterator[None]:
    """Says in the metrics what the block took and did, also when it is refused."""
    try:
        yield
    finally:
        metrics["memory"] = memory.describe()


def describe_result(metrics: RunMetrics) -> str:
    """The held-out numbers in a line."""
    accuracy, pairs = metrics["heldout_accuracy"], metrics["heldout_pairs"]
    return f"held-out accuracy {accuracy:.2f} of {pairs} pairs, strength {metrics['strength']:g}"


def outcome_of(metrics: RunMetrics) -> dict[str, float]:
    """What drawn takes showed, for the run's curves: as far as its method draws any."""
    names = ("strength", "measured_gain", "kept_content", "kept_error", "kept_variety")
    return {name: float(metrics[name]) for name in names if metrics.get(name) is not None}  # type: ignore[literal-required, arg-type]
