"""When a run is refused: too little to learn from, or a model that does not hold on held-out pairs."""

from __future__ import annotations

from finetune.data.dataset import Dataset
from finetune.errors import NotAccepted, TooFewJudgements
from finetune.methods.evaluation import highest_winner_error
from finetune.methods.protocol import Method
from finetune.metrics import RunMetrics
from finetune.settings import DataSettings


def refuse_too_little(dataset: Dataset, settings: DataSettings) -> None:
    """TooFewJudgements, before anything is written, when a preference cannot be learned from these examples and tested."""
    if dataset.is_of_library:
        return
    examples = dataset.examples
    decided = [example for example in examples if example.decided]
    briefs = {example.brief for example in decided}
    if not examples:
        what = "of production's own takes nothing" if settings.off_policy_weight == 0 else "nothing"
        raise TooFewJudgements(f"{what} was judged yet: judge at least {settings.min_pairs} pairs")
    if not decided:
        raise TooFewJudgements(
            f"all {len(examples)} judged pairs are ties or both bad: a preference is needed to learn from"
        )
    choices = round(sum(example.choices for example in decided))
    if choices < settings.min_pairs:
        ranked = "" if choices == len(decided) else f", which are {choices} choices since some come from rankings,"
        raise TooFewJudgements(
            f"{len(decided)} pairs with a preference{ranked} are too few: judge at least {settings.min_pairs}"
        )
    if len(briefs) < 2:
        raise TooFewJudgements(
            f"all preferences are about brief {min(briefs)}: judge takes of a second brief, to test on"
        )
    for name, some in (("held out", dataset.heldout), ("learned from", dataset.train)):
        if not any(example.decided for example in some):
            raise TooFewJudgements(
                f"no preference on the briefs {name} has any weight: raise data.star_weight or data.off_policy_weight"
            )


def refuse_result(metrics: RunMetrics, method: Method) -> None:
    """NotAccepted when the tuned model does not hold on pairs it has not seen; it never becomes a candidate."""
    least = method.recipe.evaluation.min_heldout_accuracy
    if not method.sets_strength:
        refuse_winner_error(metrics, method)
    if metrics["heldout_accuracy"] <= least:
        raise NotAccepted(
            f"Held-out accuracy {metrics['heldout_accuracy']:.2f} of {metrics['heldout_pairs']} {method.tested_on} is not above"
            f" {least:g}. {method.more_by}."
        )


def refuse_winner_error(metrics: RunMetrics, method: Method) -> None:
    """NotAccepted where the model has become worse at takes that people chose."""
    most = highest_winner_error(method)
    if metrics["winner_error_ratio"] > most:
        raise NotAccepted(
            f"The held-out {method.winners}' error rose to {metrics['winner_error_ratio']:.4f} of the reference's (allowed {most:g}):"
            f" {method.lower_winner_error_by}."
        )
