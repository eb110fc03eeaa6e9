"""Image descriptors of takes: 61 numbers each, measured once and stored.

Only the choice of the next pair uses them (`feedback.pair_selection.acquisition`). They may be missing at any time: a take
without descriptors is shown by chance until a worker has measured it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from feedback.store import Studio

SCHEME = 1  # which numbers are measured; descriptors of another scheme count as missing and are measured again
ROWS = 16
FRAMES = 9  # of a clip, evenly apart, whatever its length
PATCH = 256  # pixels a side, out of the middle: grain is the same everywhere
SMALL = 1e-4  # added to variances before their logarithm

GROUPS = {"colour": 3, "contrast": 4, "rows": 3 * ROWS, "detail": 2, "motion": 4}
DIMENSIONS = sum(GROUPS.values())

# The take's own rendition: what its raters are shown.
MISSING = """
SELECT t.id, t.rendition FROM takes t LEFT JOIN descriptors d ON d.sha256 = t.rendition AND d.scheme = ?
WHERE t.state = 'done' AND t.id > ? AND t.rendition IS NOT NULL AND d.sha256 IS NULL ORDER BY t.id LIMIT ?
"""


def store_descriptors(studio: Studio, sha256: str, frames: np.ndarray) -> None:
    """Measures and stores the descriptors of a rendition; `frames` are its pixels, uint8 [F, H, W, 3]."""
    store_measured(studio, sha256, measure_descriptors(frames))


def store_measured(studio: Studio, sha256: str, numbers: np.ndarray) -> None:
    """Stores the descriptors of a rendition, [DIMENSIONS], as `measure_descriptors` returned them, here or elsewhere."""
    row = {"sha256": sha256, "scheme": SCHEME, "numbers": numbers.astype("<f2").tobytes()}
    with studio.writing() as db:
        # Replaced, not updated: a new rowid is how `read_descriptors` finds it.
        db.table("descriptors").insert(row, pk="sha256", replace=True)


def read_descriptors(studio: Studio, after: int = 0) -> tuple[dict[str, np.ndarray], int]:
    """(descriptors by sha256, float32 [DIMENSIONS] each, the last row's number) of the rows after number `after`."""
    rows = studio.tuples(
        "SELECT numbers, sha256, rowid FROM descriptors WHERE rowid > ? AND scheme = ? ORDER BY rowid",
        (after, SCHEME),
    )
    numbers = np.frombuffer(b"".join(row[0] for row in rows), "<f2").astype(np.float32).reshape(-1, DIMENSIONS)
    return dict(zip((row[1] for row in rows), numbers, strict=True)), rows[-1][2] if rows else after


def takes_without_descriptors(studio: Studio, after: int, limit: int) -> list[tuple[int, str]]:
    """(take, rendition) of the first `limit` done takes without descriptors whose id is above `after`."""
    return [(row["id"], row["rendition"]) for row in studio.rows(MISSING, (SCHEME, after, limit))]


def measure_descriptors(frames: np.ndarray) -> np.ndarray:
    """uint8 [F, H, W, 3] -> float32 [DIMENSIONS], the GROUPS one after the other.

    Colours are in [-1, 1]; contrast and detail are logarithms; motion is as `measure_motion` returns it, 0 for a still.
    """
    chosen = frames[np.linspace(0, len(frames) - 1, min(FRAMES, len(frames))).round().astype(int)]
    small = np.stack([shrink(frame, ROWS) for frame in chosen])
    picture = small.mean(axis=0)
    with_grey = np.dstack([picture, picture.mean(axis=-1)])
    parts = (
        picture.mean(axis=(0, 1)),
        np.log(with_grey.var(axis=(0, 1)) + SMALL) / 2,
        picture.mean(axis=1).ravel(),
        measure_detail(frames[len(frames) // 2]),
        measure_motion(small.mean(axis=-1)),
    )
    return np.concatenate(parts).astype(np.float32)


def shrink(frame: np.ndarray, side: int) -> np.ndarray:
    """uint8 [H, W, 3] -> float32 [side, side, 3] in [-1, 1], each number the mean of its part of the frame."""
    image = Image.fromarray(np.ascontiguousarray(frame)).resize((side, side), Image.Resampling.BOX)
    return np.asarray(image, np.float32) / 127.5 - 1


def measure_detail(frame: np.ndarray) -> np.ndarray:
    """[H, W, 3] -> [2]: log contrast between neighbouring pixels (grain), and between cells of a 64 x 64 grid."""
    down, across = (max(0, (side - PATCH) // 2) for side in frame.shape[:2])
    patch = frame[down : down + PATCH, across : across + PATCH].astype(np.float32).mean(axis=-1) / 127.5 - 1
    fine, coarse = second_differences(patch), second_differences(shrink(frame, 64).mean(axis=-1))
    # The median ignores edges, which are no grain.
    grain = float(np.median(np.abs(fine))) if fine.size else 0.0
    return np.array([np.log(grain + 0.01), np.log((coarse**2).mean() + SMALL) / 2])


def second_differences(grey: np.ndarray) -> np.ndarray:
    """Second differences along both axes, [H, W] -> [H - 2, W - 2]: 0 where brightness is constant or a gradient."""
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    return rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]


def measure_motion(grey: np.ndarray) -> np.ndarray:
    """[F, h, w] -> [4]: pan, tilt and push-in per frame as shares of the frame, and the log of how much pixels change.

    Least squares of Lucas and Kanade (1981), one movement at a time over the whole frame.
    """
    if len(grey) < 2:
        return np.zeros(4)
    side = grey.shape[1]
    change, middle = np.diff(grey, axis=0)[:, 1:-1, 1:-1], (grey[1:] + grey[:-1]) / 2
    across = (middle[:, 1:-1, 2:] - middle[:, 1:-1, :-2]) / 2 * side
    down = (middle[:, 2:, 1:-1] - middle[:, :-2, 1:-1]) / 2 * side
    places = np.linspace(-0.5, 0.5, side)[1:-1]
    slopes = (across, down, across * places + down * places[:, None])
    moved = [-(change * slope).mean() / ((slope * slope).mean() + SMALL) for slope in slopes]
    return np.array([*moved, np.log((change * change).mean() + SMALL) / 2])
