"""Pairs of the library for methods that learn from pairs themselves, at the weight that a reward model of them is best with."""

from __future__ import annotations

from dataclasses import replace

from finetune.data.examples import Example
from finetune.methods.library.pairs import anchors_of, describe_anchor, draw_pairs, read_states
from finetune.methods.protocol import OnProgress, RunContext
from finetune.reward.features.hidden_states import read_cached_takes
from finetune.reward.fit import AnchorEffect, fit_reward_models, read_features, takes_of
from finetune.settings import Recipe


def pairs_beside(run: RunContext, recipe: Recipe, on_progress: OnProgress) -> list[Example]:
    """Frames against takes, each with its weight; none where the library counts for nothing. All processes call it.

    Training once for each weight would take as many runs. A reward model of the same pairs is fitted in seconds.
    """
    library = draw_pairs(run, on_progress)
    if library is None:
        return []
    cache, examples = run.cache, run.dataset.examples
    states, library_states = read_cached_takes(cache, takes_of(examples)), read_states(cache, library)

    def choose() -> AnchorEffect | None:
        features = read_features(cache, examples, states)
        anchors = anchors_of(cache, library, library_states, features.colour_map, recipe)
        bad = recipe.data.both_bad_weight
        return fit_reward_models(examples, features.groups, features.takes, features.colour_map, bad, anchors).anchor

    effect = run.model.processes.from_first(choose)
    if effect is None:
        return []
    run.metrics["library_pairs"] = describe_anchor(effect, len(library.frames))
    if effect.chosen.against is None:
        return []
    pairs = library.pairs[effect.chosen.against]
    each = effect.chosen.weight * sum(example.pair_weight for example in run.dataset.train) / len(pairs)
    noise = recipe.data.label_smoothing or 0.0
    return [replace(pair, pair_weight=each, anchor_left=each, label_noise=noise) for pair in pairs]
