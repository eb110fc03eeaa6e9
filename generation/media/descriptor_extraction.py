"""Descriptors of takes: of a new one when it is stored, and of those that have none yet (`feedback.pair_selection.descriptors`)."""

from __future__ import annotations

import logging

import numpy as np

from feedback.errors import one_line
from feedback.pair_selection.descriptors import (
    measure_descriptors,
    store_descriptors,
    store_measured,
    takes_without_descriptors,
)
from feedback.store import Studio, media
from generation.media.decode import read_frames

log = logging.getLogger(__name__)

AT_ONCE = 8  # takes, after which the queue comes first again


def measure_descriptor(frames: np.ndarray) -> np.ndarray | None:
    """The descriptor of a take's pixels, uint8 [F, H, W, 3]. Never raises: without one it is only paired by chance."""
    try:
        return measure_descriptors(frames)
    except Exception as error:
        log.warning("no descriptor: %s", one_line(error))
        return None


def keep_descriptor(studio: Studio, sha256: str, descriptor: np.ndarray | None) -> None:
    """Stores the measured descriptor of a rendition, where there is one. Never raises."""
    try:
        if descriptor is not None:
            store_measured(studio, sha256, descriptor)
    except Exception as error:
        log.warning("no descriptor of %s: %s", sha256[:12], one_line(error))


def extract_descriptor(studio: Studio, sha256: str) -> None:
    """Measures and stores the descriptor of a rendition, read from its file. Never raises."""
    try:
        store_descriptors(studio, sha256, read_frames(media.whole_path_of(studio, sha256)))
    except Exception as error:
        log.warning("no descriptor of %s: %s", sha256[:12], one_line(error))


def extract_more_descriptors(studio: Studio, after: int, limit: int = AT_ONCE) -> int | None:
    """Those of the next done takes that have none; returns the last one's id, to go on from, or None at the end."""
    takes = takes_without_descriptors(studio, after, limit)
    for _, rendition in takes:
        extract_descriptor(studio, rendition)
    return takes[-1][0] if takes else None


def extract_all_descriptors(studio: Studio) -> None:
    """Every done take has a descriptor afterwards, if its file can be read."""
    after: int | None = 0
    while after is not None:
        after = extract_more_descriptors(studio, after)
