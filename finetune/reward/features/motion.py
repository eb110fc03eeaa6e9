"""How a clip moves, from small grey pictures: pan, tilt and push-in by the least squares of Lucas and Kanade (1981)."""

from __future__ import annotations

from math import log

import torch
from torch.nn.functional import avg_pool2d, pad

BARS = 6  # letterbox bars lie within this part of the height at either end
MOMENTS = 5  # frames of a clip that its movement is read from
JITTER = 0.02  # of the frame's width: movement below it is hardly one
SMALL = 1e-4  # added to variances before their logarithm


def measure_motion(grey: torch.Tensor) -> torch.Tensor:
    """Grey pictures [B, F, h, w] -> [B, 6].

    Pan, tilt and push-in from the first frame to the last, the first two in widths of the frame, the last as growth; how
    much it pans and tilts either way; and how much it changes. All three movements are fitted at once over the whole
    frame. A still does not move, nor does a frame without edges.
    """
    if grey.shape[1] < 2 or min(grey.shape[2:]) < 3:
        return torch.cat([grey.new_zeros(len(grey), 5), grey.new_full((len(grey), 1), log(SMALL) / 2)], dim=1)
    grey = moments(grey)
    change, middle = grey[:, 1:] - grey[:, :-1], (grey[:, 1:] + grey[:, :-1]) / 2
    moved = change.shape[1] * fit_movements(without_bars(change)[..., 1:-1, 1:-1], movements(without_bars(middle)))
    either_way = (moved[:, :2].square() + JITTER**2).sqrt() - JITTER
    return torch.cat([moved, either_way, (change.square().mean((1, 2, 3)) + SMALL).log()[:, None] / 2], dim=1)


def moments(grey: torch.Tensor) -> torch.Tensor:
    """A few frames, slightly blurred: [B, F, h, w] -> [B, 5 or fewer, h, w].

    Neighbouring frames of many differ by less than what falls and drifts in them; and grain would be taken for edges
    that never move.
    """
    frames = grey.shape[1]
    chosen = torch.linspace(0, frames - 1, min(frames, MOMENTS), device=grey.device).round().long()
    return avg_pool2d(pad(grey[:, chosen], (1, 1, 1, 1), mode="replicate"), 3, 1)


def without_bars(grey: torch.Tensor) -> torch.Tensor:
    """Without the upper and lower edge of the frame, where letterbox bars stand still: [..., h, w]."""
    edge = (grey.shape[-2] - 2) // BARS
    return grey[..., edge : grey.shape[-2] - edge, :]


def movements(grey: torch.Tensor) -> torch.Tensor:
    """The change at each place but the border that a pan, a tilt and a push-in of size 1 cause, [B, F, h - 2, w - 2, 3].

    All sizes are in widths of the frame.
    """
    height, width = grey.shape[-2:]
    across = (grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]) / 2 * width
    down = (grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]) / 2 * width
    x = torch.linspace(-0.5, 0.5, width, device=grey.device, dtype=grey.dtype)[1:-1]
    y = torch.linspace(-0.5, 0.5, height, device=grey.device, dtype=grey.dtype)[1:-1, None] * height / width
    return torch.stack([across, down, across * x + down * y], dim=-1)


def fit_movements(change: torch.Tensor, slopes: torch.Tensor) -> torch.Tensor:
    """The movements along `slopes` [B, F, h, w, 3] that together explain most of the change [B, F, h, w]; [B, 3]."""
    flat = slopes.flatten(1, 3)
    square = flat.transpose(1, 2) @ flat / flat.shape[1] + SMALL * torch.eye(3, device=flat.device, dtype=flat.dtype)
    product = flat.transpose(1, 2) @ change.flatten(1)[..., None] / flat.shape[1]
    # Without a check of singularity, for which a GPU would be waited for; SMALL on the diagonal rules it out.
    solution, _ = torch.linalg.solve_ex(square.float(), product.float())
    return -solution[..., 0].to(change)
