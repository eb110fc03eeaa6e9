"""Where one picture lies in another: by keypoints that both have, or by trying places and sizes."""

from __future__ import annotations

import numpy as np

from generation.copies.describing import BYTE, SMALL, Description
from generation.opencv import need_opencv

ALIKE = 0.8  # cosine between two keypoints that may be of the same thing
FEWEST = 4  # keypoints that agree on a place
NEAR = 0.02  # share of the longer side by which a keypoint may be off its place
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)  # of a part by the whole
COARSE = 48  # pixels of the longer side in which places are tried
Place = np.ndarray
"""float32 [2, 3]: takes points of the first picture, in pixels of its small one, to points of the second."""


def by_keypoints(first: Description, second: Description) -> tuple[int, Place] | None:
    """(keypoints that agree, the place), turned and scaled as it may be; None where too few agree."""
    cv2 = need_opencv()
    if min(len(first.vectors), len(second.vectors)) < FEWEST:
        return None
    alike = (first.vectors.astype(np.float32) @ second.vectors.T.astype(np.float32)) / BYTE**2
    best, back = alike.argmax(axis=1), alike.argmax(axis=0)
    rows = np.arange(len(best))
    kept = (back[best] == rows) & (alike[rows, best] > ALIKE)
    if kept.sum() < FEWEST:
        return None
    a, b = first.places[kept] * SMALL, second.places[best[kept]] * SMALL
    place, agree = cv2.estimateAffinePartial2D(
        a, b, method=cv2.RANSAC, ransacReprojThreshold=NEAR * SMALL, maxIters=200
    )
    if place is None or not 0.2 < np.hypot(place[0, 0], place[1, 0]) < 5:
        return None
    return int(agree.sum()), place.astype(np.float32)


def whole_in_whole(first: tuple[int, int], second: tuple[int, int]) -> Place:
    """The first as large as the second, whatever their shapes (height, width)."""
    return np.array([[second[1] / first[1], 0, 0], [0, second[0] / first[0], 0]], np.float32)


def by_trying(first: np.ndarray, second: np.ndarray) -> list[Place]:
    """The two best places of all of the first picture in the second, upright, at one of SCALES; both of even contrast."""
    cv2 = need_opencv()
    whole, part, rated = coarse(second), coarse(first), []
    for scale in SCALES:
        # The part fills `scale` of the whole in one direction at least.
        share = scale * min(whole.shape[0] / part.shape[0], whole.shape[1] / part.shape[1])
        size = max(4, round(part.shape[1] * share)), max(4, round(part.shape[0] * share))
        alike = cv2.matchTemplate(whole, cv2.resize(part, size, interpolation=cv2.INTER_AREA), cv2.TM_CCOEFF_NORMED)
        _, value, _, (x, y) = cv2.minMaxLoc(alike)
        across, unit = size[0] / part.shape[1], SMALL / COARSE
        rated.append((value, np.array([[across, 0, x * unit], [0, across, y * unit]], np.float32)))
    return [place for _, place in sorted(rated, key=lambda each: -each[0])[:2]]


def coarse(picture: np.ndarray) -> np.ndarray:
    cv2 = need_opencv()
    size = tuple(max(4, round(side * COARSE / SMALL)) for side in reversed(picture.shape))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def refine(first: np.ndarray, second: np.ndarray, place: Place, rounds: int = 20, *, affine: bool = True) -> Place:
    """A place made exact by what both pictures show (Evangelidis and Psarakis 2008), uint8 or float32 [h, w].

    Without `affine` it is only moved.
    """
    cv2 = need_opencv()
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, rounds, 1e-4)
    motion = cv2.MOTION_AFFINE if affine else cv2.MOTION_TRANSLATION
    try:
        return cv2.findTransformECC(first, second, place.copy(), motion, stop, None, 3)[1]
    except cv2.error:  # it does not get anywhere
        return place
