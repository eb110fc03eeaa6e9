"""Training the decoder: crops of pictures with their own latents, disturbed or predicted, and going on from a checkpoint."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks.synthetic import scenes
from benchmarks.synthetic.training import decoder
from benchmarks.synthetic.training.architecture import build_autoencoder
from benchmarks.synthetic.training.autoencoder import forget_the_past
from benchmarks.synthetic.training.dataset import draw_scene
from benchmarks.synthetic.training.decoder import disturb, pick_crops, train_decoder
from benchmarks.synthetic.training.denoiser import build_model
from benchmarks.synthetic.training.export import load_autoencoder
from benchmarks.synthetic.training.linear_start import start_linear
from benchmarks.synthetic.training.mixture import Mixture, encode_clips

SCENES = 3


@pytest.fixture(scope="module")
def parts():
    """(autoencoder, denoiser, mixture, pixels of its splits)."""
    from tests.benchmarks.synthetic.training.conftest import SMALL

    torch.manual_seed(0)
    pixels = [np.stack([draw_scene(split, k).pixels for k in range(SCENES)]) for split in SMALL]
    vae = build_autoencoder().eval()
    forget_the_past(vae)
    start_linear(vae, [each.reshape(-1, *each.shape[2:]) for each in pixels])
    latents = [encode_clips(vae, each).detach().half() for each in pixels]
    captions = [scenes.clip_captions(SCENES, k) for k in range(len(SMALL))]
    subjects = [torch.zeros(SCENES, split.frames, split.side // 32, split.side // 32) for split in SMALL]
    return vae, build_model().eval(), Mixture.of(SMALL, latents, captions, subjects), pixels


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_crop_is_what_its_latents_show(parts, which):
    vae, _, mixture, pixels = parts
    crops = pick_crops(mixture, pixels, which, np.random.default_rng(which))
    assert crops.is_still == (which < 2)
    (y, x), side = crops.corner, crops.side
    shown = ((crops.pixels[:, :, 0].permute(0, 2, 3, 1) + 1) * 127.5).round().byte().numpy()
    coded = encode_clips(vae, shown[:, None])  # the kernels of the encoder see one place
    torch.testing.assert_close(coded, crops.latents[..., y : y + side, x : x + side], rtol=0.01, atol=0.02)


def test_latents_are_disturbed_a_little_or_predicted_from_noise(parts):
    _, denoiser, mixture, pixels = parts
    crops = pick_crops(mixture, pixels, 0, np.random.default_rng(0))
    noisy, predicted = (
        disturb(crops, mixture, denoiser, way, torch.Generator().manual_seed(1)) for way in (False, True)
    )
    off = ((noisy - crops.latents) / mixture.divisor).std(dim=(0, 2, 3, 4))
    torch.testing.assert_close(off, torch.full_like(off, decoder.LATENT_NOISE), rtol=0.1, atol=0)
    assert float(((predicted - crops.latents) / mixture.divisor).abs().max()) > 4 * decoder.LATENT_NOISE
    again = disturb(crops, mixture, denoiser, True, torch.Generator().manual_seed(1))
    assert torch.equal(predicted, again)


def test_training_goes_on_where_it_stopped_and_leaves_the_encoder(parts, tmp_path, monkeypatch):
    vae, denoiser, mixture, pixels = parts
    monkeypatch.setattr(decoder, "BATCH", 2)
    monkeypatch.setattr(decoder, "LOG_STEPS", 1)
    monkeypatch.setattr(decoder, "time", SimpleNamespace(monotonic=itertools.count().__next__))
    before = {name: value.clone() for name, value in vae.state_dict().items()}
    train_decoder(vae, denoiser, mixture, pixels, tmp_path, 0.2)
    first = json.loads((tmp_path / "checkpoint" / "state.json").read_text())
    train_decoder(build_autoencoder(), denoiser, mixture, pixels, tmp_path, 0.4)
    last = json.loads((tmp_path / "checkpoint" / "state.json").read_text())
    steps = [json.loads(line)["step"] for line in (tmp_path / "loss.jsonl").read_text().splitlines()]
    assert 0 < first["step"] < last["step"]
    assert steps == list(range(1, last["step"] + 1))
    moved = {
        name for name, value in load_autoencoder(tmp_path).state_dict().items() if not torch.equal(value, before[name])
    }
    assert moved
    assert not [
        name
        for name in moved
        if name.startswith(("encoder", "quant_conv")) or ("attentions" in name and "proj" not in name)
    ]
