"""Which captions are judged and which are compared on: no content is in both."""

from __future__ import annotations

from functools import cache

from benchmarks.house_style.setting import House
from benchmarks.synthetic.labels import Content
from benchmarks.synthetic.scenes import captions, parse_caption
from feedback.errors import Invalid

HELD_OUT_STREAM, JUDGED_STREAM = 7_000_000, 1_000_000
# The renderer has 1,728 contents: with more held out, too few different ones would be left to judge.
MOST_HELD_OUT = 600


def held_out_prompts(house: House) -> list[str]:
    """`house.held_out` captions of as many contents."""
    if not 2 <= house.held_out <= MOST_HELD_OUT:
        raise Invalid(f"{house.held_out} held-out briefs: give 2 to {MOST_HELD_OUT}")
    first: dict[Content | None, str] = {}
    for text in captions(8 * house.held_out, HELD_OUT_STREAM + house.seed):
        first.setdefault(parse_caption(text), text)
    return list(first.values())[: house.held_out]


def judged_prompts(house: House, count: int, first: int = 0) -> list[str]:
    """Captions number `first` to `first + count` of an endless list without the held-out contents."""
    return judged_stream(house, 2 * (first + count) + 64)[first : first + count]


@cache
def judged_stream(house: House, drawn: int) -> list[str]:
    held_out = {parse_caption(text) for text in held_out_prompts(house)}
    return [text for text in captions(drawn, JUDGED_STREAM + house.seed) if parse_caption(text) not in held_out]
