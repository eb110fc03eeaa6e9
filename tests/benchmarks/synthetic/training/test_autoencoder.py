"""The autoencoder starts as the best linear one, its latents fit any chunking, and training makes it better."""

import copy
import json

import numpy as np
import pytest
import torch

from benchmarks.synthetic.training import autoencoder, linear_start
from benchmarks.synthetic.training.architecture import LATENT_CHANNELS, PATCH, build_autoencoder
from benchmarks.synthetic.training.autoencoder import forget_the_past
from benchmarks.synthetic.training.dataset import draw_scene
from benchmarks.synthetic.training.export import load_autoencoder
from benchmarks.synthetic.training.linear_start import find_components, fold_patches, start_linear
from benchmarks.synthetic.training.mixture import cache_latents, encode_clips


@pytest.fixture(scope="module")
def pictures():
    """Stills of 256 and frames of 128, uint8 [N, H, W, 3]."""
    from tests.benchmarks.synthetic.training.conftest import SMALL

    stills = np.concatenate([draw_scene(SMALL[0], k).pixels for k in range(40)])
    frames = np.concatenate([draw_scene(SMALL[2], k).pixels for k in range(20)])
    return stills, frames


@pytest.fixture(scope="module")
def vae(pictures):
    torch.manual_seed(0)
    made = build_autoencoder().eval().requires_grad_(False)
    forget_the_past(made)
    start_linear(made, pictures)
    return made


def to_floats(pixels: np.ndarray) -> torch.Tensor:
    """uint8 [N, H, W, 3] to [N, 3, 1, H, W] in [-1, 1]."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1


def loudness(error: torch.Tensor) -> float:
    """PSNR in dB of an error in [-1, 1]."""
    return float(10 * torch.log10(4 / (error**2).mean()))


def principal_psnr(pictures, pixels: np.ndarray) -> float:
    """What the principal components themselves leave of patches."""
    mean, components, _ = find_components(pictures, PATCH, LATENT_CHANNELS)
    folded = fold_patches(pixels, PATCH) - mean[:, None]
    return loudness(folded - components.T @ (components @ folded))


@pytest.mark.parametrize("group", [0, 1])
def test_the_start_is_as_good_as_principal_components(vae, pictures, group):
    real = to_floats(pictures[group])
    made = vae.decode(vae.encode(real).latent_dist.mode()).sample
    best = principal_psnr(pictures, pictures[group])
    assert best > (27, 24)[group]
    assert loudness(made - real) > best - 0.3


def test_latents_are_the_components(vae, pictures):
    mean, components, deviation = find_components(pictures, PATCH, LATENT_CHANNELS)
    latents = encode_clips(vae, pictures[0][:4, None])[:, :, 0].transpose(0, 1).flatten(1)
    expected = components @ (fold_patches(pictures[0][:4], PATCH) - mean[:, None])
    assert float(((latents - expected).std(1) / deviation).max()) < 0.05


def test_half_precision_weights_give_the_same_latents(vae, pictures):
    halved = build_autoencoder().eval()
    halved.load_state_dict({name: value.half().float() for name, value in vae.state_dict().items()})
    one, two = (encode_clips(each, pictures[1][:8, None]) for each in (vae, halved.requires_grad_(False)))
    deviation = find_components(pictures, PATCH, LATENT_CHANNELS)[2]
    assert float(((one - two).abs().amax(dim=(0, 2, 3, 4)) / deviation).max()) < 0.05


def test_a_clip_is_cached_as_the_pipelines_encoder_codes_it(vae, pictures, tmp_path):
    clips = pictures[1].reshape(-1, 5, 128, 128, 3)[:3]
    cached = cache_latents(vae, clips, tmp_path / "latents" / "clips.pt")
    assert cached.shape == (3, LATENT_CHANNELS, 5, 8, 8)
    coded = vae.encode(torch.from_numpy(clips).permute(0, 4, 1, 2, 3).float() / 127.5 - 1).latent_dist.mode()
    torch.testing.assert_close(cached.float(), coded, rtol=2e-3, atol=2e-3)
    assert torch.equal(cached, cache_latents(vae, np.zeros_like(clips), tmp_path / "latents" / "clips.pt"))
    other = copy.deepcopy(vae)
    other.quant_conv.bias.data += 1
    assert not torch.equal(cached, cache_latents(other, clips, tmp_path / "latents" / "clips.pt"))


def test_widths_that_cannot_carry_the_components_are_named(pictures):
    narrow = build_autoencoder()
    with pytest.raises(ValueError, match="decoder 128 wide cannot carry 64 components"):
        linear_start._write_signed(narrow.decoder, torch.ones(64))
    with pytest.raises(ValueError, match="encoder 64 wide cannot carry 64 components"):
        linear_start._write_lifted(narrow.encoder, torch.zeros(64, 768))


def test_refining_goes_on_where_it_stopped_and_leaves_the_encoder(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(autoencoder, "BATCH", 2)
    monkeypatch.setattr(autoencoder, "LOG_STEPS", 1)
    torch.manual_seed(0)
    autoencoder.train_autoencoder(build_autoencoder(), pictures, tmp_path, 0.02)
    first, started = json.loads((tmp_path / "checkpoint" / "state.json").read_text()), load_autoencoder(tmp_path)
    autoencoder.train_autoencoder(build_autoencoder(), pictures, tmp_path, 0.06)
    last, refined = json.loads((tmp_path / "checkpoint" / "state.json").read_text()), load_autoencoder(tmp_path)
    steps = [json.loads(line)["step"] for line in (tmp_path / "loss.jsonl").read_text().splitlines()]
    assert 0 < first["step"] < last["step"]
    assert steps == list(range(1, last["step"] + 1))
    for name, value in refined.encoder.state_dict().items():
        assert torch.equal(value, started.encoder.state_dict()[name]), name
    moved = [
        not torch.equal(a, b) for a, b in zip(refined.decoder.parameters(), started.decoder.parameters(), strict=True)
    ]
    assert any(moved)
