"""From frozen judgements to examples: how clearly people preferred, how much each pair weighs, how noisy its label is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import Any, NamedTuple

from feedback.preferences.dataset import weight_of, weights_of
from feedback.preferences.rater_reliability import (
    LEFT_SHARE,
    MAX_RELIABILITY,
    estimate_reliability,
    expected_label_noise,
    weighted_share,
)
from finetune.data.pointing import Place, Pointing, places_by_person, pointing_of
from finetune.digests import digest
from finetune.settings import DataSettings

MOST_COUNTED = 4.0  # times that a verdict of somebody who judged little counts, where people count alike
Snapshot = Mapping[str, Any]
"""The frozen judgements of a run, as `preferences.snapshot` gives them."""


class Vote(NamedTuple):
    """What one person said of a pair."""

    person: int  # people id
    p_left: float  # 1 for the left take, 0 for the right, a tie half; of stars in between
    weight: float  # how much of a choice it is


@dataclass(frozen=True)
class Example:
    """One training example: two takes of one brief and the judgements about them."""

    brief: int
    prompt: str
    left: str  # sha256 of the archived media
    right: str
    p_left: float  # share of raters for the left take, ties half
    pair_weight: float  # of the comparison; 0 when nobody compared
    both_bad: float  # share of raters who found both bad, times the pair's weight
    anchor_left: float  # weight of each take's plain denoising error: of winners and circled takes
    anchor_right: float
    label_noise: float = 0.0  # expected share of wrong verdicts
    star_margin: float = 0.0  # stars of left minus right, of people who also compared the two
    choices: float = 1.0  # how many choices of people it counts as: less than one where it is a pair of rankings alone
    pointed_left: Pointing = ()  # where its judges pointed on each take
    pointed_right: Pointing = ()
    votes: tuple[Vote, ...] = ()  # who said what of the two, both bad left out
    compared: bool = True  # or the two were only given stars, or one was circled or tagged
    tagged: bool = False

    @property
    def pointed(self) -> bool:
        """Whether somebody who judged it pointed at a part of either take."""
        return bool(self.pointed_left or self.pointed_right)

    @property
    def decided(self) -> bool:
        return self.pair_weight > 0 and self.p_left != 0.5

    @property
    def weighs(self) -> bool:
        return any((self.pair_weight, self.both_bad, self.anchor_left, self.anchor_right))

    @property
    def key(self) -> str:
        """The same pair of pictures under the same prompt, whoever judged it and whatever the verdict."""
        return digest(self.prompt, self.left, self.right)


def examples_of(
    snapshot: Snapshot, settings: DataSettings | None = None, production: str | None = None
) -> list[Example]:
    """All examples of a snapshot: compared pairs, pairs known from stars, circled takes that are in neither, tagged takes.

    `production`: the version that `off_policy_weight` refers to. Without one every take counts as its own.
    """
    builder = ExampleBuilder(snapshot, settings or DataSettings(), production)
    examples = [builder.from_ballots(pair) for pair in snapshot["pairs"]]
    examples += [builder.from_stars(pair) for pair in snapshot["star_pairs"]]
    pairs = (*snapshot["pairs"], *snapshot["star_pairs"])
    paired = {take for pair in pairs for take in (pair["left"], pair["right"])}
    examples += [builder.from_circle(row) for row in snapshot["circles"] if row["take"] not in paired]
    examples += [builder.from_tags(rows) for rows in tags_by_take(snapshot)]
    return [example for example in examples if example.weighs]


def tags_by_take(snapshot: Snapshot) -> list[list[Mapping[str, Any]]]:
    """The tags that say the same of a take are one example, whoever gave them."""
    together: dict[tuple[int, bool], list[Mapping[str, Any]]] = defaultdict(list)
    for row in snapshot.get("tags", ()):
        together[row["take"], row["good"]].append(row)
    return list(together.values())


def drawn_by(snapshot: Snapshot, versions: Collection[str], examples: Sequence[Example]) -> list[Example]:
    """The examples both of whose takes one of these versions drew; all where the snapshot does not name versions."""
    own = {snapshot["takes"][take] for take, version in snapshot.get("versions", {}).items() if version in versions}
    return [each for each in examples if "versions" not in snapshot or {each.left, each.right} <= own]


def share_of_both_bad(pair: Mapping[str, Any]) -> float:
    """Of a compared pair, by how much of a choice each judgement is."""
    if "weights" not in pair:
        return pair["both_bad"] / (pair["votes"] + pair["both_bad"])
    bad = [
        each for each, (_, _, verdict) in zip(pair["weights"], pair["judgements"], strict=True) if verdict == "both_bad"
    ]
    return sum(bad) / sum(pair["weights"])


def votes_on(pair: Mapping[str, Any], weights: Sequence[float]) -> tuple[Vote, ...]:
    """Of a compared pair; `weights`: of its judgements."""
    return tuple(
        Vote(person, LEFT_SHARE[verdict], weight)
        for (_, person, verdict), weight in zip(pair["judgements"], weights, strict=True)
        if verdict in LEFT_SHARE
    )


def equal_factors(votes: Iterable[Vote]) -> dict[int, float]:
    """By person the mean number of choices of a person over their own, between a quarter and four."""
    own: dict[int, float] = defaultdict(float)
    for vote in votes:
        own[vote.person] += vote.weight
    mean = sum(own.values()) / max(1, len(own))
    return {person: min(MOST_COUNTED, max(1 / MOST_COUNTED, mean / choices)) for person, choices in own.items()}


def votes_by_stars(pair: Mapping[str, Any], weight: float) -> tuple[Vote, ...]:
    """Of a pair known from stars: each person's own difference counts. Judgements come in twos, left take first."""
    stars = [(person, count) for _, person, count in pair["judgements"]]
    differences = [(person, left - right) for (person, left), (_, right) in zip(stars[::2], stars[1::2], strict=True)]
    return tuple(Vote(person, 1 / (1 + exp(-margin)), weight) for person, margin in differences if margin)


