"""What the starter is trained on: splits of scenes, each of one shape, and how much of each it sees."""

from __future__ import annotations

from dataclasses import dataclass

from generation.models.limits import Shape


@dataclass(frozen=True)
class DatasetSplit:
    """Scenes of one shape."""

    name: str
    """Of its folder, and of its column in logs."""
    side: int
    """Pixels of width and of height."""
    frames: int
    """1 for stills; clips are coded frame by frame, 1 + a multiple of 4."""
    scenes: int
    """How many are rendered."""
    first_seed: int
    """Where its seeds start; tests and demos, which count from 0, never meet a training scene."""
    share: float
    """Share of the items that the denoiser is shown."""
    batch: int
    """Items of one training step, so that a step costs about the same processor time whatever its split."""

    @property
    def shape(self) -> Shape:
        return Shape("still" if self.frames == 1 else "clip", self.side, self.side, self.frames)


SPLITS = (
    DatasetSplit("still_256", side=256, frames=1, scenes=16_000, first_seed=10_000_000, share=0.914, batch=128),
    DatasetSplit("clip_256", side=256, frames=17, scenes=1_500, first_seed=40_000_000, share=0.086, batch=8),
)


def step_shares(splits: tuple[DatasetSplit, ...]) -> list[float]:
    """Share of the training steps that each split gets, so that its items are `share` of all items."""
    steps = [split.share / split.batch for split in splits]
    return [each / sum(steps) for each in steps]
