"""What a scene shows (content, named by its caption) and how it is shot (style, never named).

The split is the point of the starter model: captions control content, style is drawn at random, so a house style
is something that only people's preferences can teach. The camera move is in between: a caption may name it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

TIMES = ("dawn", "day", "dusk", "night")
PLACES = ("desert", "sea", "forest", "city", "mountains", "field")
WEATHERS = ("clear", "rain", "snow", "fog")
SUBJECTS = ("tree", "lighthouse", "house", "person", "car", "boat")
FRAMINGS = ("wide", "medium", "close")
COLOURS = ("red", "blue", "yellow", "white", "black")  # that a subject may be painted in
MOVES = ("static", "pan", "push-in", "tilt")

HORIZON_RANGE = (0.42, 0.78)


@dataclass(frozen=True)
class Content:
    """What the caption asks for; every field is one word of the tuples above."""

    time: str
    """Time of day, one of TIMES."""
    place: str
    """Landscape, one of PLACES."""
    weather: str
    """Weather, one of WEATHERS."""
    subject: str
    """The one thing that stands in the landscape, one of SUBJECTS."""
    framing: str
    """How large the subject stands in the frame, one of FRAMINGS."""


@dataclass(frozen=True)
class SubjectLook:
    """How the subject itself is drawn; never named in a caption. The defaults are how the starter knows it."""

    colour: str | None = None
    """What most of it is painted in, one of COLOURS; None is its own colours."""
    size: float = 1.0
    """Factor on its height."""
    rounded: bool = False
    """Whether its corners are cut round."""
    faces_left: bool = False
    """Whether it is turned the other way: seen of a car and of a boat alone."""


@dataclass(frozen=True)
class Style:
    """How the scene is shot; never named in a caption, but for the camera move of some clips."""

    grade: float
    """Colour grade from -1 (cool) to 1 (warm)."""
    contrast: float
    """Factor on the distance from mid grey, about 0.8 to 1.25."""
    saturation: float
    """Factor on the distance from the pixel's own grey, about 0.7 to 1.25."""
    horizon: float
    """Height of the horizon, as a share of the frame counted from the top; large is a low horizon."""
    position: float
    """Where the subject stands, as a share of the frame's width counted from the left."""
    mirrored: bool
    """Whether the light comes from the right."""
    bars: float
    """Height of each letterbox bar as a share of the frame; 0 is none."""
    grain: float
    """Standard deviation of film grain, in units of the full range."""
    move: str
    """Camera move, one of MOVES; seen only when more than one frame is drawn."""
    amount: float
    """Strength of the camera move, 0.5 to 1, with the sign of its direction; a push-in has only one direction."""
    subject: SubjectLook = SubjectLook()
    """How the subject is drawn; `sample_style` leaves it as the starter knows it."""


CHOICES: dict[str, tuple[str, ...]] = {
    "time": TIMES,
    "place": PLACES,
    "weather": WEATHERS,
    "subject": SUBJECTS,
    "framing": FRAMINGS,
}
ATTRIBUTES = tuple(field.name for field in fields(Content))


def sample_content(rng: np.random.Generator) -> Content:
    """Draw a content, uniform over all 1,728 combinations."""
    return Content(**{name: str(rng.choice(choices)) for name, choices in CHOICES.items()})


def sample_style(rng: np.random.Generator) -> Style:
    """Draw a style; a third of the scenes carry letterbox bars."""
    return Style(
        grade=float(rng.uniform(-1, 1)),
        contrast=float(rng.uniform(0.82, 1.22)),
        saturation=float(rng.uniform(0.75, 1.2)),
        horizon=float(rng.uniform(*HORIZON_RANGE)),
        position=float(rng.uniform(0.3, 0.7)),
        mirrored=bool(rng.random() < 0.5),
        bars=0.11 if rng.random() < 1 / 3 else 0.0,
        grain=float(rng.uniform(0.0, 0.025)),
        move=str(rng.choice(MOVES)),
        amount=_sample_amount(rng),
    )


def _sample_amount(rng: np.random.Generator) -> float:
    """Either direction, and never so weak that a pan could be taken for a static camera."""
    drawn = float(rng.uniform(-1, 1))
    return float(np.copysign(0.5 + 0.5 * abs(drawn), drawn))


def sample_subject_look(rng: np.random.Generator) -> SubjectLook:
    """Draw how a subject looks: for tastes about the subject, which the scenes of `sample_style` cannot show."""
    return SubjectLook(
        colour=str(rng.choice(COLOURS)),
        size=float(rng.uniform(0.75, 1.25)),
        rounded=bool(rng.random() < 0.5),
        faces_left=bool(rng.random() < 0.5),
    )


def label_indices(content: Content) -> list[int]:
    """Give the index of each attribute's value, in the order of ATTRIBUTES."""
    return [CHOICES[name].index(getattr(content, name)) for name in ATTRIBUTES]
