"""A take's look: some sixty numbers of its picture, measured once and kept.

They help to choose which pair is worth a person's time (`feedback.pair_selection.acquisition`) and decide nothing else. A look may be
missing at any time: such a take is dealt by chance, until a worker has looked at it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from feedback.store import Studio

SCHEME = 1  # of what is measured; a look of another scheme counts as missing and is measured again
ROWS = 16
FRAMES = 9  # of a clip, evenly apart, whatever its length
PATCH = 256  # pixels a side, out of the middle: grain is the same everywhere
SMALL = 1e-4  # added to variances before their logarithm

GROUPS = {"colour": 3, "contrast": 4, "rows": 3 * ROWS, "detail": 2, "motion": 4}
NUMBERS = sum(GROUPS.values())

# The take's own rendition: what its raters are shown.
WITHOUT = """
SELECT t.id, t.rendition FROM takes t LEFT JOIN looks l ON l.sha256 = t.rendition AND l.scheme = ?
WHERE t.state = 'done' AND t.id > ? AND t.rendition IS NOT NULL AND l.sha256 IS NULL ORDER BY t.id LIMIT ?
"""


def keep_look(studio: Studio, sha256: str, frames: np.ndarray) -> None:
    """Measures and keeps the look of the rendition of that name, uint8 [F, H, W, 3]."""
    row = {"sha256": sha256, "scheme": SCHEME, "numbers": measure_look(frames).astype("<f2").tobytes()}
    with studio.writing() as db:
        # Replaced, not updated: a new rowid is how `read_looks` finds it.
        db.table("looks").insert(row, pk="sha256", replace=True)


def read_looks(studio: Studio, after: int = 0) -> tuple[dict[str, np.ndarray], int]:
    """Looks by sha256, float32 [NUMBERS] each, of the rows after one; and the last row's number, to go on from."""
    rows = studio.rows(
        "SELECT rowid AS place, sha256, numbers FROM looks WHERE rowid > ? AND scheme = ? ORDER BY rowid",
        (after, SCHEME),
    )
    looks = {row["sha256"]: np.frombuffer(row["numbers"], "<f2").astype(np.float32) for row in rows}
    return looks, rows[-1]["place"] if rows else after


def takes_without(studio: Studio, after: int, limit: int) -> list[tuple[int, str]]:
    """(take, rendition) of the next done takes that have no look, by id."""
    return [(row["id"], row["rendition"]) for row in studio.rows(WITHOUT, (SCHEME, after, limit))]


def measure_look(frames: np.ndarray) -> np.ndarray:
    """uint8 [F, H, W, 3] -> float32 [NUMBERS], the groups of GROUPS side by side.

    Colours are in [-1, 1], contrast and detail are logarithms, and movement is as `measure_motion` says; 0 for a still.
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
    """[H, W, 3] -> [2]: how much neighbouring pixels differ (grain), and how much parts of a 64th of the frame do."""
    down, across = (max(0, (side - PATCH) // 2) for side in frame.shape[:2])
    patch = frame[down : down + PATCH, across : across + PATCH].astype(np.float32).mean(axis=-1) / 127.5 - 1
    fine, coarse = second_differences(patch), second_differences(shrink(frame, 64).mean(axis=-1))
    # A median passes over edges, which are no grain.
    grain = float(np.median(np.abs(fine))) if fine.size else 0.0
    return np.array([np.log(grain + 0.01), np.log((coarse**2).mean() + SMALL) / 2])


def second_differences(grey: np.ndarray) -> np.ndarray:
    """Along both axes, [H, W] -> [H - 2, W - 2]: nothing is left of flat parts and even slopes."""
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    return rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]


def measure_motion(grey: np.ndarray) -> np.ndarray:
    """How a clip moves, [F, h, w] -> [4]: pan, tilt and push-in as shares of the frame, and how much it changes.

    Lucas and Kanade's least squares (1981) for one movement at a time over the whole frame.
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
