"""Features of a take: statistics of its latents, and of the small picture that the latents stand for.

Every model family has latents, so nothing here knows a family or needs another network. All of it is differentiable.
"""

from __future__ import annotations

from math import ceil, floor

import torch
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, pad

from finetune.reward.features.colour_map import small_pictures
from finetune.reward.features.motion import measure_motion

ROWS = 16  # of profiles from top to bottom and from left to right, whatever the size of the take
GRID = 4
LINES_Y, LINES_X = (0.18, 0.84), (0.1, 0.9)  # where lines are searched: not at the edges of letterbox bars
SHARP = 8.0  # the power of its strength by which a line's place counts: one a tenth weaker counts less than half
SOFT = 2.0  # the same in pure noise, where no line is certain
SMALL = 1e-4  # added to variances before their logarithm


def measure_features(
    x0: torch.Tensor, colour_map: torch.Tensor, noise: torch.Tensor | None = None
) -> dict[str, torch.Tensor]:
    """The groups of features by name, each [B, d] with d the same for takes of every size.

    `noise`: the noise level [B] at which x0 was predicted, 0 to 1; without it x0 is a finished take. The more noise, the
    more lines count beside the strongest one: in a prediction from noise many lines are equally faint.

    Each frame of a clip is measured, and then their mean is taken: the mean of the frames themselves would blur what
    moves and lose the grain.
    """
    small = small_pictures(x0, colour_map)
    picture, latent = (each.transpose(1, 2).flatten(0, 1) for each in (small, x0))  # [B x F, C, h, w]
    grey, squares = picture.mean(1, keepdim=True), latent * latent
    blurred = avg_pool2d(pad(latent, (1, 1, 1, 1), mode="replicate"), 3, 1)
    sharp = sharpness(noise, small) if noise is not None else SHARP
    saturation = ((picture - grey).square().mean(1) + SMALL).sqrt().mean((1, 2))
    frames = {
        "colour": torch.cat([picture.mean((2, 3)), saturation[:, None]], dim=1),
        "contrast": log_variance(torch.cat([picture, grey], dim=1)),
        "horizon": strongest_line(picture, *LINES_Y, sharp),
        "upright": strongest_line(picture.transpose(2, 3), *LINES_X, sharp),
        "rows": adaptive_avg_pool2d(picture, (ROWS, 1)).flatten(1),
        "columns": adaptive_avg_pool2d(picture, (1, ROWS)).flatten(1),
        "grid": adaptive_avg_pool2d(picture, (GRID, GRID)).flatten(1),
        "channels": latent.mean((2, 3)),
        "energy": (squares.mean((2, 3)) + SMALL).log(),
        "roughness": (((latent - blurred) ** 2).mean((2, 3)) + SMALL).log(),
        "channel_rows": adaptive_avg_pool2d(latent, (ROWS, 1)).flatten(1),
        "energy_rows": (adaptive_avg_pool2d(squares, (ROWS, 1)) + 1e-2).log().flatten(1),
    }
    means = {name: values.unflatten(0, (len(x0), -1)).mean(1) for name, values in frames.items()}
    return {**means, "motion": measure_motion(small.mean(1))}


def sharpness(noise: torch.Tensor, small: torch.Tensor) -> torch.Tensor:
    """For each frame of small pictures [B, 3, F, h, w], [B x F, 1]."""
    sharp = SHARP + (SOFT - SHARP) * noise.to(small)
    return sharp.repeat_interleave(small.shape[2])[:, None]


def strongest_line(picture: torch.Tensor, low: float, high: float, sharp: torch.Tensor | float = SHARP) -> torch.Tensor:
    """[B, C, h, w] -> [B, 2]: where in the height the colours above and below differ most, 0 to 1, and by how much (log).

    In the middle half of the columns, by how much they differ: a horizon runs through most, the subject covers few.
    """
    height = picture.shape[2]
    band = max(1, height // 16)
    sums = pad(picture.cumsum(2), (0, 0, 1, 0))
    first, last = max(band, ceil(low * height)), min(height - band, floor(high * height))
    if last < first:
        return picture.new_zeros(len(picture), 2)
    rows = torch.arange(first, last + 1, device=picture.device)
    step = (2 * sums[:, :, rows] - sums[:, :, rows - band] - sums[:, :, rows + band]).abs().sum(1) / band
    wide = step.shape[2]
    step = step.sort(2).values[:, :, wide // 4 : wide - wide // 4].mean(2)
    most = step.amax(1, keepdim=True)
    weight = (step / (most + SMALL) + SMALL) ** sharp
    place = (weight * rows / height).sum(1) / weight.sum(1)
    return torch.stack([place, (most[:, 0] + 0.01).log()], dim=1)


def log_variance(picture: torch.Tensor) -> torch.Tensor:
    """[B, C, h, w] -> [B, C]: half the logarithm, so that it is that of the deviation."""
    return (picture.var((2, 3), unbiased=False) + SMALL).log() / 2
