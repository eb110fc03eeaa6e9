"""What a measured point is: the setup, the raters, who learns from how many pairs; and curves of such points."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import finetune
from benchmarks.synthetic import tastes
from benchmarks.synthetic.labels import Content
from benchmarks.synthetic.scenes import captions, parse_caption
from feedback.errors import Invalid
from finetune.recipe import METHODS, recipe_as_dict, recipe_from
from generation.starter import DEFAULT_GUIDANCE, DEFAULT_SIZE, DEFAULT_STEPS

STARTER = "starter"
PAIRINGS = ("briefs", "random", "active")
HELD_OUT_STREAM, JUDGED_STREAM = 7_000_000, 1_000_000  # seeds of captions
# The renderer has 1,728 contents: with more held out, too few different ones would be left to judge.
MOST_HELD_OUT = 600


@dataclass(frozen=True)
class BenchmarkSetup:
    """What all points of one run share; its digest names the folder that keeps their takes."""

    base: str = STARTER
    """The model in production: "starter" or a `save_pretrained` folder."""
    base_sha256: str = ""
    """Of its weights: other weights are another setup."""
    kind: str = "still"
    """still or clip."""
    size: int = DEFAULT_SIZE[0]
    """Pixels a side."""
    frames: int = 1
    """Frames of a take."""
    steps: int = DEFAULT_STEPS
    """Denoising steps of a take."""
    guidance: float = DEFAULT_GUIDANCE
    """Classifier-free guidance of a take."""
    seed: int = 0
    """Of captions, takes, renders, raters and the tuning run."""
    takes: int = 4
    """Takes of each judged brief."""
    held_out: int = 96
    """Briefs that nobody judges, to compare on. Many, since takes of one brief are not independent samples."""
    compare: int = 4
    """Takes of each held-out brief and side. The sampler draws small stills in groups of four: fewer cost as much."""

    def brief(self, prompt: str) -> dict[str, Any]:
        """The fields of a brief that `feedback.production.briefs` and `generation.sampling` need, but for the shot."""
        size = {"width": self.size, "height": self.size, "frames": self.frames}
        return {
            "prompt": prompt,
            "negative_prompt": "",
            "kind": self.kind,
            **size,
            "steps": self.steps,
            "guidance": self.guidance,
        }


@dataclass(frozen=True)
class Raters:
    """Who judges, and how reliably. Widths are within-prompt standard deviations: those of a rater's own score over
    production's takes of one brief. So they mean the same for every taste."""

    taste: str = "warm_low_horizon"
    """The shared taste: a name of `benchmarks.synthetic.tastes`, or FILE.py:FUNCTION."""
    label_noise: float = 0.08
    """Share of preferences given the wrong way round."""
    noise: float = 0.0
    """Standard deviation of the random part of each score, drawn anew for each comparison."""
    tie_band: float = 0.1
    """Difference of scores up to which two takes are a tie."""
    both_bad: float = 0.05
    """Share of production's takes that are bad: two of those in a pair are both bad."""
    panel: int = 1
    """How many people judge."""
    disagree: float = 0.0
    """Weight of a person's own taste beside the shared one, 0 to 1."""
    careless: int = 0
    """How many of them judge at random."""
    votes: int = 1
    """People who judge each pair."""
    pairs_per_brief: int = 4
    """Pairs judged of each brief before the next one."""
    pairing: str = PAIRINGS[0]
    """briefs (one after the other), or from a pool of briefs: random, or active, the most informative pairs first."""
    pool: int = 125
    """Briefs in the pool when pairs are random or active."""
    pointed: float = 0.0
    """Share of preferences with a note that boxes the subject of either take, as the composition reader finds it."""


@dataclass(frozen=True)
class Learner:
    """What makes a model from judgements."""

    name: str = "default"
    """As tables and plots call it."""
    method: str = "tune"
    """tune (the product), reward_model (its first half only), or plain (the Diffusion-DPO research script)."""
    values: dict[str, Any] = field(default_factory=dict)
    """What of the recipe differs from the defaults, nested as in a recipe file."""


@dataclass(frozen=True)
class Point:
    """One measurement."""

    setup: BenchmarkSetup
    raters: Raters
    learner: Learner
    pairs: int = 500
    """Pairs judged; for nights, in each of them."""
    curve: str | None = None
    """The curve that it is a point of."""
    x: float | str | None = None
    """Its place on the curve."""
    night: int | None = None
    """How many nights of judging and tuning lie before it; None is a single run without a promotion."""

    @property
    def key(self) -> str:
        """The same measurement has the same key; the code of the taste and of the learner is part of it."""
        about = asdict(self)
        if self.learner.method != "plain":
            # Written out, so that a default that was changed is another measurement.
            about["learner"]["values"] = recipe_as_dict(recipe_from(self.learner.values))
        return digest(about, taste_source(self.raters.taste), learning_source())


