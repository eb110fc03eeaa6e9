"""The content reader reads scenes that it has never seen."""

import numpy as np
import torch

from generation.starter import scenes
from generation.starter.reader import ContentReader


def test_the_reader_knows_fresh_scenes():
    rng = np.random.default_rng(123)
    words, stills = [], []
    for seed in range(200):
        content = scenes.sample_content(rng)
        words.append(scenes.caption(content, rng))
        stills.append(scenes.render(content, scenes.sample_style(rng), 128, 1, seed)[0])
    found = ContentReader.load().agreement(words, torch.from_numpy(np.stack(stills)).float() / 255)
    assert all(share >= 0.9 for share in found.values()), found