class ExampleBuilder:
    """Builds the examples of one snapshot under one recipe's settings."""

    def __init__(self, snapshot: Snapshot, settings: DataSettings, production: str | None) -> None:
        self.snapshot, self.settings, self.production = snapshot, settings, production
        self.circled = set(snapshot["circled"])

    @cached_property
    def reliability(self) -> dict[int, float]:
        """Of each rater."""
        return estimate_reliability(
            [*self.snapshot["pairs"], *self.snapshot["star_pairs"]],
            self.snapshot.get("repeats", ()),  # a run begun by an older Circletake has none
        )

    @cached_property
    def places(self) -> dict[tuple[int, int], list[Place]]:
        """Where people pointed, by (person, take); nowhere for a recipe that does without."""
        return places_by_person(self.snapshot.get("places", ()) if self.settings.region_weight else ())

    @cached_property
    def counts(self) -> dict[int, float]:
        """How much more than others each person counts, so that all count alike; without, nobody is in it."""
        if not self.settings.equal_people:
            return {}
        return equal_factors(vote for pair in self.snapshot["pairs"] for vote in votes_on(pair, weights_of(pair)))

    def from_ballots(self, pair: Mapping[str, Any]) -> Example:
        weights, choices, weight = weights_of(pair), weight_of(pair), self.policy_weight(pair)
        weighted, bad = self.settings.rater_reliability, share_of_both_bad(pair)
        factors = [self.counts.get(person, 1.0) for _, person, _ in pair["judgements"]]
        factored = [each * factor for each, factor in zip(weights, factors, strict=True)]
        weight *= sum(factored) / sum(weights)
        alike = {person: MAX_RELIABILITY for _, person, _ in pair["judgements"]}
        reliability = self.reliability if weighted else alike
        alone = not weighted and not self.counts
        return self.make_example(
            pair,
            weight=weight * choices * (1 - bad),
            both_bad=weight * choices * bad,
            p_left=pair["p_left"] if alone else weighted_share(pair["judgements"], reliability, factored),
            star_margin=pair.get("star_margin", 0.0),
            choices=choices,
            votes=votes_on(pair, weights),
        )

    def from_stars(self, pair: Mapping[str, Any]) -> Example:
        weight = self.policy_weight(pair) * self.settings.star_weight
        return self.make_example(
            pair,
            weight=weight,
            both_bad=0.0,
            p_left=pair["p_left"],
            star_margin=0.0,
            votes=votes_by_stars(pair, weight),
            compared=False,
        )

    def from_circle(self, row: Mapping[str, Any]) -> Example:
        """A circled take that nobody compared: an anchor alone (both sides of the example are the same picture)."""
        media, prompt = self.snapshot["takes"][str(row["take"])], self.snapshot["prompts"][str(row["brief"])]
        return Example(row["brief"], prompt, media, media, 0.5, 0.0, 0.0, 1.0, 0.0, compared=False)

    def from_tags(self, rows: Sequence[Mapping[str, Any]]) -> Example:
        """A take of which tags say that it is better, or worse, than the others of its brief."""
        row, weight = rows[0], self.settings.tag_weight
        media, prompt = self.snapshot["takes"][str(row["take"])], self.snapshot["prompts"][str(row["brief"])]
        good, bad = (weight, 0.0) if row["good"] else (0.0, weight)
        pointing = pointing_of([each["person"] for each in rows], row["take"], self.places)
        return Example(
            row["brief"], prompt, media, media, 0.5, 0.0, bad, good, 0.0,
            pointed_left=pointing, pointed_right=pointing, compared=False, tagged=True,
        )  # fmt: skip

    def make_example(
        self,
        pair: Mapping[str, Any],
        *,
        weight: float,
        both_bad: float,
        p_left: float,
        star_margin: float,
        choices: float = 1.0,
        votes: tuple[Vote, ...] = (),
        compared: bool = True,
    ) -> Example:
        clear = weight * (2 * p_left - 1)  # from -1, right won clearly, to 1
        judges = [person for _, person, _ in pair["judgements"]]
        return Example(
            brief=pair["brief"],
            prompt=self.snapshot["prompts"][str(pair["brief"])],
            left=self.snapshot["takes"][str(pair["left"])],
            right=self.snapshot["takes"][str(pair["right"])],
            p_left=p_left,
            pair_weight=weight,
            both_bad=both_bad,
            anchor_left=1.0 if pair["left"] in self.circled else max(clear, 0.0),
            anchor_right=1.0 if pair["right"] in self.circled else max(-clear, 0.0),
            label_noise=self.label_noise(pair),
            star_margin=star_margin,
            choices=choices,
            pointed_left=pointing_of(judges, pair["left"], self.places),
            pointed_right=pointing_of(judges, pair["right"], self.places),
            votes=votes,
            compared=compared,
        )

    def label_noise(self, pair: Mapping[str, Any]) -> float:
        fixed = self.settings.label_smoothing
        return expected_label_noise(pair["judgements"], self.reliability, weights_of(pair)) if fixed is None else fixed

    def policy_weight(self, pair: Mapping[str, Any]) -> float:
        """Between off_policy_weight, when neither take is production's own, and 1, when both are."""
        versions = self.snapshot.get("versions", {})
        own = [
            self.production is None or versions.get(str(pair[side]), self.production) == self.production
            for side in ("left", "right")
        ]
        return sum(1.0 if each else self.settings.off_policy_weight for each in own) / 2
