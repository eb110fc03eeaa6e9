"""Captions for contents, in several phrasings, and the way back from a caption to its content.

A clip's caption may end with its camera move; where it says nothing, the move is left to style.
"""

from __future__ import annotations

import re

import numpy as np

from benchmarks.synthetic.labels import ATTRIBUTES, MOVES, Content, sample_content

# The first word of each list is the plainest one; no word or phrase stands under two values of one attribute.
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "time": {
        "dawn": ("at dawn", "at sunrise", "at daybreak", "in the early morning", "at first light"),
        "day": ("by day", "at noon", "in the daytime", "at midday", "in daylight", "in the afternoon"),
        "dusk": ("at dusk", "at sunset", "at sundown", "in the evening", "at twilight"),
        "night": ("at night", "by night", "under the moon", "after dark", "at midnight", "in the moonlight"),
    },
    "place": {
        "desert": ("in the desert", "among sand dunes", "in a sandy desert", "on the dunes"),
        "sea": ("by the sea", "at the ocean", "on the coast", "on the beach", "on the shore"),
        "forest": ("in the forest", "in the woods", "among pine trees", "in a pine forest"),
        "city": ("in the city", "before a city skyline", "in front of skyscrapers", "downtown", "in town"),
        "mountains": ("in the mountains", "below snowy peaks", "before a mountain range", "in the alps"),
        "field": ("in a field", "in a meadow", "on farmland", "in the grassland", "in green fields"),
    },
    "weather": {
        "clear": ("in clear weather", "under a clear sky", "clear", "with a cloudless sky", "in fair weather"),
        "rain": ("in the rain", "in heavy rain", "rainy", "in a downpour", "in a rainstorm"),
        "snow": ("in the snow", "in falling snow", "snowy", "in a snowfall", "in a blizzard"),
        "fog": ("in the fog", "in thick mist", "foggy", "misty", "in haze"),
    },
    "subject": {
        "tree": ("a lone tree", "a single tree", "a solitary tree", "an old oak", "a tree"),
        "lighthouse": ("a lighthouse", "a tall lighthouse", "a beacon tower", "a tower", "a striped lighthouse"),
        "house": ("a house", "a small cottage", "a cabin", "a lonely house", "a home"),
        "person": ("a person", "a man standing", "a woman standing", "a lone figure", "a traveller", "someone"),
        "car": ("a car", "a red car", "a parked car", "an automobile", "a vehicle"),
        "boat": ("a sailing boat", "a sailboat", "a boat", "a small yacht", "a ship with sails"),
    },
    "framing": {
        "wide": ("wide shot", "a wide shot", "long shot", "seen from afar", "in the distance", "establishing shot"),
        "medium": ("medium shot", "a medium shot", "mid shot", "at middle distance"),
        "close": ("close shot", "close-up", "a close shot", "seen from close by", "up close"),
    },
}
# How a caption ends that names the clip's camera move; the value itself is what terse captions say.
MOVE_WORDS: dict[str, tuple[str, ...]] = {
    "static": ("static camera", "locked camera", "the camera stands still", "static shot", "no camera move"),
    "pan": ("camera pan", "slow pan", "panning shot", "the camera pans", "panning camera"),
    "push-in": ("push-in", "slow push-in", "the camera pushes in", "dolly in", "the camera moves in"),
    "tilt": ("camera tilt", "slow tilt", "tilting shot", "the camera tilts", "tilting camera"),
}
# Which way the camera turns, named behind the move: for an amount below 0 and above. A push-in has only one.
DIRECTIONS: dict[str, tuple[str, str]] = {"pan": ("right", "left"), "tilt": ("down", "up")}
NAMED_MOVES = 0.5  # share of clips whose caption names the move
DIRECTED = 0.8  # share of the named pans and tilts that say which way
PHRASINGS = (
    "{framing}: {subject} {place}, {time}, {weather}",
    "{framing} of {subject} {place} {time}, {weather}",
    "{subject} {place} {time}, {weather}, {framing}",
    "{subject} {place}, {weather}, {time}, {framing}",
    "{time}, {weather}, {subject} {place}, {framing}",
    "{framing}, {weather}, {time}: {subject} {place}",
    "{subject}, {framing}, {place} {weather} {time}",
)
# Terse notes such as a director scribbles: "car, city, night, rain, wide".
TERSE = ("{subject}, {place}, {time}, {weather}, {framing}", "{framing} {subject} {place} {time} {weather}")


