"""The strength of an adapter: between where takes reach the target gain and where they keep their quality.

How far an adapter may move takes depends on what people prefer. A colour moves easily, a composition soon costs content. So some
takes are drawn by the reference, at strength 1, and at the strength that these two suggest, of the same briefs and seeds.
Losses of quality grow as a power of the strength: two points say where they reach the limits of the recipe. A few dozen takes
tell that no better than within a third. So the strength is the geometric mean of that one and the one at which takes gain what
held quality in most tastes that were measured: easy ones go further, costly ones stop sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import ceil, log
from typing import TypedDict

import numpy as np
import torch

from feedback.production.briefs import Brief, get_brief
from feedback.store import Studio
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.digests import digest
from finetune.errors import NotAccepted
from finetune.memory.uses import DRAWING
from finetune.methods.drawing import encode, id_of, passes_of, sampling_cost, sketch_of
from finetune.methods.guided.gain import GainJudge
from finetune.methods.guided.quality import Kept, Measures, QualityMeter, kept, quality_meter
from finetune.methods.protocol import Work
from finetune.settings import StrengthSettings
from finetune.tunable_model import TunableModel
from generation.drawable import is_drawable
from generation.image_encoder import LoadedEncoder
from generation.request import request_of
from generation.sampling import BriefAndSeed, sample_each, side_by_side

LEAST = 0.25  # at a lower strength the measured gain says nothing about what would be drawn
MOST = 4.0
LEARNED = 1.0  # what an adapter was trained for
MOSTLY = 0.5  # share of the believed gain that people are expected to see, from which on more than that is drawn
POWER = 1.7  # of the strength that losses grow by, before two points are known: content and errors of three tastes did
POWERS = (1.0, 3.0)
STEP = (0.4, 2.5)  # the second strength that is drawn
ALIKE = 0.1  # of a second strength so near the first one nothing more would be learned
BEYOND = 1.25  # how far outside the strengths that were drawn
MOST_OVER_HELD = 1.5  # times the strength at which quality just holds, while realism and variety do
FEWEST_BRIEFS = 16  # below which losses of a few briefs stand for all
DISTINCT = 2 / 3  # of the takes are of different briefs, between which gains differ most; variety needs two of one
OnProgress = Callable[[float], None]


@dataclass(frozen=True)
class Raters:
    """What measures drawn takes."""

    judge: GainJudge
    meter: QualityMeter
    encoder: LoadedEncoder | None  # of the judge


class Strength(TypedDict, total=False):
    strength: float
    measured_gain: float  # that people are expected to see, as the judging reward model sees it
    believed_gain: float  # the same by the reward model that takes were moved by
    gain_judged_by: str  # features of the reward model that judges
    kept_content: float  # the fields of quality.Kept, at this strength
    kept_error: float
    kept_variety: float
    drawn_strengths: list[float]  # what it was chosen from


@dataclass(frozen=True)
class Trial:
    """Takes that were drawn at one strength."""

    strength: float
    gains: torch.Tensor  # [reward models, takes]
    kept: Kept
    used: float  # share of what the recipe allows to lose
    used_surely: float  # likewise, but for content, of which a few dozen takes tell least

    @property
    def gain(self) -> float:
        return float(self.gains[0].mean())


def choose_strength(
    studio: Studio,
    model: TunableModel,
    cache: LatentCache,
    judge: GainJudge,
    examples: Sequence[Example],
    settings: StrengthSettings,
    on_progress: OnProgress,
    learned: Collection[int] = (),
) -> Strength:
    """The adapter's strength, and what takes gain and keep at that strength.

    The target gain is multiplied by the reward model's reliability (0 to 1), so few judgements move the model less.
    `learned`: the briefs that the adapter learned from. `on_progress` gets the share done and may raise to stop. NotAccepted when takes gain nothing. {} when none of these briefs
    can be drawn any more, as after a change of the studio's base.
    """
    takes = takes_to_draw(studio, model, examples, settings.target_gain_takes, learned)
    if not takes:
        return {}
    meter = quality_meter(cache, examples, {id_of(brief) for brief, _ in takes})
    trials = draw_trials(model, judge, meter, takes, settings, on_progress)
    gain, expected = trials[0].gain, judge.expected(trials[0].gains)
    if not min(gain, expected) > 0:
        raise NotAccepted(
            f"{len(takes)} takes of the tuned model have no higher reward than production's"
            f" ({judge.features.replace('_', ' ')}). Judge more pairs."
        )
    target = gain if settings.target_gain is None else settings.target_gain * judge.own.reward_model.reliability
    # Beyond what it was trained for, takes of both kinds lost more realism than the reference's errors tell.
    bears_more = judge.own.reward_model.reads_latents_alone and expected >= MOSTLY * gain
    held, surely = held_strengths(trials)
    strength = between(target / gain, held, surely, MOST if bears_more else LEARNED)
    nearest = min(trials, key=lambda trial: abs(log(trial.strength / strength)))
    times = strength / nearest.strength
    return {
        "strength": strength,
        "measured_gain": times * judge.expected(nearest.gains),
        "believed_gain": times * nearest.gain,
        "gain_judged_by": judge.features,
        **kept_at(strength, trials),
        "drawn_strengths": [trial.strength for trial in trials],
    }


def between(reached: float, held: float, surely: float, most: float = MOST) -> float:
    """The strength, from those at which takes reach the target gain, at which quality just holds, and at which all but content does.

    Beyond 1 it goes no further than quality holds: what the adapter has learned is for 1.
    """
    bearable = max(held, min(MOST_OVER_HELD * held, surely, 1.0))
    return min(max(min((reached * held) ** 0.5, bearable), LEAST), most)


def held_strengths(trials: Sequence[Trial]) -> tuple[float, float]:
    """Where quality just holds, and where all of it but content does."""
    drawn = [trial.strength for trial in trials]
    held = held_strength(drawn, [trial.used for trial in trials])
    return held, max(held, held_strength(drawn, [trial.used_surely for trial in trials]))


def kept_at(strength: float, trials: Sequence[Trial]) -> Strength:
    """What takes keep at a strength near those that were drawn."""
    return {
        "kept_content": -loss_at(strength, [(trial.strength, -trial.kept.content) for trial in trials]),
        "kept_error": 1 + loss_at(strength, [(trial.strength, trial.kept.error - 1) for trial in trials]),
        "kept_variety": 1 - loss_at(strength, [(trial.strength, 1 - trial.kept.variety) for trial in trials]),
    }


def loss_at(strength: float, drawn: Sequence[tuple[float, float]]) -> float:
    """The loss at a strength from those at drawn ones; a gain is a negative loss."""
    near, lost = min(drawn, key=lambda point: abs(log(point[0] / strength)))
    return lost * (strength / near) ** power_of(drawn)


def power_of(drawn: Sequence[tuple[float, float]]) -> float:
    """Of the strength, by which a loss grows; POWER where one strength, or losses of both signs, do not tell."""
    if len(drawn) < 2 or drawn[0][1] * drawn[1][1] <= 0:
        return POWER
    (one, less), (other, more) = drawn
    return min(max(log(more / less) / log(other / one), POWERS[0]), POWERS[1])


def draw_trials(
    model: TunableModel,
    judge: GainJudge,
    meter: QualityMeter,
    takes: Sequence[BriefAndSeed],
    settings: StrengthSettings,
    on_progress: OnProgress,
) -> list[Trial]:
    """At strength 1, and at the one where its losses suggest the limits."""
    model.eval()
    with model.parts.drawing(), judge.loaded_encoder() as encoder:
        raters = Raters(judge, meter, encoder)
        before = measure_takes(model, raters, takes, None, lambda share: on_progress(share / 3))

        def trial(strength: float, drawn: int) -> Trial:
            after = measure_takes(model, raters, takes, strength, lambda share: on_progress((drawn + share) / 3))
            left = kept(after, before, [id_of(brief) for brief, _ in takes])
            gains = (after["rewards"] - before["rewards"]).T
            return Trial(strength, gains, left, *used_of(left, settings))

        first = trial(1.0, 1)
        second = min(max(first.used ** (-1 / POWER), STEP[0]), STEP[1])
        return [first] if abs(log(second)) < ALIKE else [first, trial(second, 2)]


def used_of(left: Kept, settings: StrengthSettings) -> tuple[float, float]:
    """The largest of the losses as a share of its limit, with content and without; never 0."""
    content = -left.content / settings.most_content_lost
    error, variety = (left.error - 1) / settings.most_error_gained, (1 - left.variety) / settings.most_variety_lost
    return max(content, error, variety, 0.01), max(error, variety, 0.01)


def held_strength(drawn: Sequence[float], used: Sequence[float]) -> float:
    """Where losses reach their limits, by the power of the strength that goes through what was drawn."""
    held = drawn[-1] * used[-1] ** (-1 / power_of(list(zip(drawn, used, strict=True))))
    return min(max(held, min(drawn) / BEYOND), max(drawn) * BEYOND)


def measure_takes(
    model: TunableModel,
    raters: Raters,
    takes: Sequence[BriefAndSeed],
    strength: float | None,
    on_progress: OnProgress,
) -> Measures:
    """Of each take, drawn at this strength or, with None, by the reference without a library adapter: those of the meter, and "rewards" [takes, models]."""
    groups = side_by_side(model, takes)

    def of_group(number: int) -> Measures:
        some = [takes[index] for index in groups[number]]

        def measured(_: object) -> Measures:
            return measure_group(model, raters, some, strength, lambda part: on_progress((number + part) / len(groups)))

        (measures,) = model.memory.in_pieces(DRAWING, request_of(some[0][0]).size, [some], 1, measured)
        return measures

    rows = model.processes.spread(range(len(groups)), of_group, lambda number: passes_of(takes[groups[number][0]]))
    back = torch.tensor([index for group in groups for index in group]).argsort()
    return {name: torch.cat([row[name] for row in rows])[back] for name in rows[0]}


def measure_group(
    model: TunableModel,
    raters: Raters,
    takes: Sequence[BriefAndSeed],
    strength: float | None,
    on_progress: OnProgress,
) -> Measures:
    """Of takes that are drawn side by side."""
    with model.without_library() if strength is None else model.at_strength(strength):
        drawn = sample_each(model, takes, on_progress)
    x0, briefs, names = encode(model, drawn), [id_of(brief) for brief, _ in takes], names_of(takes)
    return {
        "rewards": rewards_of(model, raters, takes, x0, drawn).T,
        **raters.meter.measure(model, x0, briefs, names),
    }


def describe_drawing(
    studio: Studio,
    model: TunableModel,
    cache: LatentCache,
    judge: GainJudge,
    examples: Sequence[Example],
    few: Sequence[Example],
    count: int,
    learned: Collection[int] = (),
) -> list[Work]:
    """What `choose_strength` will take, by one group of takes that is drawn; the others by their steps and sizes.

    That group is of the `few` examples, whose prompts the judge knows.
    """
    groups = groups_to_draw(studio, model, examples, count, learned)
    known = groups_to_draw(studio, model, few, count)
    if not groups or not known:
        return []
    usual = sorted(known, key=lambda group: sampling_cost(model, group))[len(known) // 2]
    meter = quality_meter(cache, few, {id_of(brief) for brief, _ in usual})
    with model.parts.drawing(), judge.loaded_encoder() as encoder:
        model.eval()
        began = time.monotonic()
        measure_group(model, Raters(judge, meter, encoder), usual, 1.0, lambda share: None)
        seconds = time.monotonic() - began
    cost = sum(sampling_cost(model, group) for group in groups)
    return [Work("takes drawn at three strengths", 3 * cost / sampling_cost(model, usual), seconds, count)]


def groups_to_draw(
    studio: Studio, model: TunableModel, examples: Sequence[Example], count: int, learned: Collection[int] = ()
) -> list[list[BriefAndSeed]]:
    """The takes to draw, in groups that are drawn side by side."""
    takes = takes_to_draw(studio, model, examples, count, learned)
    return [[takes[index] for index in group] for group in side_by_side(model, takes)]


def takes_to_draw(
    studio: Studio, model: TunableModel, examples: Sequence[Example], count: int, learned: Collection[int] = ()
) -> list[BriefAndSeed]:
    """Briefs and seeds: DISTINCT of them brief by brief, then second ones of the first briefs.

    The same for the same examples. Of briefs that are not among the `learned`, where there are enough: of those that an adapter
    learned from it keeps more. Only briefs whose takes were compared: a reward model of stills says little of a clip
    that somebody circled.
    """
    apart = [example for example in examples if example.brief not in learned]
    rest = [example for example in examples if example.brief in learned]
    briefs = drawable_briefs(studio, model, apart)
    briefs += drawable_briefs(studio, model, rest)[: max(0, FEWEST_BRIEFS - len(briefs))]
    sketches = [sketch_of(studio, brief) for brief in briefs]
    once = ceil(DISTINCT * count)
    places = [place % len(briefs) for place in (*range(once), *range(count - once))] if briefs else []
    return [(sketches[place], places[:number].count(place)) for number, place in enumerate(places)]


def drawable_briefs(studio: Studio, model: TunableModel, examples: Sequence[Example]) -> list[Brief]:
    """Of the pairs that people compared, in an order that depends on nothing but their ids."""
    compared = {example.brief for example in examples if example.decided}
    # The word in the hash is an old name of this measurement. It stays, so that runs give the same results.
    numbers = sorted(compared, key=lambda number: digest(str(number), "aim"))
    return [brief for brief in (get_brief(studio, number) for number in numbers) if is_drawable(studio, model, brief)]


def names_of(takes: Sequence[BriefAndSeed]) -> list[str]:
    """Takes of one brief and seed are read under one noise, whatever drew them."""
    return [f"{id_of(brief)}:{seed}" for brief, seed in takes]


def rewards_of(
    model: TunableModel,
    raters: Raters,
    takes: Sequence[BriefAndSeed],
    x0: torch.Tensor,
    drawn: Sequence[np.ndarray],
) -> torch.Tensor:
    """The rewards [models, B] of takes of these briefs and seeds, as latents and as they were drawn."""
    briefs, names, encoder = [id_of(brief) for brief, _ in takes], names_of(takes), raters.encoder
    models = raters.judge.reward_models
    return torch.stack([each.score(model, x0, briefs, names, drawn, encoder) for each in models])
