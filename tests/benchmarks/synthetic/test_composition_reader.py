"""The composition reader reads scenes that it was not trained on, and its training goes on where it was stopped."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from benchmarks.synthetic import scenes
from benchmarks.synthetic.composition_reader import READER, CompositionReader
from benchmarks.synthetic.report import load_starter
from benchmarks.synthetic.training import composition


@pytest.mark.parametrize(("size", "count"), [(128, 120), (256, 40)])
def test_the_reader_knows_where_things_stand_in_fresh_scenes_of_any_size(size: int, count: int) -> None:
    rng, pictures, centres, horizons = np.random.default_rng(77), [], [], []
    for seed in range(count):
        content, style = scenes.sample_content(rng), scenes.sample_style(rng)
        pictures.append(scenes.render(content, style, size, 1, seed)[0])
        columns = composition.subject_mask(content, style, size, seed).sum(axis=0)
        centres.append((columns * (np.arange(size) + 0.5)).sum() / columns.sum() / size)
        horizons.append(style.horizon)
    read = CompositionReader.load().read(torch.from_numpy(np.stack(pictures)).float() / 255)
    assert np.abs(read.centre.numpy() - centres).mean() < 0.03
    assert np.corrcoef(read.centre.numpy(), centres)[0, 1] > 0.9
    assert np.abs(read.horizon.numpy() - horizons).mean() < 0.04


def test_the_weights_are_small() -> None:
    assert READER.stat().st_size <= 1_000_000


def test_a_stopped_training_ends_with_the_weights_of_one_that_was_not(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(composition, "CODED", 3)
    monkeypatch.setattr(composition, "SAVED_EVERY", 2)
    monkeypatch.setattr(composition, "BATCH", 4)
    vae, small = load_starter().vae, {"scenes": 12, "held_out": 6, "steps": 4}
    whole = composition.train_composition(tmp_path / "whole", vae, tmp_path / "whole.safetensors", **small)
    assert set(whole) == {
        prefix + name for prefix in ("", "coded_") for name in ("centre", "size", "horizon", "light", "light_seen")
    }

    pick_batch = composition.pick_batch

    def stop(scenes, count, step):
        if step == 3:
            raise KeyboardInterrupt
        return pick_batch(scenes, count, step)

    monkeypatch.setattr(composition, "pick_batch", stop)
    (tmp_path / "stopped").mkdir()
    (tmp_path / "whole" / "scenes_12.npz").rename(tmp_path / "stopped" / "scenes_12.npz")
    with pytest.raises(KeyboardInterrupt):
        composition.train_composition(tmp_path / "stopped", vae, tmp_path / "stopped.safetensors", **small)
    monkeypatch.setattr(composition, "pick_batch", pick_batch)
    composition.train_composition(tmp_path / "stopped", vae, tmp_path / "stopped.safetensors", **small)
    one, other = (load_file(tmp_path / f"{name}.safetensors") for name in ("whole", "stopped"))
    assert all(torch.equal(one[name], other[name]) for name in one)
