"""The content reader reads scenes that it was not trained on."""

import numpy as np
import pytest
import torch

from benchmarks.synthetic import scenes
from benchmarks.synthetic.reader import ContentReader


@pytest.mark.parametrize(("size", "frames"), [(128, 1), (256, 1), (128, 3)])
def test_the_reader_knows_fresh_scenes_of_all_sizes_and_the_middle_of_clips(size, frames):
    rng = np.random.default_rng(123)
    words, stills = [], []
    for seed in range(200 if size == 128 else 100):
        content = scenes.sample_content(rng)
        words.append(scenes.caption(content, rng))
        stills.append(scenes.render(content, scenes.sample_style(rng), size, frames, seed)[frames // 2])
    shares = ContentReader.load().agreement(words, torch.from_numpy(np.stack(stills)).float() / 255)
    assert all(share >= 0.9 for share in shares.values()), shares
