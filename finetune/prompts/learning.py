"""Which way of learning orders this studio's held-out pairs of wordings best: word by word, or by tuning the language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback.wordings.preferences import ComparedWordings
from finetune.prompts.heldout import HeldOut, Learn, measure_heldout
from finetune.prompts.tuning import WriterRecipe, tune_writer
from finetune.prompts.words import fit_words
from finetune.prompts.writer import Writer, load_writer

LEARNERS = ("words", "dpo")


@dataclass(frozen=True)
class Measured:
    """What each learner is worth on held-out pairs, and the better one."""

    learner: str
    heldout: HeldOut  # of the better one, where `chance` is of the better one of so many
    accuracies: dict[str, float]


def learner_of(name: str, base: str, recipe: WriterRecipe) -> Learn:
    """One of LEARNERS, for writers from the language model `base`."""
    if name == "dpo":
        return lambda pairs: tune_writer(load_writer(base), pairs, recipe)
    untuned = load_writer(base)  # words need it only for writing, so all folds share it
    return lambda pairs: with_words(untuned, pairs)


def with_words(untuned: Writer, pairs: Sequence[ComparedWordings]) -> Writer:
    return replace(untuned, words=fit_words(pairs))


def measure_learners(base: str, compared: Sequence[ComparedWordings], recipe: WriterRecipe) -> Measured:
    """Cross-validation of the recipe's learner, or of all; of equal ones the first. Each try raises what coins can do."""
    names = LEARNERS if recipe.learner == "auto" else (recipe.learner,)
    measured = {name: measure_heldout(learner_of(name, base, recipe), compared, recipe.folds) for name in names}
    best = max(names, key=lambda name: measured[name].accuracy)
    heldout = replace(measured[best], chance=min(1.0, measured[best].chance * len(names)))
    return Measured(best, heldout, {name: heldout.accuracy for name, heldout in measured.items()})
