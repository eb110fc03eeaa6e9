"""Boxes that simulated raters draw around what they judge by."""

from __future__ import annotations

import numpy as np

from finetune.data.pointing import Place

CARELESS = 0.1  # standard deviation of each edge of a box, as a share of its width or height
FURTHEST, SMALLEST = 0.98, 0.02  # of the frame: where a box begins, and how large it is


def box_around(subject: np.ndarray) -> np.ndarray:
    """x, y, w and h of the smallest box with all of a mask [n, n] in it, as shares; nan for an empty one."""
    rows, columns = (np.flatnonzero(subject.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.full(4, np.nan)
    first, last = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    return np.concatenate([first, last - first]) / len(subject)


def drawn_box(box: np.ndarray, hand: np.ndarray) -> Place:
    """A box whose edges are off by shares of its size, `hand` [4], inside the frame."""
    first, size = box[:2] + hand[:2] * box[2:], box[2:] * (1 + hand[2:] - hand[:2])
    first = np.clip(first, 0, FURTHEST)
    w, h = np.clip(size, SMALLEST, 1 - first)
    return Place(float(first[0]), float(first[1]), float(w), float(h), 0.0, 1.0)
