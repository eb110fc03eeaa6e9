"""How much each judgement weighs in a run: what its example weighs, shared among those who judged it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from feedback.models.runs import JudgementKey
from feedback.preferences.dataset import weights_of
from finetune.data.examples import ExampleBuilder, Snapshot, tags_by_take
from finetune.settings import DataSettings


def judgement_weights(
    snapshot: Snapshot, settings: DataSettings, production: str | None = None
) -> dict[JudgementKey, float]:
    """By judgement, before the run finds out which kinds of judgements help. The arguments are those of `examples_of`.

    A verdict on a pair weighs what the recipe makes of it; so do stars, tags and both bad. A circle weighs 1.
    """
    weights: dict[JudgementKey, float] = defaultdict(float)
    # How reliable people are changes what a pair says, not what it weighs, and takes long to estimate.
    plain = replace(settings, rater_reliability=False, label_smoothing=0.0)
    for key, weight in each_weight(ExampleBuilder(snapshot, plain, production), snapshot):
        weights[key] += weight
    return dict(weights)


def each_weight(builder: ExampleBuilder, snapshot: Snapshot) -> Iterator[tuple[JudgementKey, float]]:
    for pair in snapshot["pairs"]:
        yield from of_pair(builder, pair)
    for pair in snapshot["star_pairs"]:
        share = builder.from_stars(pair).pair_weight / len(pair["judgements"])
        yield from ((("rating", row, person), share) for row, person, _ in pair["judgements"])
    for row in snapshot["circles"]:
        yield ("status", row["status"], row["person"]), 1.0
    for rows in tags_by_take(snapshot):
        yield from ((("tag", row["tag"], row["person"]), builder.settings.tag_weight / len(rows)) for row in rows)


def of_pair(builder: ExampleBuilder, pair: Mapping[str, Any]) -> Iterator[tuple[JudgementKey, float]]:
    """A verdict that both are bad weighs what the recipe says of such verdicts."""
    example, settings = builder.from_ballots(pair), builder.settings
    total = example.pair_weight + example.both_bad
    own = [
        weight * builder.counts.get(person, 1.0)
        for weight, (_, person, _) in zip(weights_of(pair), pair["judgements"], strict=True)
    ]
    for share, (row, person, verdict) in zip(own, pair["judgements"], strict=True):
        factor = settings.both_bad_weight if verdict == "both_bad" else 1.0
        yield ("ballot", row, person), total * factor * share / sum(own)
