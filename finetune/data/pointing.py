"""Where people pointed on a take, as weights over the places of its latents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

LEAST = 0.06  # of the frame or of the length: a finger points no finer, and a line that was drawn has no width


@dataclass(frozen=True)
class Place:
    """Part of a take, in shares of the frame and of its length."""

    x: float
    y: float
    w: float
    h: float
    begin: float
    end: float


Pointing = tuple[tuple[Place, ...], ...]
"""Of one take, for each person who judged it: where that person pointed; () is a person who meant the whole. Without any
person it is a take that nobody pointed on."""


def pointing_of(judges: Iterable[int], take: int, places: Mapping[tuple[int, int], Sequence[Place]]) -> Pointing:
    """`judges`: people ids of a pair's judgements. `places`: by (person, take)."""
    each = tuple(tuple(places.get((person, take), ())) for person in dict.fromkeys(judges))
    return each if any(each) else ()


def places_by_person(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[int, int], list[Place]]:
    """The places of a snapshot, by (person, take)."""
    by_person: dict[tuple[int, int], list[Place]] = {}
    for row in rows:
        by_person.setdefault((row["person"], row["take"]), []).append(Place(*row["box"], *row["span"]))
    return by_person


def whole_length(places: Sequence[Place]) -> tuple[Place, ...]:
    """The same parts of the frame, in all frames."""
    return tuple(replace(place, begin=0.0, end=1.0) for place in places)


def coverage(places: Sequence[Place], shape: Sequence[int]) -> torch.Tensor:
    """What share of each of the cells [F, h, w] of a take lies in one of these places, 0 to 1."""
    covered = torch.zeros(*shape)
    for place in places:
        spans = ((place.begin, place.end - place.begin), (place.y, place.h), (place.x, place.w))
        along = [overlap(begin, length, cells) for (begin, length), cells in zip(spans, shape, strict=True)]
        covered = covered.maximum(torch.einsum("f,h,w->fhw", *along))
    return covered


def overlap(begin: float, length: float, cells: int) -> torch.Tensor:
    """Share of each of `cells` equal parts of [0, 1] that lies from `begin` on, [cells]; no shorter than LEAST."""
    if length < LEAST:
        begin, length = min(max(begin - (LEAST - length) / 2, 0.0), 1 - LEAST), LEAST
    edges = torch.linspace(0, 1, cells + 1)
    return ((edges[1:].clamp(max=begin + length) - edges[:-1].clamp(min=begin)) * cells).clamp(0, 1)


def mean_coverage(pointing: Pointing, shape: Sequence[int]) -> torch.Tensor:
    """What those who pointed mean together, [F, h, w], 0 to 1; ones where nobody pointed."""
    pointed = [coverage(places, shape) for places in pointing if places]
    return torch.stack(pointed).mean(0) if pointed else torch.ones(*shape)


def weights_over(pointing: Pointing, shape: Sequence[int], share: float) -> torch.Tensor:
    """The weight of each cell of a take, [F, h, w], 1 on average.

    `share` of each person's weight lies, evenly, where that person pointed, and the rest everywhere. People count alike,
    and for who did not point all cells do.
    """
    whole = torch.ones(*shape)
    each = [share * spread(coverage(places, shape)) + (1 - share) * whole if places else whole for places in pointing]
    return torch.stack(each).mean(0) if each else whole


def spread(covered: torch.Tensor) -> torch.Tensor:
    """The same with a mean of 1."""
    return covered / covered.mean().clamp(min=1e-6)
