"""What a measured point is: the house it is measured in, the people who judge, who learns, and from how much."""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import finetune
from finetune.recipe import recipe_as_dict, recipe_from
from generation.starter import DEFAULT_GUIDANCE, DEFAULT_SIZE, DEFAULT_STEPS

STARTER = "starter"
PAIRINGS = ("briefs", "random", "active")


@dataclass(frozen=True)
class House:
    """What all points of one run share; its digest names the folder that keeps their takes."""

    base: str = STARTER
    """The model in production: "starter" or a `save_pretrained` folder."""
    base_sha256: str = ""
    """Of its weights: other weights are another house."""
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
    """Briefs that nobody judges, to compare on: many, since takes of one brief are no independent evidence."""
    compare: int = 4
    """Takes of each held-out brief and side. The sampler draws small stills in groups of four: fewer cost as much."""

    def brief(self, prompt: str) -> dict[str, Any]:
        """What `feedback.briefs` and `generation.sampling` want to know, but for the shot."""
        size = {"width": self.size, "height": self.size, "frames": self.frames}
        drawn = {"steps": self.steps, "guidance": self.guidance}
        return {"prompt": prompt, "negative_prompt": "", "kind": self.kind, **size, **drawn}


@dataclass(frozen=True)
class People:
    """Who judges, and how reliably. Widths are in spreads: standard deviations of a person's own liking over
    production's takes of one brief, so that they mean the same for every taste."""

    taste: str = "warm_low_horizon"
    """The house's taste: a name of `generation.starter.tastes`, or FILE.py:FUNCTION."""
    flip: float = 0.08
    """Share of preferences given the wrong way round."""
    noise: float = 0.0
    """Spreads that the mood of the moment adds to each look at a take."""
    tie_band: float = 0.1
    """Spreads below which two takes are a tie."""
    both_bad: float = 0.05
    """Share of production's takes that are bad: two of those in a pair are both bad."""
    panel: int = 1
    """How many people judge."""
    disagree: float = 0.0
    """Weight of a person's own taste beside the house's, 0 to 1."""
    careless: int = 0
    """How many of them judge by a coin, whatever they see."""
    votes: int = 1
    """People who judge each pair."""
    pairs_per_brief: int = 4
    """Pairs judged of each brief before the next one."""
    pairing: str = PAIRINGS[0]
    """briefs (one after the other), or from a stock of briefs: random, or active, the pairs that teach most first."""
    stock: int = 125
    """Briefs on offer when pairs are random or active."""


@dataclass(frozen=True)
class Learner:
    """What makes a model from judgements."""

    name: str = "default"
    """As tables and plots call it."""
    method: str = "tune"
    """tune (the product), scorer (its first half only), or plain (the Diffusion-DPO research script)."""
    values: dict[str, Any] = field(default_factory=dict)
    """Fields of the recipe that differ from the defaults."""


@dataclass(frozen=True)
class Point:
    """One measurement."""

    house: House
    people: People
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
        return digest(about, taste_source(self.people.taste), learning_source())


@cache
def learning_source() -> str:
    """Of all code that learns."""
    files = sorted(Path(finetune.__file__).parent.rglob("*.py"))
    return digest([file.read_text() for file in files])


def digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def taste_source(name: str) -> str:
    """The code that a taste consists of: an edited one must not be mistaken for the one that was measured."""
    from generation.starter import tastes

    path = Path(name.rsplit(":", 1)[0])
    return path.read_text() if ".py:" in name and path.is_file() else inspect.getsource(tastes)
