"""From frozen judgements to examples: who is believed how far, how clearly they preferred, how much each pair weighs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.reliability import estimate_reliability, expected_slips, weighted_share
from finetune.recipe import Recipe


@dataclass(frozen=True)
class Example:
    """What one step of learning looks at: two takes of one brief and what people said of them."""

    brief: int
    prompt: str
    left: str  # sha256 of the archived media
    right: str
    p_left: float  # share of raters for the left take, ties half
    pair_weight: float  # of the comparison; 0 when nobody compared
    both_bad: float  # share of raters who found both bad, times the pair's weight
    anchor_left: float  # how much the plain denoising error of each take is to fall
    anchor_right: float
    slips: float = 0.0  # share of these judgements taken to be slips
    star_margin: float = 0.0  # stars of left minus right, of people who also compared the two

    @property
    def decided(self) -> bool:
        return self.pair_weight > 0 and self.p_left != 0.5

    @property
    def weighs(self) -> bool:
        return any((self.pair_weight, self.both_bad, self.anchor_left, self.anchor_right))

    @property
    def key(self) -> str:
        """The same pair of pictures under the same prompt, whoever judged it and whatever they said."""
        return digest(self.prompt, self.left, self.right)


def digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def examples_of(
    frozen: Mapping[str, Any], recipe: Recipe | None = None, production: str | None = None
) -> list[Example]:
    """All examples of a snapshot: compared pairs, pairs known from stars, circled takes that are in neither.

    `production`: the version that `off_policy_weight` goes by; without one every take counts as its own.
    """
    reader = Reader(frozen, recipe or Recipe(), production)
    made = [reader.from_ballots(pair) for pair in frozen["pairs"]]
    made += [reader.from_stars(pair) for pair in frozen["star_pairs"]]
    paired = {take for pair in (*frozen["pairs"], *frozen["star_pairs"]) for take in (pair["left"], pair["right"])}
    made += [reader.from_circle(row) for row in frozen["circles"] if row["take"] not in paired]
    return [example for example in made if example.weighs]


def drawn_by(frozen: Mapping[str, Any], versions: Collection[str], examples: Sequence[Example]) -> list[Example]:
    """The examples both of whose takes one of these versions drew; all where the snapshot does not say who did."""
    own = {frozen["takes"][take] for take, version in frozen.get("versions", {}).items() if version in versions}
    return [each for each in examples if "versions" not in frozen or {each.left, each.right} <= own]


class Reader:
    """One snapshot under one recipe."""

    def __init__(self, frozen: Mapping[str, Any], recipe: Recipe, production: str | None) -> None:
        self.frozen, self.recipe, self.production = frozen, recipe, production
        self.circled = set(frozen["circled"])
        self.reliability = estimate_reliability(
            [*frozen["pairs"], *frozen["star_pairs"]],
            frozen.get("repeats", ()),  # a run begun by an older Circletake has none
        )

    def from_ballots(self, pair: Mapping[str, Any]) -> Example:
        voters, weight = pair["votes"] + pair["both_bad"], self.policy_weight(pair)
        believed = self.recipe.rater_reliability
        return self.make_example(
            pair,
            weight=weight * pair["votes"] / voters,
            both_bad=weight * pair["both_bad"] / voters,
            p_left=weighted_share(pair["judgements"], self.reliability) if believed else pair["p_left"],
            star_margin=pair.get("star_margin", 0.0),
        )

    def from_stars(self, pair: Mapping[str, Any]) -> Example:
        weight = self.policy_weight(pair) * self.recipe.star_weight
        return self.make_example(pair, weight=weight, both_bad=0.0, p_left=pair["p_left"], star_margin=0.0)

    def from_circle(self, row: Mapping[str, Any]) -> Example:
        """A circled take that nobody compared: an anchor alone (both sides of the example are the same picture)."""
        media, prompt = self.frozen["takes"][str(row["take"])], self.frozen["prompts"][str(row["brief"])]
        return Example(row["brief"], prompt, media, media, 0.5, 0.0, 0.0, 1.0, 0.0)

    def make_example(
        self, pair: Mapping[str, Any], *, weight: float, both_bad: float, p_left: float, star_margin: float
    ) -> Example:
        clear = weight * (2 * p_left - 1)  # from -1, right won clearly, to 1
        return Example(
            brief=pair["brief"],
            prompt=self.frozen["prompts"][str(pair["brief"])],
            left=self.frozen["takes"][str(pair["left"])],
            right=self.frozen["takes"][str(pair["right"])],
            p_left=p_left,
            pair_weight=weight,
            both_bad=both_bad,
            anchor_left=1.0 if pair["left"] in self.circled else max(clear, 0.0),
            anchor_right=1.0 if pair["right"] in self.circled else max(-clear, 0.0),
            slips=self.slips(pair),
            star_margin=star_margin,
        )

    def slips(self, pair: Mapping[str, Any]) -> float:
        fixed = self.recipe.label_smoothing
        return expected_slips(pair["judgements"], self.reliability) if fixed is None else fixed

    def policy_weight(self, pair: Mapping[str, Any]) -> float:
        """Between off_policy_weight, when neither take is production's own, and 1, when both are."""
        versions = self.frozen.get("versions", {})
        own = [
            self.production is None or versions.get(str(pair[side]), self.production) == self.production
            for side in ("left", "right")
        ]
        return sum(1.0 if each else self.recipe.off_policy_weight for each in own) / 2
