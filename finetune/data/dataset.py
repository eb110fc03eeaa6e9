"""The examples of one run: made once from its snapshot, split by brief; those of the library by shot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feedback.preferences.dataset import weights_of
from finetune.data.examples import Example, Snapshot, examples_of
from finetune.data.heldout import heldout_briefs
from finetune.data.library.split import library_examples, rows_of
from finetune.settings import LIBRARY, DataSettings


@dataclass(frozen=True)
class Dataset:
    """What one run learns from and what it is tested on."""

    snapshot: Snapshot
    train: list[Example]
    heldout: list[Example]

    @property
    def examples(self) -> list[Example]:
        return [*self.train, *self.heldout]

    @property
    def heldout_briefs(self) -> set[int]:
        return {example.brief for example in self.heldout}

    @property
    def is_of_library(self) -> bool:
        """Whether its examples are frames and clips of the library, and no judgements."""
        return bool(self.examples) and self.examples[0].brief < 0

    def notes_used(self) -> dict[int, int]:
        """The person by note, of the notes that tell where to learn; none of a recipe that does without."""
        if not any(example.pointed for example in self.examples):
            return {}
        return {place["note"]: place["person"] for place in self.snapshot.get("places", ())}

    def pointed_judgements(self) -> float:
        """How many verdicts there are whose person pointed at a part of either take, in choices."""
        if not self.notes_used():
            return 0.0
        pointed = {(place["person"], place["take"]) for place in self.snapshot["places"]}
        return sum(
            weight
            for pair in self.snapshot["pairs"]
            for (_, person, _), weight in zip(pair["judgements"], weights_of(pair), strict=True)
            if {(person, pair["left"]), (person, pair["right"])} & pointed
        )

    def mean_label_noise(self) -> float:
        """Over training pairs with a preference: the recipe's label_smoothing, or what was measured for each."""
        noise = [example.label_noise for example in self.train if example.decided]
        return sum(noise) / len(noise) if noise else 0.0

    def judgements(self, star_margins: bool) -> Iterator[tuple[tuple[str, int, int], float]]:
        """(kind, row, person) of every judgement it is made from, and how much of a choice it is; rows may come again.

        With the stars of compared pairs where those count.
        """
        for pair in self.snapshot["pairs"]:
            for (row, person, _), weight in zip(pair["judgements"], weights_of(pair), strict=True):
                yield ("ballot", row, person), weight
            yield from ((("rating", row, person), 1.0) for row, person, _ in (pair["stars"] if star_margins else ()))
        for pair in self.snapshot["star_pairs"]:
            yield from ((("rating", row, person), 1.0) for row, person, _ in pair["judgements"])
        yield from ((("status", row["status"], row["person"]), 1.0) for row in self.snapshot["circles"])
        yield from ((("tag", row["tag"], row["person"]), 1.0) for row in self.snapshot.get("tags", ()))


def make_dataset(snapshot: Snapshot, settings: DataSettings, production: str | None = None) -> Dataset:
    """`production`: as for `examples_of`."""
    if settings.learn_from == LIBRARY:
        return Dataset(snapshot, *library_examples(rows_of(snapshot), settings.heldout_share))
    examples, apart = examples_of(snapshot, settings, production), heldout_briefs(snapshot, settings.heldout_share)
    return Dataset(
        snapshot,
        [example for example in examples if example.brief not in apart],
        [example for example in examples if example.brief in apart],
    )
