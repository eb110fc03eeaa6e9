"""Splits so small that they are rendered and trained on in seconds."""

from __future__ import annotations

import pytest

from benchmarks.synthetic.training.splits import DatasetSplit

SMALL = (
    DatasetSplit("still_256", side=256, frames=1, scenes=10, first_seed=1_000_000, share=0.5, batch=3),
    DatasetSplit("still_128", side=128, frames=1, scenes=6, first_seed=2_000_000, share=0.2, batch=5),
    DatasetSplit("clip_128", side=128, frames=5, scenes=4, first_seed=3_000_000, share=0.3, batch=2),
)


@pytest.fixture
def splits() -> tuple[DatasetSplit, ...]:
    return SMALL
