"""The encoder is the best linear one, its latents fit any chunking, and training the decoder leaves it as it is."""

import copy

import numpy as np
import pytest
import torch

from benchmarks.synthetic.training import autoencoder
from benchmarks.synthetic.training.architecture import LATENT_CHANNELS, LATENT_SIDE, build_autoencoder
from benchmarks.synthetic.training.autoencoder import forget_the_past
from benchmarks.synthetic.training.dataset import draw_scene
from benchmarks.synthetic.training.export import load_autoencoder
from benchmarks.synthetic.training.linear_start import (
    find_components,
    find_statistics,
    fold_patches,
    split_map,
    start_linear,
)
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


def test_latents_are_the_components(vae, pictures):
    mean, components, deviation = find_components(pictures, LATENT_SIDE, LATENT_CHANNELS)
    latents = encode_clips(vae, pictures[0][:4, None])[:, :, 0].transpose(0, 1).flatten(1)
    expected = components @ (fold_patches(pictures[0][:4], LATENT_SIDE) - mean[:, None])
    assert float(((latents - expected).std(1) / deviation).max()) < 0.05


def test_half_precision_weights_give_the_same_latents(vae, pictures):
    halved = build_autoencoder().eval()
    halved.load_state_dict({name: value.half().float() for name, value in vae.state_dict().items()})
    one, two = (encode_clips(each, pictures[1][:8, None]) for each in (vae, halved.requires_grad_(False)))
    deviation = find_components(pictures, LATENT_SIDE, LATENT_CHANNELS)[2]
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


def test_a_map_that_needs_more_numbers_than_there_are_keeps_what_weighs_most(pictures):
    _, covariance = find_statistics(pictures, LATENT_SIDE // 2)
    matrix = find_components(pictures, LATENT_SIDE, LATENT_CHANNELS)[1]
    patches = fold_patches(pictures[0][:4], LATENT_SIDE)
    quarters = torch.cat([fold_quarter(patches, k) for k in range(4)], dim=1)
    errors = []
    for width in (16, 64, 192):
        numbers, joined = split_map(matrix, covariance, width)
        made = sum(joined[k] @ (numbers @ part) for k, part in enumerate(quarters.chunk(4, dim=1)))
        errors.append(float((made - matrix @ patches).std() / (matrix @ patches).std()))
    assert errors[0] > errors[1] > errors[2]
    assert errors[1] < 0.02
    assert errors[2] < 1e-3


def fold_quarter(patches: torch.Tensor, number: int) -> torch.Tensor:
    """The top left, top right, bottom left or bottom right of folded patches [D, M], folded: [D / 4, M]."""
    pixels = patches.unflatten(0, (3, LATENT_SIDE, LATENT_SIDE))  # colour, column, row
    half = LATENT_SIDE // 2
    row, column = divmod(number, 2)
    part = pixels[:, column * half : (column + 1) * half, row * half : (row + 1) * half]
    return part.flatten(0, 2)


def test_an_encoder_that_is_there_is_not_written_anew(pictures, tmp_path):
    autoencoder.write_encoder(build_autoencoder(), pictures, tmp_path)
    kept = load_autoencoder(tmp_path)
    autoencoder.write_encoder(build_autoencoder(), [group[:2] for group in pictures], tmp_path)
    again = load_autoencoder(tmp_path).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in kept.state_dict().items())