@cache
def learning_source() -> str:
    """Digest of all code that learns."""
    files = sorted(Path(finetune.__file__).parent.rglob("*.py"))
    return digest([file.read_text() for file in files])


def digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def taste_source(name: str) -> str:
    """The code of a taste: after an edit it is another taste, and its old results must not be reused."""
    path = Path(name.rsplit(":", 1)[0])
    return path.read_text() if ".py:" in name and path.is_file() else tastes.source_of(name)


Value = float | str

CURVES: dict[str, tuple[Value, ...]] = {
    "pairs": (50, 100, 200, 500, 1000, 2000),
    "label_noise": (0.0, 0.1, 0.2, 0.3),
    "nights": (1, 2, 3, 4, 5),
    "methods": METHODS,
    "tastes": (*tastes.LOOK, *tastes.COMPOSITION),
}
PAIRS = 500
PAIRS_A_NIGHT = 100


def points_of(
    start: Point, learners: Sequence[Learner], curve: str | None, values: Sequence[Value] | None = None
) -> list[Point]:
    """All learners at one value of the curve before the next value."""
    if curve is None:
        return [replace(start, learner=learner) for learner in learners]
    places = values_of_curve(curve, start.setup.kind) if values is None else values
    points = [place(replace(start, learner=learner), curve, value) for value in places for learner in learners]
    return list({point.key: point for point in points}.values())


def values_of_curve(curve: str, kind: str) -> tuple[Value, ...]:
    """A curve's own values; the tastes of clips are those that a still cannot show."""
    return tastes.CLIPS if curve == "tastes" and kind == "clip" else CURVES[curve]


def deal_both(points: Sequence[Point]) -> list[Point]:
    """Each point with random pairs, and beside it with active ones."""
    return [
        replace(
            point,
            raters=replace(point.raters, pairing=pairing),
            learner=replace(point.learner, name=f"{point.learner.name}, {pairing} pairs"),
        )
        for point in points
        for pairing in PAIRINGS[1:]
    ]


def place(point: Point, curve: str, value: Value) -> Point:
    """The point moved to a value of the curve."""
    here = replace(point, curve=curve, x=value)
    if curve == "pairs":
        return replace(here, pairs=int(value))
    if curve == "label_noise":
        return replace(here, raters=replace(here.raters, label_noise=float(value)))
    if curve == "tastes":
        return replace(here, raters=replace(here.raters, taste=str(value)))
    if curve == "nights":
        return replace(here, night=int(value))
    return place_method(here, str(value))


def place_method(point: Point, method: str) -> Point:
    """The recipe with another method. The plain opponent has one only, and stands on the curve once."""
    learner = point.learner
    if method not in METHODS:
        raise Invalid(f"no method {method!r}; one of {', '.join(METHODS)}")
    if learner.method == "plain":
        return replace(point, x=learner.name)
    name = method if learner.name == "default" else f"{learner.name} {method}"
    return replace(point, learner=replace(learner, name=name, values={**learner.values, "method": method}))


def held_out_prompts(setup: BenchmarkSetup) -> list[str]:
    """`setup.held_out` captions of as many contents."""
    if not 2 <= setup.held_out <= MOST_HELD_OUT:
        raise Invalid(f"{setup.held_out} held-out briefs: give 2 to {MOST_HELD_OUT}")
    first: dict[Content | None, str] = {}
    for text in captions(8 * setup.held_out, HELD_OUT_STREAM + setup.seed):
        first.setdefault(parse_caption(text), text)
    return list(first.values())[: setup.held_out]


def judged_prompts(setup: BenchmarkSetup, count: int, first: int = 0) -> list[str]:
    """Captions number `first` to `first + count` of an endless list without the held-out contents."""
    return judged_stream(setup, 2 * (first + count) + 64)[first : first + count]


@cache
def judged_stream(setup: BenchmarkSetup, drawn: int) -> list[str]:
    held_out = {parse_caption(text) for text in held_out_prompts(setup)}
    return [text for text in captions(drawn, JUDGED_STREAM + setup.seed) if parse_caption(text) not in held_out]
