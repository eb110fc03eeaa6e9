"""What a scorer sees of a take: statistics of its latents, and of the small picture that they stand for.

Every family has latents, so nothing here knows a family or needs another network. Latents are close to linear in the
picture's colours, place by place; a least-squares map from one to the other ("thumbnails") turns them into something in
which colour, contrast and layout are plain numbers. All of it can be differentiated.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

import torch
from torch.nn.functional import (
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    avg_pool2d,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
)

ROWS = 16  # of profiles from top to bottom and from left to right, whatever the size of the take
GRID = 4
FINER = 4  # a place of the latents stands for up to 4 x 4 places of the small picture
LARGEST = 96  # places along a side of the small picture, where that is still one for each of the latents
BARS = 6  # letterbox bars lie within this part of the height at either end
MOMENTS = 5  # of a clip that its movement is read from
JITTER = 0.02  # of the frame's width: movement below it is hardly one
LINES_Y, LINES_X = (0.18, 0.84), (0.1, 0.9)  # where lines are looked for: the edges of letterbox bars are none
SHARP = 8.0  # the power of its strength by which a line's place counts: one a tenth weaker counts less than half
SOFT = 2.0  # the same in pure noise, where every line is a guess
SMALL = 1e-4  # added to variances before their logarithm

LOOK = ("colour", "contrast", "rows", "motion")
TEXTURE = ("channels", "energy", "roughness")
SETS: dict[str, tuple[str, ...]] = {
    "look": LOOK,
    "lines": (*LOOK, "horizon"),
    "frame": (*LOOK, "horizon", "columns", "upright"),
    "texture": (*LOOK, *TEXTURE),
    "layout": (*LOOK, *TEXTURE, "horizon", "columns", "upright", "grid", "channel_rows", "energy_rows"),
}
"""Groups that are tried together, from few numbers to many; which set serves best depends on what people like."""


def fit_thumbnails(latents: Iterable[torch.Tensor], pixels: Iterable[torch.Tensor], largest: int) -> torch.Tensor:
    """The map from latents [z, F', h, w] to colours of the takes' pixels [3, F, H, W] in [-1, 1]; [z + 1, 3 x k x k].

    A place of the latents stands for k x k places of the small picture: 4 x 4, or fewer where that would make it large.
    `largest`: places of the latents along their longest side. Takes are looked at one after the other: pixels of many
    would fill the memory.
    """
    finer, seen, told = max(1, min(FINER, LARGEST // largest)), None, None
    for latent, picture in zip(latents, pixels, strict=True):
        frames, height, width = latent.shape[1:]
        small = adaptive_avg_pool3d(picture[None], (frames, height * finer, width * finer))[0]
        wanted = pixel_unshuffle(small.transpose(0, 1), finer).transpose(0, 1).flatten(1).T.double()
        known = latent.flatten(1).T.double()
        known = torch.cat([known, torch.ones(len(known), 1, dtype=known.dtype)], dim=1)
        seen = known.T @ known + (0 if seen is None else seen)
        told = known.T @ wanted + (0 if told is None else told)
    assert isinstance(seen, torch.Tensor)
    assert isinstance(told, torch.Tensor)
    # A channel that never varied has nothing to say; without a trace of weight on zero it would say anything.
    return torch.linalg.solve(seen + 1e-9 * seen.trace() * torch.eye(len(seen), dtype=seen.dtype), told).float()


def thumbnails(x0: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """Latents [B, z, F, h, w] as small pictures [B, 3, F, k h, k w], in [-1, 1] as far as the map is true."""
    mapped = torch.einsum("bzfhw,zc->bfchw", x0, colours[:-1].to(x0)) + colours[-1].to(x0).view(-1, 1, 1)
    finer = round((mapped.shape[2] / 3) ** 0.5)
    return pixel_shuffle(mapped, finer).transpose(1, 2)


def measure(x0: torch.Tensor, colours: torch.Tensor, noise: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
    """The groups of numbers by name, each [B, d] with d the same for takes of every size.

    `noise`: the level [B] that x0 is expected from, 0 to 1; without it x0 is what was drawn. The more noise, the less the
    strongest line alone is believed: in what is expected many lines are equally faint.

    Of a clip each frame is measured and then their mean is taken: in the mean of the frames themselves whatever moves
    would be blurred, and grain gone.
    """
    small = thumbnails(x0, colours)
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
    return {**means, "motion": motion(small.mean(1))}


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
    rows = torch.arange(band, height - band + 1, device=picture.device)
    rows = rows[(rows >= low * height) & (rows <= high * height)]
    if not len(rows):
        return picture.new_zeros(len(picture), 2)
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


def motion(grey: torch.Tensor) -> torch.Tensor:
    """How a clip moves, [B, F, h, w] -> [B, 6].

    Pan, tilt and push-in from the first frame to the last, the first two in widths of the frame, the last as growth; how
    much it pans and tilts either way; and how much it changes. Lucas and Kanade's least squares (1981) over the whole
    frame, for all three at once. A still does not move, nor does a frame without edges.
    """
    if grey.shape[1] < 2 or min(grey.shape[2:]) < 3:
        return grey.new_tensor([0.0] * 5 + [log(SMALL) / 2]).expand(len(grey), 6)
    grey = moments(grey)
    change, middle = grey[:, 1:] - grey[:, :-1], (grey[:, 1:] + grey[:, :-1]) / 2
    moved = change.shape[1] * moved_by(within(change)[..., 1:-1, 1:-1], movements(within(middle)))
    either_way = (moved[:, :2].square() + JITTER**2).sqrt() - JITTER
    return torch.cat([moved, either_way, (change.square().mean((1, 2, 3)) + SMALL).log()[:, None] / 2], dim=1)


def moments(grey: torch.Tensor) -> torch.Tensor:
    """A few frames, slightly blurred: [B, F, h, w] -> [B, 5 or fewer, h, w].

    Neighbouring frames of many differ by less than what falls and drifts in them; and grain would be taken for slopes
    that never move.
    """
    frames = grey.shape[1]
    chosen = torch.linspace(0, frames - 1, min(frames, MOMENTS), device=grey.device).round().long()
    return avg_pool2d(pad(grey[:, chosen], (1, 1, 1, 1), mode="replicate"), 3, 1)


def within(grey: torch.Tensor) -> torch.Tensor:
    """Without the upper and lower edge of the frame, where letterbox bars stand still: [..., h, w]."""
    edge = (grey.shape[-2] - 2) // BARS
    return grey[..., edge : grey.shape[-2] - edge, :]


def movements(grey: torch.Tensor) -> torch.Tensor:
    """What a pan, a tilt and a push-in of size 1 would change at each place but the border, [B, F, h - 2, w - 2, 3].

    All are told in widths of the frame.
    """
    height, width = grey.shape[-2:]
    across = (grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]) / 2 * width
    down = (grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]) / 2 * width
    x = torch.linspace(-0.5, 0.5, width, device=grey.device, dtype=grey.dtype)[1:-1]
    y = torch.linspace(-0.5, 0.5, height, device=grey.device, dtype=grey.dtype)[1:-1, None] * height / width
    return torch.stack([across, down, across * x + down * y], dim=-1)


def moved_by(change: torch.Tensor, slopes: torch.Tensor) -> torch.Tensor:
    """The movements along `slopes` [B, F, h, w, 3] that together explain most of the change [B, F, h, w]; [B, 3]."""
    flat = slopes.flatten(1, 3)
    seen = flat.transpose(1, 2) @ flat / flat.shape[1] + SMALL * torch.eye(3, device=flat.device, dtype=flat.dtype)
    told = flat.transpose(1, 2) @ change.flatten(1)[..., None] / flat.shape[1]
    return -torch.linalg.solve(seen.float(), told.float())[..., 0].to(change)
