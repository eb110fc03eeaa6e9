"""The starter's denoiser training: goes on from its checkpoint, and only from a whole one."""

import json

import pytest
import torch

from generation.starter import scenes, train_denoiser
from generation.starter.architecture import LATENT_CHANNELS
from generation.starter.export import load_averaged_denoiser


@pytest.fixture
def small(monkeypatch, tmp_path):
    """About a second at a time, uncompiled, on noise in place of latents."""
    monkeypatch.setattr(torch.nn.Module, "compile", lambda module: None)
    monkeypatch.setattr(train_denoiser, "BATCH", 2)
    monkeypatch.setattr(train_denoiser, "LOG_STEPS", 1)
    latents = torch.randn(8, LATENT_CHANNELS, 1, 4, 4, generator=torch.Generator().manual_seed(0)).half()

    def train(minutes: float):
        return train_denoiser.train_denoiser(latents, scenes.captions(8, 0), tmp_path, minutes)

    return train, tmp_path


def test_training_goes_on_where_it_stopped(small):
    train, folder = small
    train(0.02)
    first = json.loads((folder / "checkpoint" / "state.json").read_text())
    train(0.04)
    steps = [json.loads(line)["step"] for line in (folder / "loss.jsonl").read_text().splitlines()]
    last = json.loads((folder / "checkpoint" / "state.json").read_text())
    assert 0 < first["step"] < last["step"]
    assert steps == list(range(1, last["step"] + 1))
    assert last["seconds"] > first["seconds"]


def test_the_averaged_weights_are_the_ones_that_are_kept(small):
    train, folder = small
    average = train(0.02).state_dict()
    kept = load_averaged_denoiser(folder).state_dict()
    assert all(torch.equal(kept[name], average[name]) for name in average)


def test_the_learning_rate_rises_and_falls():
    rates = [train_denoiser.learning_rate(step, step / 1000) for step in range(1000)]
    assert rates[0] < rates[99] == max(rates[99:])
    assert rates[-1] < 0.05 * train_denoiser.PEAK_RATE
