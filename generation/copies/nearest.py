"""The pictures that one is most alike, of all that are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from generation.copies.comparing import THE_SAME, Picture, likeness
from generation.copies.describing import Description
from generation.copies.searching import Index

COMPARED = 4  # candidates by keypoints, and as many by layout


class Near(NamedTuple):
    place: int  # in the index
    likeness: float  # 0 to 1
    mirrored: bool


def nearest(
    picture: Description,
    index: Index,
    read: Callable[[int], Description],
    without: Sequence[int] = (),
    most: int = COMPARED,
) -> list[Near]:
    """The most alike first, each once. `read` gives the description at a place of the index; `without`: places left out.

    A picture that lies in another one is named, and so is one in which another one lies.
    """
    upright, turned = Picture(picture), Picture(picture.mirrored())
    compared: dict[int, Near] = {}
    for place, mirrored in index.candidates(picture, most, without):
        own, other = turned if mirrored else upright, Picture(read(place))
        near = Near(place, max(likeness(own, other), 0.0), mirrored)
        compared[place] = max(compared.get(place, near), near, key=lambda each: each.likeness)
        if near.likeness >= THE_SAME:
            break
    return sorted(compared.values(), key=lambda each: -each.likeness)
