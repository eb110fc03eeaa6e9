"""Hidden tastes about composition and subject: float pixels [B, F, H, W, 3] in [0, 1] to a score per item, higher is better.

They see pixels only, through the composition reader, which no side of tuning uses. Of a clip three frames are read.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import interpolate, max_pool2d

from benchmarks.synthetic.composition_reader import MARKED, Composition, composition_reader

READ_AT = (1 / 6, 1 / 2, 5 / 6)  # places in a clip at which it is read
AROUND = 7  # cells a side of what counts as beside a marked cell
NOTHING = 1e-3  # share of the frame: less is no subject
Measure = Callable[[Composition, torch.Tensor], torch.Tensor]


def subject_left(pixels: np.ndarray) -> np.ndarray:
    """How far left the subject stands, as a share of the frame's width; [B]."""
    return over_frames(pixels, lambda read, _: 1 - read.centre)


def off_centre(pixels: np.ndarray) -> np.ndarray:
    """How far the subject stands from the middle, to either side, as a share of the frame's width; [B]."""
    return over_frames(pixels, lambda read, _: (read.centre - 0.5).abs())


def light_from_left(pixels: np.ndarray) -> np.ndarray:
    """1 where the light surely comes from the left, -1 from the right, about 0 where nothing shows it; [B]."""
    return over_frames(pixels, lambda read, _: side_of_light(read))


def subject_by_light(pixels: np.ndarray) -> np.ndarray:
    """How far the subject stands towards the side that the light comes from, as a share of the frame's width; [B]."""
    return over_frames(pixels, lambda read, _: (0.5 - read.centre) * side_of_light(read))


def large_subject(pixels: np.ndarray) -> np.ndarray:
    """Logarithm of the share of the frame that the subject covers; [B]."""
    return over_frames(pixels, lambda read, _: (read.size + NOTHING).log())


def bold_subject(pixels: np.ndarray) -> np.ndarray:
    """How much the subject stands out: its colour's distance from what is around it, in units of the full range; [B]."""
    return over_frames(pixels, lambda read, frames: contrast_under(read.subject.square(), frames))


def side_of_light(read: Composition) -> torch.Tensor:
    """-1 (right) to 1 (left), [B]. The third power: in rain and fog the reader is in doubt, and people would see no side."""
    return (2 * read.light - 1) ** 3


def contrast_under(subject: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """How far the colours under a mask [B, MARKED, MARKED] are from those beside it, of frames [B, H, W, 3]: [B].

    0 under an empty mask.
    """
    small = interpolate(frames.permute(0, 3, 1, 2), size=(MARKED, MARKED), mode="area")
    inside = subject[:, None]
    around = (max_pool2d(inside, AROUND, 1, AROUND // 2) - inside).clamp(min=0)
    means = [(small * part).sum(dim=(2, 3)) / (part.sum(dim=(2, 3)) + NOTHING) for part in (inside, around)]
    seen = inside.mean(dim=(1, 2, 3)) / (inside.mean(dim=(1, 2, 3)) + NOTHING)
    return seen * (means[0] - means[1]).square().mean(dim=1).sqrt()


def over_frames(pixels: np.ndarray, measure: Measure) -> np.ndarray:
    """The mean over the frames that are read; `measure`: of a reading and its frames [B, H, W, 3], [B]."""
    items = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))
    frames = sorted({int(share * items.shape[1]) for share in READ_AT})
    read = [(composition_reader().read(items[:, frame]), items[:, frame]) for frame in frames]
    return torch.stack([measure(*each) for each in read]).mean(0).double().numpy()
