"""What people chose, word by word: a Bradley-Terry reward of the words and phrases of a wording.

Two wordings of a brief share nearly all of their words, so what decides between them is in the few that only one has. A
hundred verdicts are enough to weigh these, where a language model that is tuned on as many learns each pair by heart. Words
that nobody judged weigh nothing, and so does leaving a brief as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from feedback.preferences.bradley_terry import fit_bradley_terry
from feedback.wordings.preferences import ComparedWordings
from finetune.prompts.additions import words_of

VARIANCE = 3.0  # of a weight in log-odds, before anything was judged
PHRASE = ","  # before a phrase, to tell it from a word
FILE = "words.json"


def units_of(text: str) -> set[str]:
    """Its words, and its phrases between commas, each once; in lower case."""
    phrases = (" ".join(words_of(phrase)) for phrase in text.split(","))
    return {*words_of(text), *(PHRASE + phrase for phrase in phrases if phrase)}


@dataclass(frozen=True)
class WordReward:
    """Log-odds with which each word and phrase is chosen over a wording without it."""

    weights: dict[str, float]

    def reward(self, text: str) -> float:
        """Of a wording: the difference of two is the log-odds with which one is chosen over the other."""
        return float(sum(self.weights.get(unit, 0.0) for unit in units_of(text)))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> WordReward | None:
        """None where the folder has none. ValueError for a file that is not one."""
        if not (folder / FILE).is_file():
            return None
        try:
            read = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls({str(unit): float(weight) for unit, weight in read["weights"].items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{folder / FILE} holds no weights of words") from None


@dataclass(frozen=True)
class ComparedWords:
    """Compared wordings as the fit reads them: n comparisons over d words and phrases."""

    difference: np.ndarray  # [n, d]: 1 for what only the one wording has, -1 for what only the other has
    p: np.ndarray  # [n], share of the choice that went to the one
    weight: np.ndarray  # [n]


def fit_words(compared: Sequence[ComparedWordings]) -> WordReward:
    """The reward of everything in which decided pairs differ; of nothing where none is decided."""
    decided = [pair for pair in compared if pair["share"] != 0.5]
    sides = [(units_of(pair["one"]), units_of(pair["other"])) for pair in decided]
    units = sorted(set().union(*(one ^ other for one, other in sides)))
    if not units:
        return WordReward({})
    rows = np.array([signs_of(units, one, other) for one, other in sides])
    shares = np.array([pair["share"] for pair in decided])
    # The fit's penalty is per comparison: a Gaussian prior of this variance weighs the same however many there are.
    weights = fit_bradley_terry(ComparedWords(rows, shares, np.ones(len(rows))), 1 / (2 * VARIANCE * len(rows)))
    return WordReward(dict(zip(units, map(float, weights), strict=True)))


def signs_of(units: Iterable[str], one: set[str], other: set[str]) -> list[float]:
    return [float(unit in one) - float(unit in other) for unit in units]
