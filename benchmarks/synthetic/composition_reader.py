"""The composition reader: where the subject stands, how much of the frame it takes, from where the light falls, and the horizon.

A judge of tastes about composition. Neither side of tuning uses it: the reward model has features of its own. A small
network that marks the subject's pixels, trained on the renderer's own masks, plain renders and such as the starter's
autoencoder has coded among them (`python -m benchmarks.synthetic.training --stage composition`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

READER = Path(__file__).parent / "composition.safetensors"
LOOK = 64  # pixels a side that the reader looks at: larger pictures are averaged down
MARKED = LOOK // 2  # cells a side of what it marks
READ_AT_ONCE = 64  # pictures
LEAST = 0.5  # cells that are marked: a picture without a subject has its centre in the middle
WIDTHS = (3, 16, 40, 72, 96)
WIDENED = (48, 32, 16)


@dataclass(frozen=True)
class Marked:
    """What the network says of B pictures."""

    subject: torch.Tensor  # log-odds that the subject, or its shadow, is there, [B, MARKED, MARKED]
    light: torch.Tensor  # log-odds that the light comes from the left, [B]
    horizon: torch.Tensor  # share of the frame from the top, [B]


@dataclass(frozen=True)
class Composition:
    """What is read from B pictures."""

    subject: torch.Tensor  # how sure it is that the subject, or its shadow, is there, 0 to 1, [B, MARKED, MARKED]
    centre: torch.Tensor  # where the subject stands, share of the width from the left, [B]
    size: torch.Tensor  # share of the frame that it covers, [B]
    light: torch.Tensor  # how sure it is that the light comes from the left, 0 to 1, [B]
    horizon: torch.Tensor  # share of the height from the top, [B]


class CompositionReader(nn.Module):
    """Narrows the picture down to 4x4 places, and widens it again to say where the subject is."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(convolutions(a, b, stride=2) for a, b in itertools.pairwise(WIDTHS))
        below, beside = (WIDTHS[-1], *WIDENED), WIDTHS[-2::-1]
        self.up = nn.ModuleList(
            convolutions(a + c, b) for (a, b), c in zip(itertools.pairwise(below), beside, strict=False)
        )
        self.mark = nn.Conv2d(WIDENED[-1], 1, 1)
        self.whole = nn.Linear(WIDTHS[-1] * (LOOK // 16) ** 2, 2)

    @classmethod
    def load(cls, path: Path = READER) -> CompositionReader:
        """The committed reader, ready to read."""
        reader = cls()
        reader.load_state_dict({name: value.float() for name, value in load_file(path).items()}, strict=False)
        return reader.eval()

    def save(self, path: Path = READER) -> None:
        weights = {name: value.half() for name, value in self.state_dict().items() if value.is_floating_point()}
        save_file({name: value.contiguous() for name, value in weights.items()}, path)

    def forward(self, pixels: torch.Tensor) -> Marked:
        """Float pixels [B, H, W, 3] in [0, 1]."""
        x = F.interpolate(pixels.permute(0, 3, 1, 2), size=(LOOK, LOOK), mode="area") * 2 - 1
        maps = []
        for stage in self.down:
            maps.append(x := stage(x))
        light, horizon = self.whole(x.flatten(1)).unbind(1)
        for stage, beside in zip(self.up, maps[-2::-1], strict=True):
            x = stage(torch.cat([F.interpolate(x, scale_factor=2, mode="nearest"), beside], dim=1))
        return Marked(self.mark(x)[:, 0], light, horizon + 0.6)

    @torch.no_grad()
    def read(self, pixels: torch.Tensor) -> Composition:
        """Pixels as for `forward`, any number of pictures."""
        marked = [self(some) for some in pixels.split(READ_AT_ONCE)]
        subject = torch.cat([each.subject for each in marked]).sigmoid()
        light, horizon = (torch.cat([getattr(each, name) for each in marked]) for name in ("light", "horizon"))
        return Composition(subject, centre_of(subject), subject.mean(dim=(1, 2)), light.sigmoid(), horizon)


def convolutions(a: int, b: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(a, b, 3, stride, 1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, 1, 1), nn.ReLU()
    )


def centre_of(subject: torch.Tensor) -> torch.Tensor:
    """Of masks [B, h, w] in [0, 1] the mean place, a share of the width, [B]; the middle of an empty one.

    Squared: many places that it is hardly sure of must not outweigh the few that it is.
    """
    columns = subject.square().sum(dim=1)
    place = (torch.arange(columns.shape[1], device=columns.device) + 0.5) / columns.shape[1]
    return ((columns * place).sum(dim=1) + LEAST * 0.5) / (columns.sum(dim=1) + LEAST)


@cache
def composition_reader() -> CompositionReader:
    """The committed reader, loaded once."""
    return CompositionReader.load()