def caption(content: Content, rng: np.random.Generator, move: str | None = None, amount: float = 0.0) -> str:
    """Put a content into words: a phrasing and synonyms drawn from `rng`, one caption in five terse.

    A `move`, one of MOVES, is named at the end; mostly with its direction, the sign of `amount`, unless that is 0.
    """
    terse = rng.random() < 0.2
    phrasing = str(rng.choice(TERSE if terse else PHRASINGS))
    words = {}
    for name in ATTRIBUTES:
        value = getattr(content, name)
        words[name] = value if terse else str(rng.choice(WORDS[name][value]))
    sentence = phrasing.format(**words)
    if move is None:
        return sentence
    return f"{sentence}, {move if terse else rng.choice(MOVE_WORDS[move])}{direction(move, amount, rng)}"


def direction(move: str, amount: float, rng: np.random.Generator) -> str:
    """What a caption adds to name which way the camera turns, such as " left"; nothing where it is left open."""
    if move not in DIRECTIONS or amount == 0 or rng.random() >= DIRECTED:
        return ""
    return f" {DIRECTIONS[move][amount > 0]}"


def captions(count: int, seed: int) -> list[str]:
    """Give `count` captions of independent contents; the same seed gives the same list."""
    rng = np.random.default_rng(seed)
    return [caption(sample_content(rng), rng) for _ in range(count)]


def clip_captions(count: int, seed: int) -> list[str]:
    """Like `captions`, for clips: half of them name a camera move, all moves and directions alike."""
    rng = np.random.default_rng(seed)
    return [
        caption(sample_content(rng), rng, name_move(str(rng.choice(MOVES)), rng), float(rng.choice([-1, 1])))
        for _ in range(count)
    ]


def name_move(move: str, rng: np.random.Generator) -> str | None:
    """The move, or None where the caption is to be silent about it."""
    return move if rng.random() < NAMED_MOVES else None


def _normalise(text: str) -> str:
    return " " + " ".join(re.findall(r"[a-z]+", text.lower())) + " "


def _phrase_table() -> list[tuple[str, str, str]]:
    rows = [(_normalise(v), name, v) for name, values in WORDS.items() for v in values]
    for name, values in WORDS.items():
        rows += [(_normalise(phrase), name, value) for value, phrases in values.items() for phrase in phrases]
    # The longest phrase first, and each matched phrase struck out, so that "pine trees" is no lone tree
    # and "snowy peaks" is no snowfall.
    return sorted(set(rows), key=lambda row: (-len(row[0]), row))


def _move_table() -> list[tuple[str, str]]:
    rows = [(_normalise(phrase), move) for move, phrases in MOVE_WORDS.items() for phrase in (move, *phrases)]
    return sorted(set(rows), key=lambda row: (-len(row[0]), row))


_TABLE = _phrase_table()
_MOVE_TABLE = _move_table()


def find_labels(text: str) -> dict[str, str]:
    """Give the attribute values that a text names; attributes that it leaves out are missing."""
    remaining, labels = _normalise(text), dict[str, str]()
    for phrase, name, value in _TABLE:
        if name not in labels and phrase in remaining:
            labels[name] = value
            remaining = remaining.replace(phrase, " | ", 1)
    return labels


def parse_caption(text: str) -> Content | None:
    """Give the content that a caption names, or None when it leaves out an attribute."""
    labels = find_labels(text)
    return Content(**labels) if len(labels) == len(ATTRIBUTES) else None


def find_move(text: str) -> str | None:
    """Give the camera move, one of MOVES, that a text names, or None where it is silent."""
    words = _normalise(text)
    return next((move for phrase, move in _MOVE_TABLE if phrase in words), None)
