"""A grid of blocks is measured where there is one, at its own size, and nowhere else."""

import numpy as np

from benchmarks.synthetic.blocks import block_energy


def test_a_grid_shows_at_its_own_size():
    rng = np.random.default_rng(0)
    smooth = rng.normal(size=(4, 128, 128, 3)).astype(np.float32) * 0.01
    offsets = rng.normal(size=(4, 8, 8, 3)).astype(np.float32) * 0.05
    blocks = smooth + offsets.repeat(16, axis=1).repeat(16, axis=2)
    assert np.abs(block_energy(smooth, 16) - 1).max() < 0.05
    assert block_energy(blocks, 16).min() > 5
    assert 1.5 < block_energy(blocks, 8).mean() < block_energy(blocks, 16).mean()
    assert block_energy(blocks, 20).max() < 3


def test_a_picture_of_one_grey_has_none():
    assert (block_energy(np.full((2, 32, 64, 3), 0.5), 16) == 0).all()
