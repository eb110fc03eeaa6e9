"""The content reader: says which time, place, weather, subject and framing a picture shows. An oracle, not a product part.

A small convolutional classifier trained on the renderer's own labels (`python -m benchmarks.synthetic.training --stage reader`).
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn
from tqdm import tqdm

from benchmarks.synthetic.labels import ATTRIBUTES, CHOICES
from benchmarks.synthetic.wording import find_labels

READER = Path(__file__).parent / "reader.safetensors"
LOOK = 64  # pixels a side that the reader looks at: larger pictures are averaged down


class ContentReader(nn.Module):
    """Pixels to logits per attribute."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 96, 128)
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, 1, 1), nn.ReLU())
            for a, b in itertools.pairwise(widths)
        )
        self.heads = nn.ModuleDict({name: nn.Linear(2 * widths[-1], len(CHOICES[name])) for name in ATTRIBUTES})

    @classmethod
    def load(cls, path: Path = READER) -> ContentReader:
        """The committed reader, ready to read."""
        reader = cls()
        reader.load_state_dict({name: value.float() for name, value in load_file(path).items()}, strict=False)
        return reader.eval()

    def save(self, path: Path = READER) -> None:
        weights = {name: value.half() for name, value in self.state_dict().items() if value.is_floating_point()}
        save_file({name: value.contiguous() for name, value in weights.items()}, path)

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """Float pixels [B, H, W, 3] in [0, 1] to [B, 256]: the mean and the maximum of the last maps."""
        x = F.interpolate(pixels.permute(0, 3, 1, 2), size=(LOOK, LOOK), mode="area") * 2 - 1
        for stage in self.stages:
            x = stage(x)
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)

    def forward(self, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        features = self.features(pixels)
        return {name: head(features) for name, head in self.heads.items()}

    @torch.no_grad()
    def read(self, pixels: torch.Tensor) -> dict[str, list[str]]:
        """The value read for each attribute, one per picture; pixels as for `features`."""
        parts = [self(batch) for batch in pixels.split(64)]
        return {
            name: [CHOICES[name][index] for part in parts for index in part[name].argmax(dim=1).tolist()]
            for name in ATTRIBUTES
        }

    def agreement(self, captions: list[str], pixels: torch.Tensor) -> dict[str, float]:
        """Share of pictures read as their captions say, per attribute; attributes a caption leaves open don't count."""
        read = self.read(pixels)
        labels = [find_labels(text) for text in captions]
        return {
            name: float(
                np.mean(
                    [value == label[name] for value, label in zip(read[name], labels, strict=True) if label.get(name)]
                )
            )
            for name in ATTRIBUTES
        }


def train_reader(pixels: np.ndarray, labels: np.ndarray, epochs: int = 5, held_out: int = 1024) -> dict[str, float]:
    """Trains on all but the last `held_out` scenes, saves, and returns the accuracy on those, per attribute."""
    reader = ContentReader().train()
    count, batch = len(pixels) - held_out, 64
    steps = epochs * (count // batch)
    optimiser = torch.optim.AdamW(reader.parameters(), 2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    rng = np.random.default_rng(0)
    for _ in tqdm(range(steps), desc="reader", file=sys.stderr):
        picked = np.sort(rng.integers(count, size=batch))
        logits = reader(torch.from_numpy(np.array(pixels[picked])).float() / 255)
        target = torch.from_numpy(labels[picked].astype(np.int64))
        loss = sum(F.cross_entropy(logits[name], target[:, k]) for k, name in enumerate(ATTRIBUTES))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    reader.eval().save()
    read = ContentReader.load().read(torch.from_numpy(np.array(pixels[count:])).float() / 255)
    truth = labels[count:]
    return {
        name: float(np.mean([CHOICES[name].index(v) == truth[i, k] for i, v in enumerate(read[name])]))
        for k, name in enumerate(ATTRIBUTES)
    }
