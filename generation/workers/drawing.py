"""Drawing leased takes, up to the bytes of their files. Knows no studio, so that it can be done on another machine."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from feedback.errors import Refused, one_line
from generation.media.archive import EncodedTake, encode_take
from generation.media.descriptor_extraction import measure_descriptor
from generation.media.provenance import Provenance, take_provenance
from generation.models.loading import Loaded
from generation.request import BriefRow
from generation.sampling import OnProgress, Withheld, draw_each, group_size
from generation.workers.machine_faults import MachineFault, machine_fault


@dataclass(frozen=True)
class DrawnTake:
    """One take, ready to be stored."""

    files: EncodedTake
    provenance: Provenance
    descriptor: np.ndarray | None  # of its pixels, as `feedback.pair_selection.descriptors` measures them


@dataclass(frozen=True)
class Failure:
    """Why a take was not drawn, in words, since an exception may be of a class that another machine does not have."""

    line: str
    """What people read."""
    fault: MachineFault | None = None
    """Where it is the machine's, and no take's."""
    trace: str = ""
    """For the log, of what nobody had in mind."""


Outcome = DrawnTake | Failure
TakeAndSeed = tuple[int, int]


class Stopped(Exception):
    """The drawing was ended in the middle: nobody waits for it any more."""


def failure_of(error: Exception) -> Failure:
    fault = machine_fault(error)
    if isinstance(error, Refused):
        return Failure(one_line(error), fault)
    trace = "".join(traceback.format_exception(error))
    return Failure(f"{type(error).__name__}: {one_line(error)}", fault, trace)


def draw_takes(
    loaded: Loaded, brief: Mapping[str, Any], takes: Sequence[TakeAndSeed], on_progress: OnProgress
) -> dict[int, Outcome]:
    """What became of each take of one brief, by its id; all in one call of the pipeline if they are one group.

    Raises nothing but Stopped, when `on_progress` does.
    """
    try:
        drawn = draw_each(loaded, [(brief, seed) for _, seed in takes], on_progress)
    except Stopped:
        raise
    except Exception as error:
        return {take: failure_of(error) for take, _ in takes}
    group = group_size(loaded, brief)
    return {
        take: finish_drawing(loaded, brief, take, seed, pixels, group)
        for (take, seed), pixels in zip(takes, drawn, strict=True)
    }


def finish_drawing(
    loaded: Loaded, brief: BriefRow, take: int, seed: int, pixels: np.ndarray | Withheld, group: int
) -> Outcome:
    """Pixels become files; a failure here is this take's alone."""
    if isinstance(pixels, Withheld):
        return failure_of(pixels)
    try:
        provenance = take_provenance(loaded, brief, seed, group=group)
        files = encode_take(pixels, brief, {**provenance, "take": take})
    except Exception as error:
        return failure_of(error)
    return DrawnTake(files, provenance, measure_descriptor(pixels))
