"""How alike two pictures are where one lies in the other: from 0, nothing in common, to 1, the same.

Compared are the edges of both, pixel by pixel, in direction and in strength beside what is around them, and what is light and what
dark beside what is around it. So brightness, contrast and colours count for nothing, noise for little, and an object that both
show counts only for the part of the picture that it takes: a lighthouse in two films makes them no copies. An encoder that
saves space draws soft edges elsewhere and grain not at all, but where it is light stays.

Where one is all of the other, nothing has to be sought, and means of a few large blocks say as much: an encoder keeps them
to a level of grey, so that even fog and sky are told apart, of which it keeps no edge.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from generation.copies.aligning import Place, by_keypoints, by_trying, refine, whole_in_whole
from generation.copies.describing import Description, even_contrast
from generation.opencv import need_opencv

BLOCKS, THE_SAME = (
    16,
    0.97,
)  # blocks of a side of the whole, and the likeness by them from which on nothing else is sought
SURE, FOUND = 12, 0.9  # keypoints that agree, and the likeness where they say, beyond which no other place is tried
SMOOTHED, AROUND = 1.0, 6.0  # pixels: of edges, and over which their strength is evened
FAINT = 1.0  # levels of grey from pixel to pixel below which an edge is mostly noise
SOFT = 2.0  # pixels over which light and dark are smoothed
BORDER = 5  # pixels at the border of the overlap that are left out
CRUSHED, VISIBLE = (
    4,
    0.1,
)  # levels of grey from black and white that tell nothing; share that has to be left without them
LEAST, MOST = 0.15, 0.6  # share of the picture that has to lie in the other, and below which that counts for less
HOPELESS = 0.12  # correlation below which a place is not made exact
EXACT = 2  # places that are made exact
SQUEEZED = 1.25  # times that one direction may be longer than another
SOUGHT = 1.3  # times that disagreement counts where a part was sought
CORNERS = 0.04  # share of the longer side that corners may be apart
FAR_OFF = 0.15  # agreement below which a place is not made exact either
TELLING = 10.0  # keypoints that agree, of which two thirds of a likeness are made
CONFIRMED = 0.4  # agreement of edges that confirms them


Field = tuple[np.ndarray, np.ndarray]
"""Slopes across and down, float32 [h, w] each."""


class Picture:
    """A description with what comparing needs of it, measured once."""

    def __init__(self, description: Description) -> None:
        self.description = description

    @cached_property
    def grey(self) -> np.ndarray:
        return np.ascontiguousarray(self.description.small, np.float32)

    @cached_property
    def blocks(self) -> np.ndarray:
        """float32 [3, BLOCKS, BLOCKS]: means of red, green and blue, each less that of all."""
        colours = np.moveaxis(self.description.blocks, 2, 0).astype(np.float32)
        return colours - colours.mean(axis=(1, 2), keepdims=True)

    @cached_property
    def even(self) -> np.ndarray:
        return even_contrast(self.grey).astype(np.float32)

    @cached_property
    def soft(self) -> np.ndarray:
        return soft_of(self.grey)

    @cached_property
    def edges(self) -> tuple[Field, Field]:
        return edges_of(self.grey)


def likeness(first: Picture, second: Picture) -> float:
    """Of the first to the second: 0 where it lies nowhere in it. Either may be a part of the other."""
    whole = as_wholes(first, second)
    if whole >= THE_SAME:
        return whole
    agreed = by_keypoints(first.description, second.description)
    known = max(whole, by_places(first, second, *agreed) if agreed else 0.0)
    if agreed and agreed[0] >= SURE and known >= FOUND:
        return known
    places = most_likely(first, second, places_to_try(first, second))
    return max(known, *(exactly(first, second, place) for place in places), 0.0)


def as_wholes(first: Picture, second: Picture) -> float:
    """Of all of one to all of the other, whatever their shapes: how much of the colours of one those of the other explain.

    Each of red, green and blue may be stronger in one, as another grade makes it. A share of the amplitude, 1 - sqrt(1 - r^2):
    different skies that both darken to the left correlate by 0.99.
    """
    a, b = first.blocks, second.blocks
    own = np.sqrt((a * a).sum(axis=(1, 2)) * (b * b).sum(axis=(1, 2)))
    explained = max(0.0, float((a * b).sum()) / (float(own.sum()) + 1e-6))
    return 1.0 - float(np.sqrt(max(0.0, 1.0 - explained**2)))


def by_places(first: Picture, second: Picture, agreeing: int, place: Place) -> float:
    """By keypoints: many that agree on one place are enough where edges agree there too, as under a line of text."""
    exact = exactly(first, second, place)
    known = 1.0 - float(np.exp(-agreeing / TELLING))
    return max(exact, known) if agreement(first, second, place)[0] >= CONFIRMED else exact


def places_to_try(first: Picture, second: Picture) -> list[Place]:
    return [whole_in_whole(first.description.shape, second.description.shape), *by_trying(first.even, second.even)]


def most_likely(first: Picture, second: Picture, places: list[Place]) -> list[Place]:
    rated = sorted(((quick(first, second, place), number) for number, place in enumerate(places)), reverse=True)
    return [places[number] for value, number in rated[:EXACT] if value >= HOPELESS]


def exactly(first: Picture, second: Picture, place: Place) -> float:
    """The agreement at a place or where it is when it is made exact, less where little of the picture lies in the other."""
    value = agreed_at(first, second, place)
    if value < FAR_OFF:
        return value
    exact = refine(first.even, second.even, place)
    if not is_straight(exact, place):
        exact = refine(first.even, second.even, place, affine=False)
    return max(value, agreed_at(first, second, exact))


def is_straight(exact: Place, place: Place) -> bool:
    """Whether a place that was made exact is squeezed little beside the place before it.

    Any two stripes agree when one may be squeezed to fit the other. Of the longest and shortest radius of what a circle becomes, the sum of
    squares is that of all values, and the product is the determinant.
    """
    change = exact[:, :2] @ np.linalg.inv(place[:, :2])
    return bool((change**2).sum() < (SQUEEZED + 1 / SQUEEZED) * abs(np.linalg.det(change)))


def agreed_at(first: Picture, second: Picture, place: Place) -> float:
    """Of many places in which a part was sought one agrees by chance: what does not agree there counts for more."""
    value, share = agreement(first, second, place)
    if not is_whole(first, second, place):
        value = max(0.0, 1.0 - SOUGHT * (1.0 - value))
    return value * min(1.0, share / MOST) ** 0.5


def is_whole(first: Picture, second: Picture, place: Place) -> bool:
    """Whether the corners of the first come to lie at those of the second."""
    (height, width), (high, wide) = first.description.shape, second.description.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float32) @ place.T
    return float(np.abs(corners - [[0, 0], [wide, 0], [0, high], [wide, high]]).max()) < CORNERS * max(high, wide)


def moved(picture: np.ndarray, place: Place, shape: tuple[int, int]) -> np.ndarray:
    """What of the second picture lies under each pixel of the first."""
    cv2 = need_opencv()
    return cv2.warpAffine(picture, place, (shape[1], shape[0]), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def overlap(second: Picture, place: Place, shape: tuple[int, int]) -> np.ndarray:
    return (moved(np.ones_like(second.grey), place, shape) > 0.99).astype(np.float32)


def quick(first: Picture, second: Picture, place: Place) -> float:
    """Correlation with even contrast, without making the place exact."""
    shape = first.grey.shape
    within = overlap(second, place, shape)
    if within.mean() < LEAST:
        return 0.0
    a, b = (first.even - 128) * within, (moved(second.even, place, shape) - 128) * within
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-6))


def agreement(first: Picture, second: Picture, place: Place) -> tuple[float, float]:
    """(correlation of edges and of light and dark, share of the first picture that lies in the second)."""
    cv2 = need_opencv()
    shape = first.grey.shape
    within = cv2.erode(overlap(second, place, shape), np.ones((BORDER, BORDER)))
    share = float(within.mean())
    if share < LEAST:
        return 0.0, share
    other = moved(second.grey, place, shape)
    within = where_visible(first.grey, other, within)
    edges = sum(correlation(a, b, within) for a, b in zip(first.edges, edges_of(other), strict=True)) / 2
    return (edges + light_alike(first.soft, soft_of(other), within)) / 2, share


def where_visible(first: np.ndarray, second: np.ndarray, within: np.ndarray) -> np.ndarray:
    """float32 [h, w]: without what is black or white in either, unless little is left.

    A grade that crushes a night to black leaves nothing there.
    """
    visible = (np.minimum(first, second) > CRUSHED) & (np.maximum(first, second) < 255 - CRUSHED)
    if visible.all():
        return within
    left = within * need_opencv().dilate(visible.astype(np.float32), np.ones((3, 3)))
    return left if left.sum() >= VISIBLE * within.sum() else within


def soft_of(grey: np.ndarray) -> np.ndarray:
    """float32 [h, w]: with even contrast, without what is fine."""
    return need_opencv().GaussianBlur(even_contrast(grey).astype(np.float32), (0, 0), SOFT)


def light_alike(first: np.ndarray, second: np.ndarray, within: np.ndarray) -> float:
    """Correlation of two pictures where both are, 0 to 1."""
    a, b = (each[within > 0] - each[within > 0].mean() for each in (first, second))
    return max(0.0, float(a @ b) / float(np.sqrt((a @ a) * (b @ b)) + 1e-6))


def correlation(first: Field, second: Field, within: np.ndarray) -> float:
    """Of two fields of slopes, 0 to 1."""
    (ax, ay), (bx, by) = first, second
    both = float(((ax * bx + ay * by) * within).sum())
    own = float(((ax * ax + ay * ay) * within).sum()) * float(((bx * bx + by * by) * within).sum())
    return max(0.0, both / float(np.sqrt(own + 1e-6)))


def edges_of(grey: np.ndarray) -> tuple[Field, Field]:
    """Slopes of float32 [h, w], of about the same strength everywhere; then the same without those that are even around them.

    A clear sky is one even slope and like every other sky. What is left of it without that tells it apart, but is lost when
    it is encoded poorly: each counts half.
    """
    cv2 = need_opencv()
    smooth = cv2.GaussianBlur(grey, (0, 0), SMOOTHED)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    uneven = [slope - cv2.GaussianBlur(slope, (0, 0), AROUND) for slope in (across, down)]
    return even_strength(across, down), even_strength(*uneven)


def even_strength(across: np.ndarray, down: np.ndarray) -> Field:
    strength = np.sqrt(need_opencv().GaussianBlur(across**2 + down**2, (0, 0), AROUND) + FAINT**2)
    return across / strength, down / strength
